// A run's event stream. The server sends what is recorded, then what is being recorded; the browser resumes by itself
// after a lost connection (Last-Event-ID), so that nothing is missed and nothing is polled.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer } from 'react';

import { keys } from './queries';
import type { AgentRun, LogLine, NodeStatus, RunDetail, RunStatus } from './types';

const kEventTypes = [
  'run.created',
  'run.admitted',
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
const kTogether_ms = 30;
const kQuiet_ms = 150;
const kLongest_ms = 3_000;

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

export interface Progress {
  nodeId: string;
  attempt: number;
  fraction: number;
  message: string;
}

// How far an agent says it is.
export const applyProgress = (run: RunDetail, { nodeId, attempt, fraction, message }: Progress): RunDetail => ({
  ...run,
  agentRuns: run.agentRuns.map((one) =>
    one.nodeId === nodeId && one.attempt === attempt ? { ...one, progress: { fraction, message } } : one,
  ),
});

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
    progress: null,
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
  | { kind: 'events'; events: RunEvent[] }
  | { kind: 'connected'; connected: boolean }
  | { kind: 'ended' }
  | { kind: 'reset' };

const kNothing: Following = { logs: [], events: [], connected: false, ended: false };

function follow(state: Following, action: Action): Following {
  switch (action.kind) {
    case 'logs':
      return { ...state, logs: [...state.logs, ...action.lines].slice(-kMaxLogLines) };
    case 'events':
      return { ...state, events: [...state.events, ...action.events] };
    case 'connected':
      return { ...state, connected: action.connected };
    case 'ended':
      return { ...state, ended: true };
    case 'reset':
      return kNothing;
  }
}

// What came in since the last frame, shown together: a flood of events costs one rendering a frame.
class Inbox {
  private events: RunEvent[] = [];
  private lines: LogLine[] = [];
  private timer = 0;

  constructor(private readonly take: (events: RunEvent[], lines: LogLine[]) => void) {}

  put(event: RunEvent | null, lines: LogLine[] = []) {
    if (event) this.events.push(event);
    this.lines.push(...lines);
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      this.take(this.events.splice(0), this.lines.splice(0));
    }, kTogether_ms);
  }

  close() {
    window.clearTimeout(this.timer);
  }
}

// Reads the run as a whole again when it becomes quiet, and now and then while it does not.
class Refresher {
  private timer = 0;
  private since = 0;

  constructor(private readonly read: () => void) {}

  ask() {
    const now = Date.now();
    if (this.timer === 0) this.since = now;
    window.clearTimeout(this.timer);
    const wait = Math.min(kQuiet_ms, Math.max(0, this.since + kLongest_ms - now));
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.read();
    }, wait);
  }

  close() {
    window.clearTimeout(this.timer);
  }
}

export function useRunEvents(runId: string): Following {
  const client = useQueryClient();
  const [state, dispatch] = useReducer(follow, kNothing);

  useEffect(() => {
    dispatch({ kind: 'reset' });
    const source = new EventSource(`/api/runs/${encodeURIComponent(runId)}/events`);
    const refresher = new Refresher(() => void client.invalidateQueries({ queryKey: keys.run(runId) }));
    const inbox = new Inbox((events, lines) => {
      if (lines.length > 0) dispatch({ kind: 'logs', lines });
      if (events.length === 0) return;
      dispatch({ kind: 'events', events });
      client.setQueryData<RunDetail>(keys.run(runId), (run) => (run ? events.reduce(applyEvent, run) : run));
      refresher.ask();
    });
    const onEvent = (message: MessageEvent<string>) => inbox.put(JSON.parse(message.data) as RunEvent);
    const onLog = (message: MessageEvent<string>) => {
      const { nodeId, attempt, chunk, text } = JSON.parse(message.data) as LogLine;
      inbox.put(
        null,
        text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => ({ nodeId, attempt, chunk, text: line })),
      );
    };
    const onProgress = (message: MessageEvent<string>) =>
      client.setQueryData<RunDetail>(keys.run(runId), (run) =>
        run ? applyProgress(run, JSON.parse(message.data) as Progress) : run,
      );
    for (const type of kEventTypes) source.addEventListener(type, onEvent);
    source.addEventListener('progress', onProgress);
    source.addEventListener('log', onLog);
    source.addEventListener('open', () => {
      dispatch({ kind: 'connected', connected: true });
      refresher.ask(); // log lines are told once: those from before are in the record
    });
    source.addEventListener('error', () => dispatch({ kind: 'connected', connected: false }));
    source.addEventListener('end', () => {
      source.close();
      dispatch({ kind: 'ended' });
      void client.invalidateQueries({ queryKey: keys.runs });
    });
    return () => {
      source.close();
      inbox.close();
      refresher.close();
    };
  }, [runId, client]);

  return state;
}
