// The states of a run's nodes, and which of them is selected, outside of React's tree: a node that changes is drawn
// again by itself, and neither the graph nor its other nodes take notice. That is what keeps large runs smooth.
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';

import type { AgentRun, NodeStatus } from '../api/types';

export interface NodeFacts {
  status: NodeStatus;
  attempt?: AgentRun;
}

const kUnknown: NodeFacts = { status: 'PENDING' };

export class States {
  private facts = new Map<string, NodeFacts>();
  private selected: string | null = null;
  private readonly listeners = new Map<string, Set<() => void>>();

  of(node: string): NodeFacts {
    return this.facts.get(node) ?? kUnknown;
  }

  isSelected(node: string): boolean {
    return this.selected === node;
  }

  select(node: string | null) {
    if (node === this.selected) return;
    const both = [this.selected, node];
    this.selected = node;
    for (const one of both) if (one !== null) this.tell(one);
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
    for (const node of changed) this.tell(node);
  }

  private tell(node: string) {
    for (const listener of this.listeners.get(node) ?? []) listener();
  }
}

export const StatesContext = createContext(new States());

function useStates<T>(node: string, read: (states: States) => T): T {
  const states = useContext(StatesContext);
  const subscribe = useCallback((listener: () => void) => states.subscribe(node, listener), [states, node]);
  return useSyncExternalStore(subscribe, () => read(states));
}

export const useNodeFacts = (node: string): NodeFacts => useStates(node, (states) => states.of(node));
export const useIsSelected = (node: string): boolean => useStates(node, (states) => states.isSelected(node));
