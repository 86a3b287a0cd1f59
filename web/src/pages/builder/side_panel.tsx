// Beside the drawing: the step that is selected, the steps, or the workflow.
import type { Agent, Problem } from '../../api/types';
import { Button } from '../../ui/button';
import { nodeOfPath, removeNodes, updateNode } from './model';
import { StepPanel } from './step_panel';
import type { DeskState } from './use_desk';
import { WorkflowPanel } from './workflow_panel';

export function SidePanel({
  desk: { draft, selected, setSelected, change },
  agents,
  workflowId,
  problems,
}: {
  desk: DeskState;
  agents: Agent[];
  workflowId: string | undefined;
  problems: Problem[];
}) {
  const remove = (ids: Set<string>) => {
    change(removeNodes(draft, ids));
    setSelected(new Set());
  };
  if (selected.size > 1)
    return (
      <>
        <h2>{selected.size} steps</h2>
        <p className="my-2 text-sm text-muted">Ctrl+C and Ctrl+V copy them, Delete removes them.</p>
        <Button kind="danger" onClick={() => remove(selected)}>
          Remove them
        </Button>
      </>
    );
  const node = draft.nodes.find((one) => selected.has(one.id));
  if (!node)
    return (
      <WorkflowPanel draft={draft} problems={[]} onChange={(update, kind) => change({ ...draft, ...update }, kind)} />
    );
  return (
    <StepPanel
      key={node.id}
      draft={draft}
      node={node}
      agents={agents}
      workflowId={workflowId}
      problems={problems
        .filter((problem) => nodeOfPath(draft, problem.path) === node.id)
        .map((problem) => `${problem.path.replace(/^nodes\[\d+\]\.?/, '') || 'step'}: ${problem.message}`)}
      onNode={(update, kind) => change(updateNode(draft, node.id, update), kind)}
      onDraft={(next, select) => {
        change(next);
        if (select) setSelected(new Set([select]));
      }}
      onRemove={() => remove(new Set([node.id]))}
    />
  );
}
