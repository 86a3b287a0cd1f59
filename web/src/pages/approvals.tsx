// What waits for a person: what would be done, by whom, with which input and which changes; and the decision. What was
// decided here stays in view until its outcome is known.
import { useState } from 'react';
import { Link } from 'wouter';

import { useApprovals, useRun } from '../api/queries';
import type { Approval } from '../api/types';
import { Button } from '../ui/button';
import { Empty, Loaded } from '../ui/feedback';
import { PageHead } from '../ui/page';
import { Risk, Status } from '../ui/status';
import { Time } from '../ui/time';
import { Decided, DecisionForm } from './decision';

interface Outcome {
  approval: Approval;
  approved: boolean;
}

// What became of a decision: until the step has ended the run is asked again.
function OutcomeNote({ outcome, onClose }: { outcome: Outcome; onClose: () => void }) {
  const { approval, approved } = outcome;
  const run = useRun(approval.workflowRunId, 400);
  const attempt = run.data?.agentRuns.filter((one) => one.nodeId === approval.nodeId).at(-1);
  return (
    <li className="card flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3 text-sm" data-testid="outcome">
      <span>
        <strong className="font-medium">{approval.nodeId}</strong> {approved ? 'approved' : 'rejected'}
      </span>
      {attempt && <Status status={attempt.status} />}
      {approved && attempt?.status === 'SUCCESS' && approval.preview?.patch && (
        <span>{approval.preview.files === 1 ? '1 file was' : `${approval.preview.files} files were`} changed</span>
      )}
      {attempt?.error && approved && <span className="break-words text-danger">{attempt.error}</span>}
      <span className="ml-auto flex items-center gap-3">
        <Link href={`/runs/${approval.workflowRunId}`}>The run</Link>
        <Button small kind="quiet" onClick={onClose} aria-label={`Dismiss the note about ${approval.nodeId}`}>
          ✕
        </Button>
      </span>
    </li>
  );
}

export function ApprovalCard({ approval, onDecided }: { approval: Approval; onDecided: (approved: boolean) => void }) {
  const workflow = approval.workflowRun?.workflow;
  return (
    <li className="card p-5" data-testid={`approval-${approval.id}`}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="min-w-0 break-words">
          {approval.agentName ? `${approval.agentName} · ${approval.action}` : approval.nodeId}
        </h2>
        {/* The agent alone would run by itself; here it does not. */}
        {approval.riskLevel !== 'AUTO' && <Risk level="APPROVAL_REQUIRED" />}
        {approval.status !== 'PENDING' && <Status status={approval.status} />}
      </div>
      <p className="mb-4 mt-1 text-sm text-muted">
        step <strong className="font-medium text-ink">{approval.nodeId}</strong> of{' '}
        <Link href={`/runs/${approval.workflowRunId}`}>{workflow?.name ?? 'this run'}</Link>
        {approval.workflowRun && (
          <>, started {approval.workflowRun.trigger === 'manual' ? 'by hand' : `by ${approval.workflowRun.trigger}`}</>
        )}
        {approval.workflowRun?.workspace && (
          <>
            {' '}
            in <code className="break-all">{approval.workflowRun.workspace}</code>
          </>
        )}
        , asked <Time at={approval.requestedAt} />
        {approval.status === 'PENDING' ? (
          <>
            , expires <Time at={approval.expiresAt} />
          </>
        ) : (
          <>
            , {approval.status === 'APPROVED' ? 'approved' : 'rejected'} by {approval.respondedBy ?? 'nobody'}{' '}
            <Time at={approval.respondedAt} />
          </>
        )}
      </p>
      {approval.notes && <p className="mb-4 break-words">“{approval.notes}”</p>}
      <Decided approval={approval} />
      {approval.status === 'PENDING' && <DecisionForm approval={approval} onDecided={onDecided} />}
    </li>
  );
}

export function ApprovalsPage({ id }: { id?: string }) {
  const [history, setHistory] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const approvals = useApprovals(history || id ? undefined : 'PENDING');
  return (
    <>
      <PageHead
        title="Approvals"
        about="Nothing here happens before somebody says so. A decision counts for exactly what is shown."
        actions={
          id ? (
            <Link href="/approvals">All approvals</Link>
          ) : (
            <Button aria-pressed={history} onClick={() => setHistory(!history)}>
              {history ? 'Only open ones' : 'Show decided ones too'}
            </Button>
          )
        }
      />
      {outcomes.length > 0 && (
        <ul className="mb-4 grid gap-2" aria-label="Decided just now" aria-live="polite">
          {outcomes.map((outcome) => (
            <OutcomeNote
              key={outcome.approval.id}
              outcome={outcome}
              onClose={() => setOutcomes((known) => known.filter((one) => one !== outcome))}
            />
          ))}
        </ul>
      )}
      <Loaded query={approvals} what="the approvals">
        {(all) => {
          const list = id ? all.filter((approval) => approval.id === id) : all;
          return list.length > 0 ? (
            <ul className="grid gap-4">
              {list.map((approval) => (
                <ApprovalCard
                  key={approval.id}
                  approval={approval}
                  onDecided={(approved) => setOutcomes((known) => [{ approval, approved }, ...known].slice(0, 5))}
                />
              ))}
            </ul>
          ) : (
            <Empty title={id ? 'There is no such approval' : 'Nothing waits for you'}>
              {!id && 'Steps that need a decision show up here by themselves.'}
            </Empty>
          );
        }}
      </Loaded>
    </>
  );
}
