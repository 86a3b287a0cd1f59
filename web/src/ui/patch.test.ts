import { describe, expect, it } from 'vitest';

import { parsePatch } from './patch';

const kPatch = `diff --git a/package.json b/package.json
index 1..2 100644
--- a/package.json
+++ b/package.json
@@ -1,3 +1,3 @@ {
 {
-  "a": "1"
+  "a": "2"
 }
diff --git a/new.txt b/new.txt
new file mode 100644
--- /dev/null
+++ b/new.txt
@@ -0,0 +1,2 @@
+--- not a header
+two
\\ No newline at end of file
`;

describe('parsePatch', () => {
  it('finds files, hunks and line numbers', () => {
    const [first, second] = parsePatch(kPatch);
    expect(first).toMatchObject({ path: 'package.json', change: 'modified', added: 1, removed: 1 });
    expect(first!.hunks[0]!.lines.map((line) => [line.kind, line.before, line.after])).toEqual([
      ['context', 1, 1],
      ['removed', 2, null],
      ['added', null, 2],
      ['context', 3, 3],
    ]);
    expect(second).toMatchObject({ path: 'new.txt', change: 'created', added: 2, removed: 0 });
  });
  it('keeps a changed line that looks like a header', () => {
    expect(parsePatch(kPatch)[1]!.hunks[0]!.lines[0]!.text).toBe('--- not a header');
  });
  it('says where a file does not end with a newline', () => {
    expect(parsePatch(kPatch)[1]!.hunks[0]!.lines.at(-1)!.kind).toBe('note');
  });
  it('answers nothing for something else', () => {
    expect(parsePatch('hello')).toEqual([]);
  });
});
