// What somebody works on: the draft with its history and its YAML, what is selected, and what keyboards do with them.
import { useCallback, useEffect, useState } from 'react';

import type { Agent } from '../../api/types';
import { begin, useHistory } from './history';
import { commandOf } from './keys';
import { addNode, pasteNodes, placed, type Draft, type DraftNode, type Point } from './model';
import { handedDesk, takeDesk, type Desk } from './unsaved';
import { useYamlText } from './yaml_view';

const kStepWidth_px = 260;

// A step that an agent does; without an agent one that computes.
function newNode(agent: string, agents: Agent[]): Omit<DraftNode, 'id'> {
  if (agent === '') return { transform: {} };
  const action = agents.find((one) => one.name === agent)?.capabilities?.[0]?.name;
  return { agent, ...(action ? { action } : {}), input: {} };
}

// Right of all that is there.
function freePlace({ nodes }: Draft): Point {
  const rightmost = Math.max(0, ...nodes.map((node) => (node.position?.x ?? 0) + kStepWidth_px));
  return { x: nodes.length === 0 ? 40 : rightmost, y: 80 };
}

// `first` and `firstYaml`: what the desk begins with, unless the page before handed one over. `onChange`: what was said
// about the draft speaks of what was there before.
export function useDesk(
  workflowId: string | undefined,
  agents: Agent[],
  { first, firstYaml, onChange }: { first: () => Draft; firstYaml: string | null; onChange: () => void },
) {
  const [handed] = useState<Desk | undefined>(() => handedDesk(workflowId));
  useEffect(takeDesk, []);
  const history = useHistory<Draft>(() => handed?.timeline ?? begin(first()));
  const draft = history.value;
  const [selected, setSelected] = useState<Set<string>>(handed?.selected ?? new Set());
  const [view, setView] = useState(handed?.view ?? 'drawing');
  const [clipboard, setClipboard] = useState<DraftNode[]>(handed?.clipboard ?? []);
  const { set } = history;
  const change = useCallback(
    (next: Draft, kind = '') => {
      set(placed(next), kind);
      onChange();
    },
    [set, onChange],
  );
  const yaml = useYamlText(draft, firstYaml, (next) => change(next, 'yaml'));
  // Instead of what is there: a text that nobody could read goes with it.
  const bring = (next: Draft) => {
    yaml.forget();
    change(next);
  };
  const add = (agent: string, at?: Point) => {
    const name = agent.trim();
    const added = addNode(draft, newNode(name, agents), name === '' ? 'compute' : name, at ?? freePlace(draft));
    change(added.draft);
    setSelected(new Set([added.id]));
  };
  const paste = () => {
    const pasted = pasteNodes(draft, clipboard);
    change(pasted.draft);
    setSelected(new Set(pasted.ids));
  };
  return {
    draft,
    history,
    selected,
    setSelected,
    view,
    setView,
    yaml,
    change,
    bring,
    add,
    paste,
    copy: () => setClipboard(draft.nodes.filter((node) => selected.has(node.id))),
    canPaste: clipboard.length > 0,
    atHand: { timeline: history.timeline, selected, view, clipboard } satisfies Desk,
  };
}

export type DeskState = ReturnType<typeof useDesk>;

// Ctrl+S, Z, Y, A, C and V.
export function useKeyboard(desk: DeskState, save: () => void) {
  useEffect(() => {
    const { draft, history, selected } = desk;
    const onKey = (event: KeyboardEvent) => {
      const command = commandOf(event);
      if (command === 'save') save();
      else if (command === 'undo') history.undo();
      else if (command === 'redo') history.redo();
      else if (command === 'select all') desk.setSelected(new Set(draft.nodes.map((node) => node.id)));
      else if (command === 'copy' && selected.size > 0) desk.copy();
      else if (command === 'paste' && desk.canPaste) desk.paste();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
}
