// How a step went in the latest runs of its workflow: each attempt, and what they add up to.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';

import { get, path, query } from '../../api/client';
import type { AgentRun, Run, RunDetail } from '../../api/types';
import { Failure } from '../../ui/feedback';
import { Status } from '../../ui/status';
import { formatDuration, Time } from '../../ui/time';
import { percentile } from '../overview/figure';

const kRuns = 20; // that are looked at
const kBarHeight_px = 72;
const kLeastBar_px = 3;

export interface PastAttempt {
  attempt: AgentRun;
  run: RunDetail;
}

// Newest first.
function useStepHistory(workflowId: string, step: string) {
  return useQuery({
    queryKey: ['runs', 'history', workflowId, step],
    queryFn: async () => {
      const runs = await get<Run[]>(path`/api/workflows/${workflowId}/runs` + query({ limit: kRuns }));
      const details = await Promise.all(runs.map((run) => get<RunDetail>(path`/api/runs/${run.id}`)));
      return details.flatMap((run) =>
        run.agentRuns
          .filter((attempt) => attempt.nodeId === step)
          .sort((a, b) => b.attempt - a.attempt)
          .map((attempt): PastAttempt => ({ attempt, run })),
      );
    },
  });
}

function History({ list, step }: { list: PastAttempt[]; step: string }) {
  return (
    <ul className="grid text-sm">
      {list.map(({ attempt, run }) => (
        <li key={attempt.id} className="border-b border-line py-2 first:pt-0 last:border-0">
          <p className="flex flex-wrap items-center gap-x-3">
            <Status status={attempt.status} />
            <Link href={`/runs/${attempt.workflowRunId}?step=${encodeURIComponent(step)}`} className="py-1">
              <Time at={attempt.startedAt} />
            </Link>
            <span className="ml-auto tabular-nums text-muted">
              {attempt.durationMs !== null && formatDuration(attempt.durationMs)}
            </span>
          </p>
          <p className="text-xs text-muted">
            version {run.workflowVersion}, {run.trigger}
            {attempt.attempt > 1 && `, attempt ${attempt.attempt}`}
          </p>
          {attempt.error && (
            <p className="mt-0.5 line-clamp-2 break-words text-danger" title={attempt.error}>
              {attempt.error}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

const seconds = (attempt: AgentRun) => `${formatDuration(attempt.durationMs ?? 0)}, ${attempt.status.toLowerCase()}`;

// Oldest at the left. Failed ones are hollow, so that no colour has to be told from another.
function Durations({ ended }: { ended: AgentRun[] }) {
  const longest = Math.max(1, ...ended.map((attempt) => attempt.durationMs ?? 0));
  const failed = ended.filter((attempt) => attempt.status === 'FAILED').length;
  return (
    <figure>
      <figcaption className="mb-1 flex justify-between text-xs text-muted">
        <span>Durations, oldest first</span>
        <span>up to {formatDuration(longest)}</span>
      </figcaption>
      <div
        role="img"
        aria-label={`Durations of ${ended.length} attempts, ${failed} of which failed`}
        className="flex items-end gap-px border-b border-line"
        style={{ height: kBarHeight_px }}
      >
        {ended.map((attempt) => (
          <span
            key={attempt.id}
            title={seconds(attempt)}
            className={`min-w-0 max-w-6 flex-1 rounded-t-sm ${attempt.status === 'FAILED' ? 'border-2 border-danger' : 'bg-accent'}`}
            style={{ height: Math.max(kLeastBar_px, ((attempt.durationMs ?? 0) / longest) * kBarHeight_px) }}
          />
        ))}
      </div>
    </figure>
  );
}

// Words that failures have in common, the most frequent first.
export function reasons(attempts: AgentRun[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { error, reason } of attempts) {
    const why = reason ?? error?.split('\n')[0] ?? '';
    if (why !== '') counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
}

function Metrics({ list }: { list: PastAttempt[] }) {
  const ended = list
    .map(({ attempt }) => attempt)
    .filter(({ status }) => status === 'SUCCESS' || status === 'FAILED')
    .reverse();
  if (ended.length === 0) return <p className="text-sm text-muted">There is nothing to measure yet.</p>;
  const durations = ended.flatMap((attempt) => (attempt.durationMs === null ? [] : [attempt.durationMs]));
  const failed = ended.filter((attempt) => attempt.status === 'FAILED');
  const rows: [string, string][] = [
    ['Attempts that ended', String(ended.length)],
    ['Succeeded', `${Math.floor((100 * (ended.length - failed.length)) / ended.length)} %`],
    ['Repeated attempts', String(ended.filter((attempt) => attempt.attempt > 1).length)],
    ['Duration, p50', formatDuration(percentile(durations, 0.5) ?? 0)],
    ['Duration, p95', formatDuration(percentile(durations, 0.95) ?? 0)],
    ['Longest', formatDuration(Math.max(0, ...durations))],
  ];
  return (
    <div className="grid gap-5 text-sm">
      <dl className="grid grid-cols-2 gap-y-1">
        {rows.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="text-right tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
      <Durations ended={ended} />
      {failed.length > 0 && (
        <section>
          <h3 className="mb-1">Why it failed</h3>
          <ul className="grid gap-1">
            {reasons(failed).map(([why, count]) => (
              <li key={why} className="flex justify-between gap-4">
                <span className="line-clamp-2 break-words text-danger">{why}</span>
                <span className="tabular-nums text-muted">{count}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="text-xs text-muted">Of the latest {kRuns} runs of this workflow.</p>
    </div>
  );
}

export function StepHistory({
  workflowId,
  step,
  show,
}: {
  workflowId: string | undefined;
  step: string;
  show: 'history' | 'metrics';
}) {
  if (workflowId === undefined) return <p className="text-sm text-muted">The workflow is not saved yet.</p>;
  return <Known workflowId={workflowId} step={step} show={show} />;
}

function Known({ workflowId, step, show }: { workflowId: string; step: string; show: 'history' | 'metrics' }) {
  const history = useStepHistory(workflowId, step);
  if (history.error && !history.data) return <Failure error={history.error} retry={() => void history.refetch()} />;
  if (!history.data) return <p className="text-sm text-muted">Loading the latest runs…</p>;
  if (history.data.length === 0) return <p className="text-sm text-muted">It has not run yet.</p>;
  return show === 'history' ? <History list={history.data} step={step} /> : <Metrics list={history.data} />;
}
