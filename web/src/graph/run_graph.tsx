// The graph of a run: the workflow as it was pinned, each node with the state it has now. A node is drawn again only
// when its own state changes, and as a plain mark while it is too small to read.
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
import { memo, useMemo, useRef } from 'react';

import type { AgentRun, NodeStatus, WorkflowNode } from '../api/types';
import { Status, StatusIcon } from '../ui/status';
import { Duration } from '../ui/time';
import { isPoint, kNodeHeight, kNodeWidth, layout } from './layout';

export interface NodeFacts {
  status: NodeStatus;
  attempt?: AgentRun;
}

interface RunNodeData extends Record<string, unknown> {
  node: WorkflowNode;
  status: NodeStatus;
  attempt: AgentRun | undefined;
}
type RunNode = Node<RunNodeData, 'run'>;

const kReadable = 0.45; // zoom from which text is shown
const kManyNodes = 100;

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

const RunNodeCard = memo(function RunNodeCard({ data, selected }: NodeProps<RunNode>) {
  const { node, status, attempt } = data;
  const isReadable = useStore((state) => state.transform[2] >= kReadable);
  const isUnderWay = status === 'RUNNING';
  return (
    <div
      style={{ width: kNodeWidth, height: kNodeHeight }}
      data-testid={`node-${node.id}`}
      data-status={status}
      className={`card overflow-hidden border-2 px-3 py-2 text-sm ${kBorder[status] ?? 'border-line'} ${status === 'SKIPPED' ? 'border-dashed' : ''} ${selected ? 'ring-4 ring-accent/40' : ''}`}
    >
      <Handle
        type="target"
        position={Position.Left}
        isConnectable={false}
        className="!h-2 !w-2 !border-line !bg-sand"
      />
      {isReadable ? (
        <>
          <p className="truncate font-medium" title={node.id}>
            {node.id}
          </p>
          <p className="truncate text-xs text-muted" title={`${node.agentName ?? ''} ${node.action}`}>
            {node.agentName ? `${node.agentName} · ${node.action}` : 'transform'}
          </p>
          <p className="mt-1 flex justify-between gap-2 text-xs">
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
      ) : (
        <span className="flex h-full items-center justify-center">
          <StatusIcon status={status} size={48} />
        </span>
      )}
      <Handle
        type="source"
        position={Position.Right}
        isConnectable={false}
        className="!h-2 !w-2 !border-line !bg-sand"
      />
    </div>
  );
});

const kNodeTypes = { run: RunNodeCard };

// The same objects as before wherever nothing has changed, so that only the rest is drawn again.
function useNodes(
  nodes: WorkflowNode[],
  facts: Map<string, NodeFacts>,
  selected: string | null,
  places: Map<string, { x: number; y: number }>,
): RunNode[] {
  const known = useRef(new Map<string, RunNode>());
  return useMemo(() => {
    const next = new Map<string, RunNode>();
    for (const node of nodes) {
      const fact = facts.get(node.id);
      const status = fact?.status ?? 'PENDING';
      const before = known.current.get(node.id);
      const position = places.get(node.id)!;
      const same =
        before?.data.node === node &&
        before.data.status === status &&
        before.data.attempt === fact?.attempt &&
        before.position === position &&
        before.selected === (node.id === selected);
      next.set(
        node.id,
        same
          ? before
          : {
              id: node.id,
              type: 'run',
              position,
              width: kNodeWidth,
              height: kNodeHeight,
              data: { node, status, attempt: fact?.attempt },
              selected: node.id === selected,
              ariaLabel: `${node.id}, ${status.toLowerCase().replace('_', ' ')}`,
            },
      );
    }
    known.current = next;
    return [...next.values()];
  }, [nodes, facts, places, selected]);
}

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
        nodes.flatMap((node) => node.dependsOn.map((from) => ({ from, to: node.id }))),
      ),
    [nodes],
  );
  const flowNodes = useNodes(nodes, facts, selected, places);
  const isLarge = nodes.length > kManyNodes;
  const moving = isLarge
    ? ''
    : nodes
        .filter((node) => facts.get(node.id)?.status === 'RUNNING')
        .map((node) => node.id)
        .join(' ');
  const edges = useMemo<Edge[]>(() => {
    const running = new Set(moving.split(' '));
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
  }, [nodes, moving]);
  return (
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
      fitViewOptions={{ maxZoom: 1, padding: 0.06 }}
      minZoom={0.05}
      aria-label="Graph of the run"
    >
      <Background color="rgb(var(--line))" gap={20} />
      <Controls showInteractive={false} />
      {nodes.length > 20 && <MiniMap pannable zoomable className="!bg-surface" />}
    </ReactFlow>
  );
}
