import { describe, expect, it, vi } from 'vitest';

import { States } from './states';

describe('States', () => {
  it('tells only the nodes that changed', () => {
    const states = new States();
    const [a, b] = [vi.fn(), vi.fn()];
    states.subscribe('a', a);
    const leave = states.subscribe('b', b);
    states.update(new Map([['a', { status: 'RUNNING' }]]));
    const first = states.of('a');
    states.update(
      new Map([
        ['a', { status: 'RUNNING' }],
        ['b', { status: 'RUNNING' }],
      ]),
    );
    expect(a).toHaveBeenCalledTimes(1);
    expect(b).toHaveBeenCalledTimes(1);
    expect(states.of('a')).toBe(first);
    leave();
    states.update(new Map());
    expect(b).toHaveBeenCalledTimes(1);
    expect(states.of('b').status).toBe('PENDING');
  });
});
