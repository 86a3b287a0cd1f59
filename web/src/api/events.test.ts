import { describe, expect, it } from 'vitest';

import { applyEvent, applyProgress, type RunEvent } from './events';
import type { AgentRun, RunDetail } from './types';

const run = {
  id: 'r',
  status: 'RUNNING',
  error: null,
  agentRuns: [{ nodeId: 'a', attempt: 1, status: 'RUNNING', progress: null } as AgentRun],
} as unknown as RunDetail;

const event = (status: string, nodes: object[]) =>
  ({ type: 'x', at: '2026-01-01T00:00:00Z', status, nodes }) as RunEvent;

describe('a run with what its events say', () => {
  it('changes attempts that it knows and adds those that begin', () => {
    const next = applyEvent(
      run,
      event('FAILED', [
        { nodeId: 'a', attempt: 1, status: 'FAILED', error: 'no', reason: 'exit' },
        { nodeId: 'b', attempt: 1, status: 'RUNNING' },
        { nodeId: 'c', attempt: 0, status: 'PENDING' },
      ]),
    );
    expect(next.status).toBe('FAILED');
    expect(next.agentRuns.map((one) => [one.nodeId, one.status, one.error])).toEqual([
      ['a', 'FAILED', 'no'],
      ['b', 'RUNNING', null],
    ]);
    expect(run.agentRuns[0]!.status).toBe('RUNNING');
  });
  it('shows how far an agent is', () => {
    const next = applyProgress(run, { nodeId: 'a', attempt: 1, fraction: 0.5, message: 'half' });
    expect(next.agentRuns[0]!.progress).toEqual({ fraction: 0.5, message: 'half' });
  });
});
