// Runs as a table, wherever some are shown.
import { Link } from 'wouter';

import type { Run } from '../api/types';
import { Id } from '../ui/page';
import { Status } from '../ui/status';
import { Duration, Time } from '../ui/time';

export function RunTable({
  runs,
  chosen,
  onChoose,
}: {
  runs: Run[];
  chosen?: string[];
  onChoose?: (id: string) => void; // with boxes to tick
}) {
  return (
    <div className="card overflow-x-auto">
      <table className="w-full min-w-[44rem] text-sm">
        <thead>
          <tr className="table-head">
            {onChoose && (
              <th className="py-2 pl-4">
                <span className="sr-only">Compare</span>
              </th>
            )}
            <th className="px-4 py-2 font-medium">State</th>
            <th className="px-4 py-2 font-medium">Workflow</th>
            <th className="px-4 py-2 font-medium">Run</th>
            <th className="px-4 py-2 font-medium">Started by</th>
            <th className="px-4 py-2 font-medium">Started</th>
            <th className="px-4 py-2 text-right font-medium">Took</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} className="border-b border-line last:border-0 hover:bg-raised">
              {onChoose && (
                <td className="py-2 pl-4">
                  <input
                    type="checkbox"
                    className="h-6 w-4 align-middle"
                    aria-label={`Compare run ${run.id}`}
                    checked={chosen?.includes(run.id) ?? false}
                    onChange={() => onChoose(run.id)}
                  />
                </td>
              )}
              <td className="px-4 py-2">
                <Status status={run.status} />
              </td>
              <td className="max-w-xs truncate px-4 py-2" title={run.workflowName ?? undefined}>
                {run.workflowName ? (
                  <Link href={`/workflows/${run.workflowId}`} className="block truncate py-1">
                    {run.workflowName}
                  </Link>
                ) : (
                  <span className="text-muted">deleted</span>
                )}
              </td>
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
