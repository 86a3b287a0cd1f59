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

export function place(view: View, edges: ViewEdge[]): Map<string, Placed> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 26, ranksep: 54, marginx: kMargin, marginy: kMargin });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of view.nodes) graph.setNode(node.id, { width: widthOf(node.label), height: kHeight });
  for (const edge of edges) graph.setEdge(edge.from, edge.to);
  dagre.layout(graph);
  return new Map(
    view.nodes.map((node) => {
      const { x, y, width, height } = graph.node(node.id);
      return [node.id, { x: x - width / 2, y: y - height / 2, width, height }];
    }),
  );
}
