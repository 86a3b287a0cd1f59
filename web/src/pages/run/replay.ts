// A run as it was at an earlier moment, put together again from its recorded events.
import type { RunEvent } from '../../api/events';
import type { RunStatus } from '../../api/types';
import type { NodeFacts } from '../../graph/run_graph';

// After the first `count` events.
export function statesAfter(events: RunEvent[], count: number): Map<string, NodeFacts> {
  const facts = new Map<string, NodeFacts>();
  for (const event of events.slice(0, count))
    for (const change of event.nodes ?? []) facts.set(change.nodeId, { status: change.status });
  return facts;
}

export interface Moment {
  type: string;
  status: RunStatus;
  after_ms: number; // since the beginning
  nodes: string[]; // that changed
}

export function momentAt(events: RunEvent[], count: number): Moment | null {
  const event = events[count - 1];
  if (!event) return null;
  return {
    type: event.type,
    status: event.status,
    after_ms: Date.parse(event.at) - Date.parse(events[0]!.at),
    nodes: (event.nodes ?? []).map((node) => node.nodeId),
  };
}
