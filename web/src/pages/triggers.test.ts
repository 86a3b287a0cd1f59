import { describe, expect, it } from 'vitest';

import type { Json } from '../api/types';
import { triggersOf } from './triggers';

const kAlways = ['manual', 'schedule', 'webhook', 'retry', 'rerun'];

describe('what runs can be filtered by', () => {
  it('is there before there is a run', () => {
    expect(triggersOf([], [], '')).toEqual(kAlways);
  });
  it('has the events that workflows wait for, by the name that their runs carry', () => {
    const workflows: { trigger: Json }[] = [
      { trigger: { on: 'git.push' } },
      { trigger: { on: ['git.push', 'build.failed', 'deploy.*', 'a.>'] } },
      { trigger: { event: 'x' } },
      { trigger: 'MANUAL' },
      { trigger: null },
    ];
    expect(triggersOf(workflows, [], '')).toEqual([...kAlways, 'event:build.failed', 'event:git.push', 'event:x']);
  });
  it('has what started the runs that are seen, and what was chosen', () => {
    expect(triggersOf([], [{ trigger: 'event:b' }, { trigger: 'manual' }, { trigger: 'event:b' }], 'event:a')).toEqual([
      ...kAlways,
      'event:a',
      'event:b',
    ]);
  });
});
