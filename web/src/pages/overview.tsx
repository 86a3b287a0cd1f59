// The state of everything on one page: health, what runs, what waits, how it went.
import type { ReactNode } from 'react';
import { Link } from 'wouter';

import { isObject } from '../api/client';
import { useApprovals, useHealth, useRuns } from '../api/queries';
import type { Health, Run } from '../api/types';
import { Empty, Loaded } from '../ui/feedback';
import { PageHead } from '../ui/page';
import { statusWord } from '../ui/status';
import { formatDuration, Time } from '../ui/time';
import { RunTable } from './runs';

function Figure({ label, value, hint, href }: { label: string; value: ReactNode; hint?: ReactNode; href?: string }) {
  const body = (
    <>
      <p className="text-sm text-muted">{label}</p>
      <p className="mt-1 font-serif text-3xl font-semibold tabular-nums text-ink">{value}</p>
      {hint && <p className="mt-1 text-sm text-muted">{hint}</p>}
    </>
  );
  return href ? (
    <Link href={href} className="card block p-5 hover:bg-raised hover:no-underline">
      {body}
    </Link>
  ) : (
    <div className="card p-5">{body}</div>
  );
}

export function percentile(values: number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

// What health tells of its parts, in words.
function parts(health: Health): [string, string, boolean][] {
  const word = (up: boolean) => (up ? 'up' : 'down');
  const rows: [string, string, boolean][] = [
    ['Store', word(health.database), health.database],
    ['Events', health.bus === 'in-process' ? 'in-process' : `NATS ${word(health.nats)}`, health.nats],
  ];
  const { executor, engine } = health;
  if (isObject(executor))
    rows.push(['Isolation', `${String(executor.backend)}, ${String(executor.tier)}`, executor.backend !== 'none']);
  if (isObject(engine)) {
    rows.push(['Agents running', String(engine.runningNodes ?? 0), true]);
    rows.push(['Steps waiting for a place', String(engine.readyNodes ?? 0), true]);
  }
  return rows;
}

function HealthCard({ health }: { health: Health }) {
  return (
    <section className="card p-5" aria-labelledby="health">
      <h2 id="health">Health</h2>
      <dl className="mt-3 grid gap-2 text-sm">
        {parts(health).map(([label, value, good]) => (
          <div key={label} className="flex justify-between gap-4">
            <dt className="text-muted">{label}</dt>
            <dd className={good ? '' : 'font-medium text-danger'}>{value}</dd>
          </div>
        ))}
        <div className="flex justify-between gap-4">
          <dt className="text-muted">As of</dt>
          <dd>
            <Time at={health.timestamp} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

const describe = (run: Run) =>
  `${run.workflowName ?? 'run'}: ${statusWord(run.status)}, ${formatDuration(run.durationMs ?? 0)}`;

// The latest runs as bars: height is duration, colour and pattern the outcome.
function DurationChart({ runs }: { runs: Run[] }) {
  const ended = runs
    .filter((run) => run.durationMs !== null)
    .slice(0, 40)
    .reverse();
  const longest = Math.max(1, ...ended.map((run) => run.durationMs ?? 0));
  if (ended.length < 2) return null;
  const width = 100 / ended.length;
  return (
    <section className="card p-5" aria-labelledby="durations">
      <h2 id="durations">Durations</h2>
      <svg
        viewBox="0 0 100 40"
        preserveAspectRatio="none"
        className="mt-3 h-28 w-full"
        role="img"
        aria-label={`Durations of the latest ${ended.length} runs, up to ${formatDuration(longest)}`}
      >
        {ended.map((run, i) => {
          const height = Math.max(1, (Math.log1p(run.durationMs ?? 0) / Math.log1p(longest)) * 38);
          return (
            <rect
              key={run.id}
              x={i * width + width * 0.15}
              width={width * 0.7}
              y={40 - height}
              height={height}
              className={
                run.status === 'SUCCESS' ? 'fill-success' : run.status === 'FAILED' ? 'fill-danger' : 'fill-idle'
              }
            >
              <title>{describe(run)}</title>
            </rect>
          );
        })}
      </svg>
      <p className="mt-1 text-xs text-muted">
        The latest {ended.length} finished runs, oldest first; logarithmic, longest {formatDuration(longest)}.
      </p>
    </section>
  );
}

export function OverviewPage() {
  const health = useHealth();
  const runs = useRuns({}, 3_000);
  const approvals = useApprovals('PENDING');
  const list = runs.data ?? [];
  const ended = list.filter((run) => run.status === 'SUCCESS' || run.status === 'FAILED');
  const succeeded = ended.filter((run) => run.status === 'SUCCESS').length;
  const durations = ended.map((run) => run.durationMs ?? 0);
  const p50 = percentile(durations, 0.5);
  const p95 = percentile(durations, 0.95);
  const active = list.filter((run) => run.status === 'RUNNING' || run.status === 'PENDING').length;

  return (
    <>
      <PageHead title="Overview" about="Agents at work on your repositories." />
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        <Figure label="Running now" value={active} href="/runs?status=RUNNING" />
        <Figure
          label="Waiting for you"
          value={approvals.data?.length ?? '–'}
          hint={approvals.data?.length ? 'somebody has to decide' : 'nothing to decide'}
          href="/approvals"
        />
        <Figure
          label="Succeeded"
          value={ended.length ? `${Math.round((100 * succeeded) / ended.length)} %` : '–'}
          hint={ended.length ? `of the latest ${ended.length} finished runs` : 'nothing has finished yet'}
        />
        <Figure
          label="Duration, p50"
          value={p50 === undefined ? '–' : formatDuration(p50)}
          hint={p95 === undefined ? undefined : `p95 ${formatDuration(p95)}`}
        />
      </div>
      <div className="mt-6 grid grid-cols-1 gap-6 lg:grid-cols-[2fr_1fr]">
        <section aria-labelledby="recent" className="min-w-0">
          <div className="mb-3 flex items-baseline justify-between">
            <h2 id="recent">Recent runs</h2>
            <Link href="/runs" className="text-sm">
              All runs
            </Link>
          </div>
          <Loaded query={runs} what="the runs">
            {(all) =>
              all.length > 0 ? (
                <RunTable runs={all.slice(0, 10)} />
              ) : (
                <Empty title="Nothing has run yet">
                  Start one of the <Link href="/workflows">workflows</Link>.
                </Empty>
              )
            }
          </Loaded>
        </section>
        <div className="grid min-w-0 content-start gap-6">
          <Loaded query={health} what="the health">
            {(data) => <HealthCard health={data} />}
          </Loaded>
          <DurationChart runs={list} />
        </div>
      </div>
    </>
  );
}
