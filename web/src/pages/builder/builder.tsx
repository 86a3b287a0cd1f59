// The workflow builder: palette, drawing or YAML, and a panel for what is selected.
import { useQueryClient } from '@tanstack/react-query';
import { ReactFlowProvider } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';

import type { ApiError } from '../../api/client';
import { keys, readWorkflow, useAgents, useDeleteWorkflow, useSaveWorkflow, useWorkflow } from '../../api/queries';
import type { Agent, Problem, Workflow } from '../../api/types';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Failure, Loading } from '../../ui/feedback';
import { Tabs } from '../../ui/tabs';
import { usePageTitle } from '../../ui/title';
import { useTell } from '../../ui/toast';
import { TriggerDialog } from '../workflows';
import { Canvas } from './canvas';
import { begin, step, useHistory } from './history';
import { commandOf, isAsking } from './keys';
import {
  addNode,
  arranged,
  kEmpty,
  meaningOf,
  nodeOfPath,
  pasteNodes,
  placed,
  removeNodes,
  toDraft,
  updateNode,
  type Draft,
  type DraftNode,
  type Point,
} from './model';
import { Palette } from './palette';
import { PreviewOf } from './preview';
import { StepPanel } from './step_panel';
import { Versions } from './versions';
import { forgetUnsaved, handDesk, handedDesk, keepUnsaved, readUnsaved, takeDesk } from './unsaved';
import { toDefinition, useValidation } from './validation';
import { WorkflowPanel } from './workflow_panel';
import { useYamlText, YamlView } from './yaml_view';

