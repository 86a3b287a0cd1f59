// Two runs side by side: how each step went, how long it took, and what differs in what went in and came out.
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { useRun, useRuns } from '../../api/queries';
import type { AgentRun, JsonObject, RunDetail } from '../../api/types';
import { Empty, Loaded } from '../../ui/feedback';
import { Id, PageHead } from '../../ui/page';
import { Status } from '../../ui/status';
import { formatDuration, Time } from '../../ui/time';
import { changes, compareFindings, compareRuns, type Row } from './compare';

function Cell({ attempt, slowest }: { attempt: AgentRun | undefined; slowest: number }) {
  if (!attempt) return <span className="text-muted">not in this run</span>;
  return (
    <span className="flex flex-col gap-1">
      <span className="flex flex-wrap items-baseline justify-between gap-x-3">
        <Status status={attempt.status} />
        <span className="tabular-nums text-muted">
          {attempt.attempt > 1 && `try ${attempt.attempt} · `}
          {attempt.durationMs === null ? '' : formatDuration(attempt.durationMs)}
        </span>
      </span>
      <span aria-hidden="true" className="block h-1 rounded bg-raised">
        <span
          className="block h-1 rounded bg-accent"
          style={{ width: `${(100 * (attempt.durationMs ?? 0)) / slowest}%` }}
        />
      </span>
    </span>
  );
}

