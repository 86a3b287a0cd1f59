import { describe, expect, it } from 'vitest';

import { parseAnsi, plainText } from './ansi';

describe('parseAnsi', () => {
  it('turns colours into classes', () => {
    expect(parseAnsi('\x1b[31mred\x1b[0m plain')).toEqual([
      { text: 'red', className: 'text-danger' },
      { text: ' plain', className: '' },
    ]);
  });
  it('drops what moves the cursor, sets titles or hides text', () => {
    expect(plainText('a\x1b[2Jb\x1b]0;title\x07c\x1b[10;10Hd\u202ee\x08')).toBe('abcde');
  });
  it('leaves markup alone: it stays text', () => {
    expect(plainText('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
  });
  it('survives a sequence that never ends', () => {
    expect(plainText('x\x1b[')).toBe('x[');
  });
});
