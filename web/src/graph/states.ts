// The states of a run's nodes outside of React's tree: a node that changes is drawn again by itself, and neither the
// graph nor its other nodes take notice. That is what keeps large runs smooth.
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';

import type { AgentRun, NodeStatus } from '../api/types';

export interface NodeFacts {
  status: NodeStatus;
  attempt?: AgentRun;
}

const kUnknown: NodeFacts = { status: 'PENDING' };

export class States {
  private facts = new Map<string, NodeFacts>();
  private readonly listeners = new Map<string, Set<() => void>>();

  of(node: string): NodeFacts {
    return this.facts.get(node) ?? kUnknown;
  }

  subscribe(node: string, listener: () => void): () => void {
    const known = this.listeners.get(node) ?? new Set();
    this.listeners.set(node, known.add(listener));
    return () => known.delete(listener);
  }

  // What is equal keeps its identity, so that only what changed is told.
  update(facts: Map<string, NodeFacts>) {
    const before = this.facts;
    this.facts = new Map();
    const changed: string[] = [];
    for (const node of new Set([...before.keys(), ...facts.keys()])) {
      const [old, now] = [before.get(node), facts.get(node)];
      const same = old !== undefined && old.status === now?.status && old.attempt === now.attempt;
      if (now) this.facts.set(node, same ? old : now);
      if (!same) changed.push(node);
    }
    for (const node of changed) for (const listener of this.listeners.get(node) ?? []) listener();
  }
}

export const StatesContext = createContext(new States());

export function useNodeFacts(node: string): NodeFacts {
  const states = useContext(StatesContext);
  const subscribe = useCallback((listener: () => void) => states.subscribe(node, listener), [states, node]);
  return useSyncExternalStore(subscribe, () => states.of(node));
}