function Changes({ title, before, after }: { title: string; before: Row['before']; after: Row['after'] }) {
  const part = title === 'Input' ? 'inputJson' : 'outputJson';
  const { list, cut } = changes(before?.[part], after?.[part]);
  if (list.length === 0) return null;
  const show = (value: unknown) => {
    const text = value === undefined ? 'not there' : JSON.stringify(value);
    return text.length > 300 ? `${text.slice(0, 300)}…` : text;
  };
  return (
    <section className="mt-3">
      <h3>
        {title}: {cut ? 'the first ' : ''}
        {list.length} {list.length === 1 ? 'difference' : 'differences'}
      </h3>
      <table className="mt-1 w-full table-fixed font-mono text-xs">
        <thead>
          <tr className="table-head">
            <th className="w-1/4 py-1 pr-3 font-medium">Where</th>
            <th className="py-1 pr-3 font-medium">First</th>
            <th className="py-1 font-medium">Second</th>
          </tr>
        </thead>
        <tbody>
          {list.map((change) => (
            <tr key={change.path} className="border-b border-line align-top last:border-0">
              <td className="break-all py-1 pr-3">{change.path || 'all of it'}</td>
              <td className="break-all bg-removed/60 px-2 py-1">{show(change.before)}</td>
              <td className="break-all bg-added/60 px-2 py-1">{show(change.after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FindingList({ title, list }: { title: string; list: JsonObject[] }) {
  if (list.length === 0) return null;
  return (
    <section className="mt-3 text-sm">
      <h3>
        {title} ({list.length})
      </h3>
      <ul className="mt-1 max-h-60 overflow-auto">
        {list.slice(0, 200).map((finding, i) => (
          <li key={i} className="break-words">
            <strong className="font-medium">{String(finding.severity ?? '')}</strong>{' '}
            {String(finding.description ?? finding.message ?? finding.ruleId ?? '')}{' '}
            <code className="text-muted">
              {String(finding.file ?? '')}:{String(finding.line ?? '')}
            </code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Detail({ row }: { row: Row }) {
  const findings = compareFindings(row.before?.outputJson ?? null, row.after?.outputJson ?? null);
  return (
    <div className="px-4 pb-4">
      {[row.before, row.after].map(
        (attempt, i) =>
          attempt?.error && (
            <p key={i} className="mt-2 whitespace-pre-wrap break-words text-sm text-danger">
              {i === 0 ? 'First' : 'Second'}: {attempt.error}
            </p>
          ),
      )}
      {findings && (
        <>
          <FindingList title="Findings only in the second" list={findings.fresh} />
          <FindingList title="Findings only in the first" list={findings.gone} />
          {findings.stayed.length > 0 && <p className="mt-2 text-sm text-muted">{findings.stayed.length} in both.</p>}
        </>
      )}
      <Changes title="Input" before={row.before} after={row.after} />
      {(!findings || findings.fresh.length + findings.gone.length === 0) && (
        <Changes title="Output" before={row.before} after={row.after} />
      )}
    </div>
  );
}

function StepRow({ row, slowest }: { row: Row; slowest: number }) {
  const same = !row.input && !row.output && row.before?.status === row.after?.status;
  const [open, setOpen] = useState(false);
  const words = [row.input && 'input', row.output && 'output'].filter(Boolean).join(' and ');
  return (
    <li className="border-b border-line last:border-0" data-testid={`compare-${row.node}`}>
      <div className="grid grid-cols-2 items-start gap-x-6 gap-y-1 px-4 py-3 text-sm md:grid-cols-[1fr_1fr_1fr]">
        <span className="col-span-2 min-w-0 md:col-span-1">
          <span className="block break-all font-medium">{row.node}</span>
          {same ? (
            <span className="text-muted">the same</span>
          ) : words === '' ? (
            <span className="text-waiting">the outcome differs</span>
          ) : (
            <button
              type="button"
              className="py-1 text-accent hover:underline"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              {words} {row.input && row.output ? 'differ' : 'differs'}
            </button>
          )}
        </span>
        <Cell attempt={row.before} slowest={slowest} />
        <Cell attempt={row.after} slowest={slowest} />
      </div>
      {open && <Detail row={row} />}
    </li>
  );
}

function Chooser({
  label,
  value,
  workflow,
  onChange,
}: {
  label: string;
  value: string;
  workflow: string | undefined;
  onChange: (id: string) => void;
}) {
  const runs = useRuns(workflow ? { workflow } : {}, 100);
  const list = runs.data ?? [];
  return (
    <label className="min-w-0 flex-1">
      <span className="label">{label}</span>
      <select className="field" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">choose a run…</option>
        {value !== '' && !list.some((run) => run.id === value) && <option value={value}>{value}</option>}
        {list.map((run) => (
          <option key={run.id} value={run.id}>
            {new Date(run.startedAt).toLocaleString()}, {run.status.toLowerCase().replace('_', ' ')}
            {workflow ? '' : `, ${run.workflowName ?? ''}`.slice(0, 60)}
          </option>
        ))}
      </select>
      {runs.error && !runs.data && (
        <span role="alert" className="mt-1 block text-danger">
          {runs.error.message}
        </span>
      )}
    </label>
  );
}

function Head({ run }: { run: RunDetail }) {
  return (
    <div className="min-w-0">
      <Link href={`/runs/${run.id}`} className="inline-block py-1">
        <Id value={run.id} />
      </Link>
      <p className="flex flex-wrap gap-x-3 text-muted">
        <Status status={run.status} />
        <Time at={run.startedAt} />
        {run.durationMs !== null && formatDuration(run.durationMs)}
      </p>
      <p className="text-muted">
        version {run.workflowVersion}, {run.trigger}
      </p>
    </div>
  );
}

function Comparison({ before, after }: { before: RunDetail; after: RunDetail }) {
  const rows = compareRuns(before, after);
  const slowest = Math.max(1, ...rows.flatMap((row) => [row.before?.durationMs ?? 0, row.after?.durationMs ?? 0]));
  const context = changes(before.contextJson, after.contextJson).list;
  return (
    <div className="card">
      <div className="grid grid-cols-2 gap-x-6 border-b border-line bg-raised px-4 py-3 text-sm md:grid-cols-[1fr_1fr_1fr]">
        <p className="col-span-2 md:col-span-1">
          {before.workflowId !== after.workflowId && (
            <strong className="block">These are runs of two workflows.</strong>
          )}
          {before.workflowVersion !== after.workflowVersion && <span className="block">The workflow was changed.</span>}
          <span className="text-muted">
            {context.length === 0
              ? 'Started with the same context.'
              : `Started with another context: ${context
                  .slice(0, 5)
                  .map((one) => one.path || 'all of it')
                  .join(', ')}.`}
          </span>
        </p>
        <Head run={before} />
        <Head run={after} />
      </div>
      <ul>
        {rows.map((row) => (
          <StepRow key={row.node} row={row} slowest={slowest} />
        ))}
      </ul>
    </div>
  );
}

function Two({ a, b }: { a: string; b: string }) {
  const [before, after] = [useRun(a, 2_000), useRun(b, 2_000)];
  return (
    <Loaded query={before} what="the first run">
      {(first) => (
        <Loaded query={after} what="the second run">
          {(second) => <Comparison before={first} after={second} />}
        </Loaded>
      )}
    </Loaded>
  );
}

export default function ComparePage() {
  const parameters = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const [a, b] = [parameters.get('a') ?? '', parameters.get('b') ?? ''];
  const first = useRuns({ search: a }, 1).data?.[0];
  const workflow = a !== '' && first?.id === a ? first.workflowId : undefined;
  const set = (next: { a: string; b: string }) => navigate(`/compare?${new URLSearchParams(next)}`, { replace: true });
  return (
    <>
      <PageHead title="Compare two runs" about="What was different, step by step." />
      <div className="mb-6 flex flex-wrap items-end gap-4 text-sm">
        <Chooser label="First" value={a} workflow={undefined} onChange={(id) => set({ a: id, b })} />
        <button
          type="button"
          className="rounded-md border border-line px-3 py-1.5 hover:bg-raised"
          onClick={() => set({ a: b, b: a })}
        >
          Swap
        </button>
        <Chooser label="Second" value={b} workflow={workflow} onChange={(id) => set({ a, b: id })} />
      </div>
      {a !== '' && b !== '' ? (
        <Two a={a} b={b} key={`${a} ${b}`} />
      ) : (
        <Empty title="Choose two runs">Those of one workflow tell the most.</Empty>
      )}
    </>
  );
}
