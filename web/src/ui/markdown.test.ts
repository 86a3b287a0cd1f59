import { expect, test } from 'vitest';

import { inline, parseMarkdown, type Block, type Piece } from './markdown';

const flat = (pieces: Piece[]): string =>
  pieces.map((one) => (one.kind === 'text' ? one.text : `<${one.kind}>${one.text}</>`)).join('');
const kinds = (text: string) => parseMarkdown(text).map((block) => block.kind);

test('marks within a line', () => {
  expect(flat(inline('a `b*c*` **d** *e* _f_ snake_case_name \\*g*'))).toBe(
    'a <code>b*c*</> <strong>d</> <em>e</> <em>f</> snake_case_name *g*',
  );
  expect(flat(inline('3 * 4 * 5 [x'))).toBe('3 * 4 * 5 [x');
  const [link, , image] = inline('[here](https://a.example/b "title") ![a picture](x.png)');
  expect(link).toMatchObject({ kind: 'link', text: 'here', address: 'https://a.example/b' });
  expect(image).toMatchObject({ kind: 'image', text: 'a picture', address: 'x.png' });
});

test('blocks', () => {
  expect(kinds('# A\n\ntext\ngoes on\n\n- one\n  more\n- two\n\n```sh\n# no heading\n```\n---\n> said\n')).toEqual([
    'heading',
    'paragraph',
    'list',
    'code',
    'rule',
    'quote',
  ]);
  const [list] = parseMarkdown('1. one\n  goes on\n   - two\n') as Extract<Block, { kind: 'list' }>[];
  expect(list!.items.map((item) => [item.depth, item.mark, flat(item.pieces)])).toEqual([
    [0, '1.', 'one goes on'],
    [1, '•', 'two'],
  ]);
  const [table] = parseMarkdown('| a | b |\n|---|:-:|\n| `x` \\| y | z |\n\nend') as Extract<
    Block,
    { kind: 'table' }
  >[];
  expect(table!.head.map(flat)).toEqual(['a', 'b']);
  expect(table!.rows.map((row) => row.map(flat))).toEqual([['<code>x</> | y', 'z']]);
});

test('HTML is text', () => {
  expect(parseMarkdown('<img src=x onerror=alert(1)>')).toEqual([
    {
      kind: 'paragraph',
      pieces: [{ kind: 'text', text: '<img src=x onerror=alert(1)>', pieces: [], address: '' }],
    },
  ]);
});

test('no text takes long', () => {
  const size = 200_000;
  const hostile = [
    '>'.repeat(size),
    '['.repeat(size),
    '- '.repeat(size / 2),
    ('- '.repeat(30) + 'a\n').repeat(size / 62),
    '*a '.repeat(size / 3),
    '[a]('.repeat(size / 4),
    '`'.repeat(size),
    '|'.repeat(size / 2) + '\n' + '|-'.repeat(size / 4),
    '# '.repeat(size / 2),
    ' '.repeat(size),
    '```\n'.repeat(size / 4),
    Array.from({ length: 400 }, (_, i) => `${' '.repeat(i * 2)}- a`).join('\n'),
  ];
  for (const text of hostile) {
    const from = process.cpuUsage();
    parseMarkdown(text);
    expect(process.cpuUsage(from).user, text.slice(0, 10)).toBeLessThan(3_000_000);
  }
}, 60_000);
