// When a step runs, how often it is tried, how long it may take, and who is asked.
import { useId } from 'react';

import { isObject } from '../../api/client';
import type { Json } from '../../api/types';
import { arrowProblem, connect, disconnect, type Draft, type DraftNode } from './model';
import { TemplateField, type Suggestion } from './template_field';

function Text({
  label,
  hint,
  value,
  onChange,
  placeholder,
}: {
  label: string;
  hint?: string;
  value: Json | undefined;
  onChange: (value: string | undefined) => void;
  placeholder?: string;
}) {
  return (
    <label className="mb-4 block">
      <span className="label">{label}</span>
      <input
        className="field"
        value={value === undefined || value === null ? '' : String(value)}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      />
      {hint && <span className="hint block">{hint}</span>}
    </label>
  );
}

const retryOf = (
  retry: Json | undefined,
): { attempts?: Json; backoff?: Json; factor?: Json; maxBackoff?: Json; jitter?: Json } =>
  isObject(retry) ? retry : typeof retry === 'number' ? { attempts: retry } : {};

export function Policies({
  draft,
  node,
  suggestions,
  asksAnyway,
  onNode,
  onDraft,
}: {
  draft: Draft;
  node: DraftNode;
  suggestions: Suggestion[];
  asksAnyway: boolean;
  onNode: (change: Partial<DraftNode>) => void;
  onDraft: (draft: Draft) => void;
}) {
  const whenId = useId();
  const retry = retryOf(node.retry);
  const approval = isObject(node.approval) ? node.approval : {};
  const asks = node.approval === true || approval.required === true;
  const others = draft.nodes.filter((one) => one.id !== node.id);
  const setRetry = (change: { [key: string]: Json | undefined }) => {
    const next = Object.fromEntries(
      Object.entries({ ...retry, ...change }).filter(([, value]) => value !== undefined && value !== ''),
    ) as { [key: string]: Json };
    onNode({
      retry:
        Object.keys(next).length === 0 || (Object.keys(next).length === 1 && next.attempts === 1) ? undefined : next,
    });
  };
  return (
    <>
      <fieldset className="mb-4">
        <legend className="label">Waits for</legend>
        {others.length === 0 && <p className="text-sm text-muted">There is no other step.</p>}
        <ul className="max-h-40 overflow-auto rounded-md border border-line p-2 empty:hidden">
          {others.map((other) => {
            const arrow = { from: other.id, to: node.id };
            const on = node.dependsOn?.includes(other.id) ?? false;
            const problem = on ? null : arrowProblem(draft, arrow);
            return (
              <li key={other.id}>
                <label
                  className={`flex items-center gap-2 text-sm ${problem ? 'text-muted' : ''}`}
                  title={problem ?? undefined}
                >
                  <input
                    type="checkbox"
                    checked={on}
                    disabled={problem !== null}
                    onChange={() => onDraft(on ? disconnect(draft, [arrow]) : connect(draft, arrow))}
                  />
                  <span className="truncate">{other.id}</span>
                </label>
              </li>
            );
          })}
        </ul>
      </fieldset>
      <div className="mb-4">
        <label htmlFor={whenId} className="label">
          Runs only if
        </label>
        <TemplateField
          id={whenId}
          bare
          value={node.when ?? ''}
          suggestions={suggestions}
          onChange={(when) => onNode({ when: when === '' ? undefined : when })}
        />
        <p className="hint">An expression, such as scan.output.summary.total &gt; 0. Otherwise the step is skipped.</p>
      </div>
      <label className="mb-4 block">
        <span className="label">Starts when</span>
        <select
          className="field"
          value={node.join ?? 'all-success'}
          onChange={(event) => onNode({ join: event.target.value === 'all-success' ? undefined : event.target.value })}
        >
          <option value="all-success">everything it waits for succeeded</option>
          <option value="all-done">everything it waits for has ended, however</option>
          <option value="any-success">all have ended, and at least one succeeded</option>
        </select>
      </label>
      <div className="grid grid-cols-2 gap-x-3">
        <label className="mb-4 block">
          <span className="label">Attempts</span>
          <input
            className="field"
            type="number"
            min={1}
            max={100}
            value={String(retry.attempts ?? 1)}
            onChange={(event) => setRetry({ attempts: Number(event.target.value) || 1 })}
          />
        </label>
        <Text
          label="First delay"
          placeholder="1s"
          value={retry.backoff}
          onChange={(backoff) => setRetry({ backoff })}
        />
        <label className="mb-4 block">
          <span className="label">Each delay times</span>
          <input
            className="field"
            type="number"
            min={1}
            step={0.5}
            placeholder="2"
            value={retry.factor === undefined ? '' : String(retry.factor)}
            onChange={(event) =>
              setRetry({ factor: event.target.value === '' ? undefined : Number(event.target.value) })
            }
          />
        </label>
        <Text
          label="Longest delay"
          placeholder="1m"
          value={retry.maxBackoff}
          onChange={(maxBackoff) => setRetry({ maxBackoff })}
        />
        <label className="mb-4 block">
          <span className="label">Random share</span>
          <input
            className="field"
            type="number"
            min={0}
            max={1}
            step={0.1}
            placeholder="0.1"
            value={retry.jitter === undefined ? '' : String(retry.jitter)}
            onChange={(event) =>
              setRetry({ jitter: event.target.value === '' ? undefined : Number(event.target.value) })
            }
          />
        </label>
      </div>
      <Text
        label="Time-out of an attempt"
        placeholder="the agent's own"
        hint="500ms, 90s, 30m, 1h30m"
        value={node.timeout}
        onChange={(timeout) => onNode({ timeout })}
      />
      <label className="mb-4 block">
        <span className="label">If it fails</span>
        <select
          className="field"
          value={node.onError ?? 'fail'}
          onChange={(event) => onNode({ onError: event.target.value === 'fail' ? undefined : event.target.value })}
        >
          <option value="fail">the run fails</option>
          <option value="continue">go on as if it had succeeded</option>
          {others.map((other) => (
            <option key={other.id} value={other.id}>
              {other.id} stands in for it
            </option>
          ))}
        </select>
      </label>
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          checked={asks || asksAnyway}
          disabled={asksAnyway}
          onChange={() =>
            onNode({
              approval: asks ? undefined : approval.expires ? { required: true, expires: approval.expires } : true,
            })
          }
        />
        Somebody has to approve it
      </label>
      {asksAnyway && <p className="hint">The agent is risky: it asks in any case.</p>}
      {(asks || asksAnyway) && (
        <div className="mt-3">
          <Text
            label="The question expires after"
            placeholder="24h"
            value={approval.expires}
            onChange={(expires) => onNode({ approval: expires ? { required: asks, expires } : asks || undefined })}
          />
        </div>
      )}
    </>
  );
}
