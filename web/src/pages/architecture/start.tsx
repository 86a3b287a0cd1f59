// Where architectures come from: an agent that draws one of a repository, an earlier run, or a file.
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';

import { get, isObject, path } from '../../api/client';
import { keys, useAgents, useSaveWorkflow, useTrigger, useWorkflows } from '../../api/queries';
import type { Agent, Capability, Json, JsonObject, Run, Workflow } from '../../api/types';
import { Button } from '../../ui/button';
import { Failure, Loaded, Loading } from '../../ui/feedback';
import { Status } from '../../ui/status';
import { Time } from '../../ui/time';
import { WorkspaceField } from '../workspace_field';
import { readArchitecture, type Architecture } from './model';

const kAgent = 'architecture-diagrammer';
const kWorkflow = 'Architecture';
const kWorkspace = 'commandcenter.workspace';
const kMostBytes = 64 << 20;
const kMostListed = 12; // drawings
const kMostDrawing = 4; // workflows

const fieldsOf = (action: Capability | undefined): JsonObject =>
  isObject(action?.inputSchema.properties ?? null) ? (action!.inputSchema.properties as JsonObject) : {};

// The agent's own way to be asked for JSON and for a commit, as its schema says.
function inputFor(action: Capability | undefined): JsonObject {
  const fields = fieldsOf(action);
  return {
    ...('target' in fields ? { target: '/workspace' } : {}),
    ...('format' in fields ? { format: 'json' } : {}),
    ...('commit' in fields ? { commit: '{{ context.commit ?? "" }}' } : {}),
    ...('diff' in fields ? { diff: '{{ context.diff ?? "" }}' } : {}),
  };
}

const draws = (workflow: Workflow, agent: string) =>
  workflow.name.startsWith(kWorkflow) && workflow.nodes.some((node) => node.agentName === agent);

const nodeFor = (agent: Agent): JsonObject => {
  const action = agent.capabilities?.[0];
  return { id: 'draw', agent: agent.name, action: action?.name ?? '', input: inputFor(action) };
};

// The workflow that draws, made when it is first needed. One that was made when the agent could do less gets what it
// lacks; whatever else somebody changed in it stays.
function useDrawing(agent: Agent) {
  const workflows = useWorkflows();
  const save = useSaveWorkflow();
  const trigger = useTrigger();
  const ready = async (): Promise<string> => {
    const all = workflows.data ?? [];
    const known = all.find((one) => draws(one, agent.name));
    const wanted = nodeFor(agent);
    if (!known) {
      const made = await save.mutateAsync({
        definition: {
          projectId: agent.projectId,
          // Somebody's own workflow of that name stays what it is.
          name: all.some((one) => one.name === kWorkflow) ? `${kWorkflow} (${agent.name})` : kWorkflow,
          description: 'Draws what code there is in a repository, and how it hangs together',
          trigger: 'manual',
          nodes: [wanted],
        },
      });
      return made.id;
    }
    const { definition } = await get<Workflow>(path`/api/workflows/${known.id}`);
    const nodes = Array.isArray(definition?.nodes) ? definition.nodes : [];
    const own = nodes.find((node): node is JsonObject => isObject(node) && node.agent === agent.name);
    const input = isObject(own?.input) ? own.input : {};
    const lacks = Object.keys(wanted.input as JsonObject).some((key) => !(key in input));
    if (definition && own && lacks) {
      const mended = { ...own, input: { ...(wanted.input as JsonObject), ...input } };
      await save.mutateAsync({
        id: known.id,
        definition: { ...definition, nodes: nodes.map((node) => (node === own ? mended : node)) },
      });
    }
    return known.id;
  };
  return {
    isReady: !workflows.isPending,
    isBusy: save.isPending || trigger.isPending,
    draw: async (workspace: string, context: JsonObject) =>
      (await trigger.mutateAsync({ workflow: await ready(), workspace, context })).workflowRunId,
  };
}

// What is asked of the agent: a commit, or the difference between two, or between one and the files.
export function contextFor(commit: string, before: string): JsonObject {
  if (before !== '') return { diff: commit === '' ? before : `${before}..${commit}` };
  return commit === '' ? {} : { commit };
}

