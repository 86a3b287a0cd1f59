// The log of an attempt: what is recorded, and what is told since, by the number that each chunk has in both.
import { isObject } from '../../api/client';
import type { Json, LogLine } from '../../api/types';

export interface RecordedLog {
  lines: string[];
  chunk: number; // the last one that is in it
}

export const linesOf = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

// Of the server's answer, one attempt.
export function recordedLog(answer: Json, attempt: number): RecordedLog {
  const logs = isObject(answer) && Array.isArray(answer.logs) ? answer.logs : [];
  const found = logs.find((log) => isObject(log) && log.attempt === attempt);
  return isObject(found)
    ? { lines: linesOf(String(found.text ?? '')), chunk: Number(found.chunk ?? 0) }
    : { lines: [], chunk: 0 };
}

export const joinedLog = (recorded: RecordedLog | undefined, told: LogLine[]): string[] => [
  ...(recorded?.lines ?? []),
  ...told.filter(({ chunk }) => chunk > (recorded?.chunk ?? 0)).map(({ text }) => text),
];
