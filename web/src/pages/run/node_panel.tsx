// One step of a run: what went in, what came out, what it wrote, under which limits it ran.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';

import { get, isObject, path } from '../../api/client';
import { keys } from '../../api/queries';
import type { AgentRun, Json, LogLine, RunDetail, Waiting } from '../../api/types';
import { Button } from '../../ui/button';
import { DiffView } from '../../ui/diff_view';
import { JsonView } from '../../ui/json_view';
import { LogView } from '../../ui/log_view';
import { Status } from '../../ui/status';
import { Tabs, type Tab } from '../../ui/tabs';
import { Duration, Time } from '../../ui/time';
import { Decided, DecisionForm } from '../decision';
import { FactList } from '../../ui/fact_list';
import { attemptsOf, limitFacts, sandboxFacts } from './facts';
import { Findings } from './findings';
import { findingsOf } from './findings_of';
import { joinedLog, recordedLog } from './log';

function useRecordedLog(run: RunDetail, attempt: AgentRun | undefined) {
  return useQuery({
    queryKey: [...keys.run(run.id), 'logs', attempt?.nodeId, attempt?.attempt],
    queryFn: async () =>
      recordedLog(await get<Json>(path`/api/runs/${run.id}/logs?nodeId=${attempt!.nodeId}`), attempt!.attempt),
    enabled: attempt !== undefined,
    staleTime: Infinity,
  });
}

function patchOf(output: Json): string | null {
  if (!isObject(output)) return null;
  if (typeof output.patch === 'string' && output.patch !== '') return output.patch;
  if (!Array.isArray(output.changes)) return null;
  const diffs = output.changes
    .map((change) => (isObject(change) && typeof change.diff === 'string' ? change.diff : ''))
    .filter((diff) => diff.includes('@@'));
  return diffs.length > 0 ? diffs.join('\n') : null;
}

function Facts({ attempt }: { attempt: AgentRun }) {
  const rows: [string, string][] = [
    ['Agent', attempt.agent ? `${attempt.agent.name} ${attempt.version ?? ''}` : 'transform: no program runs'],
    ['Attempt', String(attempt.attempt)],
    ...sandboxFacts(attempt.sandbox),
  ];
  const limits = limitFacts(isObject(attempt.sandbox) ? attempt.sandbox.limits : undefined);
  return (
    <>
      <FactList rows={rows} />
      {limits.length > 0 && <h3 className="mb-2 mt-5">At most</h3>}
      <FactList rows={limits} />
    </>
  );
}

export function NodePanel({
  run,
  node,
  logs,
  waiting,
  onRerun,
}: {
  run: RunDetail;
  node: string;
  logs: LogLine[];
  waiting: Waiting | undefined;
  onRerun?: (node: string) => void;
}) {
  const attempts = useMemo(() => attemptsOf(run, node), [run, node]);
  const [chosen, setChosen] = useState<number | null>(null);
  const attempt = attempts.find((one) => one.attempt === chosen) ?? attempts.at(-1);
  const [tab, setTab] = useState(''); // empty: the first, which is what matters most
  const recorded = useRecordedLog(run, attempt);
  const lines = useMemo(() => {
    const told = logs.filter((line) => line.nodeId === node && line.attempt === attempt?.attempt);
    return joinedLog(recorded.data, told);
  }, [recorded.data, logs, node, attempt?.attempt]);
  const approval = run.approvals.find((one) => one.nodeId === node && one.status === 'PENDING');
  const patch = patchOf(attempt?.outputJson ?? null);
  const findings = findingsOf(attempt?.outputJson ?? null);

  const tabs: Tab[] = [
    ...(approval
      ? [
          {
            key: 'decide',
            label: 'Decide',
            content: () => (
              <>
                <Decided approval={approval} />
                <DecisionForm approval={approval} />
              </>
            ),
          },
        ]
      : []),
    ...(findings.length > 0
      ? [
          {
            key: 'findings',
            label: `Findings (${findings.length})`,
            content: () => <Findings list={findings} workspace={run.workspace} />,
          },
        ]
      : []),
    ...(patch ? [{ key: 'patch', label: 'Patch', content: () => <DiffView patch={patch} /> }] : []),
    {
      key: 'output',
      label: 'Output',
      content: () =>
        attempt?.outputJson == null ? (
          <p className="text-muted">There is no output{attempt?.finishedAt ? '.' : ' yet.'}</p>
        ) : (
          <JsonView value={attempt.outputJson} />
        ),
    },
    {
      key: 'input',
      label: 'Input',
      content: () =>
        attempt?.inputJson == null ? (
          <p className="text-muted">The input is not resolved yet.</p>
        ) : (
          <JsonView value={attempt.inputJson} />
        ),
    },
    {
      key: 'log',
      label: `Log${lines.length ? ` (${lines.length.toLocaleString()})` : ''}`,
      content: () => <LogView lines={lines} live={attempt?.finishedAt == null} />,
    },
    {
      key: 'facts',
      label: 'Sandbox',
      content: () => (attempt ? <Facts attempt={attempt} /> : <p className="text-muted">It has not started.</p>),
    },
  ];

  return (
    <section aria-label={`Step ${node}`} className="flex min-h-0 flex-1 flex-col">
      <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="min-w-0 break-all">{node}</h2>
        {attempt && <Status status={attempt.status} />}
        {attempt?.finishedAt && <Duration ms={attempt.durationMs} from={attempt.startedAt} to={attempt.finishedAt} />}
        {attempts.length > 1 && (
          <select
            className="field w-auto text-sm"
            aria-label="Attempt"
            value={attempt?.attempt}
            onChange={(event) => setChosen(Number(event.target.value))}
          >
            {attempts.map((one) => (
              <option key={one.attempt} value={one.attempt}>
                attempt {one.attempt}
              </option>
            ))}
          </select>
        )}
        {run.finishedAt && onRerun && (
          <Button small className="ml-auto" onClick={() => onRerun(node)}>
            Run again from here
          </Button>
        )}
      </div>
      {attempt?.progress && !attempt.finishedAt && (
        <label className="mb-2 flex items-center gap-3 text-sm">
          <progress className="flex-1" value={attempt.progress.fraction} max={1} />
          {attempt.progress.message || `${Math.round(100 * attempt.progress.fraction)} %`}
        </label>
      )}
      {waiting && waiting.reason !== 'approval' && (
        <p className="mb-2 rounded-md bg-sand px-3 py-2 text-sm">{waiting.detail}</p>
      )}
      {approval && (
        <p className="mb-2 rounded-md border border-waiting px-3 py-2 text-sm">
          Somebody has to decide. <Link href={`/approvals/${approval.id}`}>See what it would do</Link> on a page of its
          own; it expires <Time at={approval.expiresAt} />.
        </p>
      )}
      {attempt?.error && (
        <p
          role="alert"
          className="mb-2 whitespace-pre-wrap break-words rounded-md border border-danger px-3 py-2 text-sm text-danger"
        >
          {attempt.error}
        </p>
      )}
      <Tabs
        label={`Parts of ${node}`}
        tabs={tabs}
        current={tabs.some((one) => one.key === tab) ? tab : tabs[0]!.key}
        onChange={setTab}
      />
    </section>
  );
}
