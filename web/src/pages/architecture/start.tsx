// Where architectures come from: an agent that draws one of a repository, an earlier run, or a file.
import { useState } from 'react';
import { Link, useLocation } from 'wouter';

import { isObject } from '../../api/client';
import { useAgents, useRuns, useSaveWorkflow, useTrigger, useWorkflows } from '../../api/queries';
import type { Agent, Capability, Json, JsonObject } from '../../api/types';
import { Button } from '../../ui/button';
import { Failure } from '../../ui/feedback';
import { Status } from '../../ui/status';
import { Time } from '../../ui/time';
import { readArchitecture, type Architecture } from './model';

const kAgent = 'architecture-diagrammer';
const kWorkflow = 'Architecture';
const kWorkspace = 'commandcenter.workspace';
const kMostBytes = 64 << 20;

const fieldsOf = (action: Capability | undefined): JsonObject =>
  isObject(action?.inputSchema.properties ?? null) ? (action!.inputSchema.properties as JsonObject) : {};

// The agent's own way to be asked for JSON and for a commit, as its schema says.
function inputFor(action: Capability | undefined): JsonObject {
  const fields = fieldsOf(action);
  return {
    ...('target' in fields ? { target: '/workspace' } : {}),
    ...('format' in fields ? { format: 'json' } : {}),
    ...('commit' in fields ? { commit: '{{ context.commit ?? "" }}' } : {}),
  };
}

function DrawForm({ agent }: { agent: Agent }) {
  const [workspace, setWorkspace] = useState(() => localStorage.getItem(kWorkspace) ?? '');
  const [commit, setCommit] = useState('');
  const [error, setError] = useState<unknown>(null);
  const workflows = useWorkflows();
  const save = useSaveWorkflow();
  const trigger = useTrigger();
  const [, navigate] = useLocation();
  const action = agent.capabilities?.[0];
  const draw = async () => {
    setError(null);
    localStorage.setItem(kWorkspace, workspace);
    try {
      const known = workflows.data?.find((one) => one.name === kWorkflow);
      const workflow =
        known ??
        (await save.mutateAsync({
          definition: {
            projectId: agent.projectId,
            name: kWorkflow,
            description: 'Draws what code there is in a repository, and how it hangs together',
            trigger: 'manual',
            nodes: [{ id: 'draw', agent: agent.name, action: action?.name ?? '', input: inputFor(action) }],
          },
        }));
      const run = await trigger.mutateAsync({ workflow: workflow.id, workspace, context: commit ? { commit } : {} });
      navigate(`/architecture?run=${run.workflowRunId}`);
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void draw();
      }}
    >
      <label className="block">
        <span className="label">Repository</span>
        <input
          className="field font-mono"
          required
          placeholder="a folder on the server"
          value={workspace}
          onChange={(event) => setWorkspace(event.target.value)}
        />
      </label>
      {'commit' in fieldsOf(action) && (
        <label className="mt-3 block">
          <span className="label">Commit</span>
          <input
            className="field font-mono"
            placeholder="the files as they are"
            value={commit}
            onChange={(event) => setCommit(event.target.value)}
          />
        </label>
      )}
      <Button kind="primary" type="submit" className="mt-4" busy={save.isPending || trigger.isPending}>
        Draw it
      </Button>
      {error !== null && <Failure error={error} />}
    </form>
  );
}

function Earlier() {
  const workflows = useWorkflows();
  const workflow = workflows.data?.find((one) => one.name === kWorkflow);
  const runs = useRuns({ workflow: workflow?.id ?? kWorkflow }, 12);
  const list = workflow ? (runs.data ?? []) : [];
  if (list.length === 0) return <p className="text-sm text-muted">Nothing was drawn yet.</p>;
  return (
    <ul className="grid gap-2 text-sm">
      {list.map((run) => (
        <li key={run.id} className="flex flex-wrap items-center gap-x-3">
          <Status status={run.status} />
          <Link href={`/architecture?run=${run.id}`} className="min-w-0 break-all py-1">
            {run.workspace ?? run.id}
          </Link>
          {isObject(run.contextJson) && typeof run.contextJson.commit === 'string' && (
            <code className="text-muted">{run.contextJson.commit.slice(0, 12)}</code>
          )}
          <span className="text-muted">
            <Time at={run.startedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Start({ onFile }: { onFile: (architecture: Architecture) => void }) {
  const agents = useAgents();
  const agent = agents.data?.find((one) => one.name === kAgent);
  const [error, setError] = useState<unknown>(null);
  const read = async (file: File | undefined) => {
    setError(null);
    if (!file) return;
    try {
      if (file.size > kMostBytes) throw new Error(`The file has ${file.size} bytes; at most ${kMostBytes} are read`);
      onFile(readArchitecture(JSON.parse(await file.text()) as Json));
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <div className="grid gap-6 lg:grid-cols-3">
      <section className="card p-5" aria-labelledby="draw">
        <h2 id="draw" className="mb-3">
          Draw a repository
        </h2>
        {agent ? (
          <DrawForm agent={agent} />
        ) : (
          <p className="text-sm text-muted">
            This server has no agent named <code>{kAgent}</code>.
          </p>
        )}
      </section>
      <section className="card p-5" aria-labelledby="earlier">
        <h2 id="earlier" className="mb-3">
          Drawn earlier
        </h2>
        <Earlier />
      </section>
      <section className="card p-5" aria-labelledby="file">
        <h2 id="file" className="mb-3">
          Open a file
        </h2>
        <label className="block text-sm">
          <span className="label">Architecture as JSON</span>
          <input
            type="file"
            accept="application/json,.json"
            className="w-full text-sm"
            onChange={(event) => void read(event.target.files?.[0])}
          />
          <span className="hint block">
            As <code>commandcenter diagram --format json</code> writes it. It stays in this browser.
          </span>
        </label>
        {error !== null && <Failure error={error} />}
      </section>
    </div>
  );
}
