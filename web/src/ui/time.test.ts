import { afterEach, describe, expect, it, vi } from 'vitest';

import { formatDuration, formatRelative, startOfDay } from './time';

const kMinute = 60_000;
const kHour = 60 * kMinute;
const kDay = 24 * kHour;

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [1_000, '1.0 s'],
    [9_960, '10 s'],
    [59_600, '1 min 0 s'],
    [119_700, '2 min 0 s'],
    [kHour - 1, '1 h 0 min'],
    [kDay + kHour, '25 h 0 min'],
    [3 * kDay, '3 d 0 h'],
  ])('of %d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('how far away a moment is', () => {
  it.each([
    [4_000, 'just now'],
    [59_700, 'in 1 min'],
    [kDay - 30_000, 'in 24 h'],
    [3 * kDay - kHour, 'in 3 d'],
    [-59_000, '59 s ago'],
    [-kHour - 1, '1 h ago'],
  ])('%d ms: %s', (ms, text) => expect(formatRelative(ms, 0)).toBe(text));
});

describe('a day', () => {
  afterEach(() => vi.unstubAllEnvs());
  it.each([
    ['America/New_York', '2026-11-26T05:00:00.000Z'],
    ['Asia/Tokyo', '2026-11-25T15:00:00.000Z'],
    ['UTC', '2026-11-26T00:00:00.000Z'],
  ])('begins when it begins in %s', (zone, at) => {
    vi.stubEnv('TZ', zone);
    expect(startOfDay('2026-11-26')).toBe(at);
  });
  it('is left as it is where it is none', () => {
    expect(['', '2026-11-26T10:00:00Z', 'x'].map(startOfDay)).toEqual(['', '2026-11-26T10:00:00Z', 'x']);
  });
});
