// The part of Markdown that READMEs are written in, as data. The text is a stranger's: nothing in it becomes HTML, time
// is linear in its length, and what is no Markdown stays text.

export interface Piece {
  kind: 'text' | 'code' | 'strong' | 'em' | 'link' | 'image';
  text: string;
  pieces: Piece[]; // of strong, em and link
  address: string; // of link and image
}

export type Block =
  | { kind: 'heading'; level: number; pieces: Piece[] }
  | { kind: 'paragraph' | 'quote'; pieces: Piece[] }
  | { kind: 'code'; text: string }
  | { kind: 'list'; items: { depth: number; mark: string; pieces: Piece[] }[] }
  | { kind: 'table'; head: Piece[][]; rows: Piece[][][] }
  | { kind: 'rule' };

const kMaxNesting = 3; // of marks within marks, and of lists
const kMaxCells = 20;

// Every quantifier has an end, so that no text takes long.
const kMarks = new RegExp(
  [
    /\\([\\`*_{}[\]()#+\-.!|<>])/,
    /(?<ticks>`{1,3})([^`]{1,500})\k<ticks>/,
    /\*\*([^*]{1,500})\*\*/,
    /\*([^*\s][^*]{0,300})\*/,
    /\b_([^_]{1,300})_\b/,
    /(!?)\[([^\][]{0,300})\]\(<?([^()<>\s]{0,500})>?(?:\s"[^"]{0,200}")?\)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

const plain = (text: string): Piece => ({ kind: 'text', text, pieces: [], address: '' });

export function inline(text: string, depth = 0): Piece[] {
  if (depth >= kMaxNesting) return [plain(text)];
  const pieces: Piece[] = [];
  let at = 0;
  const nested = (kind: Piece['kind'], inner: string, address = '') =>
    pieces.push({ kind, text: inner, pieces: inline(inner, depth + 1), address });
  for (const mark of text.matchAll(kMarks)) {
    if (mark.index > at) pieces.push(plain(text.slice(at, mark.index)));
    at = mark.index + mark[0].length;
    const [, escaped, , code, strong, em, underscored, bang, label, address] = mark;
    if (escaped !== undefined) pieces.push(plain(escaped));
    else if (code !== undefined) pieces.push({ ...plain(code.trim()), kind: 'code' });
    else if (strong !== undefined) nested('strong', strong);
    else if (em !== undefined) nested('em', em);
    else if (underscored !== undefined) nested('em', underscored);
    else if (bang) pieces.push({ kind: 'image', text: label!, pieces: [], address: address! });
    else nested('link', label!, address);
  }
  if (at < text.length) pieces.push(plain(text.slice(at)));
  return pieces;
}

function cellsOf(line: string): string[] {
  const cells = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/);
  return cells.slice(0, kMaxCells).map((cell) => cell.trim());
}

const isDelimiter = (line: string | undefined) =>
  line !== undefined && line.includes('-') && cellsOf(line).every((cell) => /^:?-+:?$/.test(cell));

const kItem = /^(\s{0,12})([-*+]|\d{1,9}[.)])\s+(.*)$/;
const kFence = /^\s{0,3}(`{3,}|~{3,})/;
const kHeading = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/;
const kRule = /^\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/;

const begins = (line: string) =>
  kItem.test(line) || kFence.test(line) || kHeading.test(line) || kRule.test(line) || line.startsWith('>');

export function parseMarkdown(source: string): Block[] {
  const lines = source.replace(/\r\n?/g, '\n').split('\n');
  const blocks: Block[] = [];
  let at = 0;
  // Lines up to one that is empty or begins something else.
  const rest = () => {
    const found: string[] = [];
    while (at < lines.length && lines[at]!.trim() !== '' && !begins(lines[at]!)) found.push(lines[at++]!.trim());
    return found;
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const fence = kFence.exec(line)?.[1];
    const heading = kHeading.exec(line);
    if (line.trim() === '') at++;
    else if (fence) {
      const code: string[] = [];
      for (at++; at < lines.length && !lines[at]!.trim().startsWith(fence); at++) code.push(lines[at]!);
      at++;
      blocks.push({ kind: 'code', text: code.join('\n') });
    } else if (heading) {
      at++;
      blocks.push({ kind: 'heading', level: heading[1]!.length, pieces: inline(heading[2]!) });
    } else if (kRule.test(line)) {
      at++;
      blocks.push({ kind: 'rule' });
    } else if (line.startsWith('>')) {
      const quoted: string[] = [];
      for (; at < lines.length && lines[at]!.startsWith('>'); at++) quoted.push(lines[at]!.replace(/^>[> ]*/, ''));
      blocks.push({ kind: 'quote', pieces: inline(quoted.join(' ')) });
    } else if (kItem.test(line)) {
      const items: { depth: number; mark: string; pieces: Piece[] }[] = [];
      for (let item = kItem.exec(line); item; item = kItem.exec(lines[at] ?? '')) {
        at++;
        const depth = Math.min(kMaxNesting, Math.floor(item[1]!.length / 2));
        const mark = /\d/.test(item[2]!) ? item[2]! : '•';
        items.push({ depth, mark, pieces: inline([item[3]!, ...rest()].join(' ')) });
      }
      blocks.push({ kind: 'list', items });
    } else if (/^(?: {4}|\t)/.test(line)) {
      const code: string[] = [];
      for (; at < lines.length && /^(?: {4}|\t|\s*$)/.test(lines[at]!); at++)
        code.push(lines[at]!.replace(/^ {4}|^\t/, ''));
      blocks.push({ kind: 'code', text: code.join('\n').trimEnd() });
    } else if (line.includes('|') && isDelimiter(lines[at + 1])) {
      const head = cellsOf(line).map((cell) => inline(cell));
      const rows: Piece[][][] = [];
      for (at += 2; at < lines.length && lines[at]!.includes('|'); at++)
        rows.push(cellsOf(lines[at]!).map((cell) => inline(cell)));
      blocks.push({ kind: 'table', head, rows });
    } else blocks.push({ kind: 'paragraph', pieces: inline([line.trim(), ...(at++, rest())].join(' ')) });
  }
  return blocks;
}
