// Terminal colours in log lines become styles; every other control sequence is dropped. What comes out is text and
// class names, never HTML.
export interface Piece {
  text: string;
  className: string;
}

const kColours: Record<number, string> = {
  31: 'text-danger',
  32: 'text-success',
  33: 'text-waiting',
  34: 'text-running',
  35: 'text-accent',
  36: 'text-accent',
  90: 'text-muted',
  91: 'text-danger',
  92: 'text-success',
  93: 'text-waiting',
  94: 'text-running',
  95: 'text-accent',
  96: 'text-accent',
};

// eslint-disable-next-line no-control-regex
const kSequence = /\x1b(?:\[([0-9;:?]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;
// eslint-disable-next-line no-control-regex
const kControl = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

export function parseAnsi(line: string): Piece[] {
  const pieces: Piece[] = [];
  let colour = '';
  let bold = false;
  let from = 0;
  const push = (text: string) => {
    const clean = text.replace(kControl, '');
    if (clean !== '') pieces.push({ text: clean, className: `${colour}${bold ? ' font-bold' : ''}`.trim() });
  };
  for (const match of line.matchAll(kSequence)) {
    push(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] !== 'm') continue;
    for (const code of (match[1] || '0').split(/[;:]/).map(Number)) {
      if (code === 0) [colour, bold] = ['', false];
      else if (code === 1) bold = true;
      else if (code === 22) bold = false;
      else if (code === 39) colour = '';
      else if (kColours[code]) colour = kColours[code];
    }
  }
  push(line.slice(from));
  return pieces;
}

export const plainText = (line: string) =>
  parseAnsi(line)
    .map((piece) => piece.text)
    .join('');
