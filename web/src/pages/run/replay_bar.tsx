// Moves through the recorded events of a run: by hand, or by itself.
import { useEffect, useState } from 'react';

import type { RunEvent } from '../../api/events';
import { Button } from '../../ui/button';
import { formatDuration } from '../../ui/time';
import { momentAt } from './replay';

const kStep_ms = 700;

export function ReplayBar({
  events,
  at,
  onMove,
}: {
  events: RunEvent[];
  at: number | null; // events that have happened; null: all, as it is now
  onMove: (at: number | null) => void;
}) {
  const [plays, setPlays] = useState(false);
  useEffect(() => {
    if (!plays) return;
    if (at === null || at >= events.length) return setPlays(false);
    const timer = setTimeout(() => onMove(at + 1), kStep_ms);
    return () => clearTimeout(timer);
  }, [plays, at, events.length, onMove]);
  const moment = at === null ? null : momentAt(events, at);
  const play = () => {
    if (at === null || at >= events.length) onMove(1);
    setPlays(true);
  };
  return (
    <div className="flex flex-wrap items-center gap-3 border-t border-line pt-2 text-sm">
      <Button small onClick={plays ? () => setPlays(false) : play} disabled={events.length < 2}>
        {plays ? 'Pause' : 'Replay'}
      </Button>
      <input
        type="range"
        className="min-w-[8rem] flex-1 accent-[rgb(var(--accent))]"
        aria-label="Moment of the run"
        aria-valuetext={moment ? `${moment.type}, ${formatDuration(moment.after_ms)} after the start` : 'now'}
        min={1}
        max={Math.max(1, events.length)}
        disabled={events.length < 2}
        value={at ?? events.length}
        onChange={(event) => onMove(Number(event.target.value))}
      />
      <span className="min-w-[14rem] text-muted" data-testid="moment">
        {moment
          ? `${at} of ${events.length}: ${moment.type}, +${formatDuration(moment.after_ms)}`
          : events.length === 0
            ? 'as it is now'
            : `as it is now, after ${events.length} ${events.length === 1 ? 'event' : 'events'}`}
      </span>
      {at !== null && (
        <Button
          small
          kind="quiet"
          onClick={() => {
            setPlays(false);
            onMove(null);
          }}
        >
          Now
        </Button>
      )}
    </div>
  );
}
