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
      <table className="w-full min-w-[40rem] text-sm">
        <thead>
          <tr className="table-head">
            <th className="w-48 py-2 pr-4 font-medium">Step</th>
            <th className="w-48 py-2 pr-4 font-medium">State</th>
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
              <td className="max-w-[12rem] truncate py-1.5 pr-4">
                <button type="button" className="text-accent hover:underline" onClick={() => onSelect(attempt.nodeId)}>
                  {attempt.nodeId}
                </button>
                {attempt.attempt > 1 && <span className="text-muted"> · try {attempt.attempt}</span>}
              </td>
              <td className="py-1.5 pr-4">
                <Status status={attempt.status} />
              </td>
              <td className="py-1.5">
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
