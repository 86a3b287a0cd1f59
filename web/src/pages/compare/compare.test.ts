import { describe, expect, it } from 'vitest';

import type { AgentRun, RunDetail } from '../../api/types';
import { changes, compareFindings, compareRuns } from './compare';

describe('changes', () => {
  it('names the places that differ', () => {
    expect(changes({ a: 1, b: { c: [1, 2] }, gone: true }, { a: 1, b: { c: [1, 3] }, fresh: null }).list).toEqual([
      { path: 'b.c[1]', before: 2, after: 3 },
      { path: 'gone', before: true, after: undefined },
      { path: 'fresh', before: undefined, after: null },
    ]);
  });
  it('takes members in any order for the same', () => {
    expect(changes({ a: 1, b: 2 }, { b: 2, a: 1 }).list).toEqual([]);
  });
  it('ends with values of any size', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => i);
    expect(changes(many, []).list).toHaveLength(500);
    expect(changes(many, []).cut).toBe(true);
  });
});

const attempt = (nodeId: string, output: unknown, number = 1) =>
  ({ nodeId, attempt: number, status: 'SUCCESS', inputJson: {}, outputJson: output }) as AgentRun;
const run = (nodes: string[], agentRuns: AgentRun[]) =>
  ({ workflow: { nodes: nodes.map((id) => ({ id })) }, agentRuns }) as RunDetail;

describe('compareRuns', () => {
  it('pairs the latest attempts of every step of either run', () => {
    const rows = compareRuns(
      run(['a', 'old'], [attempt('a', 1), attempt('a', 2, 2), attempt('old', 1)]),
      run(['a', 'new'], [attempt('a', 2), attempt('new', 1)]),
    );
    expect(rows.map((row) => [row.node, row.output])).toEqual([
      ['a', false],
      ['old', true],
      ['new', true],
    ]);
    expect(rows[2]!.before).toBeUndefined();
    expect(rows.map((row) => row.only)).toEqual([null, 'first', 'second']);
  });
  it('tells a step that did not run from one that is not there', () => {
    const rows = compareRuns(run(['a', 'b'], [attempt('a', 1)]), run(['a', 'b'], [attempt('a', 1), attempt('b', 1)]));
    expect(rows[1]!.before).toBeUndefined();
    expect(rows[1]!.only).toBeNull();
  });
});

describe('compareFindings', () => {
  const finding = (fingerprint: string) => ({ fingerprint, severity: 'high' });
  it('tells new, gone and remaining ones', () => {
    const result = compareFindings(
      { findings: [finding('x'), finding('y')] },
      { findings: [finding('y'), finding('z')] },
    )!;
    expect([result.gone, result.stayed, result.fresh].map((list) => list.map((one) => one.fingerprint))).toEqual([
      ['x'],
      ['y'],
      ['z'],
    ]);
  });
  it('answers nothing for other outputs', () => {
    expect(compareFindings({ a: 1 }, null)).toBeNull();
  });
});
