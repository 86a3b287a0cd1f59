// Everything about the selected step: its input, its policies, the agent's documentation, how it went so far.
import { useId, useMemo, useState } from 'react';

import { isObject } from '../../api/client';
import type { Agent, JsonObject } from '../../api/types';
import { Button } from '../../ui/button';
import { Tabs } from '../../ui/tabs';
import { idProblem, renameNode, type Draft, type DraftNode } from './model';
import { Policies } from './policies';
import { SchemaForm } from './schema_form';
import { StepDocs } from './step_docs';
import { StepHistory } from './step_history';
import { suggestionsFor } from './template_field';

// A name that is not possible stays until it is mended or, with Escape, given up.
export function Rename({ draft, node, onRename }: { draft: Draft; node: DraftNode; onRename: (id: string) => void }) {
  const [wish, setWish] = useState(node.id);
  const why = useId();
  const problem = idProblem(draft, wish, node.id);
  return (
    <div className="flex-1">
      <input
        className="field font-serif text-lg font-semibold"
        aria-label="Name of the step"
        value={wish}
        aria-invalid={problem !== null}
        aria-describedby={why}
        onChange={(event) => setWish(event.target.value)}
        onBlur={() => problem === null && wish !== node.id && onRename(wish)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && problem === null) event.currentTarget.blur();
          else if (event.key === 'Escape') setWish(node.id);
        }}
      />
      <span id={why} role="alert" className="text-sm text-danger">
        {problem && `${problem}. The step is still called ${node.id}.`}
      </span>
    </div>
  );
}

export function StepPanel({
  draft,
  node,
  agents,
  workflowId,
  problems,
  onNode,
  onDraft,
  onRemove,
}: {
  draft: Draft;
  node: DraftNode;
  agents: Agent[];
  workflowId: string | undefined;
  problems: string[];
  onNode: (change: Partial<DraftNode>, kind?: string) => void;
  onDraft: (draft: Draft, select?: string) => void;
  onRemove: () => void;
}) {
  const [tab, setTab] = useState('config');
  const agent = agents.find((one) => one.name === node.agent || one.id === node.agent);
  const capabilities = agent?.capabilities ?? [];
  const action =
    capabilities.find((one) => one.name === node.action) ?? (capabilities.length === 1 ? capabilities[0] : undefined);
  const suggestions = useMemo(() => suggestionsFor(draft, node.id, agents), [draft, node.id, agents]);

  const config = () =>
    node.agent !== undefined ? (
      <>
        {!agent && <p className="mb-3 text-sm text-danger">There is no agent {node.agent} on this server.</p>}
        {capabilities.length > 1 && (
          <label className="mb-4 block">
            <span className="label">Action</span>
            <select
              className="field"
              value={node.action ?? ''}
              onChange={(event) => onNode({ action: event.target.value || undefined })}
            >
              <option value="">choose…</option>
              {capabilities.map((one) => (
                <option key={one.id} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
            {action?.description && <span className="hint block">{action.description}</span>}
          </label>
        )}
        {(action || !agent) && (
          <SchemaForm
            key={`${node.id} ${action?.name}`}
            schema={action?.inputSchema ?? {}}
            empty="This action takes no input."
            value={node.input ?? {}}
            suggestions={suggestions}
            onChange={(input, field) => onNode({ input }, `${node.id}.${field}`)}
          />
        )}
      </>
    ) : (
      <>
        <p className="hint mb-3">What stands here, with its templates filled in, is what this step answers.</p>
        <SchemaForm
          key={node.id}
          schema={{}}
          empty="There is no value yet."
          value={isObject(node.transform ?? {}) ? (node.transform as JsonObject) : { value: node.transform ?? null }}
          suggestions={suggestions}
          onChange={(transform, field) => onNode({ transform }, `${node.id}.${field}`)}
        />
        <AddMember
          taken={Object.keys((node.transform as JsonObject) ?? {})}
          onAdd={(name) =>
            onNode({
              transform: { ...(isObject(node.transform ?? {}) ? (node.transform as JsonObject) : {}), [name]: '' },
            })
          }
        />
      </>
    );

  return (
    <section aria-label={`Step ${node.id}`} className="flex min-h-0 flex-1 flex-col">
      <div className="mb-2 flex items-start gap-2">
        <Rename
          key={node.id}
          draft={draft}
          node={node}
          onRename={(id) => onDraft(renameNode(draft, node.id, id), id)}
        />
        <Button small kind="danger" onClick={onRemove} aria-label={`Remove ${node.id}`}>
          Remove
        </Button>
      </div>
      {problems.map((problem) => (
        <p key={problem} role="alert" className="mb-2 break-words text-sm text-danger">
          {problem}
        </p>
      ))}
      <Tabs
        label={`Parts of ${node.id}`}
        current={tab}
        onChange={setTab}
        tabs={[
          { key: 'config', label: 'Config', content: config },
          {
            key: 'policies',
            label: 'Policies',
            content: () => (
              <Policies
                draft={draft}
                node={node}
                suggestions={suggestions}
                asksAnyway={agent?.riskLevel === 'APPROVAL_REQUIRED'}
                onNode={(change) => onNode(change, `${node.id} ${Object.keys(change)[0]}`)}
                onDraft={onDraft}
              />
            ),
          },
          {
            key: 'docs',
            label: 'Docs',
            content: () => <StepDocs agent={agent} action={action} />,
          },
          {
            key: 'history',
            label: 'History',
            content: () => <StepHistory workflowId={workflowId} step={node.id} show="history" />,
          },
          {
            key: 'metrics',
            label: 'Metrics',
            content: () => <StepHistory workflowId={workflowId} step={node.id} show="metrics" />,
          },
        ]}
      />
    </section>
  );
}

function AddMember({ taken, onAdd }: { taken: string[]; onAdd: (name: string) => void }) {
  const [name, setName] = useState('');
  const add = () => {
    if (name.trim() === '' || taken.includes(name.trim())) return;
    onAdd(name.trim());
    setName('');
  };
  return (
    <form
      className="flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <input
        className="field font-mono text-sm"
        aria-label="Name of a new value"
        placeholder="name of a new value"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button small type="submit" disabled={name.trim() === '' || taken.includes(name.trim())}>
        Add
      </Button>
    </form>
  );
}
