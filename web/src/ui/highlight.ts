// Colours for source: lowlight's tree to pieces of text with class names. Comes when it is first needed; till then, and
// for languages it does not know, text is plain.
import { useEffect, useState } from 'react';

import type { Piece } from './ansi';

const kLanguages: Record<string, string> = {
  bash: 'sh bash zsh',
  c: 'c h',
  cpp: 'cc cpp cxx hh hpp hxx',
  csharp: 'cs',
  css: 'css scss less',
  go: 'go',
  ini: 'ini toml cfg conf properties',
  java: 'java kt',
  javascript: 'js jsx mjs cjs',
  json: 'json',
  markdown: 'md',
  php: 'php',
  python: 'py pyi',
  ruby: 'rb',
  rust: 'rs',
  sql: 'sql',
  typescript: 'ts tsx mts cts',
  xml: 'html htm xml svg vue',
  yaml: 'yaml yml',
};
const kByEnding = new Map(
  Object.entries(kLanguages).flatMap(([language, endings]) =>
    endings.split(' ').map((one) => [one, language] as const),
  ),
);
const kLongLine = 1_000; // longer ones stay plain

export const languageOf = (file: string) => kByEnding.get(file.split('.').pop()?.toLowerCase() ?? '');

const kClasses: [RegExp, string][] = [
  [/comment|quote|doctag/, 'text-muted italic'],
  [/string|regexp|addition|char/, 'text-success'],
  [/number|literal|symbol|bullet/, 'text-running'],
  [/keyword|built_in|tag|selector|operator|meta/, 'text-accent font-medium'],
  [/title|section|name|attr|property|type|variable/, 'text-ink font-medium'],
];
const classOf = (names: string[]) => kClasses.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1] ?? '';

interface Tree {
  type: string;
  value?: string;
  properties?: { className?: unknown };
  children?: Tree[];
}

export type Highlighter = (line: string) => Piece[];

const plain: Highlighter = (line) => [{ text: line, className: '' }];

function pieces(tree: Tree, className: string): Piece[] {
  if (tree.type === 'text') return [{ text: tree.value ?? '', className }];
  const names = Array.isArray(tree.properties?.className) ? tree.properties.className.map(String) : [];
  return (tree.children ?? []).flatMap((child) => pieces(child, classOf(names) || className));
}

export async function highlighterOf(file: string): Promise<Highlighter> {
  const language = languageOf(file);
  if (!language) return plain;
  const { lowlight } = await import('./languages');
  return (line) =>
    line.length > kLongLine ? plain(line) : pieces(lowlight.highlight(language, line) as unknown as Tree, '');
}

export function useHighlighter(file: string): Highlighter {
  const [highlighter, setHighlighter] = useState<Highlighter>(() => plain);
  useEffect(() => {
    let gone = false;
    highlighterOf(file)
      .then((found) => !gone && setHighlighter(() => found))
      .catch(() => {}); // without colours it can be read as well
    return () => {
      gone = true;
    };
  }, [file]);
  return highlighter;
}
