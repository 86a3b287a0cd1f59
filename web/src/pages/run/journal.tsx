// What was recorded of a run, in its order: when, what, and what became of which step.
import { useState } from 'react';

import type { RunEvent } from '../../api/events';
import { Status } from '../../ui/status';
import { Time } from '../../ui/time';

const kPage = 200;

export function Journal({ events, onSelect }: { events: RunEvent[]; onSelect: (step: string) => void }) {
  const [count, setCount] = useState(kPage);
  if (events.length === 0) return <p className="text-sm text-muted">Nothing is recorded yet.</p>;
  return (
    <>
      <ol className="text-sm">
        {events.slice(0, count).map((event) => (
          <li key={event.sequence} className="flex flex-wrap gap-x-4 gap-y-1 border-b border-line py-2 last:border-0">
            <span className="w-24 shrink-0 text-muted">
              <Time at={event.at} />
            </span>
            <code className="w-40 shrink-0">{event.type}</code>
            <ul className="min-w-0 basis-full sm:flex-1 sm:basis-0">
              {(event.nodes ?? []).slice(0, kPage).map((node) => (
                <li key={`${node.nodeId} ${node.attempt}`} className="flex flex-wrap items-center gap-x-3">
                  <button
                    type="button"
                    className="min-h-6 break-all text-left text-accent hover:underline"
                    onClick={() => onSelect(node.nodeId)}
                  >
                    {node.nodeId}
                  </button>
                  <Status status={node.status} />
                  {node.attempt > 1 && <span className="text-muted">attempt {node.attempt}</span>}
                  {node.reason && <span className="break-words text-muted">{node.reason}</span>}
                </li>
              ))}
              {event.error && <li className="break-words text-danger">{event.error}</li>}
            </ul>
          </li>
        ))}
      </ol>
      {events.length > count && (
        <button type="button" className="mt-2 text-accent underline" onClick={() => setCount(count + kPage)}>
          {(events.length - count).toLocaleString()} more
        </button>
      )}
    </>
  );
}
