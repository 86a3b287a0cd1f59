// The workflows, and starting one.
import { useState } from 'react';
import { Link, useLocation } from 'wouter';

import { isObject } from '../api/client';
import { useTrigger, useWorkflows } from '../api/queries';
import type { Json, Workflow } from '../api/types';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Empty, Failure, Loaded } from '../ui/feedback';
import { PageHead } from '../ui/page';
import { Time } from '../ui/time';
import { WorkspaceField } from './workspace_field';

export function describeTrigger(trigger: Json): string {
  if (typeof trigger === 'string') return trigger === 'manual' || trigger === 'MANUAL' ? 'by hand' : trigger;
  if (!isObject(trigger)) return 'by hand';
  if (trigger.schedule) return `schedule ${String(trigger.schedule)}`;
  if (trigger.every) return `every ${String(trigger.every)}`;
  if (trigger.type === 'webhook') return `webhook ${String(trigger.path ?? '')}`;
  const patterns = trigger.on ?? trigger.pattern ?? trigger.event;
  if (patterns) return `event ${Array.isArray(patterns) ? patterns.join(', ') : String(patterns)}`;
  return 'by hand';
}

export function TriggerDialog({ workflow, onClose }: { workflow: Pick<Workflow, 'id' | 'name'>; onClose: () => void }) {
  const [context, setContext] = useState('{}');
  const [workspace, setWorkspace] = useState('');
  const [invalid, setInvalid] = useState('');
  const [, navigate] = useLocation();
  const trigger = useTrigger();
  const start = () => {
    let parsed: Json;
    try {
      parsed = JSON.parse(context) as Json;
      if (!isObject(parsed)) throw new Error('it must be an object: {"name": value}');
    } catch (error) {
      return setInvalid((error as Error).message);
    }
    setInvalid('');
    trigger.mutate(
      { workflow: workflow.id, context: parsed, workspace: workspace.trim() },
      { onSuccess: (run) => navigate(`/runs/${run.workflowRunId}`) },
    );
  };
  return (
    <Dialog title={`Run ${workflow.name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <WorkspaceField
          label="Workspace"
          placeholder="the workflow's own"
          hint="A folder on the server, at or below one of its roots."
          value={workspace}
          onChange={setWorkspace}
        />
        <label className="mt-4 block">
          <span className="label">Context (JSON)</span>
          <textarea
            className="field h-32 font-mono"
            value={context}
            aria-invalid={invalid !== ''}
            onChange={(event) => setContext(event.target.value)}
          />
        </label>
        {invalid && <p className="text-sm text-danger">{invalid}</p>}
        {trigger.error && <Failure error={trigger.error} />}
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button kind="primary" type="submit" busy={trigger.isPending}>
            Run
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Card({ workflow, onRun }: { workflow: Workflow; onRun: () => void }) {
  return (
    <li className="card flex flex-col gap-3 p-5">
      <div className="flex items-start justify-between gap-3">
        <h2 className="min-w-0 break-words">
          <Link href={`/workflows/${workflow.id}`} className="text-ink">
            {workflow.name}
          </Link>
        </h2>
        {workflow.status !== 'ACTIVE' && (
          <span className="rounded border border-line px-1.5 py-0.5 text-xs text-muted">
            {workflow.status.toLowerCase()}
          </span>
        )}
      </div>
      {workflow.description && <p className="line-clamp-3 break-words text-muted">{workflow.description}</p>}
      <p className="text-sm text-muted">
        {workflow.nodes.length} {workflow.nodes.length === 1 ? 'step' : 'steps'} · {describeTrigger(workflow.trigger)} ·
        version {workflow.version}, changed <Time at={workflow.updatedAt} />
        {workflow.nextRunAt && (
          <>
            {' '}
            · next run <Time at={workflow.nextRunAt} />
          </>
        )}
      </p>
      <div className="mt-auto flex gap-2">
        <Button
          kind="primary"
          small
          disabled={workflow.status !== 'ACTIVE'}
          onClick={onRun}
          aria-label={`Run ${workflow.name}`}
        >
          Run
        </Button>
        <Link href={`/workflows/${workflow.id}`} className="rounded-md px-2 py-1 text-sm hover:bg-raised">
          Edit
        </Link>
        <Link href={`/runs?workflow=${workflow.id}`} className="rounded-md px-2 py-1 text-sm hover:bg-raised">
          Runs
        </Link>
      </div>
    </li>
  );
}

export function WorkflowsPage() {
  const workflows = useWorkflows();
  const [running, setRunning] = useState<Workflow | null>(null);
  const [search, setSearch] = useState('');
  const [, navigate] = useLocation();
  const shownOf = (list: Workflow[]) =>
    list.filter((workflow) => workflow.name.toLowerCase().includes(search.toLowerCase()));
  return (
    <>
      <PageHead
        title="Workflows"
        about="What agents do, in which order, and when a person is asked."
        actions={
          <Button kind="primary" onClick={() => navigate('/workflows/new')}>
            New workflow
          </Button>
        }
      />
      <Loaded query={workflows} what="the workflows">
        {(list) =>
          list.length === 0 ? (
            <Empty title="There is no workflow yet">
              <Link href="/workflows/new">Draw the first one</Link>, or start from an example on the{' '}
              <Link href="/">overview</Link>.
            </Empty>
          ) : (
            <>
              {list.length > 6 && (
                <input
                  className="field mb-4 max-w-md"
                  type="search"
                  aria-label="Search workflows"
                  placeholder="Search"
                  value={search}
                  onChange={(event) => setSearch(event.target.value)}
                />
              )}
              {shownOf(list).length === 0 && (
                <Empty title="No workflow is named like that">Search for another part of its name.</Empty>
              )}
              <ul className="grid grid-cols-1 gap-4 sm:grid-cols-2 xl:grid-cols-3">
                {shownOf(list).map((workflow) => (
                  <Card key={workflow.id} workflow={workflow} onRun={() => setRunning(workflow)} />
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
      {running && <TriggerDialog workflow={running} onClose={() => setRunning(null)} />}
    </>
  );
}
