// The workflow that is being edited: the canonical definition as the API knows it, and every change to it as a pure
// function. Nodes keep the place somebody gave them.
import { isObject } from '../../api/client';
import type { Json, JsonObject } from '../../api/types';
import { cycleOf, isPoint, kNodeHeight, kNodeWidth, layout, type Arrow, type Point } from '../../graph/layout';

export type { Point };

export interface DraftNode {
  id: string;
  agent?: string;
  action?: string;
  input?: JsonObject;
  transform?: Json;
  dependsOn?: string[];
  when?: string;
  join?: string;
  retry?: Json;
  timeout?: Json;
  onError?: string;
  approval?: Json;
  position?: Point;
}

export interface Draft {
  name: string;
  description?: string | null;
  projectId?: number;
  status?: string;
  trigger?: Json;
  timeout?: Json;
  concurrency?: Json;
  workspace?: string;
  nodes: DraftNode[];
}

export const kEmpty: Draft = { name: '', trigger: 'manual', nodes: [] };
const kIdPattern = /^[A-Za-z0-9_][A-Za-z0-9_:-]{0,35}$/;
const kReserved = ['context', 'nodes', 'run', 'item'];

// Nodes that nobody placed get a place.
export function placed(draft: Draft): Draft {
  if (draft.nodes.every((node) => isPoint(node.position))) return draft;
  const places = layout(
    draft.nodes.map((node) => ({
      id: node.id,
      width: kNodeWidth,
      height: kNodeHeight,
      ...(isPoint(node.position) ? { position: node.position } : {}),
    })),
    arrows(draft),
  );
  return {
    ...draft,
    nodes: draft.nodes.map((node) =>
      isPoint(node.position) ? node : { ...node, position: rounded(places.get(node.id)!) },
    ),
  };
}

export function arranged(draft: Draft): Draft {
  return placed({ ...draft, nodes: draft.nodes.map(({ position: _, ...node }) => node) });
}

const rounded = ({ x, y }: Point): Point => ({ x: Math.round(x), y: Math.round(y) });

export const arrows = (draft: Draft): Arrow[] =>
  draft.nodes.flatMap((node) => (node.dependsOn ?? []).map((from) => ({ from, to: node.id })));

// Reads what the API or a person's YAML holds; the error says what is missing for it to be drawn at all. All the rest
// is the server's to judge.
export function toDraft(value: unknown): Draft {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('a workflow is a map with name and nodes');
  const given = value as JsonObject;
  const listed: Json = isObject(given.nodes)
    ? Object.entries(given.nodes).map(([id, node]): Json => (isObject(node) ? { id, ...node } : node))
    : (given.nodes ?? []);
  if (!Array.isArray(listed)) throw new Error('nodes: a list of nodes, or a map from id to node');
  const nodes = listed.map((node, i) => {
    if (!isObject(node)) throw new Error(`nodes[${i}]: a map with id and agent, or transform`);
    const after = node.dependsOn;
    return {
      ...node,
      id: String(node.id ?? `node-${i}`),
      ...(after === undefined ? {} : { dependsOn: (Array.isArray(after) ? after : [after]).map(String) }),
    } as unknown as DraftNode;
  });
  const twice = nodes.find((node, i) => nodes.findIndex((other) => other.id === node.id) !== i);
  if (twice) throw new Error(`nodes: the id ${twice.id} is there twice`);
  return { ...(given as unknown as Draft), name: String(given.name ?? ''), nodes };
}