function Editor({ workflow: read, agents }: { workflow: Workflow | undefined; agents: Agent[] }) {
  const [began] = useState(read?.version); // the version that the page began with
  const [answered, setAnswered] = useState<Workflow>(); // by the latest save
  const workflow = answered && answered.version > (read?.version ?? 0) ? answered : read;
  usePageTitle(workflow?.name ?? 'New workflow');
  const saved = useMemo<Draft>(() => placed(workflow ? toDraft(workflow.definition ?? workflow) : kEmpty), [workflow]);
  const [unsaved] = useState(() => readUnsaved(workflow?.id));
  const [madeFrom, setMadeFrom] = useState(unsaved?.version); // the version, where that is known
  const [desk] = useState(() => handedDesk(workflow?.id));
  useEffect(takeDesk, []);
  const history = useHistory<Draft>(() => desk?.timeline ?? begin(unsaved ? placed(unsaved.draft) : saved));
  const draft = history.value;
  const [selected, setSelected] = useState<Set<string>>(desk?.selected ?? new Set());
  const [view, setView] = useState(desk?.view ?? 'drawing');
  const [refused, setRefused] = useState<Problem[]>([]); // by the attempt to save it
  const [dialog, setDialog] = useState<'run' | 'versions' | 'remove' | 'outdated' | null>(null);
  const [clipboard, setClipboard] = useState<DraftNode[]>(desk?.clipboard ?? []);
  const save = useSaveWorkflow();
  const remove = useDeleteWorkflow();
  const tell = useTell();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const change = useCallback(
    (next: Draft, kind = '') => {
      history.set(placed(next), kind);
      setRefused([]); // they were about what was there before
    },
    [history],
  );
  const yaml = useYamlText(draft, unsaved?.yaml ?? null, (next) => change(next, 'yaml'));
  const atHand = { timeline: history.timeline, selected, view, clipboard };
  const latest = useRef({ draft, yaml: yaml.typed, desk: atHand });
  useEffect(() => {
    latest.current = { draft, yaml: yaml.typed, desk: atHand };
  });
  const hasChanged = useMemo(() => meaningOf(draft) !== meaningOf(saved), [draft, saved]);
  const isChanged = hasChanged || yaml.error !== null;
  const canSave = isChanged && !save.isPending;
  const base = madeFrom ?? began; // what a save replaces
  // Instead of what is there: a text that nobody could read goes with it.
  const bring = (next: Draft) => {
    yaml.forget();
    change(next);
  };

  // As it is now, whatever was made of another version; undo brings that back.
  const take = (current: Workflow) => {
    setAnswered(current);
    setMadeFrom(current.version);
    bring(placed(toDraft(current.definition ?? current)));
  };
  const takeTheirs = async (id: string) => {
    setDialog(null);
    try {
      take(await client.fetchQuery({ queryKey: keys.workflow(id), queryFn: () => readWorkflow(id) }));
    } catch (error) {
      tell((error as ApiError).message, true);
    }
  };

  // What is not saved survives a reload.
  useEffect(() => {
    if (isChanged) keepUnsaved(workflow?.id, { version: base ?? 0, draft, yaml: yaml.typed });
    else forgetUnsaved(workflow?.id);
  }, [draft, yaml.typed, isChanged, workflow?.id, base]);

  const add = (agent: string, at?: Point) => {
    const name = agent.trim();
    const known = agents.find((one) => one.name === name);
    const node: Omit<DraftNode, 'id'> =
      name === ''
        ? { transform: {} }
        : { agent: name, ...(known?.capabilities?.[0] ? { action: known.capabilities[0].name } : {}), input: {} };
    const rightmost = Math.max(0, ...draft.nodes.map((one) => (one.position?.x ?? 0) + 260));
    const added = addNode(
      draft,
      node,
      name === '' ? 'compute' : name,
      at ?? { x: draft.nodes.length === 0 ? 40 : rightmost, y: 80 },
    );
    change(added.draft);
    setSelected(new Set([added.id]));
  };

  // What was new has a page of its own now, which begins with what is here: more may have been typed since it was sent.
  const goOn = (result: Workflow, sent: Draft, answer: Draft) => {
    const now = latest.current;
    const timeline = step(now.desk.timeline, { type: 'replace', from: sent, value: answer });
    keepUnsaved(result.id, { version: result.version, draft: timeline.present, yaml: now.yaml });
    handDesk(result.id, { ...now.desk, timeline });
    forgetUnsaved(undefined);
    client.setQueryData(keys.workflow(result.id), result);
    navigate(`/workflows/${result.id}`, { replace: true });
  };

  const store = async (overTheirs = false) => {
    if (yaml.error) return setRefused([{ path: `YAML, line ${yaml.error.line}`, message: yaml.error.message }]);
    if (draft.name.trim() === '') return setRefused([{ path: 'name', message: 'the workflow needs a name' }]);
    try {
      const result = await save.mutateAsync({
        ...(workflow ? { id: workflow.id, version: overTheirs ? undefined : base } : {}),
        definition: toDefinition(draft),
      });
      const stored = placed(toDraft(result.definition ?? draft));
      const answer = meaningOf(stored) === meaningOf(draft) ? draft : stored;
      setRefused([]);
      tell(`Saved as version ${result.version}`);
      if (!workflow) return goOn(result, draft, answer);
      setAnswered(result);
      setMadeFrom(result.version);
      history.replace(draft, answer); // unless somebody went on meanwhile
    } catch (error) {
      const { problems: found, message, status } = error as ApiError;
      if (status === 412) return setDialog('outdated');
      setRefused(found.length > 0 ? found : [{ path: '', message }]);
    }
  };

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = commandOf(event);
      if (command === 'save') {
        if (canSave && !isAsking()) void store();
      } else if (command === 'undo') history.undo();
      else if (command === 'redo') history.redo();
      else if (command === 'select all') setSelected(new Set(draft.nodes.map((node) => node.id)));
      else if (command === 'copy' && selected.size > 0)
        setClipboard(draft.nodes.filter((node) => selected.has(node.id)));
      else if (command === 'paste' && clipboard.length > 0) {
        const pasted = pasteNodes(draft, clipboard);
        change(pasted.draft);
        setSelected(new Set(pasted.ids));
      } else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });

  const found = useValidation(draft);
  const problems = refused.length > 0 ? refused : found;
  const byNode = useMemo(() => {
    const found = new Map<string, string>();
    for (const problem of problems) {
      const id = nodeOfPath(draft, problem.path);
      if (id) found.set(id, [found.get(id), problem.message].filter(Boolean).join('; '));
    }
    return found;
  }, [problems, draft]);
  const general = problems
    .filter((problem) => nodeOfPath(draft, problem.path) === null)
    .map((problem) => (problem.path ? `${problem.path}: ${problem.message}` : problem.message));
  const node = selected.size === 1 ? draft.nodes.find((one) => selected.has(one.id)) : undefined;

  return (
    <PreviewOf.Provider value={workflow?.id}>
      <div className="flex flex-1 flex-col">
        <div className="mb-4 flex flex-wrap items-center gap-2">
          <input
            className="field min-w-[14rem] max-w-md flex-1 font-serif text-2xl font-semibold"
            aria-label="Name of the workflow"
            placeholder="Name of the workflow"
            value={draft.name}
            onChange={(event) => change({ ...draft, name: event.target.value }, 'name')}
          />
          <span className="text-sm text-muted" role="status">
            {isChanged
              ? base !== undefined && base !== (workflow?.version ?? 0) && !save.isPending
                ? 'not saved; somebody saved another version meanwhile'
                : 'not saved'
              : workflow
                ? `version ${workflow.version}`
                : ''}
          </span>
          <div className="ml-auto flex flex-wrap gap-2">
            <Button small disabled={!history.canUndo} onClick={history.undo} title="Ctrl+Z">
              Undo
            </Button>
            <Button small disabled={!history.canRedo} onClick={history.redo} title="Ctrl+Y">
              Redo
            </Button>
            <Button small disabled={draft.nodes.length === 0} onClick={() => change(arranged(draft))}>
              Arrange
            </Button>
            {isChanged && workflow && (
              <Button small onClick={() => take(workflow)}>
                Discard changes
              </Button>
            )}
            {workflow && (
              <>
                <Button small onClick={() => setDialog('versions')}>
                  Versions
                </Button>
                <Button small kind="danger" onClick={() => setDialog('remove')}>
                  Delete
                </Button>
                <Button
                  small
                  disabled={isChanged || workflow.status !== 'ACTIVE'}
                  title={isChanged ? 'Save it first' : undefined}
                  onClick={() => setDialog('run')}
                >
                  Run
                </Button>
              </>
            )}
            <Button
              small
              kind="primary"
              busy={save.isPending}
              disabled={!canSave}
              onClick={() => void store()}
              title="Ctrl+S"
            >
              Save
            </Button>
          </div>
        </div>
        {general.length > 0 && (
          <ul role="alert" className="card mb-4 border-danger px-4 py-2 text-sm text-danger">
            {general.map((problem) => (
              <li key={problem} className="break-words">
                {problem}
              </li>
            ))}
          </ul>
        )}
        <div className="grid flex-1 grid-cols-1 gap-4 xl:h-[max(34rem,calc(100vh-12rem))] xl:flex-none xl:grid-cols-[15rem_minmax(0,1fr)_24rem]">
          <Palette agents={agents} onAdd={(agent) => add(agent)} />
          <div className="card flex h-[32rem] min-h-0 flex-col p-3 xl:h-auto">
            <Tabs
              label="Views of the workflow"
              current={view}
              onChange={setView}
              tabs={[
                {
                  key: 'drawing',
                  label: 'Drawing',
                  content: () => (
                    <div
                      className="relative h-full min-h-[24rem]"
                      // Shift selects steps here, but the browser text up to here as well, which Ctrl+C would copy.
                      onPointerUpCapture={() => window.getSelection()?.removeAllRanges()}
                    >
                      {draft.nodes.length === 0 && (
                        <p className="pointer-events-none absolute inset-x-0 top-1/3 z-10 text-center text-muted">
                          Drag an agent here, or choose one in the list.
                        </p>
                      )}
                      <Canvas
                        draft={draft}
                        agents={agents}
                        problems={byNode}
                        selected={selected}
                        onSelect={setSelected}
                        onChange={change}
                        onDropAgent={add}
                        onRefused={(why) => tell(why, true)}
                      />
                    </div>
                  ),
                },
                {
                  key: 'yaml',
                  label: 'YAML',
                  content: () => (
                    <YamlView
                      yaml={yaml}
                      problems={problems}
                      onType={(text) => {
                        setRefused([]);
                        yaml.type(text);
                      }}
                    />
                  ),
                },
              ]}
            />
          </div>
          <div className="card flex min-h-0 flex-col overflow-auto p-4">
            {node ? (
              <StepPanel
                key={node.id}
                draft={draft}
                node={node}
                agents={agents}
                workflowId={workflow?.id}
                problems={problems
                  .filter((problem) => nodeOfPath(draft, problem.path) === node.id)
                  .map((problem) => `${problem.path.replace(/^nodes\[\d+\]\.?/, '') || 'step'}: ${problem.message}`)}
                onNode={(update, kind) => change(updateNode(draft, node.id, update), kind)}
                onDraft={(next, select) => {
                  change(next);
                  if (select) setSelected(new Set([select]));
                }}
                onRemove={() => {
                  change(removeNodes(draft, new Set([node.id])));
                  setSelected(new Set());
                }}
              />
            ) : selected.size > 1 ? (
              <>
                <h2>{selected.size} steps</h2>
                <p className="my-2 text-sm text-muted">Ctrl+C and Ctrl+V copy them, Delete removes them.</p>
                <Button
                  kind="danger"
                  onClick={() => {
                    change(removeNodes(draft, selected));
                    setSelected(new Set());
                  }}
                >
                  Remove them
                </Button>
              </>
            ) : (
              <WorkflowPanel
                draft={draft}
                problems={[]}
                onChange={(update, kind) => change({ ...draft, ...update }, kind)}
              />
            )}
          </div>
        </div>
        {dialog === 'run' && workflow && <TriggerDialog workflow={workflow} onClose={() => setDialog(null)} />}
        {dialog === 'versions' && workflow && (
          <Dialog title="Versions" wide onClose={() => setDialog(null)}>
            <Versions
              workflowId={workflow.id}
              draft={draft}
              isChanged={isChanged}
              onRestore={(version) => {
                bring(version);
                setDialog(null);
              }}
            />
          </Dialog>
        )}
        {dialog === 'outdated' && workflow && (
          <Dialog title="Somebody else saved this workflow meanwhile" onClose={() => setDialog(null)}>
            <p>
              Load what they saved, or replace it by what you have here. Undo and Versions bring back the other one.
            </p>
            <div className="mt-4 flex justify-end gap-2">
              <Button onClick={() => void takeTheirs(workflow.id)}>Load theirs</Button>
              <Button
                kind="danger"
                onClick={() => {
                  setDialog(null);
                  void store(true);
                }}
              >
                Save anyway
              </Button>
            </div>
          </Dialog>
        )}
        {dialog === 'remove' && workflow && (
          <Dialog title={`Delete ${workflow.name}?`} onClose={() => setDialog(null)}>
            <p>Nothing will start it any more. The history of its runs stays.</p>
            <div className="mt-4 flex justify-end gap-2">
              <Button onClick={() => setDialog(null)}>Keep it</Button>
              <Button
                kind="danger"
                busy={remove.isPending}
                onClick={() =>
                  remove.mutate(workflow.id, {
                    onSuccess: () => {
                      forgetUnsaved(workflow.id);
                      navigate('/workflows');
                    },
                    onError: (error) => tell(error.message, true),
                  })
                }
              >
                Delete
              </Button>
            </div>
          </Dialog>
        )}
      </div>
    </PreviewOf.Provider>
  );
}

export default function BuilderPage({ id }: { id?: string }) {
  const workflow = useWorkflow(id);
  const agents = useAgents();
  if ((id !== undefined && workflow.isPending) || agents.isPending) return <Loading what="the workflow" />;
  if (workflow.error && !workflow.data) return <Failure error={workflow.error} retry={() => void workflow.refetch()} />;
  if (agents.error && !agents.data) return <Failure error={agents.error} retry={() => void agents.refetch()} />;
  return (
    <ReactFlowProvider>
      <Editor key={workflow.data?.id ?? 'new'} workflow={workflow.data} agents={agents.data ?? []} />
    </ReactFlowProvider>
  );
}
