// The drawing: steps are moved, connected, selected and removed here; agents are dropped here from the palette.
import '@xyflow/react/dist/style.css';
import {
  Background,
  Controls,
  Handle,
  MiniMap,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
  type Connection,
  type Edge,
  type EdgeChange,
  type Node,
  type NodeChange,
  type NodeProps,
} from '@xyflow/react';
import { memo, useCallback, useMemo, useRef, useState, type DragEvent } from 'react';

import type { Agent } from '../../api/types';
import { Arrows, detailAt, kManyNodes, LargeName } from '../../graph/large';
import { kNodeHeight, kNodeWidth, type Arrow } from '../../graph/layout';
import {
  arrowProblem,
  arrows,
  connect,
  disconnect,
  moveNodes,
  removeNodes,
  type Draft,
  type DraftNode,
  type Point,
} from './model';

export const kAgentType = 'application/x-commandcenter-agent';

// Nothing is placed by a transform: for each of hundreds the browser would make a layer at each move of the mouse.
const kHandle = '!top-[calc(50%-7px)] !h-3.5 !w-3.5 !transform-none !border-2 !border-line !bg-sand';

type StepNode = Node<{ step: DraftNode; asks: boolean; problem: string | undefined; isOneOfMany: boolean }, 'step'>;

const Step = memo(function Step({ data, selected }: NodeProps<StepNode>) {
  const { step, asks, problem, isOneOfMany } = data;
  const detail = useStore((state) => detailAt(state.transform[2], isOneOfMany));
  return (
    <div
      style={{ width: kNodeWidth, ...(detail === 'name' ? { height: kNodeHeight } : { minHeight: kNodeHeight }) }}
      data-testid={`step-${step.id}`}
      className={`card graph-box border-2 ${problem ? 'border-danger' : selected ? 'border-accent' : 'border-line'} ${selected ? 'ring-2 ring-accent/40' : ''}`}
    >
      <Handle type="target" position={Position.Left} className={`!-left-[7px] ${kHandle}`} />
      {detail === 'all' ? (
        <>
          <p className="truncate font-medium" title={step.id}>
            {step.id}
          </p>
          <small className="truncate text-muted">
            {step.agent ? `${step.agent}${step.action ? ` · ${step.action}` : ''}` : 'transform'}
          </small>
          <p className="mt-[3px] flex min-h-[16px] flex-wrap gap-[6px] text-[11px] leading-[16px]">
            {asks && <span className="text-waiting">asks first</span>}
            {step.when && (
              <span className="text-muted">if {step.when.length > 18 ? `${step.when.slice(0, 18)}…` : step.when}</span>
            )}
            {problem && (
              <span className="truncate text-danger" title={problem}>
                {problem}
              </span>
            )}
          </p>
        </>
      ) : detail === 'name' ? (
        <LargeName name={step.id}>{problem && <strong className="text-danger">!</strong>}</LargeName>
      ) : (
        problem && <p className="text-center text-[48px] leading-[60px] text-danger">!</p>
      )}
      <Handle type="source" position={Position.Right} className={`!-right-[7px] ${kHandle}`} />
    </div>
  );
});

const kNodeTypes = { step: Step };

const edgeId = ({ from, to }: Arrow) => `${from}→${to}`;

// The node as it was if nothing about it has changed, so that moving one of five hundred draws one.
function kept(known: Map<string, StepNode>, made: StepNode): StepNode {
  const old = known.get(made.id);
  const isSame =
    old !== undefined &&
    old.data.step === made.data.step &&
    old.data.asks === made.data.asks &&
    old.data.problem === made.data.problem &&
    old.data.isOneOfMany === made.data.isOneOfMany &&
    old.selected === made.selected &&
    old.measured === made.measured &&
    old.position.x === made.position.x &&
    old.position.y === made.position.y;
  if (isSame) return old;
  known.set(made.id, made);
  return made;
}

interface Props {
  draft: Draft;
  agents: Agent[];
  problems: Map<string, string>; // by step
  selected: Set<string>;
  onSelect: (ids: Set<string>) => void;
  onChange: (draft: Draft, kind?: string) => void;
  onDropAgent: (agent: string, at: Point) => void;
  onRefused: (why: string) => void;
}

