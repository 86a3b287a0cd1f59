// The workflow as a whole: what it is called, what starts it, how many may run at once.
import { isObject } from '../../api/client';
import type { JsonObject } from '../../api/types';
import { WorkspaceField } from '../workspace_field';
import type { Draft } from './model';
import { TriggerPanel } from './trigger_panel';

export function WorkflowPanel({
  draft,
  problems,
  onChange,
}: {
  draft: Draft;
  problems: string[];
  onChange: (change: Partial<Draft>, kind: string) => void;
}) {
  const concurrency: JsonObject = isObject(draft.concurrency ?? null)
    ? (draft.concurrency as JsonObject)
    : typeof draft.concurrency === 'number'
      ? { limit: draft.concurrency }
      : {};
  const setConcurrency = (change: JsonObject) => {
    const next: JsonObject = Object.fromEntries(
      Object.entries({ ...concurrency, ...change }).filter(
        ([, value]) => value !== '' && value !== null && value !== 0,
      ),
    );
    onChange({ concurrency: next.limit === undefined ? undefined : next }, 'concurrency');
  };
  return (
    <section aria-label="Workflow" className="overflow-auto">
      {problems.map((problem) => (
        <p key={problem} role="alert" className="mb-2 break-words text-sm text-danger">
          {problem}
        </p>
      ))}
      <label className="mb-4 block">
        <span className="label">Description</span>
        <textarea
          className="field"
          rows={2}
          value={draft.description ?? ''}
          onChange={(event) => onChange({ description: event.target.value || undefined }, 'description')}
        />
      </label>
      <TriggerPanel
        name={draft.name}
        trigger={draft.trigger}
        onChange={(trigger, kind) => onChange({ trigger }, kind)}
      />
      <div className="mb-4">
        <WorkspaceField
          label="Workspace"
          placeholder="named when it is run"
          value={draft.workspace ?? ''}
          onChange={(value) => onChange({ workspace: value || undefined }, 'workspace')}
        />
      </div>
      <div className="grid grid-cols-2 gap-3">
        <label className="mb-4 block">
          <span className="label">Time-out of a run</span>
          <input
            className="field"
            placeholder="none"
            value={draft.timeout === undefined ? '' : String(draft.timeout)}
            onChange={(event) => onChange({ timeout: event.target.value || undefined }, 'timeout')}
          />
        </label>
        <label className="mb-4 block">
          <span className="label">Runs at once</span>
          <input
            className="field"
            type="number"
            min={0}
            placeholder="no limit"
            value={concurrency.limit === undefined ? '' : String(concurrency.limit)}
            onChange={(event) => setConcurrency({ limit: Number(event.target.value) })}
          />
        </label>
      </div>
      {concurrency.limit !== undefined && (
        <div className="grid grid-cols-2 gap-3">
          <label className="mb-4 block">
            <span className="label">Counted apart by</span>
            <input
              className="field font-mono text-sm"
              placeholder="{{ context.branch }}"
              value={String(concurrency.key ?? '')}
              onChange={(event) => setConcurrency({ key: event.target.value })}
            />
          </label>
          <label className="mb-4 block">
            <span className="label">One too many</span>
            <select
              className="field"
              value={String(concurrency.policy ?? 'queue')}
              onChange={(event) => setConcurrency({ policy: event.target.value === 'queue' ? '' : event.target.value })}
            >
              <option value="queue">waits</option>
              <option value="cancel-previous">cancels the earlier run</option>
            </select>
          </label>
        </div>
      )}
      <label className="block">
        <span className="label">State</span>
        <select
          className="field"
          value={draft.status ?? 'ACTIVE'}
          onChange={(event) => onChange({ status: event.target.value }, 'status')}
        >
          <option value="ACTIVE">active: it can be started</option>
          <option value="DRAFT">draft: nothing starts it</option>
          <option value="ARCHIVED">archived: nothing starts it any more</option>
        </select>
      </label>
    </section>
  );
}
