import { describe, expect, it } from 'vitest';

import type { AgentRun, RunDetail } from '../../api/types';
import { attemptsOf, bars, limitFacts, nodeFacts, sandboxFacts } from './facts';

const attempt = (nodeId: string, number: number, status: AgentRun['status'], from: number, to: number | null) =>
  ({
    nodeId,
    attempt: number,
    status,
    startedAt: new Date(from).toISOString(),
    finishedAt: to === null ? null : new Date(to).toISOString(),
  }) as AgentRun;

const run = {
  startedAt: new Date(1_000).toISOString(),
  finishedAt: new Date(2_000).toISOString(),
  agentRuns: [
    attempt('a', 1, 'FAILED', 1_000, 1_250),
    attempt('a', 2, 'SUCCESS', 1_500, 2_000),
    attempt('b', 1, 'SKIPPED', 1_000, 1_000),
  ],
} as RunDetail;

describe('facts of a run', () => {
  it('shows the latest attempt of a node', () => {
    expect(nodeFacts(run).get('a')).toMatchObject({ status: 'SUCCESS', attempt: { attempt: 2 } });
    expect(attemptsOf(run, 'a').map((one) => one.attempt)).toEqual([1, 2]);
  });
  it('puts attempts on the time axis of the run', () => {
    const { bars: drawn, total_ms } = bars(run, 0);
    expect(total_ms).toBe(1_000);
    expect(drawn[1]).toMatchObject({ from: 0.5, width: 0.5 });
  });
  it('lets what still runs reach until now', () => {
    const live = { ...run, finishedAt: null, agentRuns: [attempt('a', 1, 'RUNNING', 1_000, null)] } as RunDetail;
    expect(bars(live, 5_000).bars[0]).toMatchObject({ from: 0, width: 1 });
  });
  it('tells what an attempt reached of the network', () => {
    const line = { host: 'a.example', port: 443, verdict: 'allowed', sentBytes: 100, receivedBytes: 2_000 };
    const facts = sandboxFacts({
      network: ['a.example:443'],
      connections: [line, { ...line, port: 80, verdict: 'refused' }],
      limits: { cpuPercent: 0 },
    });
    expect(facts[0]).toEqual(['Network', 'a.example:443']);
    expect(facts[1]?.[1]).toMatch(/^a\.example:443 \(100 .* out, 2.* in\), a\.example:80 \(refused\)$/);
    expect(facts).toHaveLength(2);
    expect(limitFacts({ cpuPercent: 0, scratchFiles: 50_000 }).map(([, value]) => value)).toEqual([
      'no limit',
      '50,000',
    ]);
  });
});
