// The workflow builder: palette, drawing or YAML, and a panel for what is selected.
import { ReactFlowProvider } from '@xyflow/react';
import { useCallback, useMemo, useState } from 'react';

import { useAgents, useWorkflow } from '../../api/queries';
import type { Agent, Problem, Workflow } from '../../api/types';
import { Dialog } from '../../ui/dialog';
import { Failure, Loading } from '../../ui/feedback';
import { Tabs } from '../../ui/tabs';
import { usePageTitle } from '../../ui/title';
import { useTell } from '../../ui/toast';
import { TriggerDialog } from '../workflows';
import { Canvas } from './canvas';
import { OutdatedDialog, RemoveDialog } from './dialogs';
import { isAsking } from './keys';
import { nodeOfPath, placed, type Draft } from './model';
import { Palette } from './palette';
import { PreviewOf } from './preview';
import { SidePanel } from './side_panel';
import { Toolbar, type DialogName } from './toolbar';
import { useDesk, useKeyboard, type DeskState } from './use_desk';
import { useSaved, useSaving } from './use_saved';
import { useValidation } from './validation';
import { Versions } from './versions';
import { YamlView } from './yaml_view';

// The messages about each step, by its id.
function messagesByNode(draft: Draft, problems: Problem[]) {
  const messages = new Map<string, string>();
  for (const { path, message } of problems) {
    const id = nodeOfPath(draft, path);
    if (id) messages.set(id, [messages.get(id), message].filter(Boolean).join('; '));
  }
  return messages;
}

function GeneralProblems({ draft, problems }: { draft: Draft; problems: Problem[] }) {
  const general = problems.filter((problem) => nodeOfPath(draft, problem.path) === null);
  if (general.length === 0) return null;
  const texts = general.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return (
    <ul role="alert" className="card mb-4 border-danger px-4 py-2 text-sm text-danger">
      {texts.map((text) => (
        <li key={text} className="break-words">
          {text}
        </li>
      ))}
    </ul>
  );
}

function Drawing({ desk, agents, problems }: { desk: DeskState; agents: Agent[]; problems: Problem[] }) {
  const { draft, selected, setSelected, change, add } = desk;
  const tell = useTell();
  const byNode = useMemo(() => messagesByNode(draft, problems), [problems, draft]);
  return (
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
  );
}

function Editor({ workflow: read, agents }: { workflow: Workflow | undefined; agents: Agent[] }) {
  const [refused, setRefused] = useState<Problem[]>([]); // by the attempt to save it
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const close = () => setDialog(null);
  const server = useSaved(read);
  const { workflow, saved, unsaved, base } = server;
  usePageTitle(workflow?.name ?? 'New workflow');
  const desk = useDesk(workflow?.id, agents, {
    first: () => (unsaved ? placed(unsaved.draft) : saved),
    firstYaml: unsaved?.yaml ?? null,
    onChange: useCallback(() => setRefused([]), []),
  });
  const saving = useSaving(server, desk, { onRefused: setRefused, onOutdated: () => setDialog('outdated') });
  useKeyboard(desk, () => {
    if (saving.canSave && !isAsking()) void saving.store();
  });
  const found = useValidation(desk.draft);
  const problems = refused.length > 0 ? refused : found;

  return (
    <PreviewOf.Provider value={workflow?.id}>
      <div className="flex flex-1 flex-col">
        <Toolbar
          desk={desk}
          workflow={workflow}
          isChanged={saving.isChanged}
          isOutdated={base !== undefined && base !== (workflow?.version ?? 0)}
          isSaving={saving.isPending}
          onSave={() => void saving.store()}
          onDiscard={saving.revert}
          onDialog={setDialog}
        />
        <GeneralProblems draft={desk.draft} problems={problems} />
        <div className="grid flex-1 grid-cols-1 gap-4 xl:h-[max(34rem,calc(100vh-12rem))] xl:flex-none xl:grid-cols-[15rem_minmax(0,1fr)_24rem]">
          <Palette agents={agents} onAdd={(agent) => desk.add(agent)} />
          <div className="card flex h-[32rem] min-h-0 flex-col p-3 xl:h-auto">
            <Tabs
              label="Views of the workflow"
              current={desk.view}
              onChange={desk.setView}
              tabs={[
                {
                  key: 'drawing',
                  label: 'Drawing',
                  content: () => <Drawing desk={desk} agents={agents} problems={problems} />,
                },
                {
                  key: 'yaml',
                  label: 'YAML',
                  content: () => (
                    <YamlView
                      yaml={desk.yaml}
                      problems={problems}
                      onType={(text) => {
                        setRefused([]);
                        desk.yaml.type(text);
                      }}
                    />
                  ),
                },
              ]}
            />
          </div>
          <div className="card flex min-h-0 flex-col overflow-auto p-4">
            <SidePanel desk={desk} agents={agents} workflowId={workflow?.id} problems={problems} />
          </div>
        </div>
        {dialog === 'run' && workflow && <TriggerDialog workflow={workflow} onClose={close} />}
        {dialog === 'versions' && workflow && (
          <Dialog title="Versions" wide onClose={close}>
            <Versions
              workflowId={workflow.id}
              draft={desk.draft}
              isChanged={saving.isChanged}
              onRestore={(version) => {
                desk.bring(version);
                close();
              }}
            />
          </Dialog>
        )}
        {dialog === 'outdated' && workflow && (
          <OutdatedDialog
            onClose={close}
            onLoad={() => {
              close();
              void saving.revertToTheirs(workflow.id);
            }}
            onOverwrite={() => {
              close();
              void saving.store(true);
            }}
          />
        )}
        {dialog === 'remove' && workflow && <RemoveDialog workflow={workflow} onClose={close} />}
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
