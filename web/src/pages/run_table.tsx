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
      <table className="w-full text-sm md:min-w-[44rem]">
        <thead>
          <tr className="table-head">
            {onChoose && (
              <th className="py-2 pl-4">
                <span className="sr-only">Compare</span>
              </th>
            )}
            <th className="px-4 py-2 font-medium">State</th>
            <th className="px-4 py-2 font-medium">Workflow</th>
            <th className="hidden px-4 py-2 font-medium md:table-cell">Run</th>
            <th className="hidden px-4 py-2 font-medium md:table-cell">Started by</th>
            <th className="hidden px-4 py-2 font-medium md:table-cell">Started</th>
            <th className="hidden px-4 py-2 text-right font-medium md:table-cell">Took</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} className="border-b border-line last:border-0 hover:bg-raised">
              {onChoose && (
                <td className="pl-2">
                  <label className="tick">
                    <input
                      type="checkbox"
                      className="h-4 w-4 accent-[rgb(var(--accent))]"
                      aria-label={`Compare run ${run.id}`}
                      checked={chosen?.includes(run.id) ?? false}
                      onChange={() => onChoose(run.id)}
                    />
                  </label>
                </td>
              )}
              <td className="px-4 py-2">
                <Status status={run.status} />
              </td>
              <td className="w-full max-w-0 px-4 py-2 md:w-auto md:max-w-xs" title={run.workflowName ?? undefined}>
                {run.workflowName ? (
                  <Link href={`/workflows/${run.workflowId}`} className="block py-1">
                    <span className="line-clamp-2 md:block md:truncate">{run.workflowName}</span>
                  </Link>
                ) : (
                  <span className="text-muted">deleted</span>
                )}
                <Link href={`/runs/${run.id}`} className="block py-1 md:hidden">
                  <span className="sr-only">Run of </span>
                  <Time at={run.startedAt} />
                </Link>
              </td>
              <td className="hidden px-4 py-2 md:table-cell">
                <Link href={`/runs/${run.id}`} className="inline-block py-1">
                  <span className="sr-only">Run </span>
                  <Id value={run.id} />
                </Link>
              </td>
              <td className="hidden max-w-[14rem] truncate px-4 py-2 text-muted md:table-cell" title={run.trigger}>
                {run.trigger}
              </td>
              <td className="hidden px-4 py-2 md:table-cell">
                <Time at={run.startedAt} />
              </td>
              <td className="hidden px-4 py-2 text-right md:table-cell">
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
