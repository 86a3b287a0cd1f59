// One run: its graph, alive; what each step did; when; and what can be done about it.
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { useRunEvents } from '../../api/events';
import { useCancelRun, useRerun, useRetryRun, useRollback, useRun, useWaiting } from '../../api/queries';

import type { RunDetail } from '../../api/types';
import { RunGraph } from '../../graph/run_graph';
import { Button } from '../../ui/button';
import { Empty, Loaded } from '../../ui/feedback';
import { JsonView } from '../../ui/json_view';
import { Id, PageHead } from '../../ui/page';
import { Status } from '../../ui/status';
import { Tabs } from '../../ui/tabs';
import { Duration, Time } from '../../ui/time';
import { useTell } from '../../ui/toast';
import { beginWith } from '../builder/unsaved';
import { nodeFacts, stepOfInterest } from './facts';
import { Journal } from './journal';
import { NodePanel } from './node_panel';
import { statesAfter } from './replay';
import { ReplayBar } from './replay_bar';
import { Timeline } from './timeline';
import { Waits } from './waits';

function Actions({
  run,
  hasChanged,
  onRerun,
}: {
  run: RunDetail;
  hasChanged: boolean; // files of the workspace
  onRerun: (from: string) => void;
}) {
  const cancel = useCancelRun();
  const retry = useRetryRun();
  const rollback = useRollback();
  const tell = useTell();
  const [, navigate] = useLocation();
  const failed = (error: Error) => tell(error.message, true);
  return (
    <>
      {!run.finishedAt && (
        <Button kind="danger" busy={cancel.isPending} onClick={() => cancel.mutate(run.id, { onError: failed })}>
          Cancel
        </Button>
      )}
      {run.status === 'FAILED' && (
        <Button
          kind="primary"
          busy={retry.isPending}
          onClick={() =>
            retry.mutate(
              { id: run.id, from: 'failed' },
              { onSuccess: (next) => navigate(`/runs/${next.workflowRunId}`), onError: failed },
            )
          }
        >
          Retry what failed
        </Button>
      )}
      {hasChanged && run.finishedAt && (
        <Button
          busy={rollback.isPending}
          onClick={() =>
            rollback.mutate(run.id, {
              onSuccess: () => tell('Every file is as it was before the run'),
              onError: failed,
            })
          }
        >
          Take back what it changed
        </Button>
      )}
      <Button onClick={() => navigate(`/compare?a=${run.id}`)}>Compare</Button>
      {run.workflow && (
        <Button
          title="A new draft of what this run executed"
          onClick={() => {
            beginWith(run.workflow!);
            navigate('/workflows/new');
          }}
        >
          Clone
        </Button>
      )}
      {run.finishedAt && <Button onClick={() => onRerun('beginning')}>Run again</Button>}
    </>
  );
}

// The trace that the run is part of: a link where the operator named a place to look at traces, else the id to copy.
function Trace({ trace }: { trace: RunDetail['trace'] }) {
  const tell = useTell();
  if (!trace) return null;
  if (trace.url)
    return (
      <a href={trace.url} target="_blank" rel="noreferrer noopener" title={trace.id}>
        trace {trace.id.slice(0, 8)}…
      </a>
    );
  const copy = () =>
    navigator.clipboard.writeText(trace.id).then(
      () => tell('The id of the trace is in the clipboard'),
      () => tell('The browser does not let this page use the clipboard', true),
    );
  return (
    <span className="flex items-center gap-1">
      trace <code className="select-all break-all">{trace.id}</code>
      <Button small kind="quiet" onClick={() => void copy()} aria-label="Copy the id of the trace">
        Copy
      </Button>
    </span>
  );
}

// A value that changes at most so often: what flickers cannot be read.
function useCalm<T>(value: T, pause_ms: number): T {
  const [shown, setShown] = useState(value);
  const changedAt = useRef(0);
  useEffect(() => {
    if (value === shown) return;
    const show = () => {
      changedAt.current = performance.now();
      setShown(value);
    };
    const wait_ms = changedAt.current + pause_ms - performance.now();
    if (wait_ms <= 0) return show();
    const timer = setTimeout(show, wait_ms);
    return () => clearTimeout(timer);
  }, [value, shown, pause_ms]);
  return pause_ms === 0 ? value : shown;
}

const kManySteps = 100;
const kLook_ms = 1_000; // how long a step of a large run is shown at least, before another one is

