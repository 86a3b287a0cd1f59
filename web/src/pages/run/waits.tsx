// Why a run that has not ended is not further: what each idle step waits for, in the server's own words.
import { Link } from 'wouter';

import type { Waiting } from '../../api/types';
import { Time } from '../../ui/time';

const kReasons: Record<Waiting['reason'], string> = {
  queued: 'the turn of its run',
  dependencies: 'other steps',
  approval: 'a decision',
  capacity: 'a free place',
  runtime: 'sandboxes',
  retry: 'its next attempt',
};

export function Waits({
  why,
  onSelect,
}: {
  why: { waiting: Waiting[]; queue?: { detail: string } } | undefined;
  onSelect: (node: string) => void;
}) {
  if (!why) return <p className="text-muted">Asking the server…</p>;
  return (
    <div className="text-sm">
      {why.queue && <p className="mb-3 rounded-md bg-sand px-3 py-2">The run {why.queue.detail}</p>}
      {why.waiting.length === 0 && <p className="text-muted">Nothing waits: every step is running or has ended.</p>}
      <ul className="grid gap-2">
        {why.waiting.map((one) => (
          <li key={one.nodeId} className="rounded-md border border-line px-3 py-2">
            <p className="flex flex-wrap items-baseline gap-x-3">
              <button type="button" className="py-1 text-accent hover:underline" onClick={() => onSelect(one.nodeId)}>
                {one.nodeId}
              </button>
              <span className="text-muted">waits for {kReasons[one.reason]}</span>
              {one.nextAttemptAt && (
                <span className="ml-auto text-muted">
                  due <Time at={one.nextAttemptAt} />
                </span>
              )}
              {one.approvalId && (
                <Link href={`/approvals/${one.approvalId}`} className="ml-auto py-1">
                  Decide
                </Link>
              )}
            </p>
            <p className="break-words">
              {one.reason === 'approval' && one.expiresAt ? (
                <>
                  somebody has to decide; it expires <Time at={one.expiresAt} />
                </>
              ) : (
                one.detail
              )}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}
