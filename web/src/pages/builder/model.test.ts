import { describe, expect, it } from 'vitest';

import {
  addNode,
  arranged,
  arrowProblem,
  connect,
  disconnect,
  freeId,
  idProblem,
  kEmpty,
  nodeOfPath,
  pasteNodes,
  placed,
  removeNodes,
  renameNode,
  toDraft,
  updateNode,
  upstreamOf,
  type Draft,
} from './model';

const diamond: Draft = {
  name: 'd',
  nodes: [
    { id: 'a', agent: 'x' },
    {
      id: 'b',
      agent: 'x',
      dependsOn: ['a'],
      input: { text: 'n={{ a.output.n }} and a.output stays', deep: [{ k: '{{ nodes.a.output.n }}' }] },
    },
    { id: 'c', agent: 'x', dependsOn: ['a'], when: 'a.output.ok && aa.output.ok' },
    { id: 'd', agent: 'x', dependsOn: ['b', 'c'] },
  ],
};

describe('draft', () => {
  it('refuses what would be a circle, and says which', () => {
    expect(arrowProblem(diamond, { from: 'd', to: 'a' })).toContain('d → a → b → d');
    expect(arrowProblem(diamond, { from: 'a', to: 'b' })).toContain('already');
    expect(arrowProblem(diamond, { from: 'a', to: 'd' })).toBeNull();
  });
  it('connects and disconnects', () => {
    const more = connect(diamond, { from: 'a', to: 'd' });
    expect(more.nodes[3]!.dependsOn).toEqual(['b', 'c', 'a']);
    expect(disconnect(more, [{ from: 'a', to: 'd' }])).toEqual(diamond);
    expect(disconnect(diamond, [{ from: 'a', to: 'b' }]).nodes[1]).not.toHaveProperty('dependsOn');
  });
  it('takes a removed step out of what waited for it', () => {
    const left = removeNodes({ ...diamond, nodes: [...diamond.nodes, { id: 'e', onError: 'b' }] }, new Set(['b']));
    expect(left.nodes.map((node) => node.id)).toEqual(['a', 'c', 'd', 'e']);
    expect(left.nodes[2]!.dependsOn).toEqual(['c']);
    expect(left.nodes[3]).not.toHaveProperty('onError');
  });
  it('renames a step wherever it is spoken of, and nothing else', () => {
    const next = renameNode(diamond, 'a', 'scan');
    expect(next.nodes[1]!.input).toEqual({
      text: 'n={{ scan.output.n }} and a.output stays',
      deep: [{ k: '{{ nodes.scan.output.n }}' }],
    });
    expect(next.nodes[2]!.when).toBe('scan.output.ok && aa.output.ok');
    expect(next.nodes[1]!.dependsOn).toEqual(['scan']);
  });
  it('pastes copies that depend on each other as the originals did', () => {
    const { draft, ids } = pasteNodes(diamond, [diamond.nodes[1]!, diamond.nodes[3]!]);
    expect(ids).toEqual(['b-2', 'd-2']);
    expect(draft.nodes.find((node) => node.id === 'd-2')!.dependsOn).toEqual(['b-2']);
  });
  it('knows what is upstream', () => {
    expect(upstreamOf(diamond, 'd')).toEqual(['a', 'b', 'c']);
    expect(upstreamOf(diamond, 'a')).toEqual([]);
  });
  it('gives places to nodes without one, and leaves the others', () => {
    const some = updateNode(diamond, 'a', { position: { x: 5, y: 6 } });
    expect(placed(some).nodes[0]!.position).toEqual({ x: 5, y: 6 });
    expect(placed(some).nodes.every((node) => node.position)).toBe(true);
    expect(arranged(some).nodes[0]!.position).not.toEqual({ x: 5, y: 6 });
  });
  it('finds free names', () => {
    expect(freeId(diamond, 'a')).toBe('a-2');
    expect(freeId(diamond, 'context')).toBe('context-2');
    expect(freeId(diamond, '¡hola!')).toBe('hola-');
    expect(addNode(kEmpty, { agent: 'x' }, 'scan', { x: 1.4, y: 2.6 }).draft.nodes[0]).toEqual({
      id: 'scan',
      agent: 'x',
      position: { x: 1, y: 3 },
    });
  });
  it('says what is wrong with a name', () => {
    expect(idProblem(diamond, 'b', 'a')).toContain('another');
    expect(idProblem(diamond, 'run', 'a')).toContain('templates');
    expect(idProblem(diamond, 'a b', 'a')).toContain('letters');
    expect(idProblem(diamond, 'a', 'a')).toBeNull();
  });
  it('reads every form of nodes, and says what cannot be drawn', () => {
    expect(toDraft({ name: 'x', nodes: { a: { agent: 'n', dependsOn: 'b' } } }).nodes).toEqual([
      { id: 'a', agent: 'n', dependsOn: ['b'] },
    ]);
    expect(() => toDraft({ nodes: [{ id: 'a' }, { id: 'a' }] })).toThrow('twice');
    expect(() => toDraft([])).toThrow('map');
  });
  it('maps a problem to its step', () => {
    expect(nodeOfPath(diamond, 'nodes[1].input.channel')).toBe('b');
    expect(nodeOfPath(diamond, 'name')).toBeNull();
  });
});
