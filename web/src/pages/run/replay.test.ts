import { describe, expect, it } from 'vitest';

import type { RunEvent } from '../../api/events';
import { momentAt, statesAfter } from './replay';

const event = (type: string, at: number, nodes: [string, 'RUNNING' | 'SUCCESS'][]) =>
  ({
    type,
    at: new Date(at).toISOString(),
    status: 'RUNNING',
    nodes: nodes.map(([nodeId, status]) => ({ nodeId, status, attempt: 1 })),
  }) as RunEvent;

const events = [
  event('run.created', 1_000, []),
  event('node.started', 1_100, [['a', 'RUNNING']]),
  event('node.succeeded', 1_500, [
    ['a', 'SUCCESS'],
    ['b', 'RUNNING'],
  ]),
];

// Feature 118.
describe('replay', () => {
  it('shows each step as it was after so many events', () => {
    const states = (count: number) => [...statesAfter(events, count)].map(([id, fact]) => `${id} ${fact.status}`);
    expect(states(1)).toEqual([]);
    expect(states(2)).toEqual(['a RUNNING']);
    expect(states(3)).toEqual(['a SUCCESS', 'b RUNNING']);
  });
  it('says what happened and when', () => {
    expect(momentAt(events, 3)).toEqual({
      type: 'node.succeeded',
      status: 'RUNNING',
      after_ms: 500,
      nodes: ['a', 'b'],
    });
    expect(momentAt(events, 0)).toBeNull();
  });
});
