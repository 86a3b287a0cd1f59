// What differs between two states of a repository, in one form: as an agent compared them
// (docs/formats/architecture.md), or as two drawings differ.
import { isObject } from '../../api/client';
import type { Json, JsonObject } from '../../api/types';
import { filesBelow, number, objects, text, texts, type Architecture, type Change, type View } from './model';

export interface Thing {
  name: string;
  about: string;
  file: string | null; // that shows where it is
}

export interface ChangeList {
  title: string;
  added: Thing[];
  removed: Thing[];
  changed: Thing[];
}

export interface Difference {
  from: string; // commits; empty: not known, or the files as they are
  to: string;
  lists: ChangeList[]; // that have something
}

const plural = (count: number, word: string) => `${count.toLocaleString()} ${word}${count === 1 ? '' : 's'}`;

const arrow = (one: JsonObject): Thing => ({
  name: `${text(one.from)} → ${text(one.to)}`,
  about: text(one.kind) === 'import' ? '' : text(one.kind),
  file: text(one.from) || null,
});

const circle = (one: JsonObject): Thing => ({
  name: texts(one.path).join(' → ') || texts(one.files).join(', '),
  about: [
    ...texts(one.filesAdded).map((file) => `with ${file}`),
    ...texts(one.filesRemoved).map((file) => `without ${file}`),
  ].join(', '),
  file: texts(one.files)[0] ?? null,
});

const fact = (one: JsonObject): Thing => ({
  name: [text(one.method), text(one.name) || text(one.rule) || text(one.path)].filter(Boolean).join(' '),
  about: [one.kind, one.framework, one.message, one.file].map(text).filter(Boolean).join(', '),
  file: text(one.file) || null,
});

const kLists: [key: string, title: string, read: (one: JsonObject) => Thing][] = [
  ['modules', 'Modules', (one) => ({ name: text(one.path), about: plural(number(one.files), 'file'), file: null })],
  ['violations', 'Broken rules', fact],
  ['cycles', 'Circles', circle],
  ['edges', 'Imports', arrow],
  ['files', 'Files', (one) => ({ name: text(one.path), about: '', file: text(one.path) })],
  ['packages', 'Packages', fact],
  ['entryPoints', 'Entry points', fact],
  ['routes', 'Routes', fact],
  ['systems', 'Systems', fact],
  ['services', 'Services', fact],
];

export function readDifference(given: Json | undefined): Difference | null {
  if (!isObject(given)) return null;
  const lists = kLists.map(([key, title, read]): ChangeList => {
    const list = isObject(given[key]) ? given[key] : {};
    // Files are paths, everything else is objects.
    const things = (kind: 'added' | 'removed' | 'changed') =>
      [...objects(list[kind]), ...texts(list[kind]).map((path): JsonObject => ({ path }))].map(read);
    return { title, added: things('added'), removed: things('removed'), changed: things('changed') };
  });
  return { from: text(given.from), to: text(given.to), lists: lists.filter((list) => sizeOf(list) > 0) };
}

export const sizeOf = ({ added, removed, changed }: ChangeList) => added.length + removed.length + changed.length;

const without = <T>(some: Map<string, T>, others: Map<string, T>): [string, T][] =>
  [...some].filter(([key]) => !others.has(key));

// Of two drawings.
export function differenceOf(before: Architecture, after: Architecture): Difference {
  const imports = (one: Architecture) => new Map(one.imports.map((edge) => [`${edge.from}\n${edge.to}`, edge]));
  const circles = (one: Architecture) =>
    new Map(one.cycles.map((path) => [[...new Set(path)].sort().join('\n'), path]));
  const compare = <T>(
    title: string,
    of: (one: Architecture) => Map<string, T>,
    read: (one: T) => Thing,
  ): ChangeList => ({
    title,
    added: without(of(after), of(before)).map(([, one]) => read(one)),
    removed: without(of(before), of(after)).map(([, one]) => read(one)),
    changed: [],
  });
  const lists = [
    compare('Circles', circles, (path) => ({ name: path.join(' → '), about: '', file: path[0] ?? null })),
    compare('Imports', imports, (one) => ({ name: `${one.from} → ${one.to}`, about: '', file: one.from })),
    compare(
      'Files',
      (one) => one.files,
      ({ path }) => ({ name: path, about: '', file: path }),
    ),
  ];
  return { from: '', to: '', lists: lists.filter((list) => sizeOf(list) > 0) };
}

// Both in one drawing, as an agent that compared them would have made it: what went is there, and marked as gone.
export function together(before: Architecture, after: Architecture): Architecture {
  const files = new Map(
    [...after.files].map(([path, file]) => [
      path,
      { ...file, change: before.files.has(path) ? null : ('added' as Change) },
    ]),
  );
  for (const [path, file] of without(before.files, after.files)) files.set(path, { ...file, change: 'removed' });
  const groups = new Map(after.groups);
  for (const [id, group] of before.groups) {
    const now = groups.get(id) ?? group;
    const both = (key: 'children' | 'members') => [...new Set([...now[key], ...group[key]])];
    groups.set(id, { ...now, children: both('children'), members: both('members') });
  }
  const views = new Map(
    [...new Set([...after.views.keys(), ...before.views.keys()])].map((group) => [
      group,
      viewOfBoth(before.views.get(group), after.views.get(group), group),
    ]),
  );
  return { ...after, files, groups, views };
}

function viewOfBoth(before: View | undefined, after: View | undefined, group: string): View {
  const byEnds = (view: View | undefined) =>
    new Map(view?.edges.map((edge) => [`${edge.from}\n${edge.to}`, edge] as const) ?? []);
  const [oldEdges, newEdges] = [byEnds(before), byEnds(after)];
  const old = new Map(before?.nodes.map((node) => [node.id, node]) ?? []);
  const now = new Map(after?.nodes.map((node) => [node.id, node]) ?? []);
  const fate = <T>(known: Map<string, unknown>, [key, one]: [string, T]): T & { change: Change | null } => ({
    ...one,
    change: known.has(key) ? null : 'added',
  });
  const gone = <T>([, one]: [string, T]) => ({ ...one, cycle: false, change: 'removed' as Change });
  return {
    group,
    nodes: [...[...now].map((one) => fate(old, one)), ...without(old, now).map(gone)],
    edges: [...[...newEdges].map((one) => fate(oldEdges, one)), ...without(oldEdges, newEdges).map(gone)],
  };
}

export interface Marks {
  added: number; // files
  removed: number;
}

// How many files came and went below each node of a view.
export function marksOf(architecture: Architecture, view: View): Map<string, Marks> {
  const isNew = (path: string) => architecture.files.get(path)?.change === 'added';
  const gone = [...architecture.files.values()].filter((file) => file.change === 'removed').map((file) => file.path);
  return new Map(
    view.nodes.map((node) => {
      const below = filesBelow(architecture, node.id);
      const folder = `${node.id}/`;
      return [
        node.id,
        {
          added: [...below].filter(isNew).length,
          removed: gone.filter((path) => below.has(path) || path === node.id || path.startsWith(folder)).length,
        },
      ];
    }),
  );
}
