// The architecture of a repository as agents and the command line write it (docs/formats/architecture.md), read from
// anybody's hands: what is not as it should be is left out. And what pages ask of it, as pure functions.
import { isObject } from '../../api/client';
import type { Json, JsonObject } from '../../api/types';

export type Change = 'added' | 'removed' | 'changed';

export interface Spot {
  file: string;
  line: number;
}

export interface ViewNode {
  id: string;
  label: string;
  kind: string;
  files: number;
  lines: number;
  aside: boolean;
  entry: boolean;
  cycle: boolean;
  source: Spot | null;
  change: Change | null;
}

export interface ViewEdge {
  from: string;
  to: string;
  imports: number;
  cycle: boolean;
  violation: boolean;
  implied: boolean;
  spot: Spot | null;
  change: Change | null;
  added: number; // of the imports, in a difference
  removed: number;
}

export interface View {
  group: string;
  nodes: ViewNode[];
  edges: ViewEdge[];
}

export interface Group {
  id: string;
  name: string;
  kind: string;
  parent: string | null;
  files: number;
  lines: number;
  children: string[];
  members: string[];
}

export interface CodeFile {
  path: string;
  language: string;
  lines: number;
  group: string;
  change: Change | null;
}

export interface Import {
  from: string;
  to: string;
  line: number;
}

export interface Fact {
  title: string;
  about: string;
  spots: Spot[];
}

export interface Architecture {
  name: string;
  summary: [string, number][];
  languages: { name: string; files: number; lines: number }[];
  files: Map<string, CodeFile>;
  imports: Import[];
  groups: Map<string, Group>;
  views: Map<string, View>;
  top: string; // the group of the first view
  cycles: string[][];
  violations: Fact[];
  facts: { entryPoints: Fact[]; routes: Fact[]; systems: Fact[]; services: Fact[] };
  difference: JsonObject | null; // of two states, when the document holds both; see changes.ts
}

const kFormat = 'commandcenter-architecture';
const kVersion = 1;

export const text = (value: Json | undefined) => (typeof value === 'string' ? value : '');
export const number = (value: Json | undefined) => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
export const objects = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
export const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
const changeOf = (value: Json | undefined): Change | null =>
  value === 'added' || value === 'removed' || value === 'changed' ? value : null;
const spotOf = (value: JsonObject): Spot | null =>
  text(value.file) === '' ? null : { file: text(value.file), line: Math.max(1, number(value.line)) };

function viewOf(given: JsonObject): View {
  const nodes = objects(given.nodes).map((node) => ({
    id: text(node.id),
    label: text(node.label) || text(node.id),
    kind: text(node.kind),
    files: number(node.files),
    lines: number(node.lines),
    aside: node.aside === true,
    entry: node.entry === true,
    cycle: node.cycle === true,
    source: isObject(node.source ?? null) ? spotOf(node.source as JsonObject) : null,
    change: changeOf(node.change),
  }));
  const ids = new Set(nodes.map((node) => node.id));
  const edges = objects(given.edges)
    .map((edge) => ({
      from: text(edge.from),
      to: text(edge.to),
      imports: number(edge.imports),
      cycle: edge.cycle === true,
      violation: edge.violation === true,
      implied: edge.implied === true,
      spot: spotOf(edge),
      change: changeOf(edge.change),
      added: number(edge.added),
      removed: number(edge.removed),
    }))
    .filter((edge) => ids.has(edge.from) && ids.has(edge.to));
  return { group: text(given.group), nodes: nodes.filter((node) => node.id !== ''), edges };
}

const factOf = (given: JsonObject): Fact => ({
  title: [text(given.method), text(given.name) || text(given.rule)].filter(Boolean).join(' '),
  about: [given.kind, given.framework, given.image, given.message].map(text).filter(Boolean).join(', '),
  spots: [...objects(given.spots), given].map(spotOf).filter((spot): spot is Spot => spot !== null),
});

// The document in what an agent answered: all of it, or one of its members.
export function findArchitecture(output: Json): JsonObject | null {
  if (!isObject(output)) return null;
  if (output.format === kFormat) return output;
  return Object.values(output).find((one): one is JsonObject => isObject(one) && one.format === kFormat) ?? null;
}

