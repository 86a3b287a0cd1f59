import { describe, expect, it } from 'vitest';

import type { Json } from '../../api/types';
import { toMermaid, toSvg } from './export';
import { differenceOf, marksOf, readDifference, together } from './changes';
import { filesBelow, layersOf, pathTo, placeOf, readArchitecture, search } from './model';
import { drawnEdges } from './place';

const file = (path: string, group: string) => ({ path, language: 'Python', lines: 10, group });
const node = (id: string, more: object = {}) => ({ id, label: id, kind: 'folder', files: 1, lines: 10, ...more });

const kDocument = {
  format: 'commandcenter-architecture',
  version: 1,
  name: 'shop',
  summary: { files: 3, languages: [{ name: 'Python', files: 3, lines: 30 }] },
  nodes: [file('web/page.py', 'web'), file('core/order.py', 'core'), file('core/db/store.py', 'core/db')],
  edges: [
    { from: 'web/page.py', to: 'core/order.py', kind: 'import', line: 3 },
    { from: 'core/order.py', to: 'core/db/store.py', kind: 'import', line: 1 },
  ],
  groups: [
    { id: '.', name: 'shop', kind: 'root', children: ['web', 'core'], members: [] },
    { id: 'web', name: 'web', kind: 'folder', parent: '.', children: [], members: ['web/page.py'] },
    { id: 'core', name: 'core', kind: 'folder', parent: '.', children: ['core/db'], members: ['core/order.py'] },
    { id: 'core/db', name: 'db', kind: 'folder', parent: 'core', children: [], members: ['core/db/store.py'] },
  ],
  views: [
    {
      group: '.',
      nodes: [node('web', { entry: true, source: { file: 'web/page.py', line: 1 } }), node('core')],
      edges: [
        { from: 'web', to: 'core', imports: 1, file: 'web/page.py', line: 3 },
        { from: 'web', to: 'gone', imports: 1 },
      ],
    },
    { group: 'core', nodes: [node('core/order.py'), node('core/db')], edges: [] },
  ],
  cycles: [{ files: ['a.py', 'b.py'], path: ['a.py', 'b.py', 'a.py'] }],
  routes: [{ method: 'GET', name: '/orders', framework: 'flask', file: 'web/page.py', line: 7 }],
};
const read = (change: object = {}) => readArchitecture({ ...kDocument, ...change } as unknown as Json);

