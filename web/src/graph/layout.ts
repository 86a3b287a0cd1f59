// Where the nodes of a graph go: left to right in layers (dagre), unless somebody placed them by hand.
import dagre from '@dagrejs/dagre';

export interface Point {
  x: number;
  y: number;
}

export const isPoint = (value: unknown): value is Point =>
  typeof value === 'object' &&
  value !== null &&
  Number.isFinite((value as Point).x) &&
  Number.isFinite((value as Point).y);

export interface Box {
  id: string;
  width: number;
  height: number;
  position?: Point;
}

export interface Arrow {
  from: string;
  to: string;
}

// How far a drawing that fits is enlarged: as much as the text around it (styles.css).
export const largestZoom = () => Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 15);

export const kNodeWidth = 208;
export const kNodeHeight = 84;

export function layout(boxes: Box[], arrows: Arrow[]): Map<string, Point> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 28, ranksep: 52, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) graph.setNode(box.id, { width: box.width, height: box.height });
  for (const arrow of arrows) {
    if (graph.hasNode(arrow.from) && graph.hasNode(arrow.to)) graph.setEdge(arrow.from, arrow.to);
  }
  dagre.layout(graph);
  return new Map(
    boxes.map((box) => {
      const placed = graph.node(box.id);
      return [box.id, box.position ?? { x: placed.x - box.width / 2, y: placed.y - box.height / 2 }];
    }),
  );
}

// The cycle that an arrow would close, as ids in order, or null. `from` → `to` closes one if `from` can be reached from
// `to`.
export function cycleOf(arrows: Arrow[], added: Arrow): string[] | null {
  if (added.from === added.to) return [added.from, added.to];
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) next.set(from, [...(next.get(from) ?? []), to]);
  const cameFrom = new Map<string, string>();
  const queue = [added.to];
  while (queue.length > 0) {
    const here = queue.shift()!;
    if (here === added.from) {
      const path = [here];
      for (let at = here; at !== added.to;) {
        at = cameFrom.get(at)!;
        path.unshift(at);
      }
      return [added.from, ...path];
    }
    for (const there of next.get(here) ?? []) {
      if (there === added.to || cameFrom.has(there)) continue;
      cameFrom.set(there, here);
      queue.push(there);
    }
  }
  return null;
}