// Throws what is wrong with it, for people.
export function readArchitecture(output: Json): Architecture {
  const given = findArchitecture(output);
  if (!given) throw new Error('This is not the architecture of a repository: its format is not ' + kFormat);
  if (given.version !== kVersion)
    throw new Error(`Version ${String(given.version)} of the format is unknown; this page reads ${kVersion}`);
  const views = objects(given.views).map(viewOf);
  if (views.length === 0) throw new Error('The architecture holds no view');
  const summary = isObject(given.summary ?? null) ? (given.summary as JsonObject) : {};
  return {
    name: text(given.name) || 'repository',
    summary: Object.entries(summary).flatMap(([key, value]): [string, number][] =>
      typeof value === 'number' ? [[key, value]] : [],
    ),
    languages: objects(summary.languages).map((one) => ({
      name: text(one.name),
      files: number(one.files),
      lines: number(one.lines),
    })),
    files: new Map(
      objects(given.nodes).map((node) => [
        text(node.path),
        {
          path: text(node.path),
          language: text(node.language),
          lines: number(node.lines),
          group: text(node.group),
          change: changeOf(node.change),
        },
      ]),
    ),
    imports: objects(given.edges).map((edge) => ({
      from: text(edge.from),
      to: text(edge.to),
      line: Math.max(1, number(edge.line)),
    })),
    groups: new Map(
      objects(given.groups).map((group) => [
        text(group.id),
        {
          id: text(group.id),
          name: text(group.name) || text(group.id),
          kind: text(group.kind),
          parent: text(group.parent) || null,
          files: number(group.files),
          lines: number(group.lines),
          children: texts(group.children),
          members: texts(group.members),
        },
      ]),
    ),
    views: new Map(views.map((view) => [view.group, view])),
    top: views[0]!.group,
    cycles: objects(given.cycles).map((cycle) =>
      texts(cycle.path).length > 0 ? texts(cycle.path) : texts(cycle.files),
    ),
    violations: objects(given.violations).map(factOf),
    facts: {
      entryPoints: objects(given.entryPoints).map(factOf),
      routes: objects(given.routes).map(factOf),
      systems: objects(given.systems).map(factOf),
      services: objects(given.services).map(factOf),
    },
    difference: isObject(given.difference ?? null) ? (given.difference as JsonObject) : null,
  };
}

// From the top to the group itself. Groups that name each other as parents end it.
export function pathTo(architecture: Architecture, group: string): Group[] {
  const path: Group[] = [];
  for (let at: string | null = group; at !== null;) {
    const found = architecture.groups.get(at);
    if (!found || path.includes(found)) break;
    path.unshift(found);
    at = found.parent;
  }
  return path;
}

// Every file below a group, or the file itself.
export function filesBelow(architecture: Architecture, id: string): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const open = [id];
  while (open.length > 0) {
    const at = open.pop()!;
    if (seen.has(at)) continue;
    seen.add(at);
    const group = architecture.groups.get(at);
    if (!group) {
      if (architecture.files.has(at)) files.add(at);
      continue;
    }
    for (const member of group.members) files.add(member);
    open.push(...group.children);
  }
  return files;
}

export interface Found {
  id: string; // of a group, or the path of a file
  isFile: boolean;
  about: string;
}

const kMostFound = 30;

// What comes first begins with the text; then shorter ones.
export function search(architecture: Architecture, wanted: string): Found[] {
  const needle = wanted.trim().toLowerCase();
  if (needle === '') return [];
  const rank = (id: string) => (id.split('/').pop()!.toLowerCase().startsWith(needle) ? 0 : 1_000) + id.length;
  const groups = [...architecture.groups.values()]
    .filter((group) => `${group.id} ${group.name}`.toLowerCase().includes(needle))
    .map((group) => ({ id: group.id, isFile: false, about: `${group.kind}, ${group.files} files` }));
  const files = [...architecture.files.values()]
    .filter((file) => file.path.toLowerCase().includes(needle))
    .map((file) => ({ id: file.path, isFile: true, about: `${file.language}, ${file.lines} lines` }));
  return [...groups, ...files].sort((a, b) => rank(a.id) - rank(b.id)).slice(0, kMostFound);
}

// The view in which a file or group is seen, and the node that stands for it there.
export function placeOf(architecture: Architecture, id: string): { group: string; node: string } | null {
  const group = architecture.groups.get(id);
  const parents = group ? pathTo(architecture, id) : pathTo(architecture, architecture.files.get(id)?.group ?? '');
  const chain = [...parents.map((one) => one.id), ...(group ? [] : [id])].reverse();
  for (const view of [...parents].reverse().map((one) => architecture.views.get(one.id))) {
    const node = view && chain.find((one) => view.nodes.some((shown) => shown.id === one));
    if (view && node) return { group: view.group, node };
  }
  return null;
}

// Layers of a view: whoever imports stands above what it imports; what lies on a circle stays together.
export function layersOf(view: View): Map<string, number> {
  const below = new Map<string, string[]>();
  for (const edge of view.edges) if (!edge.cycle) below.set(edge.from, [...(below.get(edge.from) ?? []), edge.to]);
  const depth = new Map<string, number>();
  const visit = (id: string, trail: Set<string>): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    if (trail.has(id)) return 0; // a circle that is not marked as one
    trail.add(id);
    const deepest = Math.max(-1, ...(below.get(id) ?? []).map((to) => visit(to, trail)));
    trail.delete(id);
    depth.set(id, deepest + 1);
    return deepest + 1;
  };
  for (const node of view.nodes) visit(node.id, new Set());
  return depth;
}
