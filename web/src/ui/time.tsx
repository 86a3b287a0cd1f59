// Times: relative to read, absolute on hover. Durations: in the unit a person would use.
import { useEffect, useState } from 'react';

export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function formatRelative(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 5_000) return 'just now';
  const words = formatDuration(distance).split(' ').slice(0, 2).join(' ');
  return at > now ? `in ${words}` : `${words} ago`;
}

// Seconds tick only while something is looked at.
function useNow(interval_ms: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), interval_ms);
    return () => clearInterval(timer);
  }, [interval_ms]);
  return now;
}

export function Time({ at }: { at: string | null | undefined }) {
  const now = useNow(5_000);
  if (!at) return <span className="text-muted">never</span>;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()} className="whitespace-nowrap">
      {formatRelative(Date.parse(at), now)}
    </time>
  );
}

export function Duration({ from, to, ms }: { from?: string; to?: string | null; ms?: number | null }) {
  const now = useNow(1_000);
  if (ms !== undefined && ms !== null)
    return <span className="whitespace-nowrap tabular-nums">{formatDuration(ms)}</span>;
  if (!from) return null;
  const end = to ? Date.parse(to) : now;
  return <span className="whitespace-nowrap tabular-nums">{formatDuration(Math.max(0, end - Date.parse(from)))}</span>;
}
