// Drafts that are not saved survive a reload, in this browser; what undo needs survives the change of page that the
// first save of a workflow is.
import type { Workflow } from '../../api/types';
import type { Timeline } from './history';
import { toDraft, type Draft, type DraftNode } from './model';

interface Unsaved {
  version: number; // that it was made from
  draft: Draft;
  yaml?: string | null; // as somebody typed it; where it cannot be read, it is not in the draft
}

const storageKey = (id: string | undefined) => `commandcenter.draft.${id ?? 'new'}`;

export function readUnsaved(id: string | undefined): Unsaved | null {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey(id)) ?? 'null') as Unsaved | null;
    if (!stored) return null;
    const yaml = typeof stored.yaml === 'string' ? stored.yaml : null;
    return { version: stored.version, draft: toDraft(stored.draft), yaml };
  } catch {
    return null;
  }
}

export const keepUnsaved = (id: string | undefined, unsaved: Unsaved) =>
  localStorage.setItem(storageKey(id), JSON.stringify(unsaved));

export const forgetUnsaved = (id: string | undefined) => localStorage.removeItem(storageKey(id));

// The next new workflow begins as a copy of this one, which nothing starts until somebody makes it active.
export function beginWith(workflow: Workflow) {
  const draft = toDraft(workflow.definition ?? workflow);
  keepUnsaved(undefined, { version: 0, draft: { ...draft, name: `${draft.name} copy`, status: 'DRAFT' } });
}

// What somebody had at hand on the page that they came from.
export interface Desk {
  timeline: Timeline<Draft>;
  selected: Set<string>;
  view: string;
  clipboard: DraftNode[];
}

let handed: { id: string; desk: Desk } | undefined;

export const handDesk = (id: string, desk: Desk) => {
  handed = { id, desk };
};

// It can be asked for twice, since React may make a page twice, until the page is there.
export const handedDesk = (id: string | undefined) =>
  handed !== undefined && handed.id === id ? handed.desk : undefined;

export const takeDesk = () => {
  handed = undefined;
};