function Content({ run }: { run: RunDetail }) {
  const { logs, events, connected, ended } = useRunEvents(run.id);
  const waiting = useWaiting(
    run.id,
    !run.finishedAt && (run.status === 'WAITING_APPROVAL' || run.status === 'PENDING' || run.status === 'RUNNING'),
  );
  const [moment, setMoment] = useState<number | null>(null);
  const facts = useMemo(() => (moment === null ? nodeFacts(run) : statesAfter(events, moment)), [run, events, moment]);
  const nodes = run.workflow?.nodes ?? [];
  const asked = new URLSearchParams(useSearch()).get('step');
  const [chosen, setChosen] = useState<string | null>(nodes.some((node) => node.id === asked) ? asked : null);
  const isLarge = nodes.length > kManySteps;
  const interesting = useCalm(
    useMemo(() => stepOfInterest(run), [run]),
    isLarge ? kLook_ms : 0,
  );
  const selected = chosen ?? interesting;
  const [view, setView] = useState('graph');
  const rerun = useRerun();
  const tell = useTell();
  const [, navigate] = useLocation();
  const again = (from: string) =>
    rerun.mutate(
      { id: run.id, from },
      { onSuccess: (next) => navigate(`/runs/${next.workflowRunId}`), onError: (error) => tell(error.message, true) },
    );

  return (
    <>
      <PageHead
        title={
          run.workflow ? (
            <Link href={`/workflows/${run.workflowId}`} className="text-ink">
              {run.workflow.name}
            </Link>
          ) : (
            'Run of a deleted workflow'
          )
        }
        about={
          <span className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
            <Status status={run.status} />
            <span>
              run <Id value={run.id} />, version {run.workflowVersion}
            </span>
            <span>
              {run.trigger}, <Time at={run.startedAt} />
            </span>
            <Duration from={run.startedAt} to={run.finishedAt} ms={run.durationMs} />
            {run.workspace && (
              <span className="break-all">
                in <code>{run.workspace}</code>
              </span>
            )}
            {(run.retryOf ?? run.rerunOf) && (
              <span>
                repeats <Link href={`/runs/${run.retryOf ?? run.rerunOf}`}>an earlier run</Link> from {run.from} (
                <Link href={`/compare?a=${run.retryOf ?? run.rerunOf}&b=${run.id}`}>compare</Link>)
              </span>
            )}
            <Trace trace={run.trace} />
            {!run.finishedAt && !connected && !ended && <span className="text-waiting">connecting…</span>}
          </span>
        }
        actions={
          <Actions run={run} hasChanged={events.some((event) => event.type === 'patch.applied')} onRerun={again} />
        }
      />
      {run.error && (
        <p
          role="alert"
          className="mb-4 whitespace-pre-wrap break-words rounded-md border border-danger px-4 py-2 text-danger"
        >
          {run.error}
        </p>
      )}
      {nodes.length === 0 ? (
        <Empty title="This run has no steps" />
      ) : (
        <div className="grid flex-1 grid-cols-1 gap-6 xl:h-[max(34rem,calc(100vh-13rem))] xl:flex-none xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <div className="card flex h-[30rem] min-h-0 flex-col p-3 xl:h-auto">
            <Tabs
              label="Views of the run"
              current={view}
              onChange={setView}
              tabs={[
                {
                  key: 'graph',
                  label: 'Graph',
                  content: () => (
                    <div className="flex h-full min-h-[16rem] flex-col">
                      <div className="min-h-0 flex-1">
                        <RunGraph nodes={nodes} facts={facts} selected={selected} onSelect={setChosen} />
                      </div>
                      <ReplayBar events={events} at={moment} onMove={setMoment} />
                    </div>
                  ),
                },
                { key: 'timeline', label: 'Timeline', content: () => <Timeline run={run} onSelect={setChosen} /> },
                ...(run.finishedAt
                  ? []
                  : [
                      {
                        key: 'why',
                        label: `Waits${waiting.data?.waiting.length ? ` (${waiting.data.waiting.length})` : ''}`,
                        content: () => <Waits why={waiting.data} onSelect={setChosen} />,
                      },
                    ]),
                {
                  key: 'events',
                  label: `Journal (${events.length})`,
                  content: () => <Journal events={events} onSelect={setChosen} />,
                },
                { key: 'context', label: 'Context', content: () => <JsonView value={run.contextJson} /> },
              ]}
            />
          </div>
          <div className="card flex min-h-[26rem] flex-col p-4 xl:min-h-0">
            {selected && (
              <NodePanel
                key={selected}
                run={run}
                node={selected}
                logs={logs}
                waiting={run.finishedAt ? undefined : waiting.data?.waiting.find((one) => one.nodeId === selected)}
                onRerun={again}
              />
            )}
          </div>
        </div>
      )}
    </>
  );
}

export default function RunPage({ id }: { id: string }) {
  const run = useRun(id);
  return (
    <Loaded query={run} what="the run">
      {(data) => <Content run={data} />}
    </Loaded>
  );
}
