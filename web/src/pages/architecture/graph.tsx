// One view as a drawing: boxes for groups, files and systems, arrows for imports. Boxes that can be opened say so.
import '@xyflow/react/dist/style.css';
import {
  Background,
  BaseEdge,
  Controls,
  Handle,
  MarkerType,
  Position,
  ReactFlow,
  type Edge,
  type EdgeProps,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { memo, useMemo } from 'react';

import { largestZoom } from '../../graph/layout';
import type { Marks } from './changes';
import type { Change, View, ViewEdge, ViewNode } from './model';
import { edgeKey, middleOf, pathOf, place, type Point } from './place';

interface Data extends Record<string, unknown> {
  node: ViewNode;
  opens: boolean;
  marks: Marks | undefined;
  layer: number | null;
}
type ArchitectureNode = Node<Data, 'box'>;
type WayEdge = Edge<{ way: Point[] | undefined }, 'way'>;

// Kinds differ by the shape of their box, circles by colour and words.
const kShape: Record<string, string> = {
  file: 'rounded-sm',
  database: 'rounded-[50%/16%]',
  queue: 'rounded-full',
  cache: 'rounded-full',
  package: 'rounded-lg border-double border-4',
};

// What became of a box differs by colour, by border and by a sign.
const kChange: Record<Change, { sign: string; box: string; text: string }> = {
  added: { sign: '+', box: 'border-success bg-added', text: 'text-success' },
  removed: { sign: '−', box: 'border-danger border-dashed bg-removed', text: 'text-danger' },
  changed: { sign: '±', box: 'border-waiting border-4 border-double bg-sand', text: 'text-waiting' },
};

function sizeOf(node: ViewNode): string {
  if (node.files > 1) return `${node.files} files`;
  return node.lines > 0 ? `${node.lines} ${node.lines === 1 ? 'line' : 'lines'}` : node.kind;
}

const Box = memo(function Box({ data, selected }: NodeProps<ArchitectureNode>) {
  const { node, opens, marks, layer } = data;
  const moved = marks !== undefined && marks.added + marks.removed > 0;
  const change = node.change ?? (moved ? 'changed' : null);
  const border = node.cycle ? 'border-danger' : selected ? 'border-accent' : 'border-line';
  const look = change ? kChange[change].box : `${border} ${marks !== undefined || node.aside ? 'bg-page' : 'bg-sand'}`;
  return (
    <div
      data-testid={`box-${node.id}`}
      data-change={change ?? undefined}
      title={`${node.id}${opens ? ', opens with Enter or a double click' : ''}`}
      className={`relative flex h-full flex-col items-center justify-center graph-box overflow-hidden border-2 text-center ${kShape[node.kind] ?? 'rounded-lg'} ${look} ${selected ? 'ring-4 ring-accent/40' : ''}`}
    >
      <Handle type="target" position={Position.Top} isConnectable={false} className="!opacity-0" />
      <p className="w-full truncate font-medium">
        {change && (
          <span aria-hidden="true" className={`font-mono font-bold ${kChange[change].text}`}>
            {kChange[change].sign}{' '}
          </span>
        )}
        {node.entry && <span aria-hidden="true">▶ </span>}
        {node.label}
        {opens && <span aria-hidden="true"> ▸</span>}
      </p>
      <small className={`w-full truncate ${change ? kChange[change].text : 'text-muted'}`}>
        {node.cycle && <strong className="text-danger">circle · </strong>}
        {layer !== null && `layer ${layer + 1} · `}
        {moved && change === 'changed'
          ? `+${marks.added} −${marks.removed} files`
          : change === 'changed'
            ? 'other imports'
            : sizeOf(node)}
      </small>
      <Handle type="source" position={Position.Bottom} isConnectable={false} className="!opacity-0" />
    </div>
  );
});

const kNodeTypes = { box: Box };

const Way = memo(function Way({ id, data, label, style, markerEnd }: EdgeProps<WayEdge>) {
  const way = data?.way ?? [];
  const { x, y } = middleOf(way);
  return (
    <BaseEdge
      id={id}
      path={pathOf(way)}
      labelX={x}
      labelY={y}
      {...(label === undefined ? {} : { label })}
      {...(style === undefined ? {} : { style })}
      {...(markerEnd === undefined ? {} : { markerEnd })}
    />
  );
});

const kEdgeTypes = { way: Way };

const kChangeColour: Record<Change, string> = {
  added: 'rgb(var(--success))',
  removed: 'rgb(var(--danger))',
  changed: 'rgb(var(--waiting))',
};

function labelOf(edge: ViewEdge, isNear: boolean): string | undefined {
  if (edge.change === 'changed') return `+${edge.added} −${edge.removed}`;
  if (edge.change) return edge.change === 'added' ? '+' : '−';
  return edge.imports > 1 && isNear ? String(edge.imports) : undefined;
}

function lookOf(edge: ViewEdge, isNear: boolean): Partial<Edge> {
  const colour = edge.change
    ? kChangeColour[edge.change]
    : edge.cycle || edge.violation
      ? 'rgb(var(--danger))'
      : isNear
        ? 'rgb(var(--accent))'
        : 'rgb(var(--muted))';
  const label = labelOf(edge, isNear);
  return {
    style: {
      stroke: colour,
      strokeWidth: Math.min(4, 1 + Math.log10(Math.max(1, edge.imports)) + (isNear || edge.change ? 1 : 0)),
      ...(edge.violation || edge.change === 'removed' ? { strokeDasharray: '6 4' } : {}),
    },
    markerEnd: { type: MarkerType.ArrowClosed, color: colour },
    ...(label === undefined ? {} : { label }),
  };
}

export function ArchitectureGraph({
  view,
  edges,
  opens,
  marks,
  layers,
  selected,
  onSelect,
  onOpen,
}: {
  view: View;
  edges: ViewEdge[];
  opens: (id: string) => boolean;
  marks: Map<string, Marks> | null;
  layers: Map<string, number> | null;
  selected: string | null;
  onSelect: (id: string | null) => void;
  onOpen: (id: string) => void;
}) {
  const { boxes, ways } = useMemo(() => place(view, edges), [view, edges]);
  const nodes = useMemo<ArchitectureNode[]>(
    () =>
      view.nodes.map((node) => {
        const { x, y, width, height } = boxes.get(node.id)!;
        return {
          id: node.id,
          type: 'box',
          position: { x, y },
          width,
          height,
          data: { node, opens: opens(node.id), marks: marks?.get(node.id), layer: layers?.get(node.id) ?? null },
          selected: node.id === selected,
          ariaLabel: [`${node.kind} ${node.label}`, node.cycle && 'part of a circle', node.change]
            .filter(Boolean)
            .join(', '),
        };
      }),
    [view, boxes, opens, marks, layers, selected],
  );
  const arrows = useMemo<Edge[]>(
    () =>
      edges.map((edge) => ({
        id: edgeKey(edge),
        type: 'way',
        data: { way: ways.get(edgeKey(edge)) },
        source: edge.from,
        target: edge.to,
        focusable: false,
        ...lookOf(edge, edge.from === selected || edge.to === selected),
      })),
    [edges, ways, selected],
  );
  return (
    <div
      className="h-full"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && selected && opens(selected)) onOpen(selected);
      }}
    >
      <ReactFlow
        key={view.group}
        nodes={nodes}
        edges={arrows}
        nodeTypes={kNodeTypes}
        edgeTypes={kEdgeTypes}
        onNodesChange={(changes) => {
          for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id);
        }}
        onPaneClick={() => onSelect(null)}
        onNodeDoubleClick={(_, node) => opens(node.id) && onOpen(node.id)}
        zoomOnDoubleClick={false}
        nodesDraggable={false}
        nodesConnectable={false}
        deleteKeyCode={null}
        fitView
        fitViewOptions={{ maxZoom: largestZoom(), padding: 0.06 }}
        minZoom={0.05}
        aria-label="Architecture"
      >
        <Background color="rgb(var(--line))" gap={20} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
