import { describe, expect, it } from 'vitest';

import { linePatch } from './line_diff';
import { parsePatch } from './patch';

const rebuilt = (patch: string, kinds: string[]) =>
  parsePatch(patch)[0]!
    .hunks[0]!.lines.filter((line) => kinds.includes(line.kind))
    .map((line) => line.text);

describe('linePatch', () => {
  it('gives both texts back', () => {
    const before = 'a\nb\nc\nd\ne\n';
    const after = 'a\nx\nc\ne\nf\n';
    const patch = linePatch('w.yaml', before, after);
    expect(rebuilt(patch, ['context', 'removed'])).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(rebuilt(patch, ['context', 'added'])).toEqual(['a', 'x', 'c', 'e', 'f']);
    expect(parsePatch(patch)[0]).toMatchObject({ added: 2, removed: 2 });
  });
  it('says nothing about equal texts', () => {
    expect(linePatch('w', 'a\n', 'a\n')).toBe('');
  });
  it('ends with texts that have nothing in common', () => {
    const many = (mark: string) => Array.from({ length: 3_000 }, (_, i) => `${mark}${i}`).join('\n');
    expect(parsePatch(linePatch('w', many('a'), many('b')))[0]).toMatchObject({ added: 3_000, removed: 3_000 });
  });
});
