// Every run, newest first, with filters that live in the address so that a view can be shared.
import { Link, useLocation, useSearch } from 'wouter';

import { useRuns, useWorkflows } from '../api/queries';
import type { Run } from '../api/types';
import { Empty, Loaded } from '../ui/feedback';
import { Id, PageHead } from '../ui/page';
import { Status, statusWord } from '../ui/status';
import { Duration, Time } from '../ui/time';

const kStatuses = ['PENDING', 'RUNNING', 'WAITING_APPROVAL', 'SUCCESS', 'FAILED', 'CANCELLED'];

export function RunTable({ runs, withWorkflow = true }: { runs: Run[]; withWorkflow?: boolean }) {
  return (
    <div className="card overflow-x-auto">
      <table className="w-full text-sm">
        <thead>
          <tr className="table-head">
            <th className="px-4 py-2 font-medium">State</th>
            {withWorkflow && <th className="px-4 py-2 font-medium">Workflow</th>}
            <th className="px-4 py-2 font-medium">Run</th>
            <th className="px-4 py-2 font-medium">Started by</th>
            <th className="px-4 py-2 font-medium">Started</th>
            <th className="px-4 py-2 text-right font-medium">Took</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} className="border-b border-line last:border-0 hover:bg-raised">
              <td className="px-4 py-2">
                <Status status={run.status} />
              </td>
              {withWorkflow && (
                <td className="max-w-xs truncate px-4 py-2" title={run.workflowName ?? undefined}>
                  {run.workflowName ? (
                    <Link href={`/workflows/${run.workflowId}`} className="block truncate py-1">
                      {run.workflowName}
                    </Link>
                  ) : (
                    <span className="text-muted">deleted</span>
                  )}
                </td>
              )}
              <td className="px-4 py-2">
                <Link href={`/runs/${run.id}`} className="inline-block py-1">
                  <span className="sr-only">Run </span>
                  <Id value={run.id} />
                </Link>
              </td>
              <td className="max-w-[14rem] truncate px-4 py-2 text-muted" title={run.trigger}>
                {run.trigger}
              </td>
              <td className="px-4 py-2">
                <Time at={run.startedAt} />
              </td>
              <td className="px-4 py-2 text-right">
                {run.status === 'WAITING_APPROVAL' ? (
                  <span className="text-muted">waits</span>
                ) : (
                  <Duration from={run.startedAt} to={run.finishedAt} ms={run.durationMs} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function RunsPage() {
  const parameters = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const filter = {
    status: parameters.get('status') ?? '',
    workflow: parameters.get('workflow') ?? '',
    search: parameters.get('q') ?? '',
  };
  const set = (name: string, value: string) => {
    if (value === '') parameters.delete(name);
    else parameters.set(name, value);
    navigate(`/runs?${parameters}`, { replace: true });
  };
  const runs = useRuns(filter);
  const workflows = useWorkflows();
  const filtered = filter.status !== '' || filter.workflow !== '' || filter.search !== '';

  return (
    <>
      <PageHead title="Runs" about="What happened, and what is happening now." />
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <label className="min-w-0 max-w-full text-sm sm:max-w-xs">
          <span className="label">State</span>
          <select className="field" value={filter.status} onChange={(event) => set('status', event.target.value)}>
            <option value="">all</option>
            {kStatuses.map((status) => (
              <option key={status} value={status}>
                {statusWord(status)}
              </option>
            ))}
          </select>
        </label>
        <label className="min-w-0 max-w-full text-sm sm:max-w-xs">
          <span className="label">Workflow</span>
          <select className="field" value={filter.workflow} onChange={(event) => set('workflow', event.target.value)}>
            <option value="">all</option>
            {(workflows.data ?? []).map((workflow) => (
              <option key={workflow.id} value={workflow.id}>
                {workflow.name.slice(0, 60)}
              </option>
            ))}
          </select>
        </label>
        <label className="min-w-[12rem] flex-1 text-sm">
          <span className="label">Search</span>
          <input
            className="field"
            type="search"
            placeholder="id of a run, or name of a workflow"
            value={filter.search}
            onChange={(event) => set('q', event.target.value)}
          />
        </label>
      </div>
      <Loaded query={runs} what="the runs">
        {(list) =>
          list.length > 0 ? (
            <RunTable runs={list} />
          ) : filtered ? (
            <Empty title="No run is like that">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="Nothing has run yet">
              Start one of the <Link href="/workflows">workflows</Link>.
            </Empty>
          )
        }
      </Loaded>
    </>
  );
}
