// When each attempt ran: a Gantt chart, one row an attempt.
import type { RunDetail } from '../../api/types';
import { Status } from '../../ui/status';
import { formatDuration } from '../../ui/time';
import { bars } from './facts';

const kFill: Record<string, string> = {
  SUCCESS: 'bg-success',
  FAILED: 'bg-danger',
  RUNNING: 'bg-running',
  WAITING_APPROVAL: 'bg-waiting',
};

export function Timeline({ run, onSelect }: { run: RunDetail; onSelect: (node: string) => void }) {
  const { bars: rows, total_ms } = bars(run, Date.now());
  return (
    <div className="overflow-x-auto">
      <table className="w-full table-fixed text-sm sm:min-w-[40rem]">
        <thead>
          <tr className="table-head">
            <th className="w-32 py-2 pr-4 font-medium sm:w-48">Step</th>
            <th className="w-10 py-2 pr-2 font-medium sm:w-48 sm:pr-4">
              <span className="sr-only sm:not-sr-only">State</span>
            </th>
            <th className="py-2 font-medium">
              <span className="flex justify-between normal-case">
                <span>0</span>
                <span>{formatDuration(total_ms / 2)}</span>
                <span>{formatDuration(total_ms)}</span>
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ attempt, from, width }) => (
            <tr key={attempt.id} className="border-b border-line last:border-0">
              <td className="truncate py-1 pr-4" title={attempt.nodeId}>
                <button
                  type="button"
                  className="min-h-6 py-0.5 text-accent hover:underline"
                  onClick={() => onSelect(attempt.nodeId)}
                >
                  {attempt.nodeId}
                </button>
                {attempt.attempt > 1 && <span className="text-muted"> · try {attempt.attempt}</span>}
              </td>
              <td className="py-1 pr-2 sm:pr-4">
                <Status status={attempt.status} short />
              </td>
              <td className="py-1">
                <div
                  className="relative h-4 rounded bg-raised"
                  title={attempt.durationMs === null ? undefined : formatDuration(attempt.durationMs)}
                >
                  <div
                    className={`absolute inset-y-0 min-w-[2px] rounded ${kFill[attempt.status] ?? 'bg-idle'}`}
                    style={{ left: `${from * 100}%`, width: `${width * 100}%` }}
                  />
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
