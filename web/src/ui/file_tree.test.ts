import { expect, test } from 'vitest';

import { treeOf, type Folder } from './file_tree';
import type { PatchFile } from './patch';

const file = (path: string) => ({ path }) as PatchFile;
const lines = (folder: Folder, depth = 0): string[] => [
  ...folder.folders.flatMap((one) => [`${' '.repeat(depth)}${one.name}/`, ...lines(one, depth + 1)]),
  ...folder.files.map((one) => `${' '.repeat(depth)}${one.name}`),
];

test('files are the tree of their folders, folders in a row one line', () => {
  const tree = treeOf(['a/b/c/x.ts', 'a/b/c/y.ts', 'a/z.ts', 'top.md', 'd/e/only.ts'].map(file));
  expect(lines(tree)).toEqual(['a/', ' b/c/', '  x.ts', '  y.ts', ' z.ts', 'd/e/', ' only.ts', 'top.md']);
  expect(lines(treeOf([]))).toEqual([]);
});

test('deep paths do not matter', () => {
  expect(lines(treeOf([file(`${'d/'.repeat(200_000)}x`)]))).toHaveLength(2);
});
