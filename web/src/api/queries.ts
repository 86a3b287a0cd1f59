// The server's state as React sees it: one hook for each thing that pages read or change. What lives changes by events
// (see events.ts); the intervals here are only for what no event tells.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { ApiError, del, get, path, post, put, query } from './client';
import type { Agent, Approval, Health, Json, JsonObject, Run, RunDetail, Waiting, Workflow } from './types';

export const kProject = 1;

export const keys = {
  health: ['health'] as const,
  agents: ['agents'] as const,
  workflows: ['workflows'] as const,
  workflow: (id: string) => ['workflows', id] as const,
  runs: ['runs'] as const,
  run: (id: string) => ['runs', 'one', id] as const,
  approvals: ['approvals'] as const,
};

export const useHealth = () =>
  useQuery({
    queryKey: keys.health,
    // A part that is down makes the status 503; the body still tells which.
    queryFn: async () => {
      const response = await fetch('/api/health').catch(() => {
        throw new ApiError(0, 'The server cannot be reached. Is it running?');
      });
      return (await response.json()) as Health;
    },
    refetchInterval: 10_000,
    retry: false,
  });

export const useAgents = () =>
  useQuery({ queryKey: keys.agents, queryFn: () => get<Agent[]>(`/api/agents?projectId=${kProject}`) });

export const useWorkflows = () =>
  useQuery({ queryKey: keys.workflows, queryFn: () => get<Workflow[]>(`/api/workflows?projectId=${kProject}`) });

export const useWorkflow = (id: string | undefined) =>
  useQuery({
    queryKey: keys.workflow(id ?? ''),
    queryFn: () => get<Workflow>(path`/api/workflows/${id!}`),
    enabled: id !== undefined,
  });

export interface RunFilter {
  status?: string;
  workflow?: string;
  search?: string;
}

export const useRuns = (filter: RunFilter = {}, refetchInterval: number | false = 3_000) =>
  useQuery({
    queryKey: [...keys.runs, filter],
    queryFn: async () =>
      (
        await get<{ runs: Run[] }>(
          `/api/workflows/runs${query({ status: filter.status, workflow: filter.workflow, q: filter.search })}`,
        )
      ).runs,
    refetchInterval,
    placeholderData: (previous) => previous,
  });

export const useRun = (id: string) =>
  useQuery({ queryKey: keys.run(id), queryFn: () => get<RunDetail>(path`/api/runs/${id}`) });

export const useWaiting = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: [...keys.run(id), 'why'],
    queryFn: async () => (await get<{ waiting: Waiting[] }>(path`/api/runs/${id}/why`)).waiting,
    enabled,
  });

export const useApprovals = (status?: string) =>
  useQuery({
    queryKey: [...keys.approvals, status ?? 'all'],
    queryFn: () => get<Approval[]>(`/api/approvals${query({ status })}`),
    refetchInterval: 3_000,
  });

// A change, after which everything that may have changed with it is read again.
function useChange<Input, Output>(change: (input: Input) => Promise<Output>, stale: readonly (readonly string[])[]) {
  const client = useQueryClient();
  return useMutation<Output, ApiError, Input>({
    mutationFn: change,
    onSettled: () => Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

export interface Decision {
  id: string;
  approved: boolean;
  by: string;
  notes: string;
}

export const useDecide = () =>
  useChange(
    ({ id, approved, by, notes }: Decision) =>
      post<Approval>(path`/api/approvals/${id}/decision`, {
        decision: approved ? 'APPROVED' : 'REJECTED',
        respondedBy: by,
        ...(notes === '' ? {} : { notes }),
      }),
    [keys.approvals, keys.runs],
  );

export const useTrigger = () =>
  useChange(
    (input: { workflow: string; context?: Json; workspace?: string }) =>
      post<{ id: string; workflowRunId: string }>(path`/api/workflows/${input.workflow}/trigger`, {
        contextJson: input.context ?? {},
        ...(input.workspace ? { workspace: input.workspace } : {}),
      }),
    [keys.runs],
  );

export const useCancelRun = () =>
  useChange((id: string) => post<Run>(path`/api/runs/${id}/cancel`, { by: 'web' }), [keys.runs, keys.approvals]);

export const useRetryRun = () =>
  useChange(
    (input: { id: string; from: string }) =>
      post<{ workflowRunId: string }>(path`/api/workflows/runs/${input.id}/retry`, { from: input.from }),
    [keys.runs],
  );

export const useRerun = () =>
  useChange(
    (input: { id: string; from: string }) =>
      post<{ workflowRunId: string }>(path`/api/workflows/runs/${input.id}/rerun`, { from: input.from }),
    [keys.runs],
  );

export const useSaveWorkflow = () =>
  useChange(
    (input: { id?: string; definition: JsonObject }) =>
      input.id
        ? put<Workflow>(path`/api/workflows/${input.id}`, input.definition)
        : post<Workflow>('/api/workflows', input.definition),
    [keys.workflows],
  );

export const useDeleteWorkflow = () => useChange((id: string) => del(path`/api/workflows/${id}`), [keys.workflows]);
