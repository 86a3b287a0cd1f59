import { afterEach, describe, expect, it, vi } from 'vitest';

import { startOfDay } from './time';

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