function CommitField(props: { label: string; placeholder: string; value: string; onChange: (value: string) => void }) {
  return (
    <label className="block">
      <span className="label">{props.label}</span>
      <input
        className="field font-mono text-sm"
        placeholder={props.placeholder}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </label>
  );
}

function DrawForm({ agent }: { agent: Agent }) {
  const [workspace, setWorkspace] = useState(() => localStorage.getItem(kWorkspace) ?? '');
  const [commit, setCommit] = useState('');
  const [before, setBefore] = useState('');
  const [error, setError] = useState<unknown>(null);
  const drawing = useDrawing(agent);
  const [, navigate] = useLocation();
  const fields = fieldsOf(agent.capabilities?.[0]);
  const draw = async () => {
    setError(null);
    localStorage.setItem(kWorkspace, workspace);
    try {
      const run = await drawing.draw(workspace, contextFor(commit.trim(), before.trim()));
      navigate(`/architecture?run=${run}`);
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void draw();
      }}
    >
      <WorkspaceField
        label="Repository"
        placeholder="a folder on the server"
        required
        value={workspace}
        onChange={setWorkspace}
      />
      {'commit' in fields && (
        <CommitField label="Commit" placeholder="the files as they are" value={commit} onChange={setCommit} />
      )}
      {'diff' in fields && (
        <CommitField
          label="What has changed since"
          placeholder="an earlier commit"
          value={before}
          onChange={setBefore}
        />
      )}
      <Button
        kind="primary"
        type="submit"
        className="mt-1 justify-self-start"
        busy={drawing.isBusy}
        disabled={!drawing.isReady}
      >
        Draw it
      </Button>
      {error !== null && <Failure error={error} />}
    </form>
  );
}

function Earlier() {
  const workflows = useWorkflows();
  const drawing = (workflows.data ?? []).filter((one) => one.name === kWorkflow || draws(one, kAgent));
  const runs = useQueries({
    queries: drawing.slice(0, kMostDrawing).map((one) => ({
      queryKey: [...keys.runs, 'drawn', one.id],
      queryFn: () => get<Run[]>(path`/api/workflows/${one.id}/runs?limit=${kMostListed}`),
      refetchInterval: 3_000,
    })),
  });
  const list = runs
    .flatMap((one) => one.data ?? [])
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    .slice(0, kMostListed);
  const error = workflows.error ?? runs.find((one) => one.error)?.error;
  if (list.length === 0 && error) return <Failure error={error} />;
  if (workflows.isPending || runs.some((one) => one.isPending)) return <Loading what="earlier drawings" />;
  if (list.length === 0) return <p className="text-sm text-muted">Nothing was drawn yet.</p>;
  return (
    <ul className="grid gap-2 text-sm">
      {list.map((run) => (
        <li key={run.id} className="flex flex-wrap items-center gap-x-3">
          <Status status={run.status} />
          <Link href={`/architecture?run=${run.id}`} className="min-w-0 break-all py-1">
            {run.workspace ?? run.id}
          </Link>
          {isObject(run.contextJson) &&
            [run.contextJson.commit, run.contextJson.diff].map((one) =>
              typeof one === 'string' ? (
                <code key={one} className="break-all text-muted">
                  {one.slice(0, 30)}
                </code>
              ) : null,
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
    <div className="grid grid-cols-1 gap-6 lg:grid-cols-3">
      <section className="card p-5" aria-labelledby="draw">
        <h2 id="draw" className="mb-3">
          Draw a repository
        </h2>
        <Loaded query={agents} what="the agents">
          {(list) => {
            const agent = list.find((one) => one.name === kAgent);
            return agent ? (
              <DrawForm agent={agent} />
            ) : (
              <p className="text-sm text-muted">
                This server has no agent named <code>{kAgent}</code>.
              </p>
            );
          }}
        </Loaded>
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
            className="w-full cursor-pointer text-sm file:mr-3 file:cursor-pointer file:rounded-md file:border file:border-solid file:border-line file:bg-surface file:px-3 file:py-1.5 file:text-ink hover:file:bg-raised"
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
