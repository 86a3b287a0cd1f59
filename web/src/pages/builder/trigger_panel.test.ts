import { describe, expect, it } from 'vitest';

import type { Json } from '../../api/types';
import { changed, filtersToText, patternsOf, textToFilters, triggerKind } from './trigger_panel';

describe('triggers', () => {
  it('are told apart in every way they may be written', () => {
    const written: (Json | undefined)[] = [
      undefined,
      'MANUAL',
      { on: ['a.b'] },
      { schedule: '@daily' },
      { path: 'x' },
      42,
    ];
    expect(written.map(triggerKind)).toEqual(['manual', 'manual', 'event', 'schedule', 'webhook', 'other']);
    expect(patternsOf({ on: ['a.*', 'b.>'] })).toBe('a.*, b.>');
    expect(patternsOf({ event: 'a.b' })).toBe('a.b');
  });
  it('lose a member that is emptied', () => {
    expect(changed({ path: 'x', token: 'y' }, 'token', '')).toEqual({ path: 'x' });
    expect(changed({ path: 'x' }, 'token', 'y')).toEqual({ path: 'x', token: 'y' });
  });
  it('have filters as text and back', () => {
    const filters = { severity: 'high', retries: 3, urgent: true };
    expect(textToFilters(filtersToText(filters))).toEqual(filters);
    expect(textToFilters('severity')).toBeUndefined();
  });
});
