// A patch to read before approving it: files at the left, changes unified or side by side.
import { useMemo, useState } from 'react';

import { Button } from './button';
import { treeOf, type Folder } from './file_tree';
import { revealed } from './hidden';
import { useHighlighter, type Highlighter } from './highlight';
import { parsePatch, type Hunk, type PatchFile, type PatchLine } from './patch';

const kManyLines = 2_000; // of one file, before it has to be asked for
const kLongLine = 5_000; // characters, the same

const kMark = { added: '+', removed: '−', context: ' ', note: '' } as const;
const kBack = { added: 'bg-added', removed: 'bg-removed', context: '', note: 'text-muted italic' } as const;

function LineText({ text, highlight }: { text: string; highlight: Highlighter }) {
  const [whole, setWhole] = useState(false);
  const cut = !whole && text.length > kLongLine;
  return (
    <>
      {highlight(revealed(cut ? text.slice(0, kLongLine) : text)).map((piece, i) => (
        <span key={i} className={piece.className}>
          {piece.text}
        </span>
      ))}
      {cut && (
        <button type="button" className="ml-1 text-accent underline" onClick={() => setWhole(true)}>
          … all {text.length.toLocaleString()} characters
        </button>
      )}
    </>
  );
}

function Cell({
  line,
  side,
  highlight,
}: {
  line: PatchLine | null;
  side?: 'before' | 'after';
  highlight: Highlighter;
}) {
  if (!line) return <td colSpan={2} className="bg-raised" />;
  const number = side ? line[side] : (line.after ?? line.before);
  return (
    <>
      <td className="w-12 select-none border-r border-line px-2 text-right align-top text-muted">{number}</td>
      <td className={`whitespace-pre-wrap break-all px-2 ${kBack[line.kind]}`}>
        <span aria-hidden="true" className="mr-2 select-none">
          {kMark[line.kind]}
        </span>
        {line.kind !== 'context' && line.kind !== 'note' && <span className="sr-only">{line.kind}: </span>}
        <bdi dir="ltr">{line.kind === 'note' ? line.text : <LineText text={line.text} highlight={highlight} />}</bdi>
      </td>
    </>
  );
}

// Removed and added lines that follow each other stand side by side.
export function pairUp(lines: PatchLine[]): [PatchLine | null, PatchLine | null][] {
  const rows: [PatchLine | null, PatchLine | null][] = [];
  for (let i = 0; i < lines.length;) {
    const removed: PatchLine[] = [];
    const added: PatchLine[] = [];
    while (lines[i]?.kind === 'removed') removed.push(lines[i++]!);
    while (lines[i]?.kind === 'added') added.push(lines[i++]!);
    for (let j = 0; j < Math.max(removed.length, added.length); j++) rows.push([removed[j] ?? null, added[j] ?? null]);
    if (i < lines.length && lines[i]!.kind !== 'removed' && lines[i]!.kind !== 'added') {
      rows.push([lines[i]!, lines[i]!]);
      i++;
    }
  }
  return rows;
}

function HunkRows({ hunk, split, highlight }: { hunk: Hunk; split: boolean; highlight: Highlighter }) {
  return (
    <tbody>
      <tr>
        <td colSpan={split ? 4 : 2} className="bg-sand px-2 py-0.5 text-muted">
          {hunk.head}
        </td>
      </tr>
      {split
        ? pairUp(hunk.lines).map(([before, after], i) => (
            <tr key={i}>
              <Cell line={before} side="before" highlight={highlight} />
              <Cell line={after} side="after" highlight={highlight} />
            </tr>
          ))
        : hunk.lines.map((line, i) => (
            <tr key={i}>
              <Cell line={line} highlight={highlight} />
            </tr>
          ))}
    </tbody>
  );
}

function FileDiff({ file, split }: { file: PatchFile; split: boolean }) {
  const lines = file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  const [open, setOpen] = useState(lines <= kManyLines);
  const highlight = useHighlighter(file.path);
  return (
    <section id={`file-${encodeURIComponent(file.path)}`} aria-label={file.path} className="card mb-4 overflow-hidden">
      <div className="flex items-center gap-3 border-b border-line bg-raised px-3 py-1 text-sm">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="min-w-0 flex-1 truncate py-1 text-left font-mono"
        >
          {open ? '▾' : '▸'} {file.from ? `${file.from} → ${file.path}` : file.path}
        </button>
        {file.change !== 'modified' && <span className="text-muted">{file.change}</span>}
        <span className="text-success">+{file.added}</span>
        <span className="text-danger">−{file.removed}</span>
      </div>
      {open && (
        <>
          {file.notes.map((note) => (
            <p key={note} className="px-3 py-1 text-sm text-muted">
              {note}
            </p>
          ))}
          <div className="overflow-x-auto">
            <table className="w-full table-fixed font-mono text-xs leading-5">
              <colgroup>
                <col className="w-12" />
                <col />
                {split && <col className="w-12" />}
                {split && <col />}
              </colgroup>
              {file.hunks.map((hunk, i) => (
                <HunkRows key={i} hunk={hunk} split={split} highlight={highlight} />
              ))}
            </table>
          </div>
        </>
      )}
    </section>
  );
}

function Tree({ folder }: { folder: Folder }) {
  return (
    <ul className={folder.name === '' ? '' : 'ml-1.5 border-l border-line pl-2.5'}>
      {folder.folders.map((one) => (
        <li key={`${one.name}/`}>
          <details open>
            <summary className="cursor-pointer break-all py-1 font-mono text-muted">{one.name}/</summary>
            <Tree folder={one} />
          </details>
        </li>
      ))}
      {folder.files.map(({ name, file }) => (
        <li key={name}>
          <a
            href={`#file-${encodeURIComponent(file.path)}`}
            className="flex items-baseline gap-3 rounded px-2 py-1 font-mono text-ink hover:bg-raised"
          >
            <span className="min-w-0 break-all">{name}</span>
            {file.change !== 'modified' && <span className="text-xs text-muted">{file.change}</span>}
            <span className="ml-auto text-xs text-success">+{file.added}</span>
            <span className="text-xs text-danger">−{file.removed}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function DiffView({ patch }: { patch: string }) {
  const files = useMemo(() => parsePatch(patch), [patch]);
  const [split, setSplit] = useState(false);
  if (files.length === 0) return <pre className="overflow-auto rounded-md bg-raised p-3 text-xs">{patch}</pre>;
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return (
    <div data-testid="diff">
      <div className="mb-3 flex items-center justify-between gap-3 text-sm">
        <p>
          {files.length === 1 ? '1 file' : `${files.length} files`}, <span className="text-success">{added} added</span>
          , <span className="text-danger">{removed} removed</span> lines
        </p>
        <Button small aria-pressed={split} onClick={() => setSplit(!split)}>
          {split ? 'Unified' : 'Side by side'}
        </Button>
      </div>
      {files.length > 1 && (
        <nav aria-label="Changed files" className="card mb-4 max-h-64 overflow-auto p-3 text-sm">
          <Tree folder={treeOf(files)} />
        </nav>
      )}
      {files.map((file) => (
        <FileDiff key={file.path} file={file} split={split} />
      ))}
    </div>
  );
}
