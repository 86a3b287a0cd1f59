// What the page of a run derives from the run's attempts.
import { isObject } from '../../api/client';
import type { AgentRun, Json, RunDetail } from '../../api/types';
import { formatBytes, formatDuration } from '../../ui/time';
import type { NodeFacts } from '../../graph/run_graph';

// The latest attempt of each node, and the state that it gives the node.
export function nodeFacts(run: RunDetail): Map<string, NodeFacts> {
  const facts = new Map<string, NodeFacts>();
  for (const attempt of run.agentRuns) {
    const known = facts.get(attempt.nodeId)?.attempt;
    if (!known || known.attempt <= attempt.attempt) facts.set(attempt.nodeId, { status: attempt.status, attempt });
  }
  return facts;
}

export function attemptsOf(run: RunDetail, node: string): AgentRun[] {
  return run.agentRuns.filter((attempt) => attempt.nodeId === node).sort((a, b) => a.attempt - b.attempt);
}

export interface Bar {
  attempt: AgentRun;
  from: number; // share of the whole, 0 to 1
  width: number;
}

// Attempts as bars on one axis of time, from the start of the run to its end, or to now.
export function bars(run: RunDetail, now: number): { bars: Bar[]; total_ms: number } {
  const begin = Date.parse(run.startedAt);
  const end = Math.max(begin + 1, run.finishedAt ? Date.parse(run.finishedAt) : now);
  const total_ms = end - begin;
  return {
    total_ms,
    bars: run.agentRuns.map((attempt) => {
      const from = Math.min(total_ms, Math.max(0, Date.parse(attempt.startedAt) - begin));
      const until = attempt.finishedAt ? Date.parse(attempt.finishedAt) - begin : total_ms;
      return { attempt, from: from / total_ms, width: Math.max(0, until - from) / total_ms };
    }),
  };
}

const kFactNames: Record<string, string> = {
  sandbox: 'Isolation',
  network: 'Network',
  connections: 'Reached',
  workspace: 'Repository',
  commit: 'Commit',
  image: 'Image',
  secrets: 'Secrets given',
  durationMs: 'Ran for',
  exitCode: 'Exit code',
  timeoutMs: 'Time',
  memoryBytes: 'Memory',
  fileSizeBytes: 'Size of a file',
  scratchBytes: 'Scratch files together',
  scratchFiles: 'Number of scratch files',
  stdoutBytes: 'Output',
  logBytes: 'Log',
  openFiles: 'Open files',
  processes: 'Processes',
  cpuPercent: 'Percent of a processor',
  workspaceBytes: 'Written to the repository',
};

function connection(line: { [key: string]: Json }): string {
  const bytes = `${formatBytes(Number(line.sentBytes))} out, ${formatBytes(Number(line.receivedBytes))} in`;
  const outcome = line.verdict === 'allowed' ? bytes : 'refused';
  return `${String(line.host)}:${String(line.port)} (${outcome})`;
}

function fact(key: string, value: Json): string {
  if (typeof value === 'number' && key.endsWith('Bytes')) return formatBytes(value);
  if (typeof value === 'number' && key.endsWith('Ms')) return formatDuration(value);
  if (key === 'cpuPercent' && value === 0) return 'no limit';
  if (typeof value === 'number') return value.toLocaleString();
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? connection(item) : String(item))).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const named = (values: { [key: string]: Json }): [string, string][] =>
  Object.entries(values).map(([key, value]) => [kFactNames[key] ?? key, fact(key, value)]);

// How an attempt was isolated and what it used, as names and values to read.
export function sandboxFacts(sandbox: Json): [string, string][] {
  if (!isObject(sandbox)) return [];
  const { limits: _, progress: __, ...rest } = sandbox;
  return named(rest);
}

// What it could have used at most.
export const limitFacts = (limits: Json | undefined): [string, string][] => (isObject(limits) ? named(limits) : []);

// The step that whoever opens the page wants to see: what failed, what waits for them, what runs, the first.
export function stepOfInterest(run: RunDetail): string | null {
  const facts = nodeFacts(run);
  const nodes = run.workflow?.nodes ?? [];
  for (const status of ['FAILED', 'WAITING_APPROVAL', 'RUNNING']) {
    const found = nodes.find((node) => facts.get(node.id)?.status === status);
    if (found) return found.id;
  }
  return nodes[0]?.id ?? null;
}
