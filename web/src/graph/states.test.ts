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
  it('tells of a selection who had it and who has it now', () => {
    const states = new States();
    const [a, b, c] = [vi.fn(), vi.fn(), vi.fn()];
    states.subscribe('a', a);
    states.subscribe('b', b);
    states.subscribe('c', c);
    states.select('a');
    states.select('b');
    states.select('b');
    expect([a, b, c].map((one) => one.mock.calls.length)).toEqual([2, 1, 0]);
    expect(states.isSelected('b')).toBe(true);
    states.select(null);
    expect(states.isSelected('b')).toBe(false);
  });
});
