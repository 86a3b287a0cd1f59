// What starts a workflow: a hand, events, the clock, or a call from another system.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { get, isObject, query } from '../../api/client';
import type { Json, JsonObject } from '../../api/types';
import { Button } from '../../ui/button';
import { Time } from '../../ui/time';

type Kind = 'manual' | 'event' | 'schedule' | 'webhook' | 'other';

export function triggerKind(trigger: Json | undefined): Kind {
  if (trigger === undefined || trigger === null) return 'manual';
  if (typeof trigger === 'string') {
    const word = trigger.toLowerCase();
    return word === 'manual' || word === 'event' || word === 'webhook' ? word : 'other';
  }
  if (!isObject(trigger)) return 'other';
  if (trigger.schedule !== undefined) return 'schedule';
  if (trigger.type === 'webhook' || (trigger.path !== undefined && trigger.on === undefined)) return 'webhook';
  if (trigger.type === 'manual' || trigger.event === 'manual') return 'manual';
  if (trigger.on !== undefined || trigger.pattern !== undefined || trigger.event !== undefined) return 'event';
  return 'other';
}

export function patternsOf(trigger: Json | undefined): string {
  if (!isObject(trigger ?? null)) return '';
  const given = (trigger as JsonObject).on ?? (trigger as JsonObject).pattern ?? (trigger as JsonObject).event ?? '';
  return Array.isArray(given) ? given.join(', ') : String(given);
}

// The trigger with one member changed; an empty one is left out.
export function changed(trigger: JsonObject, name: string, value: Json | undefined): JsonObject {
  const { [name]: _, ...rest } = trigger;
  return value === undefined || value === '' ? rest : { ...rest, [name]: value };
}

// "severity: high, branch: main" and back; values that look like numbers or truths are such.
export const filtersToText = (filters: Json | undefined) =>
  isObject(filters ?? null)
    ? Object.entries(filters as JsonObject)
        .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')
    : '';

