// The workflow as a whole: what it is called, what starts it, how many may run at once.
import { useQuery } from '@tanstack/react-query';

import { get, isObject, query } from '../../api/client';
import type { Json, JsonObject } from '../../api/types';
import { Time } from '../../ui/time';
import type { Draft } from './model';

type Kind = 'manual' | 'event' | 'schedule' | 'webhook' | 'other';

export function triggerKind(trigger: Json | undefined): Kind {
  if (trigger === undefined || trigger === null) return 'manual';
  if (typeof trigger === 'string') {
    const word = trigger.toLowerCase();
    return word === 'manual' || word === 'event' || word === 'webhook' ? word : 'other';
  }
  if (!isObject(trigger)) return 'other';
  if (trigger.schedule !== undefined) return 'schedule';
  if (trigger.type === 'webhook') return 'webhook';
  if (trigger.type === 'manual' || trigger.event === 'manual') return 'manual';
  if (trigger.on !== undefined || trigger.pattern !== undefined || trigger.event !== undefined) return 'event';
  return 'other';
}

function patternsOf(trigger: Json | undefined): string {
  if (!isObject(trigger ?? null)) return '';
  const given = (trigger as JsonObject).on ?? (trigger as JsonObject).pattern ?? (trigger as JsonObject).event ?? '';
  return Array.isArray(given) ? given.join(', ') : String(given);
}

function NextTimes({ schedule, timezone }: { schedule: string; timezone: string }) {
  const next = useQuery({
    queryKey: ['schedule', schedule, timezone],
    queryFn: () => get<{ times: string[] }>(`/api/schedule/preview${query({ schedule, timezone, count: 5 })}`),
    enabled: schedule.trim() !== '',
    retry: false,
  });
  if (next.error) return <p className="mt-1 text-sm text-danger">{next.error.message}</p>;
  if (!next.data) return null;
  return (
    <div className="hint">
      Next:
      <ol className="ml-5 list-decimal">
        {next.data.times.map((at) => (
          <li key={at}>
            {new Date(at).toLocaleString()} (<Time at={at} />)
          </li>
        ))}
      </ol>
    </div>
  );
}

export function WorkflowPanel({
  draft,
  problems,
  onChange,
}: {
  draft: Draft;
  problems: string[];
  onChange: (change: Partial<Draft>, kind: string) => void;
}) {
  const kind = triggerKind(draft.trigger);
  const trigger = isObject(draft.trigger ?? null) ? (draft.trigger as JsonObject) : {};
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
  const setKind = (next: Kind) =>
    onChange(
      {
        trigger:
          next === 'event'
            ? { on: ['graph.file.updated'] }
            : next === 'schedule'
              ? { schedule: '0 9 * * 1' }
              : next === 'webhook'
                ? { type: 'webhook', path: draft.name || 'my-hook' }
                : 'manual',
      },
      '',
    );
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
      <label className="mb-4 block">
        <span className="label">Started by</span>
        <select className="field" value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
          <option value="manual">hand, command line or API</option>
          <option value="event">events</option>
          <option value="schedule">the clock</option>
          <option value="webhook">a webhook</option>
          {kind === 'other' && <option value="other">something else, see YAML</option>}
        </select>
      </label>
      {kind === 'event' && (
        <label className="mb-4 block">
          <span className="label">Patterns of events</span>
          <input
            className="field font-mono text-sm"
            value={patternsOf(draft.trigger)}
            onChange={(event) => {
              const { pattern: _, event: __, type: ___, ...rest } = trigger;
              onChange({ trigger: { ...rest, on: event.target.value.split(',').map((one) => one.trim()) } }, 'pattern');
            }}
          />
          <span className="hint block">
            Separated by commas. * stands for one part, &gt; at the end for all the rest.
          </span>
        </label>
      )}
      {kind === 'schedule' && (
        <div className="mb-4">
          <div className="grid grid-cols-2 gap-3">
            <label>
              <span className="label">Schedule</span>
              <input
                className="field font-mono text-sm"
                value={String(trigger.schedule ?? '')}
                onChange={(event) => onChange({ trigger: { ...trigger, schedule: event.target.value } }, 'schedule')}
              />
            </label>
            <label>
              <span className="label">Time zone</span>
              <input
                className="field"
                placeholder="UTC"
                value={String(trigger.timezone ?? '')}
                onChange={(event) => {
                  const { timezone: _, ...rest } = trigger;
                  onChange(
                    { trigger: event.target.value === '' ? rest : { ...rest, timezone: event.target.value } },
                    'timezone',
                  );
                }}
              />
            </label>
          </div>
          <p className="hint">Minute, hour, day of month, month, day of week.</p>
          <NextTimes schedule={String(trigger.schedule ?? '')} timezone={String(trigger.timezone ?? '')} />
        </div>
      )}
      {kind === 'webhook' && (
        <label className="mb-4 block">
          <span className="label">Address</span>
          <span className="flex items-center gap-1 text-sm">
            <code>/api/hooks/</code>
            <input
              className="field font-mono text-sm"
              value={String(trigger.path ?? '')}
              onChange={(event) =>
                onChange({ trigger: { ...trigger, type: 'webhook', path: event.target.value } }, 'path')
              }
            />
          </span>
        </label>
      )}
      <label className="mb-4 block">
        <span className="label">Workspace</span>
        <input
          className="field font-mono text-sm"
          placeholder="named when it is run"
          value={draft.workspace ?? ''}
          onChange={(event) => onChange({ workspace: event.target.value || undefined }, 'workspace')}
        />
      </label>
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
