// Undo and redo over whole values. Changes of one kind that follow each other quickly, like typing, are one step.
import { useCallback, useReducer } from 'react';

const kMaxSteps = 200;
const kTogether_ms = 800;

export interface Timeline<T> {
  past: T[];
  present: T;
  future: T[];
  kind: string; // of the latest change
  at: number;
}

type Action<T> =
  | { type: 'set'; value: T; kind: string; at: number }
  | { type: 'undo' }
  | { type: 'redo' }
  | { type: 'replace'; from: T; value: T };

export function step<T>(state: Timeline<T>, action: Action<T>): Timeline<T> {
  switch (action.type) {
    case 'set': {
      if (action.value === state.present) return state;
      const together = action.kind !== '' && action.kind === state.kind && action.at - state.at < kTogether_ms;
      return {
        past: together ? state.past : [...state.past, state.present].slice(-kMaxSteps),
        present: action.value,
        future: [],
        kind: action.kind,
        at: action.at,
      };
    }
    case 'undo': {
      const previous = state.past.at(-1);
      if (previous === undefined) return state;
      return {
        past: state.past.slice(0, -1),
        present: previous,
        future: [state.present, ...state.future],
        kind: '',
        at: 0,
      };
    }
    case 'redo': {
      const [next, ...future] = state.future;
      return next === undefined
        ? state
        : { past: [...state.past, state.present], present: next, future, kind: '', at: 0 };
    }
    case 'replace':
      return state.present === action.from ? { ...state, present: action.value, kind: '', at: 0 } : state;
  }
}

export const begin = <T>(present: T): Timeline<T> => ({ past: [], present, future: [], kind: '', at: 0 });

export function useHistory<T>(initial: () => Timeline<T>) {
  const [state, dispatch] = useReducer(step<T>, undefined, initial);
  // `kind` names changes that belong together ("input of scan"); empty: a step of its own.
  const set = useCallback((value: T, kind = '') => dispatch({ type: 'set', value, kind, at: Date.now() }), []);
  const undo = useCallback(() => dispatch({ type: 'undo' }), []);
  const redo = useCallback(() => dispatch({ type: 'redo' }), []);
  // No step of its own; nothing happens if `from` is there no more.
  const replace = useCallback((from: T, value: T) => dispatch({ type: 'replace', from, value }), []);
  return {
    timeline: state,
    value: state.present,
    set,
    undo,
    redo,
    replace,
    canUndo: state.past.length > 0,
    canRedo: state.future.length > 0,
  };
}
