// A run's event stream. The server sends what is recorded, then what is being recorded; the browser resumes by itself
// after a lost connection (Last-Event-ID), so that nothing is missed and nothing is polled.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer, useRef } from 'react';

import { keys } from './queries';
import type { AgentRun, LogLine, NodeStatus, RunDetail, RunStatus } from './types';

const kEventTypes = [
  'run.created',
  'run.cancelled',
  'run.timed_out',
  'node.started',
  'node.succeeded',
  'node.previewed',
  'node.failed',
  'node.interrupted',
  'node.retry_due',
  'patch.applied',
  'patch.refused',
  'approval.decided',
  'approval.expired',
];
const kMaxLogLines = 20_000; // kept in the page; the rest is a request away

interface NodeChange {
  nodeId: string;
  status: NodeStatus;
  attempt: number;
  reason?: string;
  error?: string;
}

export interface RunEvent {
  position: number;
  sequence: number;
  type: string;
  at: string;
  status: RunStatus;
  error?: string;
  nodes?: NodeChange[];
}

// The run with what an event says, until the whole is read again.
export function applyEvent(run: RunDetail, event: RunEvent): RunDetail {
  const agentRuns = [...run.agentRuns];
  for (const change of event.nodes ?? []) {
    const index = agentRuns.findIndex((one) => one.nodeId === change.nodeId && one.attempt === change.attempt);
    if (index >= 0) {
      const known = agentRuns[index]!;
      agentRuns[index] = {
        ...known,
        status: change.status,
        reason: change.reason ?? null,
        error: change.error ?? known.error,
      };
    } else if (change.attempt > 0) {
      agentRuns.push(emptyAttempt(run.id, change, event.at));
    }
  }
  return { ...run, status: event.status, error: event.error ?? run.error, agentRuns };
}

function emptyAttempt(runId: string, change: NodeChange, at: string): AgentRun {
  return {
    id: `${change.nodeId}/${change.attempt}`,
    agentId: null,
    workflowRunId: runId,
    nodeId: change.nodeId,
    inputJson: null,
    outputJson: null,
    status: change.status,
    error: change.error ?? null,
    reason: change.reason ?? null,
    attempt: change.attempt,
    createdAt: at,
    startedAt: at,
    finishedAt: null,
    durationMs: null,
    version: null,
    sandbox: null,
    agent: null,
  };
}

interface Following {
  logs: LogLine[];
  events: RunEvent[];
  connected: boolean;
  ended: boolean;
}

type Action =
  | { kind: 'logs'; lines: LogLine[] }
  | { kind: 'event'; event: RunEvent }
  | { kind: 'connected'; connected: boolean }
  | { kind: 'ended' }
  | { kind: 'reset' };

const kNothing: Following = { logs: [], events: [], connected: false, ended: false };

function follow(state: Following, action: Action): Following {
  switch (action.kind) {
    case 'logs':
      return { ...state, logs: [...state.logs, ...action.lines].slice(-kMaxLogLines) };
    case 'event':
      return { ...state, events: [...state.events, action.event] };
    case 'connected':
      return { ...state, connected: action.connected };
    case 'ended':
      return { ...state, ended: true };
    case 'reset':
      return kNothing;
  }
}

export function useRunEvents(runId: string): Following {
  const client = useQueryClient();
  const [state, dispatch] = useReducer(follow, kNothing);
  const pending = useRef<LogLine[]>([]);

  useEffect(() => {
    dispatch({ kind: 'reset' });
    const source = new EventSource(`/api/runs/${encodeURIComponent(runId)}/events`);
    let frame = 0;
    let refresh: ReturnType<typeof setTimeout> | undefined;
    const readAgain = () => {
      clearTimeout(refresh); // many events in a row cost one reading
      refresh = setTimeout(() => void client.invalidateQueries({ queryKey: keys.run(runId) }), 150);
    };
    const onEvent = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as RunEvent;
      dispatch({ kind: 'event', event });
      client.setQueryData<RunDetail>(keys.run(runId), (run) => (run ? applyEvent(run, event) : run));
      readAgain();
    };
    const onLog = (message: MessageEvent<string>) => {
      const log = JSON.parse(message.data) as LogLine;
      for (const text of log.text.replace(/\n$/, '').split('\n')) {
        pending.current.push({ nodeId: log.nodeId, attempt: log.attempt, text });
      }
      // A flood of lines is shown once a frame.
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        dispatch({ kind: 'logs', lines: pending.current.splice(0) });
      });
    };
    for (const type of kEventTypes) source.addEventListener(type, onEvent);
    source.addEventListener('log', onLog);
    source.addEventListener('open', () => dispatch({ kind: 'connected', connected: true }));
    source.addEventListener('error', () => dispatch({ kind: 'connected', connected: false }));
    source.addEventListener('end', () => {
      source.close();
      dispatch({ kind: 'ended' });
      void client.invalidateQueries({ queryKey: keys.runs });
    });
    return () => {
      source.close();
      cancelAnimationFrame(frame);
      clearTimeout(refresh);
      pending.current = [];
    };
  }, [runId, client]);

  return state;
}
