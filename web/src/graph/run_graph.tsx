// The graph of a run: the workflow as it was pinned, each node with the state it has now. A change of state draws its
// node again and nothing else (states.ts); a node that is too small to read is a plain mark.
import '@xyflow/react/dist/style.css';
import {
  Background,
  Controls,
  Handle,
  MiniMap,
  Position,
  ReactFlow,
  useStore,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { memo, useLayoutEffect, useMemo, useState } from 'react';

import type { AgentRun, WorkflowNode } from '../api/types';
import { Status, StatusLetter } from '../ui/status';
import { Duration } from '../ui/time';
import { Arrows, detailAt, kManyNodes, LargeName } from './large';
import { isPoint, kNodeHeight, kNodeWidth, largestZoom, layout, type Arrow } from './layout';
import { States, StatesContext, useIsSelected, useNodeFacts, type NodeFacts } from './states';

export type { NodeFacts };

type RunNode = Node<{ node: WorkflowNode; isOneOfMany: boolean }, 'run'>;

// Nothing here is placed by a transform, and nothing is a picture of its own, where there are hundreds of them: the
// browser would make a layer of each, which costs more than all the rest of a frame.
const kHandle = '!top-[calc(50%-4px)] !h-2 !w-2 !transform-none !border-line !bg-sand';

const kBorder: Record<string, string> = {
  RUNNING: 'border-running',
  SUCCESS: 'border-success',
  FAILED: 'border-danger',
  WAITING_APPROVAL: 'border-waiting',
};

function Progress({ progress }: { progress: AgentRun['progress'] }) {
  if (!progress) return null;
  return (
    <progress
      className="h-1 w-full accent-current text-running"
      value={progress.fraction}
      max={1}
      title={progress.message}
      aria-label={progress.message || 'progress'}
    />
  );
}

const RunNodeCard = memo(function RunNodeCard({ data }: NodeProps<RunNode>) {
  const { node, isOneOfMany } = data;
  const { status, attempt } = useNodeFacts(node.id);
  const selected = useIsSelected(node.id);
  const detail = useStore((state) => detailAt(state.transform[2], isOneOfMany));
  const isUnderWay = status === 'RUNNING';
  return (
    <div
      style={{ width: kNodeWidth, height: kNodeHeight, contain: 'size layout' }}
      data-testid={`node-${node.id}`}
      data-status={status}
      className={`relative graph-box rounded-lg border-2 bg-surface ${kBorder[status] ?? 'border-line'} ${status === 'SKIPPED' ? 'border-dashed' : ''} ${selected ? 'ring-4 ring-accent/40' : ''}`}
    >
      {!isOneOfMany && <Handle type="target" position={Position.Left} isConnectable={false} className={kHandle} />}
      {detail === 'all' ? (
        <>
          <p className="truncate font-medium" title={node.id}>
            {node.id}
          </p>
          <small className="truncate text-muted" title={`${node.agentName ?? ''} ${node.action}`}>
            {node.agentName ? `${node.agentName} · ${node.action}` : 'transform'}
          </small>
          <p className="mt-[3px] flex justify-between gap-2 text-[11px]">
            <Status status={status} />
            {attempt && status !== 'PENDING' && status !== 'WAITING_APPROVAL' && (
              <span className="text-muted">
                {attempt.attempt > 1 && `try ${attempt.attempt} · `}
                <Duration from={attempt.startedAt} to={attempt.finishedAt} ms={attempt.durationMs} />
              </span>
            )}
          </p>
          {isUnderWay && attempt && <Progress progress={attempt.progress} />}
        </>
      ) : detail === 'name' ? (
        <LargeName name={node.id}>
          <StatusLetter status={status} />
        </LargeName>
      ) : (
        <span className="flex h-full items-center justify-center text-[48px] leading-none">
          <StatusLetter status={status} />
        </span>
      )}
      {!isOneOfMany && <Handle type="source" position={Position.Right} isConnectable={false} className={kHandle} />}
    </div>
  );
});

const kNodeTypes = { run: RunNodeCard };

export function RunGraph({
  nodes,
  facts,
  selected,
  onSelect,
}: {
  nodes: WorkflowNode[];
  facts: Map<string, NodeFacts>;
  selected: string | null;
  onSelect: (id: string) => void;
}) {
  const arrows = useMemo(
    () => nodes.flatMap((node) => node.dependsOn.map((from): Arrow => ({ from, to: node.id }))),
    [nodes],
  );
  // The layout depends on the shape alone, so that a change of state moves nothing.
  const places = useMemo(
    () =>
      layout(
        nodes.map((node) => ({
          id: node.id,
          width: kNodeWidth,
          height: kNodeHeight,
          ...(isPoint(node.position) ? { position: node.position } : {}),
        })),
        arrows,
      ),
    [nodes, arrows],
  );
  const [states] = useState(() => new States());
  useLayoutEffect(() => states.update(facts), [states, facts]);
  useLayoutEffect(() => states.select(selected), [states, selected]);
  const isLarge = nodes.length > kManyNodes;
  const flowNodes = useMemo<RunNode[]>(
    () =>
      nodes.map((node) => {
        const { x, y } = places.get(node.id)!;
        return {
          id: node.id,
          type: 'run',
          position: { x, y },
          width: kNodeWidth,
          height: kNodeHeight,
          data: { node, isOneOfMany: isLarge },
          ariaLabel: `Step ${node.id}`,
          style: { transform: 'none', left: x, top: y },
        };
      }),
    [nodes, places, isLarge],
  );
  const moving = isLarge
    ? ''
    : nodes
        .filter((node) => facts.get(node.id)?.status === 'RUNNING')
        .map((node) => node.id)
        .join(' ');
  const edges = useMemo<Edge[]>(() => {
    const running = new Set(moving.split(' '));
    if (isLarge) return [];
    return nodes.flatMap((node) =>
      node.dependsOn.map((from) => ({
        id: `${from}→${node.id}`,
        source: from,
        target: node.id,
        animated: running.has(node.id),
        focusable: false,
        style: { stroke: 'rgb(var(--muted))' },
      })),
    );
  }, [nodes, moving, isLarge]);
  const drawing = useMemo(
    () => (
      <ReactFlow
        nodes={flowNodes}
        edges={edges}
        nodeTypes={kNodeTypes}
        onNodesChange={(changes) => {
          for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id);
        }}
        nodesDraggable={false}
        nodesConnectable={false}
        deleteKeyCode={null}
        onlyRenderVisibleElements={isLarge}
        fitView
        fitViewOptions={{ maxZoom: largestZoom(), padding: 0.06 }}
        minZoom={0.05}
        aria-label="Graph of the run"
      >
        <Background color="rgb(var(--line))" gap={20} />
        <Controls showInteractive={false} />
        {isLarge && <Arrows arrows={arrows} places={places} />}
        {nodes.length > 20 && <MiniMap pannable zoomable className="hidden !bg-surface md:block" />}
      </ReactFlow>
    ),
    [flowNodes, edges, isLarge, nodes, arrows, places, onSelect],
  );
  return <StatesContext.Provider value={states}>{drawing}</StatesContext.Provider>;
}
