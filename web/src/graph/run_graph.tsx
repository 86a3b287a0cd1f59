// The graph of a run: the workflow as it was pinned, each node with the state it has now.
import '@xyflow/react/dist/style.css';
import {
  Background,
  Controls,
  Handle,
  MiniMap,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
} from '@xyflow/react';
import { memo, useMemo } from 'react';

import type { AgentRun, NodeStatus, WorkflowNode } from '../api/types';
import { Status } from '../ui/status';
import { Duration } from '../ui/time';
import { kNodeHeight, kNodeWidth, layout } from './layout';

export interface NodeFacts {
  status: NodeStatus;
  attempt?: AgentRun;
}

type RunNode = Node<{ node: WorkflowNode; status: NodeStatus; attempt: AgentRun | undefined }, 'run'>;

const kBorder: Record<string, string> = {
  RUNNING: 'border-running',
  SUCCESS: 'border-success',
  FAILED: 'border-danger',
  WAITING_APPROVAL: 'border-waiting',
};

const RunNodeCard = memo(function RunNodeCard({ data, selected }: NodeProps<RunNode>) {
  const { node, status, attempt } = data;
  return (
    <div
      style={{ width: kNodeWidth, minHeight: kNodeHeight }}
      data-testid={`node-${node.id}`}
      data-status={status}
      className={`card border-2 px-3 py-2 text-sm ${kBorder[status] ?? 'border-line'} ${status === 'SKIPPED' ? 'border-dashed opacity-70' : ''} ${selected ? 'ring-2 ring-accent' : ''}`}
    >
      <Handle
        type="target"
        position={Position.Left}
        isConnectable={false}
        className="!h-2 !w-2 !border-line !bg-sand"
      />
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
          ...(node.position ? { position: node.position } : {}),
        })),
        nodes.flatMap((node) => node.dependsOn.map((from) => ({ from, to: node.id }))),
      ),
    [nodes],
  );
  const flowNodes = useMemo<RunNode[]>(
    () =>
      nodes.map((node) => {
        const fact = facts.get(node.id);
        const status = fact?.status ?? 'PENDING';
        return {
          id: node.id,
          type: 'run',
          position: places.get(node.id)!,
          data: { node, status, attempt: fact?.attempt },
          selected: node.id === selected,
          ariaLabel: `${node.id}, ${status.toLowerCase().replace('_', ' ')}`,
        };
      }),
    [nodes, facts, places, selected],
  );
  const edges = useMemo<Edge[]>(
    () =>
      nodes.flatMap((node) =>
        node.dependsOn.map((from) => ({
          id: `${from}→${node.id}`,
          source: from,
          target: node.id,
          animated: facts.get(node.id)?.status === 'RUNNING',
          style: { stroke: 'rgb(var(--muted))' },
        })),
      ),
    [nodes, facts],
  );
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
      onlyRenderVisibleElements={nodes.length > 100}
      fitView
      fitViewOptions={{ maxZoom: 1 }}
      minZoom={0.1}
      aria-label="Graph of the run"
    >
      <Background color="rgb(var(--line))" gap={20} />
      <Controls showInteractive={false} />
      {nodes.length > 20 && <MiniMap pannable zoomable className="!bg-surface" />}
    </ReactFlow>
  );
}
