// The server's state as React sees it: one hook for each thing that pages read or change. What lives changes by events
// (see events.ts); the intervals here are only for what no event tells.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { useEffect, useRef, useState } from 'react';

import { ApiError, del, get, getPage, path, post, put, query } from './client';
import type {
  Agent,
  Approval,
  Example,
  Health,
  Json,
  JsonObject,
  Overview,
  Problem,
  Run,
  RunDetail,
  Waiting,
  Workflow,
  Workspaces,
} from './types';

export const kProject = 1;

export const keys = {
  health: ['health'] as const,
  agents: ['agents'] as const,
  workflows: ['workflows'] as const,
  workflow: (id: string) => ['workflows', id] as const,
  runs: ['runs'] as const,
  run: (id: string) => ['runs', 'one', id] as const,
  approvals: ['approvals'] as const,
  examples: ['examples'] as const,
  overview: ['overview'] as const,
  workspaces: ['workspaces'] as const,
};

export const useHealth = () =>
  useQuery({
    queryKey: keys.health,
    // A part that is down makes the status 503; the body still tells which.
    queryFn: async () => {
      const response = await fetch('/api/health').catch(() => {
        throw new ApiError(0, 'The server cannot be reached. Is it running?');
      });
      const health = (await response.json().catch(() => null)) as Health | { error: string } | null;
      if (health && 'executor' in health) return health;
      throw new ApiError(response.status, health?.error ?? `the server answered with status ${response.status}`);
    },
    refetchInterval: 10_000,
    retry: false,
  });

// How often the server was reached again after it could not be. What could not be read meanwhile is read then.
export function useRecoveries(): number {
  const client = useQueryClient();
  const { status } = useHealth();
  const before = useRef(status);
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (before.current === 'error' && status === 'success') {
      setCount((known) => known + 1);
      void client.refetchQueries({ type: 'active', predicate: (query) => query.state.status === 'error' });
    }
    before.current = status;
  }, [status, client]);
  return count;
}

export const useAgents = () =>
  useQuery({ queryKey: keys.agents, queryFn: () => get<Agent[]>(`/api/agents?projectId=${kProject}`) });

export const useWorkflows = () =>
  useQuery({ queryKey: keys.workflows, queryFn: () => get<Workflow[]>(`/api/workflows?projectId=${kProject}`) });

export const readWorkflow = (id: string) => get<Workflow>(path`/api/workflows/${id}`);

export const useWorkflow = (id: string | undefined) =>
  useQuery({
    queryKey: keys.workflow(id ?? ''),
    queryFn: () => readWorkflow(id!),
    enabled: id !== undefined,
  });

export const useOverview = (hours: number) =>
  useQuery({
    queryKey: [...keys.overview, hours],
    queryFn: () => get<Overview>(`/api/overview?hours=${hours}`),
    refetchInterval: 5_000,
    placeholderData: (previous) => previous,
  });

export const useWorkspaces = () =>
  useQuery({ queryKey: keys.workspaces, queryFn: () => get<Workspaces>('/api/workspaces') });

export const useExamples = () =>
  useQuery({
    queryKey: keys.examples,
    queryFn: async () => (await get<{ examples: Example[] }>('/api/examples')).examples,
  });

export interface RunFilter {
  status?: string;
  workflow?: string;
  trigger?: string;
  since?: string;
  until?: string;
  search?: string;
}

const runsPath = ({ search, ...filter }: RunFilter, limit: number) =>
  `/api/workflows/runs${query({ ...filter, q: search, limit })}`;

export const useRuns = (filter: RunFilter = {}, limit = 50) =>
  useQuery({
    queryKey: [...keys.runs, filter, limit],
    queryFn: async () => (await get<{ runs: Run[] }>(runsPath(filter, limit))).runs,
    refetchInterval: 3_000,
    placeholderData: (previous) => previous,
  });

// Page after page, newest first.
export const useRunPages = (filter: RunFilter) =>
  useInfiniteQuery({
    queryKey: [...keys.runs, 'pages', filter],
    queryFn: ({ pageParam }) => getPage<{ runs: Run[] }>(pageParam),
    initialPageParam: runsPath(filter, 50),
    getNextPageParam: (last) => last.next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : 3_000),
    placeholderData: (previous) => previous,
  });

// Live by its events where they are followed; elsewhere it is asked for again until it has ended.
export const useRun = (id: string, refetchInterval_ms?: number, enabled = true) =>
  useQuery({
    queryKey: keys.run(id),
    queryFn: () => get<RunDetail>(path`/api/runs/${id}`),
    enabled,
    refetchInterval: ({ state }) => (refetchInterval_ms && !state.data?.finishedAt ? refetchInterval_ms : false),
  });

export const useWaiting = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: [...keys.run(id), 'why'],
    queryFn: () => get<{ waiting: Waiting[]; queue?: { detail: string } }>(path`/api/runs/${id}/why`),
    enabled,
  });

export const useApprovals = (status?: string) =>
  useQuery({
    queryKey: [...keys.approvals, status ?? 'all'],
    queryFn: () => get<Approval[]>(`/api/approvals${query({ status })}`),
    refetchInterval: 15_000, // useLiveApprovals is quicker
  });

// Approvals are read again as soon as the server tells of one. Only while the page is looked at: a browser keeps few
// connections to one server.
export function useLiveApprovals() {
  const client = useQueryClient();
  useEffect(() => {
    let source: EventSource | null = null;
    const changed = () => void client.invalidateQueries({ queryKey: keys.approvals });
    const follow = () => {
      source?.close();
      source = null;
      if (document.hidden) return;
      source = new EventSource('/api/events/stream?pattern=workflow.approval.*');
      for (const type of ['requested', 'decided']) source.addEventListener(`workflow.approval.${type}`, changed);
      source.addEventListener('open', changed);
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      source?.close();
    };
  }, [client]);
}

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

export const useRunExample = () =>
  useChange(
    (id: string) => post<{ workflowId: string; workflowRunId: string }>(path`/api/examples/${id}/run`),
    [keys.runs, keys.workflows, keys.examples],
  );

export const useRollback = () =>
  useChange((id: string) => post<Run>(path`/api/runs/${id}/rollback`, { by: 'web' }), [keys.runs]);

export const useRegisterAgent = () =>
  useChange(
    (input: { folder: string; replace: boolean }) => post<Agent>('/api/agents', { projectId: kProject, ...input }),
    [keys.agents],
  );

export interface Verdict {
  valid: boolean;
  problems: Problem[];
}

// With `version`, that it was made from, it fails with 412 when somebody else has saved another one meanwhile.
export const useSaveWorkflow = () =>
  useChange(
    (input: { id?: string; definition: JsonObject; version?: number | undefined }) =>
      input.id
        ? put<Workflow>(
            path`/api/workflows/${input.id}`,
            input.definition,
            input.version === undefined ? {} : { 'If-Match': `"${input.version}"` },
          )
        : post<Workflow>('/api/workflows', input.definition),
    [keys.workflows],
  );

export const useDeleteWorkflow = () => useChange((id: string) => del(path`/api/workflows/${id}`), [keys.workflows]);
