import { expect, test } from 'vitest';

import { toDraft } from './model';
import { compare, isSame, placesOf } from './version_diff';

const draft = (nodes: object[], more = {}) => toDraft({ name: 'w', nodes, ...more });
const before = draft([
  { id: 'a', agent: 'x', position: { x: 0, y: 0 } },
  { id: 'b', agent: 'x', dependsOn: ['a'], position: { x: 300, y: 0 } },
]);
const after = draft(
  [
    { id: 'a', agent: 'x', position: { x: 5, y: 5 } },
    { id: 'b', agent: 'y', position: { x: 300, y: 0 } },
    { id: 'c', agent: 'x', dependsOn: ['a'], position: { x: 600, y: 0 } },
  ],
  { timeout: '5m' },
);

test('steps and arrows that came, went and changed', () => {
  const found = compare(before, after);
  expect(found.fields).toEqual(['timeout']);
  expect(found.nodes.map((node) => [node.id, node.kind, node.fields])).toEqual([
    ['a', 'same', []],
    ['b', 'changed', ['agent', 'dependsOn']],
    ['c', 'added', []],
  ]);
  expect(found.arrows).toEqual([
    { from: 'a', to: 'c', kind: 'added' },
    { from: 'a', to: 'b', kind: 'removed' },
  ]);
  expect(compare(after, before).nodes.map((node) => node.kind)).toEqual(['same', 'changed', 'removed']);
});

test('moving a step changes nothing', () => {
  const moved = draft(before.nodes.map((node) => ({ ...node, position: { x: 1, y: 999 } })));
  expect(isSame(compare(before, moved))).toBe(true);
  expect(isSame(compare(before, after))).toBe(false);
});

test('places are kept unless a step would hide another', () => {
  expect(placesOf(before, after, compare(before, after)).get('c')).toEqual({ x: 600, y: 0 });
  const hiding = draft([{ id: 'z', agent: 'x', position: { x: 310, y: 10 } }]);
  const places = placesOf(before, hiding, compare(before, hiding));
  expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(3);
});
