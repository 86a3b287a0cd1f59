// What code there is, and what agents do with it: the architecture of a repository and, on the other side of the
// toggle, the workflows that ran over it.
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { useRun, useRuns } from '../../api/queries';
import { RunGraph } from '../../graph/run_graph';
import { Empty, Failure, Loading } from '../../ui/feedback';
import { PageHead } from '../../ui/page';
import { Status } from '../../ui/status';
import { Time } from '../../ui/time';
import { nodeFacts } from '../run/facts';
import type { Architecture } from './model';
import { useArchitecture } from './output';
import { Start } from './start';
import { ArchitectureView } from './view';

// The latest runs over the same repository, each with its graph.
function AgentsAtWork({ workspace }: { workspace: string | null }) {
  const runs = useRuns({}, 200);
  const list = (runs.data ?? []).filter((run) => workspace !== null && run.workspace === workspace).slice(0, 20);
  const [chosen, setChosen] = useState<string | null>(null);
  const id = chosen ?? list[0]?.id ?? null;
  const run = useRun(id ?? '', 2_000, id !== null);
  const [, navigate] = useLocation();
  if (list.length === 0)
    return <Empty title="No agent has worked on this repository lately">Run a workflow with it as workspace.</Empty>;
  return (
    <div className="grid flex-1 gap-4 lg:grid-cols-[20rem_1fr]">
      <ul className="grid content-start gap-2 text-sm">
        {list.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              aria-pressed={one.id === id}
              className={`card flex w-full flex-wrap gap-x-3 px-3 py-2 text-left hover:bg-raised ${one.id === id ? 'border-accent' : ''}`}
              onClick={() => setChosen(one.id)}
            >
              <span className="font-medium">{one.workflowName}</span>
              <Status status={one.status} />
              <span className="text-muted">
                <Time at={one.startedAt} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div className="card h-[34rem]">
        {run.data && (
          <RunGraph
            nodes={run.data.workflow?.nodes ?? []}
            facts={nodeFacts(run.data)}
            selected={null}
            onSelect={() => navigate(`/runs/${run.data.id}`)}
          />
        )}
      </div>
    </div>
  );
}

function Drawn({ run: id, other }: { run: string; other: string | null }) {
  const { run, architecture } = useArchitecture(id);
  const compared = useArchitecture(other);
  const [side, setSide] = useState<'code' | 'agents'>('code');
  const [, navigate] = useLocation();
  const earlier = useRuns({ workflow: run.data?.workflowId ?? '' }, 30);
  const workspace = run.data?.workspace ?? null;
  const error = run.error ?? architecture.error ?? compared.architecture.error;
  return (
    <>
      <PageHead
        title={architecture.data?.name ?? 'Architecture'}
        about={
          <span className="flex flex-wrap items-center gap-x-4 text-sm">
            {workspace && <code className="break-all">{workspace}</code>}
            <Link href={`/runs/${id}`}>the run that drew it</Link>
          </span>
        }
        actions={
          <>
            <div role="group" aria-label="What is shown" className="flex rounded-md border border-line p-0.5 text-sm">
              {(
                [
                  ['code', 'What code exists'],
                  ['agents', 'What agents do'],
                ] as const
              ).map(([key, label]) => (
                <button
                  key={key}
                  type="button"
                  aria-pressed={side === key}
                  className={`rounded px-3 py-1 ${side === key ? 'bg-sand font-medium' : ''}`}
                  onClick={() => setSide(key)}
                >
                  {label}
                </button>
              ))}
            </div>
            <label className="flex items-center gap-2 text-sm">
              Compared with
              <select
                className="field w-auto max-w-[16rem] py-1"
                value={other ?? ''}
                onChange={(event) =>
                  navigate(`/architecture?run=${id}${event.target.value ? `&with=${event.target.value}` : ''}`)
                }
              >
                <option value="">nothing</option>
                {(earlier.data ?? [])
                  .filter((one) => one.id !== id && one.status === 'SUCCESS')
                  .map((one) => (
                    <option key={one.id} value={one.id}>
                      {new Date(one.startedAt).toLocaleString()}
                    </option>
                  ))}
              </select>
            </label>
          </>
        }
      />
      {error ? (
        <Failure error={error} />
      ) : side === 'agents' ? (
        <AgentsAtWork workspace={workspace} />
      ) : architecture.data && (other === null || compared.architecture.data) ? (
        <ArchitectureView
          key={`${id} ${other}`}
          architecture={architecture.data}
          before={compared.architecture.data ?? null}
          workspace={workspace}
        />
      ) : (
        <Loading what={run.data && !run.data.finishedAt ? 'it: the agent is drawing' : 'the architecture'} />
      )}
    </>
  );
}

export default function ArchitecturePage() {
  const parameters = new URLSearchParams(useSearch());
  const run = parameters.get('run');
  const [file, setFile] = useState<Architecture | null>(null);
  if (run) return <Drawn key={run} run={run} other={parameters.get('with')} />;
  return (
    <>
      <PageHead
        title={file?.name ?? 'Architecture'}
        about="What code exists, and how it hangs together."
        actions={
          file && (
            <button type="button" className="text-accent hover:underline" onClick={() => setFile(null)}>
              Another one
            </button>
          )
        }
      />
      {file ? <ArchitectureView architecture={file} before={null} workspace={null} /> : <Start onFile={setFile} />}
    </>
  );
}
