// Two states of a workflow as one drawing. What came, went and changed differs by colour, by border and by a sign.
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, ReactFlowProvider } from '@xyflow/react';
import type { Edge, Node, NodeProps } from '@xyflow/react';
import { memo, useMemo } from 'react';

import { kNodeHeight, kNodeWidth, largestZoom } from '../../graph/layout';
import type { Draft } from './model';
import { placesOf, type ChangeKind, type Difference, type NodeChange } from './version_diff';

export const kSigns: Record<ChangeKind, { sign: string; word: string; text: string; box: string; line: string }> = {
  added: { sign: '+', word: 'added', text: 'text-success', box: 'border-2 border-success bg-added', line: '--success' },
  removed: {
    sign: '−',
    word: 'removed',
    text: 'text-danger',
    box: 'border-2 border-dashed border-danger bg-removed',
    line: '--danger',
  },
  changed: {
    sign: '~',
    word: 'changed',
    text: 'text-waiting',
    box: 'border-4 border-double border-waiting bg-sand',
    line: '--waiting',
  },
  same: { sign: '', word: 'unchanged', text: 'text-muted', box: 'border border-line bg-surface', line: '--muted' },
};

type ChangeNode = Node<{ change: NodeChange; about: string }, 'change'>;

const ChangeCard = memo(function ChangeCard({ data: { change, about } }: NodeProps<ChangeNode>) {
  const look = kSigns[change.kind];
  return (
    <div
      data-testid={`change-${change.id}`}
      data-kind={change.kind}
      style={{ width: kNodeWidth, height: kNodeHeight }}
      className={`graph-box rounded-lg ${look.box}`}
    >
      <Handle type="target" position={Position.Left} isConnectable={false} className="!opacity-0" />
      <p className="flex items-baseline justify-between gap-2">
        <span className="truncate font-medium" title={change.id}>
          {change.id}
        </span>
        {look.sign && (
          <span aria-hidden="true" className={`font-mono text-[18px] font-bold leading-none ${look.text}`}>
            {look.sign}
          </span>
        )}
      </p>
      <small className="truncate text-muted">{about}</small>
      <small className={`truncate ${look.text}`} title={change.fields.join(', ')}>
        {change.kind === 'changed' ? change.fields.join(', ') : change.kind === 'same' ? '' : look.word}
      </small>
      <Handle type="source" position={Position.Right} isConnectable={false} className="!opacity-0" />
    </div>
  );
});

const kNodeTypes = { change: ChangeCard };

export function VersionGraph({ before, after, found }: { before: Draft; after: Draft; found: Difference }) {
  const places = useMemo(() => placesOf(before, after, found), [before, after, found]);
  const nodes = useMemo<ChangeNode[]>(() => {
    const steps = new Map([...before.nodes, ...after.nodes].map((node) => [node.id, node]));
    return found.nodes.map((change) => {
      const step = steps.get(change.id);
      return {
        id: change.id,
        type: 'change',
        position: places.get(change.id)!,
        width: kNodeWidth,
        height: kNodeHeight,
        data: { change, about: step?.agent ? `${step.agent}${step.action ? ` · ${step.action}` : ''}` : 'transform' },
        focusable: false,
        ariaLabel: `${change.id}: ${kSigns[change.kind].word}`,
      };
    });
  }, [before, after, found, places]);
  const edges = useMemo<Edge[]>(
    () =>
      found.arrows.map(({ from, to, kind }) => {
        const colour = `rgb(var(${kSigns[kind].line}))`;
        return {
          id: `${from}\n${to}`,
          source: from,
          target: to,
          focusable: false,
          style: {
            stroke: colour,
            strokeWidth: kind === 'same' ? 1 : 2.5,
            ...(kind === 'removed' ? { strokeDasharray: '6 4' } : {}),
          },
          markerEnd: { type: MarkerType.ArrowClosed, color: colour },
          ...(kind === 'same' ? {} : { label: kSigns[kind].sign, ariaLabel: `${from} to ${to}: ${kind}` }),
        };
      }),
    [found],
  );
  return (
    <div className="h-80 rounded-md border border-line" data-testid="version-graph">
      <ReactFlowProvider>
        <ReactFlow
          key={nodes.map((node) => node.id).join('\n')}
          nodes={nodes}
          edges={edges}
          nodeTypes={kNodeTypes}
          nodesDraggable={false}
          nodesConnectable={false}
          elementsSelectable={false}
          deleteKeyCode={null}
          preventScrolling={false}
          zoomOnScroll={false}
          fitView
          fitViewOptions={{ maxZoom: largestZoom(), padding: 0.08 }}
          minZoom={0.05}
          aria-label="What differs, as a drawing"
        >
          <Background color="rgb(var(--line))" gap={20} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </ReactFlowProvider>
    </div>
  );
}
