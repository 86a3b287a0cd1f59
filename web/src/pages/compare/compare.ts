// Two runs compared, step by step.
import { isObject } from '../../api/client';
import type { AgentRun, Json, JsonObject, RunDetail } from '../../api/types';
import { findingsOf } from '../run/findings_of';
import { nodeFacts } from '../run/facts';

export interface Change {
  path: string; // "summary.total", "items[2]"
  before: Json | undefined; // undefined: it is not there
  after: Json | undefined;
}

const kMaxChanges = 500; // shown of one value
const kMaxDepth = 24;

// Where two values differ, in the order of the first; longer lists are not cut but counted (`cut`).
export function changes(before: Json | undefined, after: Json | undefined): { list: Change[]; cut: boolean } {
  const list: Change[] = [];
  const walk = (a: Json | undefined, b: Json | undefined, path: string, depth: number) => {
    if (list.length > kMaxChanges || Object.is(a, b)) return;
    if (depth < kMaxDepth && Array.isArray(a) && Array.isArray(b)) {
      for (let i = 0; i < Math.max(a.length, b.length); i++) walk(a[i], b[i], `${path}[${i}]`, depth + 1);
    } else if (depth < kMaxDepth && isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        walk(a[key], b[key], path === '' ? key : `${path}.${key}`, depth + 1);
    } else if (JSON.stringify(a) !== JSON.stringify(b)) {
      list.push({ path, before: a, after: b });
    }
  };
  walk(before, after, '', 0);
  return { list: list.slice(0, kMaxChanges), cut: list.length > kMaxChanges };
}

export interface Row {
  node: string;
  before: AgentRun | undefined;
  after: AgentRun | undefined;
  only: 'first' | 'second' | null; // the run that has this step, where the other has none
  input: boolean; // whether they differ
  output: boolean;
}

const differs = (a: Json | undefined, b: Json | undefined) => JSON.stringify(a ?? null) !== JSON.stringify(b ?? null);

const stepsOf = (run: RunDetail) =>
  new Set([...(run.workflow?.nodes ?? []).map((node) => node.id), ...run.agentRuns.map((attempt) => attempt.nodeId)]);

// The latest attempt of every step that either run has, in the order of the first.
export function compareRuns(before: RunDetail, after: RunDetail): Row[] {
  const [left, right] = [nodeFacts(before), nodeFacts(after)];
  const [first, second] = [stepsOf(before), stepsOf(after)];
  return [...new Set([...first, ...second])].map((node) => {
    const [a, b] = [left.get(node)?.attempt, right.get(node)?.attempt];
    return {
      node,
      before: a,
      after: b,
      only: !second.has(node) ? 'first' : !first.has(node) ? 'second' : null,
      input: differs(a?.inputJson, b?.inputJson),
      output: differs(a?.outputJson, b?.outputJson),
    };
  });
}

const identity = (finding: JsonObject) =>
  String(
    finding.fingerprint ?? JSON.stringify([finding.ruleId ?? finding.rule ?? finding.type, finding.file, finding.line]),
  );

// Findings by what became of them, or null when neither output has any.
export function compareFindings(
  before: Json,
  after: Json,
): { gone: JsonObject[]; stayed: JsonObject[]; fresh: JsonObject[] } | null {
  const [old, now] = [findingsOf(before), findingsOf(after)];
  if (old.length + now.length === 0) return null;
  const known = new Set(old.map(identity));
  const found = new Set(now.map(identity));
  return {
    gone: old.filter((one) => !found.has(identity(one))),
    stayed: now.filter((one) => known.has(identity(one))),
    fresh: now.filter((one) => !known.has(identity(one))),
  };
}
