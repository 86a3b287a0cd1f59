// Times: relative to read, absolute on hover. Durations: in the unit a person would use.
import { useEffect, useState } from 'react';

export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000); // before it is divided: no part may become 60
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
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

// To the nearest unit: of a day's time, 24 hours are left also after a minute.
function roughly(ms: number): string {
  const [seconds, minutes, hours, days] = [1_000, 60_000, 3_600_000, 86_400_000].map((unit) => Math.round(ms / unit));
  if (seconds! < 60) return `${seconds} s`;
  if (minutes! < 60) return `${minutes} min`;
  return hours! < 48 ? `${hours} h` : `${days} d`;
}

export function formatRelative(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 5_000) return 'just now';
  return at > now ? `in ${roughly(distance)}` : `${roughly(distance)} ago`;
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
