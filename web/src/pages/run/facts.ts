// What the page of a run derives from the run's attempts.
import type { AgentRun, RunDetail } from '../../api/types';
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