// The same, whatever the order of its keys, and whether what the server assumes anyway is written down.
export function meaningOf({ description, status, projectId, trigger, ...rest }: Draft): string {
  const told = {
    ...rest,
    ...(description ? { description } : {}),
    ...(status && status !== 'ACTIVE' ? { status } : {}),
    ...(projectId && projectId !== 1 ? { projectId } : {}),
    trigger: trigger ?? 'manual',
  };
  return JSON.stringify(told, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

// Of what somebody wrote: steps without a place stand wherever they are drawn.
export function isSaying(written: Draft, draft: Draft): boolean {
  const places = new Map(draft.nodes.map((node) => [node.id, node.position]));
  const nodes = written.nodes.map((node) => ({ ...node, position: node.position ?? places.get(node.id) }));
  return meaningOf({ ...written, nodes }) === meaningOf(draft);
}

export function idProblem(draft: Draft, id: string, own: string): string | null {
  if (!kIdPattern.test(id)) return 'letters, digits, _ - : and at most 36; it starts with a letter, a digit or _';
  if (kReserved.includes(id)) return `${id} means something else in templates`;
  if (id !== own && draft.nodes.some((node) => node.id === id)) return 'another step has this name';
  return null;
}

export function freeId(draft: Draft, wish: string): string {
  const base =
    wish
      .replace(/[^A-Za-z0-9_:-]/g, '-')
      .replace(/^[^A-Za-z0-9_]+/, '')
      .slice(0, 30) || 'step';
  const taken = new Set([...draft.nodes.map((node) => node.id), ...kReserved]);
  if (!taken.has(base)) return base;
  for (let i = 2; ; i++) if (!taken.has(`${base}-${i}`)) return `${base}-${i}`;
}

export function addNode(
  draft: Draft,
  node: Omit<DraftNode, 'id'>,
  wish: string,
  at: Point,
): { draft: Draft; id: string } {
  const id = freeId(draft, wish);
  return { draft: { ...draft, nodes: [...draft.nodes, { id, ...node, position: rounded(at) }] }, id };
}

export function updateNode(draft: Draft, id: string, change: Partial<DraftNode>): Draft {
  return {
    ...draft,
    nodes: draft.nodes.map((node) => {
      if (node.id !== id) return node;
      const next = { ...node, ...change };
      // What is unset is not there at all, so that YAML stays as short as a person would write it.
      return Object.fromEntries(
        Object.entries(next).filter(([, value]) => value !== undefined),
      ) as unknown as DraftNode;
    }),
  };
}

export function moveNodes(draft: Draft, places: Map<string, Point>): Draft {
  return {
    ...draft,
    nodes: draft.nodes.map((node) =>
      places.has(node.id) ? { ...node, position: rounded(places.get(node.id)!) } : node,
    ),
  };
}

export function removeNodes(draft: Draft, ids: Set<string>): Draft {
  return {
    ...draft,
    nodes: draft.nodes
      .filter((node) => !ids.has(node.id))
      .map((node) => {
        const { dependsOn, onError, ...rest } = node;
        const left = (dependsOn ?? []).filter((from) => !ids.has(from));
        return {
          ...rest,
          ...(left.length > 0 ? { dependsOn: left } : {}),
          ...(onError && !ids.has(onError) ? { onError } : {}),
        };
      }),
  };
}

// Why an arrow cannot be drawn, or null.
export function arrowProblem(draft: Draft, arrow: Arrow): string | null {
  const to = draft.nodes.find((node) => node.id === arrow.to);
  if (!to || !draft.nodes.some((node) => node.id === arrow.from)) return 'one of the steps is gone';
  if (to.dependsOn?.includes(arrow.from)) return `${arrow.to} waits for ${arrow.from} already`;
  const cycle = cycleOf(arrows(draft), arrow);
  return cycle ? `that would be a circle, in which every step waits for another: ${cycle.join(' → ')}` : null;
}

export function connect(draft: Draft, arrow: Arrow): Draft {
  const to = draft.nodes.find((node) => node.id === arrow.to)!;
  return updateNode(draft, arrow.to, { dependsOn: [...(to.dependsOn ?? []), arrow.from] });
}

export function disconnect(draft: Draft, gone: Arrow[]): Draft {
  return {
    ...draft,
    nodes: draft.nodes.map((node) => {
      const { dependsOn, ...rest } = node;
      const left = (dependsOn ?? []).filter(
        (from) => !gone.some((arrow) => arrow.from === from && arrow.to === node.id),
      );
      return left.length > 0 ? { ...rest, dependsOn: left } : rest;
    }),
  };
}

// A step's new name, wherever the workflow speaks of it: dependencies, fallbacks, templates and conditions.
export function renameNode(draft: Draft, from: string, to: string): Draft {
  const escaped = from.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');
  const reference = new RegExp(`(^|[^A-Za-z0-9_.:-])((?:nodes\\.)?)${escaped}(?=\\.(?:output|status|error)\\b)`, 'g');
  const inExpression = (text: string) =>
    text.replace(reference, (_, before: string, root: string) => `${before}${root}${to}`);
  const inTemplates = (value: Json): Json => {
    if (typeof value === 'string') return value.replace(/\{\{[\s\S]*?\}\}/g, inExpression);
    if (Array.isArray(value)) return value.map(inTemplates);
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inTemplates(item)]))
      : value;
  };
  return {
    ...draft,
    nodes: draft.nodes.map((node) => {
      const next: DraftNode = { ...node, id: node.id === from ? to : node.id };
      if (node.dependsOn) next.dependsOn = node.dependsOn.map((id) => (id === from ? to : id));
      if (node.onError === from) next.onError = to;
      if (node.when) next.when = inExpression(node.when);
      if (node.input) next.input = inTemplates(node.input) as JsonObject;
      if (node.transform !== undefined) next.transform = inTemplates(node.transform);
      return next;
    }),
  };
}

// Copies of nodes, beside the originals; what they depended on among themselves they depend on again.
export function pasteNodes(draft: Draft, copied: DraftNode[]): { draft: Draft; ids: string[] } {
  let next = draft;
  const names = new Map<string, string>();
  for (const node of copied) {
    const added = addNode(next, {}, node.id, { x: (node.position?.x ?? 0) + 40, y: (node.position?.y ?? 0) + 40 });
    names.set(node.id, added.id);
    next = added.draft;
  }
  for (const node of copied) {
    const { id, position: _, dependsOn, onError, ...rest } = node;
    const among = (dependsOn ?? []).flatMap((from) => names.get(from) ?? []);
    next = updateNode(next, names.get(id)!, {
      ...rest,
      ...(among.length > 0 ? { dependsOn: among } : {}),
      ...(onError ? { onError: names.get(onError) ?? onError } : {}),
    });
  }
  return { draft: next, ids: [...names.values()] };
}

export function upstreamOf(draft: Draft, id: string): string[] {
  const byId = new Map(draft.nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  const queue = [...(byId.get(id)?.dependsOn ?? [])];
  while (queue.length > 0) {
    const at = queue.pop()!;
    if (seen.has(at)) continue;
    seen.add(at);
    queue.push(...(byId.get(at)?.dependsOn ?? []));
  }
  return draft.nodes.map((node) => node.id).filter((node) => seen.has(node));
}

// The node that a problem's path speaks of: "nodes[2].input.channel" → its id.
export function nodeOfPath(draft: Draft, path: string): string | null {
  const index = /^nodes\[(\d+)\]/.exec(path)?.[1];
  return index === undefined ? null : (draft.nodes[Number(index)]?.id ?? null);
}
