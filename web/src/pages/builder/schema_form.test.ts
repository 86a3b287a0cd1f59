import { describe, expect, it } from 'vitest';

import { textOf, valueOf } from './schema_form';

describe('a field that may hold anything', () => {
  it('keeps what it shows', () => {
    for (const value of ['text', '{{ a.output }}', '12', 12, true, 'true', null, '"quoted"', { a: [1] }])
      expect(valueOf(textOf(value))).toEqual(value);
    expect(valueOf('')).toBeUndefined();
  });
  it('does not take an unfinished object for one', () => {
    expect(valueOf('{"a": ')).toBe('{"a": ');
  });
});
