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

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** unit;
  return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function formatRelative(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 5_000) return 'just now';
  const words =
    distance < 60_000 ? `${Math.round(distance / 1_000)} s` : formatDuration(distance).split(' ').slice(0, 2).join(' ');
  return at > now ? `in ${words}` : `${words} ago`;
}

// A day by its first moment here, as times are shown; what is no day is left as it is.
export function startOfDay(day: string): string {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  return year ? new Date(Number(year), Number(month) - 1, Number(date)).toISOString() : day;
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

const Span = ({ ms }: { ms: number }) => (
  <span className="whitespace-nowrap tabular-nums">{formatDuration(Math.max(0, ms))}</span>
);

function Ticking({ from }: { from: string }) {
  return <Span ms={useNow(1_000) - Date.parse(from)} />;
}

export function Duration({ from, to, ms }: { from?: string; to?: string | null; ms?: number | null }) {
  if (ms !== undefined && ms !== null) return <Span ms={ms} />;
  if (!from) return null;
  return to ? <Span ms={Date.parse(to) - Date.parse(from)} /> : <Ticking from={from} />;
}
