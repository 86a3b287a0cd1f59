import { describe, expect, it } from 'vitest';

import type { RunDetail } from '../../api/types';
import { architectureOf } from './output';

const run = (more: object) => ({ status: 'SUCCESS', error: null, agentRuns: [], ...more }) as unknown as RunDetail;

describe('a run without an architecture', () => {
  it('says why it failed', async () => {
    const failed = run({ status: 'FAILED', error: 'step "draw" failed: no such folder' });
    await expect(architectureOf(failed)).rejects.toThrow('no such folder');
    await expect(architectureOf(run({ status: 'CANCELLED', error: 'cancelled by web' }))).rejects.toThrow('by web');
    await expect(architectureOf(run({ status: 'CANCELLED' }))).rejects.toThrow('has been cancelled');
  });
  it('says that no step answered with one', async () => {
    await expect(architectureOf(run({}))).rejects.toThrow('No step of this run');
  });
});
