// Unified diffs, as `git diff` prints them, to files, hunks and lines.
export type LineKind = 'context' | 'added' | 'removed' | 'note';

export interface PatchLine {
  kind: LineKind;
  text: string;
  before: number | null; // line numbers
  after: number | null;
}

export interface Hunk {
  head: string;
  lines: PatchLine[];
}

export interface PatchFile {
  path: string;
  from: string | null; // of a rename
  change: 'modified' | 'created' | 'deleted' | 'renamed';
  notes: string[]; // mode changes, binary
  hunks: Hunk[];
  added: number;
  removed: number;
}

const stripPrefix = (path: string) =>
  path
    .replace(/^"?[ab]\//, '')
    .replace(/"$/, '')
    .replace(/\t.*$/, '');

export function parsePatch(patch: string): PatchFile[] {
  const files: PatchFile[] = [];
  let file: PatchFile | null = null;
  let hunk: Hunk | null = null;
  let before = 0;
  let after = 0;
  let left = { before: 0, after: 0 }; // lines that the hunk still owes
  const open = (path: string) => {
    file = { path, from: null, change: 'modified', notes: [], hunks: [], added: 0, removed: 0 };
    files.push(file);
    hunk = null;
    return file;
  };
  for (const line of patch.replace(/\n$/, '').split('\n')) {
    const current = file as PatchFile | null;
    if (hunk && (left.before > 0 || left.after > 0 || line.startsWith('\\')) && current) {
      const mark = line[0] ?? ' ';
      const text = line.slice(1);
      if (mark === '+') {
        hunk.lines.push({ kind: 'added', text, before: null, after: after++ });
        left.after--;
        current.added++;
        continue;
      }
      if (mark === '-') {
        hunk.lines.push({ kind: 'removed', text, before: before++, after: null });
        left.before--;
        current.removed++;
        continue;
      }
      if (mark === '\\') {
        hunk.lines.push({ kind: 'note', text: text.trim(), before: null, after: null });
        continue;
      }
      hunk.lines.push({ kind: 'context', text, before: before++, after: after++ });
      left = { before: left.before - 1, after: left.after - 1 };
      continue;
    }
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (header && current) {
      before = Number(header[1]);
      after = Number(header[3]);
      left = { before: Number(header[2] ?? 1), after: Number(header[4] ?? 1) };
      hunk = { head: line, lines: [] };
      current.hunks.push(hunk);
    } else if (line.startsWith('diff --git ')) {
      open(stripPrefix(line.slice(11).split(' b/').pop() ?? ''));
    } else if (line.startsWith('--- ')) {
      if (!current || current.hunks.length > 0) open(stripPrefix(line.slice(4)));
      if (line.slice(4) === '/dev/null') (file as PatchFile | null)!.change = 'created';
    } else if (line.startsWith('+++ ') && current) {
      if (line.slice(4) === '/dev/null') current.change = 'deleted';
      else current.path = stripPrefix(line.slice(4));
    } else if (current) {
      if (line.startsWith('new file mode')) current.change = 'created';
      else if (line.startsWith('deleted file mode')) current.change = 'deleted';
      else if (line.startsWith('rename from ')) [current.change, current.from] = ['renamed', line.slice(12)];
      else if (/^(old mode|new mode|Binary files|GIT binary patch)/.test(line)) current.notes.push(line);
    }
  }
  return files;
}
