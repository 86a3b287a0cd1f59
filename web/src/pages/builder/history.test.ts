import { describe, expect, it } from 'vitest';

import { begin, step } from './history';

const set = (value: string, kind = '', at = 0) => ({ type: 'set', value, kind, at }) as const;

describe('history', () => {
  it('goes back and forth', () => {
    let state = step(step(begin('a'), set('b')), set('c'));
    state = step(state, { type: 'undo' });
    expect(state.present).toBe('b');
    state = step(state, { type: 'redo' });
    expect(state.present).toBe('c');
    expect(step(step(begin('a'), { type: 'undo' }), { type: 'redo' }).present).toBe('a');
  });
  it('forgets the future after a new change', () => {
    const state = step(step(step(begin('a'), set('b')), { type: 'undo' }), set('c'));
    expect(state.future).toEqual([]);
    expect(step(state, { type: 'undo' }).present).toBe('a');
  });
  it('takes typing as one step, until there is a pause', () => {
    let state = step(begin(''), set('h', 'name', 1_000));
    state = step(state, set('hi', 'name', 1_100));
    expect(step(state, { type: 'undo' }).present).toBe('');
    state = step(state, set('hi!', 'name', 9_000));
    expect(step(state, { type: 'undo' }).present).toBe('hi');
  });
  it('replaces only what is still there, and forgets no step', () => {
    const state = step(step(begin('a'), set('b')), { type: 'replace', from: 'b', value: 'B' });
    expect(state.present).toBe('B');
    expect(step(state, { type: 'undo' }).present).toBe('a');
    const later = step(step(begin('a'), set('b')), set('c'));
    expect(step(later, { type: 'replace', from: 'b', value: 'B' })).toBe(later);
  });
});
