// The workflow as YAML, in step with the drawing: what is typed here is drawn as soon as it can be read, and what is
// drawn is written here. What somebody typed stays as it is, comments included, as long as it says what is drawn or
// cannot be read.
import { useMemo, useRef, useState } from 'react';
import { parseDocument, stringify, isMap, isSeq, type Node as YamlNode } from 'yaml';

import type { Problem } from '../../api/types';
import { isSaying, toDraft, type Draft } from './model';

// Keys that only clients of the API care about are not what a person would write.
export function toYaml(draft: Draft): string {
  const { projectId, status, ...rest } = draft;
  const shown = {
    ...rest,
    ...(status && status !== 'ACTIVE' ? { status } : {}),
    ...(projectId && projectId !== 1 ? { projectId } : {}),
  };
  return stringify(shown, { lineWidth: 110, aliasDuplicateObjects: false });
}

export interface ReadYaml {
  draft: Draft | null;
  error: { message: string; line: number } | null;
}

export function readYaml(text: string): ReadYaml {
  const document = parseDocument(text, { strict: true, uniqueKeys: true });
  const first = document.errors[0];
  if (first)
    return { draft: null, error: { message: first.message.split('\n')[0]!, line: first.linePos?.[0].line ?? 1 } };
  try {
    return { draft: toDraft(document.toJS({ maxAliasCount: 100 })), error: null };
  } catch (error) {
    return { draft: null, error: { message: (error as Error).message, line: 1 } };
  }
}

// The line that a problem's path points to: "nodes[1].input.channel".
export function lineOf(text: string, path: string): number {
  const document = parseDocument(text);
  let at: unknown = document.contents;
  let line = 1;
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  for (const part of path.match(/[^.[\]]+/g) ?? []) {
    let next: YamlNode | null | undefined;
    if (isSeq(at)) next = at.items[Number(part)] as YamlNode | undefined;
    else if (isMap(at)) {
      const pair = at.items.find((item) => String((item.key as { value?: unknown })?.value ?? item.key) === part);
      const key = pair?.key as YamlNode | undefined;
      if (key?.range) line = lineAt(key.range[0]);
      next = pair?.value as YamlNode | undefined;
    }
    if (!next) break;
    if (isSeq(at) && next.range) line = lineAt(next.range[0]);
    at = next;
  }
  return line;
}

export interface YamlText {
  text: string;
  typed: string | null; // that is kept; null: the text is written from the draft
  error: ReadYaml['error']; // why the text is not what is drawn
  type: (text: string) => void;
  forget: () => void;
}

// Lives as long as the draft does, not only while the text is looked at.
export function useYamlText(draft: Draft, initial: string | null, onRead: (draft: Draft) => void): YamlText {
  const [latest, setLatest] = useState(initial);
  const read = useMemo(() => (latest === null ? null : readYaml(latest)), [latest]);
  const stays = useMemo(() => read !== null && (read.draft === null || isSaying(read.draft, draft)), [read, draft]);
  const written = useMemo(() => toYaml(draft), [draft]);
  return {
    text: stays ? latest! : written,
    typed: stays ? latest : null,
    error: read?.error ?? null,
    type: (text) => {
      setLatest(text);
      const { draft: typed } = readYaml(text);
      if (typed) onRead(typed);
    },
    forget: () => setLatest(null),
  };
}

export function YamlView({
  yaml: { text, error },
  problems,
  onType,
}: {
  yaml: YamlText;
  problems: Problem[];
  onType: (text: string) => void;
}) {
  const marks = useMemo(() => {
    const found = new Map<number, string>();
    if (error) return found.set(error.line, error.message); // the problems are those of the drawing
    for (const problem of problems) {
      const line = lineOf(text, problem.path);
      found.set(line, [found.get(line), problem.message].filter(Boolean).join('; '));
    }
    return found;
  }, [text, error, problems]);
  const lines = text.split('\n').length;
  const gutter = useRef<HTMLDivElement>(null);
  return (
    <div className="flex h-full min-h-[20rem] flex-col">
      <div className="flex min-h-0 flex-1 overflow-hidden rounded-md border border-line bg-raised font-mono text-sm leading-6">
        <div
          ref={gutter}
          aria-hidden="true"
          className="select-none overflow-hidden border-r border-line py-2 text-right text-muted"
        >
          {Array.from({ length: lines }, (_, i) => (
            <div key={i} className={`px-2 ${marks.has(i + 1) ? 'bg-removed font-bold text-danger' : ''}`}>
              {i + 1}
            </div>
          ))}
        </div>
        <textarea
          className="min-h-0 flex-1 resize-none whitespace-pre bg-transparent px-3 py-2 leading-6 outline-none"
          aria-label="Workflow as YAML"
          aria-describedby="yaml-problems"
          spellCheck={false}
          wrap="off"
          value={text}
          onScroll={(event) => gutter.current && (gutter.current.scrollTop = event.currentTarget.scrollTop)}
          onChange={(event) => onType(event.target.value)}
        />
      </div>
      <ul id="yaml-problems" aria-live="polite" className="mt-2 text-sm text-danger">
        {[...marks].map(([line, message]) => (
          <li key={line} className="break-words">
            line {line}: {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