export function Canvas({ draft, agents, problems, selected, onSelect, onChange, onDropAgent, onRefused }: Props) {
  const flow = useReactFlow();
  const [dragged, setDragged] = useState<Map<string, Point>>(new Map()); // places while the mouse is down
  const known = useRef(new Map<string, StepNode>());
  const measured = useRef(new Map<string, { width: number; height: number }>());
  const [chosenEdges, setChosenEdges] = useState<Set<string>>(new Set());
  const [wasDrawn] = useState(draft.nodes.length > 0); // else the view would jump with the first step

  // In a large drawing only the arrows of chosen steps can be touched; all others are one line, which does not change
  // while a step is moved, since that is a chosen one.
  const isLarge = draft.nodes.length > kManyNodes;
  const nodes = useMemo<StepNode[]>(
    () =>
      draft.nodes.map((step) => {
        const agent = agents.find((one) => one.name === step.agent || one.id === step.agent);
        const asks =
          agent?.riskLevel === 'APPROVAL_REQUIRED' ||
          step.approval === true ||
          (typeof step.approval === 'object' && step.approval !== null);
        const size = measured.current.get(step.id);
        const problem = problems.get(step.id);
        const position = dragged.get(step.id) ?? step.position ?? { x: 0, y: 0 };
        return kept(known.current, {
          id: step.id,
          type: 'step',
          position,
          data: { step, asks, problem, isOneOfMany: isLarge },
          selected: selected.has(step.id),
          ...(size ? { measured: size } : {}),
          ariaLabel: `Step ${step.id}${problem ? ', has a problem' : ''}`,
          style: { transform: 'none', left: position.x, top: position.y },
        });
      }),
    [draft.nodes, agents, problems, selected, dragged, isLarge],
  );
  const [near, far] = useMemo(() => {
    const all = arrows(draft);
    const isNear = (arrow: Arrow) =>
      !isLarge || selected.has(arrow.from) || selected.has(arrow.to) || chosenEdges.has(edgeId(arrow));
    return [all.filter(isNear), all.filter((arrow) => !isNear(arrow))];
  }, [draft, isLarge, selected, chosenEdges]);
  const places = useMemo(
    () => new Map(draft.nodes.map((step) => [step.id, step.position ?? { x: 0, y: 0 }])),
    [draft.nodes],
  );
  const edges = useMemo<Edge[]>(
    () =>
      near.map((arrow) => {
        const id = edgeId(arrow);
        return {
          id,
          source: arrow.from,
          target: arrow.to,
          selected: chosenEdges.has(id),
          style: { stroke: 'rgb(var(--muted))', strokeWidth: chosenEdges.has(id) ? 3 : 1.5 },
          ariaLabel: `${arrow.to} waits for ${arrow.from}`,
        };
      }),
    [near, chosenEdges],
  );

  const onNodesChange = useCallback(
    (changes: NodeChange<StepNode>[]) => {
      const places = new Map(dragged);
      const chosen = new Set(selected);
      let selectionChanged = false;
      let settled = false;
      for (const change of changes) {
        if (change.type === 'position' && change.position) {
          places.set(change.id, change.position);
          settled = settled || change.dragging === false || change.dragging === undefined;
        } else if (change.type === 'select') {
          selectionChanged = true;
          if (change.selected) chosen.add(change.id);
          else chosen.delete(change.id);
        } else if (change.type === 'dimensions' && change.dimensions) {
          measured.current.set(change.id, change.dimensions);
        }
      }
      if (selectionChanged) onSelect(chosen);
      if (settled) {
        setDragged(new Map());
        onChange(moveNodes(draft, places));
      } else if (places.size !== dragged.size || changes.some((change) => change.type === 'position')) {
        setDragged(places);
      }
    },
    [dragged, selected, draft, onSelect, onChange],
  );
  const onEdgesChange = useCallback(
    (changes: EdgeChange[]) => {
      const chosen = new Set(chosenEdges);
      for (const change of changes) {
        if (change.type === 'select') {
          if (change.selected) chosen.add(change.id);
          else chosen.delete(change.id);
        }
      }
      setChosenEdges(chosen);
    },
    [chosenEdges],
  );
  // Steps and arrows that go together are one change, so that one undo brings all of them back.
  const onDelete = useCallback(
    (gone: { nodes: StepNode[]; edges: Edge[] }) => {
      const arrowsGone = gone.edges.map((edge): Arrow => ({ from: edge.source, to: edge.target }));
      onChange(removeNodes(disconnect(draft, arrowsGone), new Set(gone.nodes.map((node) => node.id))));
      onSelect(new Set());
    },
    [draft, onChange, onSelect],
  );
  const onConnect = useCallback(
    ({ source, target }: Connection) => {
      const arrow = { from: source, to: target };
      const problem = arrowProblem(draft, arrow);
      if (problem) onRefused(problem);
      else onChange(connect(draft, arrow));
    },
    [draft, onChange, onRefused],
  );
  const onDrop = (event: DragEvent) => {
    const agent = event.dataTransfer.getData(kAgentType);
    if (agent === '') return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    onDropAgent(agent, { x: at.x - kNodeWidth / 2, y: at.y - kNodeHeight / 2 });
  };
  return (
    <div
      className="h-full"
      data-testid="canvas"
      onDrop={onDrop}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(kAgentType)) event.preventDefault();
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={kNodeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onConnect={onConnect}
        onDelete={onDelete}
        deleteKeyCode={['Delete', 'Backspace']}
        multiSelectionKeyCode={['Shift', 'Control', 'Meta']}
        selectionKeyCode="Shift"
        fitView={wasDrawn}
        fitViewOptions={{ maxZoom: 1, padding: 0.1 }}
        minZoom={0.05}
        aria-label="Drawing of the workflow"
      >
        <Background color="rgb(var(--line))" gap={20} />
        <Controls showInteractive={false} />
        {isLarge && <Arrows arrows={far} places={places} />}
        {draft.nodes.length > 5 && <MiniMap pannable zoomable className="hidden !bg-surface md:block" />}
      </ReactFlow>
    </div>
  );
}
