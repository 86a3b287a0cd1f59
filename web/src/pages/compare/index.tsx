// Two runs side by side: how each step went, how long it took, and what differs in what went in and came out.
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { useRun, useRuns } from '../../api/queries';
import type { AgentRun, JsonObject, Run, RunDetail } from '../../api/types';
import { Button } from '../../ui/button';
import { Empty, Loaded } from '../../ui/feedback';
import { Id, PageHead } from '../../ui/page';
import { Status, statusWord } from '../../ui/status';
import { formatDuration, Time } from '../../ui/time';
import { changes, compareFindings, compareRuns, type Row } from './compare';

function Cell({ attempt, there, slowest }: { attempt: AgentRun | undefined; there: boolean; slowest: number }) {
  if (!attempt) return <span className="text-muted">{there ? 'did not run' : 'not in this run'}</span>;
  return (
    <span className="flex flex-col gap-1">
      <span className="flex flex-wrap items-center justify-between gap-x-3">
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
  const isInBoth = row.before !== undefined && row.after !== undefined;
  return (
    <li className="border-b border-line last:border-0" data-testid={`compare-${row.node}`}>
      <div className="grid grid-cols-2 items-start gap-x-6 gap-y-1 px-4 py-3 text-sm md:grid-cols-[1fr_1fr_1fr]">
        <span className="col-span-2 min-w-0 md:col-span-1">
          <span className="block break-all font-medium">{row.node}</span>
          {row.only ? (
            <span className="text-muted">only in the {row.only}</span>
          ) : same ? (
            <span className="text-muted">the same</span>
          ) : words === '' || !isInBoth ? (
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
        <Cell attempt={row.before} there={row.only !== 'second'} slowest={slowest} />
        <Cell attempt={row.after} there={row.only !== 'first'} slowest={slowest} />
      </div>
      {open && <Detail row={row} />}
    </li>
  );
}

const optionOf = (run: Run, named: boolean) =>
  [
    new Date(run.startedAt).toLocaleString(),
    statusWord(run.status).toLowerCase(),
    ...(named ? [(run.workflowName ?? 'a deleted workflow').slice(0, 60)] : []),
  ].join(', ');

// Runs of one workflow, or of all; the chosen one is among them whatever it is a run of.
function Chooser({
  label,
  value,
  chosen,
  workflow,
  onChange,
}: {
  label: string;
  value: string;
  chosen: Run | undefined;
  workflow: string | undefined;
  onChange: (id: string) => void;
}) {
  const runs = useRuns(workflow ? { workflow } : {}, 100);
  const list = runs.data ?? [];
  return (
    <label className="min-w-0">
      <span className="label">{label}</span>
      <select className="field" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">choose a run…</option>
        {value !== '' && !list.some((run) => run.id === value) && (
          <option value={value}>{chosen ? optionOf(chosen, true) : value}</option>
        )}
        {list.map((run) => (
          <option key={run.id} value={run.id}>
            {optionOf(run, !workflow)}
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

const WorkflowName = ({ run }: { run: RunDetail }) =>
  run.workflow ? (
    <Link href={`/workflows/${run.workflowId}`} className="break-words font-medium">
      {run.workflow.name}
    </Link>
  ) : (
    <span className="font-medium">a deleted workflow</span>
  );

function Head({ run, named }: { run: RunDetail; named: boolean }) {
  return (
    <div className="min-w-0">
      {named && (
        <p>
          <WorkflowName run={run} />
        </p>
      )}
      <Link href={`/runs/${run.id}`} className="inline-block py-1">
        <span className="sr-only">Run </span>
        <Id value={run.id} />
      </Link>
      <p className="flex flex-wrap items-center gap-x-3 text-muted">
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

function Context({ before, after }: { before: RunDetail; after: RunDetail }) {
  const { list } = changes(before.contextJson, after.contextJson);
  const names = list.slice(0, 5).map((one) => one.path || 'all of it');
  return (
    <span className="text-muted">
      {list.length === 0 ? 'Started with the same context.' : `Started with another context: ${names.join(', ')}.`}
    </span>
  );
}

const Steps = ({ rows }: { rows: Row[] }) =>
  rows.map((row, i) => (
    <span key={row.node}>
      {i > 0 && ', '}
      <code className="break-all">{row.node}</code>
    </span>
  ));

// Steps of two workflows have nothing to do with each other, unless they have the same name; even then it may be by
// chance.
function OtherWorkflow({ before, after, rows }: { before: RunDetail; after: RunDetail; rows: Row[] }) {
  const [first, second] = [rows.filter((row) => row.only === 'first'), rows.filter((row) => row.only === 'second')];
  const shared = rows.length - first.length - second.length;
  return (
    <section className="card mb-4 border-waiting px-4 py-3 text-sm" data-testid="other-workflow">
      <h2 className="text-base">These are runs of two different workflows</h2>
      <p className="mt-1">
        The first is one of <WorkflowName run={before} />, the second one of <WorkflowName run={after} />.{' '}
        {shared === 0
          ? 'No step of one has the name of a step of the other, so there is nothing to compare.'
          : `Only ${shared === 1 ? 'the step' : `the ${shared} steps`} with the same name in both can be compared.`}
      </p>
      {first.length > 0 && (
        <p className="mt-1 text-muted">
          Only in the first: <Steps rows={first} />
        </p>
      )}
      {second.length > 0 && (
        <p className="mt-1 text-muted">
          Only in the second: <Steps rows={second} />
        </p>
      )}
      <p className="mt-2 flex flex-wrap gap-x-4">
        <Link href={`/compare?a=${before.id}&b=`} className="inline-block py-1">
          Choose another second run
        </Link>
        <Link href="/runs" className="inline-block py-1">
          Back to the runs
        </Link>
      </p>
    </section>
  );
}

function Comparison({ before, after }: { before: RunDetail; after: RunDetail }) {
  const isOther = before.workflowId !== after.workflowId;
  const rows = compareRuns(before, after);
  const shown = isOther ? rows.filter((row) => row.only === null) : rows;
  const slowest = Math.max(1, ...shown.flatMap((row) => [row.before?.durationMs ?? 0, row.after?.durationMs ?? 0]));
  return (
    <>
      {isOther && <OtherWorkflow before={before} after={after} rows={rows} />}
      <div className="card">
        <div
          className={`grid grid-cols-2 gap-x-6 gap-y-2 bg-raised px-4 py-3 text-sm md:grid-cols-[1fr_1fr_1fr] ${shown.length > 0 ? 'border-b border-line' : ''}`}
        >
          <p className="col-span-2 md:col-span-1">
            {!isOther && before.workflowVersion !== after.workflowVersion && (
              <span className="block">The workflow was changed.</span>
            )}
            {isOther ? (
              <span className="text-muted">
                {shown.length > 0 ? 'Steps with the same name' : 'The runs as a whole'}
              </span>
            ) : (
              <Context before={before} after={after} />
            )}
          </p>
          <Head run={before} named={isOther} />
          <Head run={after} named={isOther} />
        </div>
        <ul>
          {shown.map((row) => (
            <StepRow key={row.node} row={row} slowest={slowest} />
          ))}
        </ul>
      </div>
    </>
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

function useChosen(id: string): Run | undefined {
  const found = useRuns({ search: id }, 1).data?.[0];
  return id !== '' && found?.id === id ? found : undefined;
}

export default function ComparePage() {
  const parameters = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const [a, b] = [parameters.get('a') ?? '', parameters.get('b') ?? ''];
  const [first, second] = [useChosen(a), useChosen(b)];
  const set = (next: { a: string; b: string }) => navigate(`/compare?${new URLSearchParams(next)}`, { replace: true });
  return (
    <>
      <PageHead title="Compare two runs" about="What was different, step by step." />
      <div className="mb-6 grid items-end gap-x-4 gap-y-3 text-sm sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)]">
        <Chooser label="First" value={a} chosen={first} workflow={undefined} onChange={(id) => set({ a: id, b })} />
        <Button className="justify-self-start" onClick={() => set({ a: b, b: a })}>
          Swap
        </Button>
        <Chooser
          label="Second"
          value={b}
          chosen={second}
          workflow={first?.workflowId}
          onChange={(id) => set({ a, b: id })}
        />
      </div>
      {a !== '' && b !== '' ? (
        <Two a={a} b={b} key={`${a} ${b}`} />
      ) : (
        <Empty title="Choose two runs">Those of one workflow tell the most.</Empty>
      )}
    </>
  );
}
