// What differs between two states of a workflow: step by step, arrow by arrow, and as one graph of both.
import { isPoint, kNodeHeight, kNodeWidth, layout, type Point } from '../../graph/layout';
import { arrows, type Draft, type DraftNode } from './model';

export type ChangeKind = 'added' | 'removed' | 'changed' | 'same';

export interface NodeChange {
  id: string;
  kind: ChangeKind;
  fields: string[]; // that changed
}

export interface ArrowChange {
  from: string;
  to: string;
  kind: ChangeKind;
}

export interface Difference {
  fields: string[]; // of the workflow
  nodes: NodeChange[];
  arrows: ArrowChange[];
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

// A moved step has not changed.
function fieldsOf(before: DraftNode, after: DraftNode): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => key !== 'position' && !same(before[key as keyof DraftNode], after[key as keyof DraftNode]),
  );
}

export function compare(before: Draft, after: Draft): Difference {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => key !== 'nodes' && !same(before[key as keyof Draft], after[key as keyof Draft]),
  );
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const now = new Set(after.nodes.map((node) => node.id));
  const nodes: NodeChange[] = after.nodes.map((node) => {
    const known = old.get(node.id);
    if (!known) return { id: node.id, kind: 'added', fields: [] };
    const changed = fieldsOf(known, node);
    return { id: node.id, kind: changed.length > 0 ? 'changed' : 'same', fields: changed };
  });
  for (const node of before.nodes) if (!now.has(node.id)) nodes.push({ id: node.id, kind: 'removed', fields: [] });

  const key = ({ from, to }: { from: string; to: string }) => `${from}\n${to}`;
  const [were, are] = [new Set(arrows(before).map(key)), new Set(arrows(after).map(key))];
  const all: ArrowChange[] = [
    ...arrows(after).map((arrow): ArrowChange => ({ ...arrow, kind: were.has(key(arrow)) ? 'same' : 'added' })),
    ...arrows(before)
      .filter((arrow) => !are.has(key(arrow)))
      .map((arrow): ArrowChange => ({ ...arrow, kind: 'removed' })),
  ];
  return { fields, nodes, arrows: all };
}

export const isSame = ({ fields, nodes, arrows }: Difference) =>
  fields.length === 0 && [...nodes, ...arrows].every((one) => one.kind === 'same');

// Where the steps of both stand: where somebody put them, unless one would hide another.
export function placesOf(before: Draft, after: Draft, difference: Difference): Map<string, Point> {
  const known = new Map([...before.nodes, ...after.nodes].map((node) => [node.id, node.position]));
  const boxes = difference.nodes.map(({ id }) => ({ id, width: kNodeWidth, height: kNodeHeight }));
  const points = boxes.map(({ id }) => known.get(id));
  const apart = points.every(
    (a, i) =>
      isPoint(a) &&
      points.every(
        (b, j) => j >= i || !isPoint(b) || Math.abs(a.x - b.x) >= kNodeWidth || Math.abs(a.y - b.y) >= kNodeHeight,
      ),
  );
  if (apart) return new Map(boxes.map(({ id }, i) => [id, points[i] as Point]));
  return layout(boxes, difference.arrows);
}
