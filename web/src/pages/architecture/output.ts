// The architecture that a run found. Large outputs are files of their own, which are fetched when they are looked at.
import { useQuery } from '@tanstack/react-query';

import { get, isObject, path } from '../../api/client';
import { useRun } from '../../api/queries';
import type { Json, RunDetail } from '../../api/types';
import { findArchitecture, readArchitecture, type Architecture } from './model';

const artifactOf = (output: Json): string | null =>
  isObject(output) && isObject(output.$artifact ?? null)
    ? String((output.$artifact as { hash?: Json }).hash ?? '')
    : null;

// Of the first step whose output is one, or may be one.
export async function architectureOf(run: RunDetail): Promise<Architecture> {
  for (const attempt of run.agentRuns) {
    const hash = artifactOf(attempt.outputJson);
    const output = hash ? await get<Json>(path`/api/artifacts/${hash}`) : attempt.outputJson;
    if (findArchitecture(output)) return readArchitecture(output);
  }
  if (run.status === 'FAILED' || run.status === 'CANCELLED')
    throw new Error(
      run.error ?? `The run that should draw it has ${run.status === 'FAILED' ? 'failed' : 'been cancelled'}`,
    );
  throw new Error('No step of this run answered with the architecture of a repository');
}

export function useArchitecture(runId: string | null) {
  const run = useRun(runId ?? '', 1_000, runId !== null);
  const architecture = useQuery({
    queryKey: ['architecture', runId],
    queryFn: () => architectureOf(run.data!),
    enabled: runId !== null && Boolean(run.data?.finishedAt),
    retry: false,
    staleTime: Infinity,
    structuralSharing: false,
  });
  return { run, architecture };
}