describe('an architecture', () => {
  it('is read, also from within what an agent answered; what leads nowhere is left out', () => {
    const architecture = readArchitecture({ mermaid: '…', architecture: kDocument } as unknown as Json);
    expect(architecture.views.get('.')!.edges).toHaveLength(1);
    expect(architecture.facts.routes[0]).toEqual({
      title: 'GET /orders',
      about: 'flask',
      spots: [{ file: 'web/page.py', line: 7 }],
    });
    expect(architecture.cycles).toEqual([['a.py', 'b.py', 'a.py']]);
  });
  it('is refused with the reason', () => {
    expect(() => readArchitecture({ a: 1 })).toThrow('not the architecture');
    expect(() => read({ version: 9 })).toThrow('Version 9');
    expect(() => read({ views: 'none' })).toThrow('no view');
    expect(read({ nodes: [1, null, {}], groups: 7, cycles: [[]] }).groups.size).toBe(0);
  });
  it('knows where everything is', () => {
    const architecture = read();
    expect(pathTo(architecture, 'core/db').map((group) => group.id)).toEqual(['.', 'core', 'core/db']);
    expect([...filesBelow(architecture, 'core')].sort()).toEqual(['core/db/store.py', 'core/order.py']);
    expect(placeOf(architecture, 'core/db/store.py')).toEqual({ group: 'core', node: 'core/db' });
    expect(placeOf(architecture, 'web/page.py')).toEqual({ group: '.', node: 'web' });
    expect(search(architecture, 'ord').map((one) => one.id)).toEqual(['core/order.py']);
  });
  it('ends with groups that contain each other', () => {
    const circle = [
      { id: 'a', parent: 'b', children: ['b'], members: ['x'] },
      { id: 'b', parent: 'a', children: ['a'], members: [] },
    ];
    const architecture = read({ groups: circle });
    expect(pathTo(architecture, 'a').length).toBe(2);
    expect(filesBelow(architecture, 'a').size).toBe(1);
  });
  it('has layers, circles or not', () => {
    const view = read().views.get('.')!;
    expect(layersOf(view)).toEqual(
      new Map([
        ['core', 0],
        ['web', 1],
      ]),
    );
    expect(layersOf({ ...view, edges: [...view.edges, { ...view.edges[0]!, from: 'core', to: 'web' }] }).size).toBe(2);
  });
  it('differs from another by files and imports', () => {
    const [before, after] = [read(), read({ nodes: [...kDocument.nodes.slice(1), file('core/new.py', 'core')] })];
    const names = Object.fromEntries(
      differenceOf(before, after).lists.map((list) => [
        list.title,
        [list.added, list.removed].map((all) => all[0]?.name),
      ]),
    );
    expect(names).toEqual({ Files: ['core/new.py', 'web/page.py'] });
    expect(differenceOf(read({ edges: [] }), before).lists[0]!.added).toHaveLength(2);
  });
  it('is drawn together with another: what went is there, and marked', () => {
    const before = read();
    const core = { ...kDocument.views[1]!, nodes: [node('core/order.py'), node('core/new.py')] };
    const after = read({
      nodes: [...kDocument.nodes.slice(1, 2), file('core/new.py', 'core')],
      groups: [
        kDocument.groups[0],
        { ...kDocument.groups[2], children: [], members: ['core/order.py', 'core/new.py'] },
      ],
      views: [{ ...kDocument.views[0]!, nodes: [node('core')], edges: [] }, core],
    });
    const both = together(before, after);
    const fates = (group: string) => both.views.get(group)!.nodes.map((one) => [one.id, one.change]);
    expect(fates('.')).toEqual([
      ['core', null],
      ['web', 'removed'],
    ]);
    expect(fates('core')).toEqual([
      ['core/order.py', null],
      ['core/new.py', 'added'],
      ['core/db', 'removed'],
    ]);
    expect(both.views.get('.')!.edges.map((edge) => edge.change)).toEqual(['removed']);
    expect(placeOf(both, 'web/page.py')).toEqual({ group: '.', node: 'web' });
    expect(marksOf(both, both.views.get('.')!)).toEqual(
      new Map([
        ['core', { added: 1, removed: 1 }],
        ['web', { added: 0, removed: 1 }],
      ]),
    );
    expect(before.views.get('core')!.nodes.every((one) => one.change === null)).toBe(true);
  });
  it('of two states says what came, went and changed', () => {
    const both = read({
      nodes: [...kDocument.nodes.slice(1), { ...kDocument.nodes[0], change: 'removed' }],
      difference: {
        from: 'v1...',
        to: 'v2',
        files: { added: [], removed: ['web/page.py'] },
        edges: { added: [{ from: 'a.py', to: 'b.py', kind: 'type', line: 1 }], removed: 'nonsense' },
        cycles: { changed: [{ files: ['a.py'], path: ['a.py', 'b.py', 'a.py'], filesAdded: ['c.py'] }] },
        modules: { added: [{ path: 'mail', files: 2 }] },
      },
    });
    const found = readDifference(both.difference!)!;
    expect(found.lists.map((list) => list.title)).toEqual(['Modules', 'Circles', 'Imports', 'Files']);
    expect(found.lists[0]!.added).toEqual([{ name: 'mail', about: '2 files', file: null }]);
    expect(found.lists[1]!.changed[0]!.about).toBe('with c.py');
    expect(found.lists[2]!.added[0]).toEqual({ name: 'a.py → b.py', about: 'type', file: 'a.py' });
    expect(found.lists[3]!.removed[0]!.file).toBe('web/page.py');
    expect(marksOf(both, both.views.get('.')!).get('web')).toEqual({ added: 0, removed: 1 });
    expect(readDifference(undefined)).toBeNull();
  });
});

describe('exports', () => {
  const view = read({
    views: [
      {
        group: '.',
        nodes: [node('a', { label: '"]; click n0 "javascript:alert(1)"\n<script>' }), node('b')],
        edges: [{ from: 'a', to: 'b', imports: 12 }],
      },
    ],
  }).views.get('.')!;
  it('Mermaid holds names as text', () => {
    const mermaid = toMermaid(view, drawnEdges(view, false));
    expect(mermaid.split('\n')).toHaveLength(5);
    expect(mermaid).not.toMatch(/<|javascript:|\]; click/);
    expect(mermaid).toContain('n0 -->|"12"| n1');
  });
  it('SVG holds names as text', () => {
    const { svg, width } = toSvg(view, view.edges, '<b>');
    const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
    expect(parsed.querySelector('parsererror')).toBeNull();
    expect(parsed.querySelector('script')).toBeNull();
    expect(parsed.querySelectorAll('rect')).toHaveLength(3);
    expect(width).toBeGreaterThan(100);
  });
});
