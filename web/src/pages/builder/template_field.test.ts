import { describe, expect, it } from 'vitest';

import type { Agent } from '../../api/types';
import type { Draft } from './model';
import { openTemplate, suggestionsFor } from './template_field';

describe('openTemplate', () => {
  it('finds the word before the cursor inside a template', () => {
    expect(openTemplate('a {{ scan.ou', 12)).toEqual({ from: 5, word: 'scan.ou' });
    expect(openTemplate('{{', 2)).toEqual({ from: 2, word: '' });
  });
  it('is silent outside of templates', () => {
    expect(openTemplate('plain', 5)).toBeNull();
    expect(openTemplate('{{ a }} b', 9)).toBeNull();
  });
});

describe('suggestionsFor', () => {
  const agents = [
    {
      id: '1',
      name: 'scanner',
      capabilities: [
        { name: 'scan', outputSchema: { properties: { summary: { properties: { total: { type: 'integer' } } } } } },
      ],
    },
  ] as unknown as Agent[];
  const draft: Draft = {
    name: 'w',
    nodes: [
      { id: 'scan', agent: 'scanner' },
      { id: 'sum', transform: { n: 1 }, dependsOn: ['scan'] },
      { id: 'tell', dependsOn: ['sum'] },
      { id: 'aside' },
    ],
  };
  it('offers what is upstream, member by member', () => {
    const texts = suggestionsFor(draft, 'tell', agents).map((one) => one.text);
    expect(texts).toContain('scan.output.summary.total');
    expect(texts).toContain('sum.output.n');
    expect(texts).not.toContain('aside.output');
  });
});