export function textToFilters(text: string): JsonObject | undefined {
  const found: JsonObject = {};
  for (const part of text.split(',')) {
    const colon = part.indexOf(':');
    const [key, value] = [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
    if (colon > 0 && key !== '' && value !== '')
      found[key] = /^(true|false|null|-?\d+(\.\d+)?)$/.test(value) ? (JSON.parse(value) as Json) : value;
  }
  return Object.keys(found).length > 0 ? found : undefined;
}

interface Props {
  trigger: JsonObject;
  onChange: (trigger: JsonObject, kind: string) => void;
}

function NextTimes({ schedule, timezone }: { schedule: string; timezone: string }) {
  const next = useQuery({
    queryKey: ['schedule', schedule, timezone],
    queryFn: () => get<{ times: string[] }>(`/api/schedule/preview${query({ schedule, timezone, count: 5 })}`),
    enabled: schedule.trim() !== '',
    retry: false,
  });
  if (next.error)
    return (
      <p role="alert" className="mt-1 text-sm text-danger">
        {next.error.message}
      </p>
    );
  if (!next.data) return null;
  return (
    <div className="hint" data-testid="next-times">
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

function Events({ trigger, onChange }: Props) {
  const [filters, setFilters] = useState(() => filtersToText(trigger.filters));
  return (
    <>
      <label className="mb-4 block">
        <span className="label">Patterns of events</span>
        <input
          className="field font-mono text-sm"
          value={patternsOf(trigger)}
          onChange={(event) => {
            const { pattern: _, event: __, type: ___, ...rest } = trigger;
            onChange({ ...rest, on: event.target.value.split(',').map((one) => one.trim()) }, 'pattern');
          }}
        />
        <span className="hint block">
          Separated by commas. * stands for one part, &gt; at the end for all the rest.
        </span>
      </label>
      <label className="mb-4 block">
        <span className="label">Only if the event holds</span>
        <input
          className="field font-mono text-sm"
          placeholder="severity: high, branch: main"
          value={filters}
          onChange={(event) => {
            setFilters(event.target.value);
            onChange(changed(trigger, 'filters', textToFilters(event.target.value)), 'filters');
          }}
        />
      </label>
    </>
  );
}

function Schedule({ trigger, onChange }: Props) {
  const missed = isObject(trigger.missed ?? null) ? (trigger.missed as JsonObject).policy : trigger.missed;
  return (
    <div className="mb-4">
      <div className="grid grid-cols-2 gap-3">
        <label>
          <span className="label">Schedule</span>
          <input
            className="field font-mono text-sm"
            value={String(trigger.schedule ?? '')}
            onChange={(event) => onChange({ ...trigger, schedule: event.target.value }, 'schedule')}
          />
        </label>
        <label>
          <span className="label">Time zone</span>
          <input
            className="field"
            placeholder="UTC"
            value={String(trigger.timezone ?? '')}
            onChange={(event) => onChange(changed(trigger, 'timezone', event.target.value), 'timezone')}
          />
        </label>
      </div>
      <p className="hint">Minute, hour, day of month, month, day of week; or @daily, @every 15m.</p>
      <NextTimes schedule={String(trigger.schedule ?? '')} timezone={String(trigger.timezone ?? '')} />
      <label className="mt-3 block">
        <span className="label">Times missed while the server was away</span>
        <select
          className="field"
          value={String(missed ?? 'run-once')}
          onChange={(event) =>
            onChange(
              changed(trigger, 'missed', event.target.value === 'run-once' ? undefined : event.target.value),
              'missed',
            )
          }
        >
          <option value="run-once">one run for all of them</option>
          <option value="run-all">a run for each</option>
          <option value="skip">are left out</option>
        </select>
      </label>
    </div>
  );
}

function Webhook({ trigger, onChange }: Props) {
  const url = `${window.location.origin}/api/hooks/${String(trigger.path ?? '')}`;
  const token = typeof trigger.token === 'string' ? trigger.token : '';
  const field = (name: string, label: string, hint: string) => (
    <label className="mb-4 block">
      <span className="label">{label}</span>
      <input
        className="field font-mono text-sm"
        placeholder="none"
        value={String(trigger[name] ?? '')}
        onChange={(event) => onChange(changed(trigger, name, event.target.value), name)}
      />
      <span className="hint block">{hint}</span>
    </label>
  );
  return (
    <>
      <label className="mb-4 block">
        <span className="label">Address</span>
        <span className="flex items-center gap-1 text-sm">
          <code>/api/hooks/</code>
          <input
            className="field font-mono text-sm"
            value={String(trigger.path ?? '')}
            onChange={(event) => onChange({ ...trigger, type: 'webhook', path: event.target.value }, 'path')}
          />
        </span>
      </label>
      {field('token', 'Token', 'Callers must send it; 16 characters or more.')}
      {field('secret', 'Signing secret', 'Callers must sign the body with it, as GitHub does.')}
      <details className="mb-4 text-sm">
        <summary className="cursor-pointer py-1 text-muted">How to call it</summary>
        <pre className="mt-2 whitespace-pre-wrap break-all rounded-md bg-raised p-3 text-xs">
          {`curl -X POST '${url}'${token ? ` -H 'Authorization: Bearer ${token}'` : ''} \\
  -H 'Content-Type: application/json' -d '{"ref": "main"}'`}
        </pre>
        <p className="hint">
          The body is <code>context.webhook</code> of the run.
        </p>
        <Button small className="mt-2" onClick={() => void navigator.clipboard?.writeText(url)}>
          Copy the address
        </Button>
      </details>
    </>
  );
}

const kStart: Record<'event' | 'schedule' | 'webhook', (name: string) => JsonObject> = {
  event: () => ({ on: ['graph.file.updated'] }),
  schedule: () => ({ schedule: '0 9 * * 1' }),
  webhook: (name) => ({
    type: 'webhook',
    path:
      name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '') || 'my-hook',
  }),
};

export function TriggerPanel({
  name,
  trigger,
  onChange,
}: {
  name: string;
  trigger: Json | undefined;
  onChange: (trigger: Json, kind: string) => void;
}) {
  const kind = triggerKind(trigger);
  const given = isObject(trigger ?? null) ? (trigger as JsonObject) : {};
  return (
    <>
      <label className="mb-4 block">
        <span className="label">Started by</span>
        <select
          className="field"
          value={kind}
          onChange={(event) => {
            const next = event.target.value as Kind;
            onChange(next === 'manual' || next === 'other' ? 'manual' : kStart[next](name), '');
          }}
        >
          <option value="manual">hand, command line or API</option>
          <option value="event">events</option>
          <option value="schedule">the clock</option>
          <option value="webhook">a webhook</option>
          {kind === 'other' && <option value="other">something else, see YAML</option>}
        </select>
      </label>
      {kind === 'event' && <Events trigger={given} onChange={onChange} />}
      {kind === 'schedule' && <Schedule trigger={given} onChange={onChange} />}
      {kind === 'webhook' && <Webhook trigger={given} onChange={onChange} />}
    </>
  );
}
