import { describe, expect, it } from 'vitest';

import { revealed } from './hidden';

describe('revealed', () => {
  it('names what cannot be seen or turns the direction', () => {
    expect(revealed('if (a\u202e)\u200b\u0000{')).toBe('if (a⟨U+202E⟩)⟨U+200B⟩⟨U+0000⟩{');
  });
  it('leaves text alone, tabs too', () => {
    expect(revealed('\tgrüß dich, 日本 🙂')).toBe('\tgrüß dich, 日本 🙂');
  });
});
