// Where the nodes of a view stand: rows from top to bottom, whoever imports above what it imports.
import dagre from '@dagrejs/dagre';

import type { View, ViewEdge } from './model';

export interface Placed {
  x: number; // of the upper left corner
  y: number;
  width: number;
  height: number;
}

const kHeight = 58;
const kCharacter = 8;
const kMargin = 24;

export const widthOf = (label: string) => Math.min(260, Math.max(110, label.length * kCharacter + 36));

// Edges that follow from others are left out of pictures that would be too full.
export const drawnEdges = (view: View, all: boolean): ViewEdge[] =>
  view.edges.filter((edge) => all || !edge.implied || edge.cycle || edge.violation || edge.change !== null);

export interface Point {
  x: number;
  y: number;
}

export const edgeKey = (edge: { from: string; to: string }) => `${edge.from}\n${edge.to}`;

export interface Placement {
  boxes: Map<string, Placed>;
  ways: Map<string, Point[]>; // of the arrows, round the boxes that are between
}

export function place(view: View, edges: ViewEdge[]): Placement {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 26, ranksep: 54, marginx: kMargin, marginy: kMargin });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of view.nodes) graph.setNode(node.id, { width: widthOf(node.label), height: kHeight });
  for (const edge of edges) graph.setEdge(edge.from, edge.to);
  dagre.layout(graph);
  return {
    boxes: new Map(
      view.nodes.map((node) => {
        const { x, y, width, height } = graph.node(node.id);
        return [node.id, { x: x - width / 2, y: y - height / 2, width, height }];
      }),
    ),
    ways: new Map(edges.map((edge) => [edgeKey(edge), graph.edge(edge.from, edge.to).points as Point[]])),
  };
}

const at = ({ x, y }: Point) => `${Math.round(x)} ${Math.round(y)}`;
const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

// A line through the points, rounded where it turns.
export function pathOf(points: Point[]): string {
  const [first, ...rest] = points;
  if (!first || rest.length === 0) return '';
  const last = rest.pop()!;
  const curves = rest.map((point, i) => `Q${at(point)} ${at(between(point, rest[i + 1] ?? last))}`);
  return `M${at(first)}${curves.join('')}L${at(last)}`;
}

export const middleOf = (points: Point[]): Point => points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 };
