import { describe, expect, it } from 'vitest';

import { schemaRows } from './schema_table';

describe('schemaRows', () => {
  it('lists members, nested ones below theirs, items of lists too', () => {
    const rows = schemaRows({
      type: 'object',
      required: ['findings'],
      properties: {
        findings: { type: 'array', items: { type: 'object', properties: { line: { type: 'integer', minimum: 1 } } } },
        mode: { enum: ['a', 'b'], default: 'a', description: 'How.' },
      },
    });
    expect(rows).toEqual([
      { name: 'findings', depth: 0, type: 'list of object', required: true, about: '' },
      { name: 'line', depth: 1, type: 'integer, from 1', required: false, about: '' },
      { name: 'mode', depth: 0, type: '"a" | "b"', required: false, about: 'How. Default: "a".' },
    ]);
  });
  it('ends with schemas that contain themselves many times over', () => {
    let schema: { [key: string]: never } | object = { type: 'object' };
    for (let i = 0; i < 40; i++) schema = { type: 'object', properties: { deeper: schema } };
    expect(schemaRows(schema as never).length).toBe(4);
    expect(schemaRows('nonsense')).toEqual([]);
  });
});
