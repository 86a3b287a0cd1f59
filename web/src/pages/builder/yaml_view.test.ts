import { describe, expect, it } from 'vitest';

import { lineOf, readYaml, toYaml } from './yaml_view';

const kText = `name: w
nodes:
  - id: a
    agent: notifier
    input:
      channel: zzz
  - id: b
    transform: {x: 1}
`;

describe('YAML', () => {
  it('reads what it writes', () => {
    const { draft } = readYaml(kText);
    expect(readYaml(toYaml(draft!)).draft).toEqual(draft);
  });
  it('says the line of what cannot be read', () => {
    expect(readYaml('name: w\nnodes: [').error).toMatchObject({ line: 2 });
    expect(readYaml('- a').error!.message).toContain('map');
  });
  it('finds the line of a problem', () => {
    expect(lineOf(kText, 'nodes[0].input.channel')).toBe(6);
    expect(lineOf(kText, 'nodes[1]')).toBe(7);
    expect(lineOf(kText, 'nodes[1].dependsOn[0]')).toBe(7);
    expect(lineOf(kText, 'name')).toBe(1);
  });
  it('survives a bomb of aliases', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]',
      'c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]',
      'd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]',
    ].join('\n');
    expect(readYaml(bomb).draft).toBeNull();
  });
});
