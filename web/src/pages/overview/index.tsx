// The state of everything on one page: what waits, how it went, what runs, whether every part is well. To somebody who
// has run nothing yet it shows examples first.
import { useState } from 'react';
import { Link } from 'wouter';

import { useHealth, useOverview, useRuns } from '../../api/queries';
import type { Health, Overview } from '../../api/types';
import { Empty, Failure, Loaded } from '../../ui/feedback';
import { PageHead } from '../../ui/page';
import { formatDuration, Time } from '../../ui/time';
import { RunTable } from '../run_table';
import { DurationChart, OutcomeChart } from './charts';
import { Figure, successShare } from './figure';
import { Examples, FirstRun } from './first_run';

const kRecent = 10;
const kSpans: [number, string][] = [
  [1, 'hour'],
  [24, '24 hours'],
  [24 * 7, '7 days'],
  [24 * 30, '30 days'],
];

// What health tells of its parts, in words, and whether each is well.
export function parts(health: Health): [string, string, boolean][] {
  const { executor, engine } = health;
  const nats = {
    disabled: 'inside this server',
    connected: 'NATS, connected',
    unavailable: 'NATS cannot be reached; events wait',
  }[health.natsStatus];
  return [
    ['Store', health.database ? 'up' : 'down', health.database],
    ['Events', nats, health.natsStatus !== 'unavailable'],
    [
      'Isolation',
      executor.backend === 'none' ? 'none: agents are not protected from' : `${executor.backend}, ${executor.tier}`,
      executor.backend !== 'none',
    ],
    [
      'Starting agents',
      executor.breaker.state === 'closed' ? 'works' : `stopped after failures: ${executor.breaker.lastError ?? ''}`,
      executor.breaker.state === 'closed',
    ],
    ['New runs', engine.accepting ? 'accepted' : 'not accepted', engine.accepting],
  ];
}

function HealthCard({ health }: { health: Health }) {
  return (
    <section className="card p-5" aria-labelledby="health">
      <h2 id="health">Health</h2>
      <dl className="mt-3 grid gap-2 text-sm">
        {parts(health).map(([label, value, good]) => (
          <div key={label} className="flex justify-between gap-4">
            <dt className="whitespace-nowrap text-muted">{label}</dt>
            <dd className={`text-right ${good ? '' : 'font-medium text-danger'}`}>
              {!good && <span aria-hidden="true">! </span>}
              {value}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function QueueCard({ queue }: { queue: Overview['queue'] }) {
  const rows: [string, number][] = [
    ['Agents running', queue.runningNodes],
    ['Steps waiting for a place', queue.readyNodes],
    ['Runs waiting for their turn', queue.queuedRuns],
    ['Runs that have not ended', queue.unfinishedRuns],
    ['Requests waiting', queue.waitingMessages],
  ];
  return (
    <section className="card p-5" aria-labelledby="queue">
      <h2 id="queue">Queue</h2>
      <dl className="mt-3 grid gap-2 text-sm">
        {rows.map(([label, value]) => (
          <div key={label} className="flex justify-between gap-4">
            <dt className="text-muted">{label}</dt>
            <dd className="tabular-nums">{value.toLocaleString()}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Figures({ overview, span }: { overview: Overview; span: string }) {
  const { runs, approvals, queue } = overview;
  const ended = runs.succeeded + runs.failed;
  return (
    <div className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4">
      <Figure
        label="Under way"
        value={queue.unfinishedRuns.toLocaleString()}
        hint={queue.queuedRuns > 0 ? `${queue.queuedRuns.toLocaleString()} wait for their turn` : 'none has to wait'}
        href="/runs?status=RUNNING"
      />
      <Figure
        label="Waiting for you"
        value={approvals.pending.toLocaleString()}
        hint={
          approvals.oldestAt ? (
            <>
              the oldest since <Time at={approvals.oldestAt} />
            </>
          ) : (
            'nothing to decide'
          )
        }
        href="/approvals"
      />
      <Figure
        label="Succeeded"
        value={successShare(runs)}
        hint={
          ended === 0
            ? `nothing has finished within ${span}`
            : `${overview.complete ? '' : 'of the latest '}${ended.toLocaleString()} finished, ${runs.failed} failed`
        }
      />
      <Figure
        label="Duration, p50"
        value={runs.p50Ms === null ? '–' : formatDuration(runs.p50Ms)}
        hint={runs.p95Ms === null ? 'nothing to measure yet' : `p95 ${formatDuration(runs.p95Ms)}`}
      />
    </div>
  );
}

export function OverviewPage() {
  const health = useHealth();
  const [hours, setHours] = useState(24);
  const overview = useOverview(hours);
  const runs = useRuns({}, kRecent);
  const span = `the last ${kSpans.find(([value]) => value === hours)![1]}`;
  const isNew = runs.data?.length === 0;

  return (
    <>
      <PageHead
        title="Overview"
        about="Agents at work on your repositories."
        actions={
          !isNew && (
            <label className="flex items-center gap-2 text-sm text-muted">
              Figures of the last
              <select
                className="field w-auto py-1"
                value={hours}
                onChange={(event) => setHours(Number(event.target.value))}
              >
                {kSpans.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
          )
        }
      />
      {isNew && <FirstRun />}
      {!isNew && overview.error && !overview.data && <Failure error={overview.error} />}
      {!isNew && overview.data && (
        <>
          <Figures overview={overview.data} span={span} />
          <div className="mt-6 grid grid-cols-1 gap-6 md:grid-cols-2">
            <OutcomeChart overview={overview.data} span={span} />
            <DurationChart overview={overview.data} span={span} />
          </div>
        </>
      )}
      <div className="mt-6 grid grid-cols-1 gap-6 lg:grid-cols-[2fr_1fr]">
        <section aria-labelledby="recent" className="min-w-0">
          <div className="mb-3 flex items-baseline justify-between">
            <h2 id="recent">Recent runs</h2>
            <Link href="/runs" className="inline-block py-1 text-sm">
              All runs
            </Link>
          </div>
          <Loaded query={runs} what="the runs">
            {(all) =>
              all.length > 0 ? (
                <RunTable runs={all} />
              ) : (
                <Empty title="Nothing has run yet">
                  Run one of the examples above, or <Link href="/workflows/new">draw a workflow</Link> of your own.
                </Empty>
              )
            }
          </Loaded>
        </section>
        <div className="grid min-w-0 content-start gap-6">
          <Loaded query={health} what="the health">
            {(data) => <HealthCard health={data} />}
          </Loaded>
          {overview.data && <QueueCard queue={overview.data.queue} />}
          {!isNew && <Examples />}
        </div>
      </div>
    </>
  );
}
