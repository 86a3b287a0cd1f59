// Trying an agent: a form made from its schema, the outcome below it. A dry run changes nothing: what the agent would
// change in files is shown as a patch and thrown away; what it would do elsewhere is not begun.
import { useEffect, useState } from 'react';
import { Link } from 'wouter';

import { isObject } from '../../api/client';
import { useRunEvents } from '../../api/events';
import { useCancelRun, useRun, useSaveWorkflow, useTrigger, useWorkflows } from '../../api/queries';
import type { Agent, JsonObject, RunDetail } from '../../api/types';
import { Button } from '../../ui/button';
import { Failure, Loaded } from '../../ui/feedback';
import { SchemaForm } from '../builder/schema_form';
import { Decided } from '../decision';
import { NodePanel } from '../run/node_panel';
import { WorkspaceField } from '../workspace_field';

const kStep = 'try';
const kWorkspace = 'commandcenter.workspace';

const kDry = {
  none: 'It changes nothing in any case.',
  workspace: 'It works on a copy: what it would change is shown, and thrown away.',
  external: 'It is not started: only what it would get is shown.',
};

function Outcome({ run, dry }: { run: RunDetail; dry: boolean }) {
  const { logs } = useRunEvents(run.id);
  const cancel = useCancelRun();
  const approval = run.approvals.find((one) => one.nodeId === kStep);
  const isParked = dry && run.status === 'WAITING_APPROVAL';
  const { mutate } = cancel;
  useEffect(() => {
    if (isParked) mutate(run.id);
  }, [isParked, mutate, run.id]);
  return (
    <section className="mt-6 border-t border-line pt-4" aria-label="Outcome" data-testid="outcome">
      {dry && approval ? (
        <>
          <h3 className="mb-2">What it would do</h3>
          <Decided approval={approval} />
        </>
      ) : (
        <div className="flex min-h-[20rem] flex-col">
          <NodePanel run={run} node={kStep} logs={logs} waiting={undefined} />
        </div>
      )}
      <p className="mt-3 text-sm">
        <Link href={`/runs/${run.id}`}>The whole run</Link>
      </p>
    </section>
  );
}

function OutcomeOf({ id, dry }: { id: string; dry: boolean }) {
  const run = useRun(id);
  return (
    <Loaded query={run} what="the outcome">
      {(data) => <Outcome run={data} dry={dry} />}
    </Loaded>
  );
}

// Fields that hold the repository are filled in by the run.
function withoutWorkspace(schema: JsonObject): JsonObject {
  if (!isObject(schema.properties)) return schema;
  const kept = Object.entries(schema.properties).filter(([, member]) => !isObject(member) || !member['x-workspace']);
  return { ...schema, properties: Object.fromEntries(kept) };
}

export function TryAgent({ agent }: { agent: Agent }) {
  const capabilities = agent.capabilities ?? [];
  const [name, setName] = useState(capabilities[0]?.name ?? '');
  const action = capabilities.find((one) => one.name === name);
  const [input, setInput] = useState<JsonObject>({});
  const [workspace, setWorkspace] = useState(() => localStorage.getItem(kWorkspace) ?? '');
  const [dry, setDry] = useState(true);
  const [started, setStarted] = useState<{ id: string; dry: boolean } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const workflows = useWorkflows();
  const save = useSaveWorkflow();
  const trigger = useTrigger();
  const busy = save.isPending || trigger.isPending;

  // A workflow of one step, kept so that it can be gone on with.
  const start = async () => {
    setError(null);
    setStarted(null);
    localStorage.setItem(kWorkspace, workspace);
    const title = `Try ${agent.name}`;
    const known = workflows.data?.find((one) => one.name === title);
    try {
      const saved = await save.mutateAsync({
        ...(known ? { id: known.id } : {}),
        definition: {
          projectId: agent.projectId,
          name: title,
          description: `Made by the agent library, to try ${agent.name}`,
          status: 'ACTIVE',
          trigger: 'manual',
          nodes: [
            {
              id: kStep,
              agent: agent.name,
              action: name,
              input,
              ...(dry && agent.effects === 'external' ? { approval: true } : {}),
            },
          ],
        },
      });
      const run = await trigger.mutateAsync({ workflow: saved.id, ...(workspace ? { workspace } : {}) });
      setStarted({ id: run.workflowRunId, dry });
    } catch (refused) {
      setError(refused);
    }
  };

  if (!action) return <p className="text-muted">It has no action that could be tried.</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      {capabilities.length > 1 && (
        <label className="mb-4 block">
          <span className="label">Action</span>
          <select
            className="field"
            value={name}
            onChange={(event) => {
              setName(event.target.value);
              setInput({});
            }}
          >
            {capabilities.map((one) => (
              <option key={one.id} value={one.name}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <SchemaForm
        key={name}
        schema={withoutWorkspace(action.inputSchema)}
        value={input}
        suggestions={[]}
        empty="This action takes no input."
        onChange={setInput}
      />
      <WorkspaceField
        label="Repository"
        placeholder="a folder on the server; may be empty"
        value={workspace}
        onChange={setWorkspace}
      />
      <label className="mt-4 flex items-center gap-2">
        <input type="checkbox" checked={dry} onChange={(event) => setDry(event.target.checked)} />
        Dry run
      </label>
      <p className="hint mb-4">
        {dry ? kDry[agent.effects] : 'It runs as it would in a workflow; if it is risky you are asked first.'}
      </p>
      <Button kind="primary" type="submit" busy={busy}>
        Try it
      </Button>
      {error !== null && <Failure error={error} />}
      {started && <OutcomeOf key={started.id} {...started} />}
    </form>
  );
}
