import { describe, expect, it } from 'vitest';

import { cycleOf, layout } from './layout';

const box = (id: string) => ({ id, width: 100, height: 40 });

describe('layout', () => {
  it('puts what depends on something to its right', () => {
    const at = layout(
      [box('a'), box('b'), box('c')],
      [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
      ],
    );
    expect(at.get('a')!.x).toBeLessThan(at.get('b')!.x);
    expect(at.get('b')!.x).toBeLessThan(at.get('c')!.x);
  });
  it('leaves alone what was placed by hand', () => {
    const at = layout([{ ...box('a'), position: { x: 7, y: 9 } }, box('b')], [{ from: 'a', to: 'b' }]);
    expect(at.get('a')).toEqual({ x: 7, y: 9 });
  });
  it('ignores arrows to nodes that are not there', () => {
    expect(layout([box('a')], [{ from: 'a', to: 'gone' }]).size).toBe(1);
  });
});

describe('cycleOf', () => {
  const arrows = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'a', to: 'd' },
  ];
  it('names the cycle in order', () => {
    expect(cycleOf(arrows, { from: 'c', to: 'a' })).toEqual(['c', 'a', 'b', 'c']);
  });
  it('finds a node that waits for itself', () => {
    expect(cycleOf(arrows, { from: 'a', to: 'a' })).toEqual(['a', 'a']);
  });
  it('lets through what closes none', () => {
    expect(cycleOf(arrows, { from: 'd', to: 'c' })).toBeNull();
  });
});
