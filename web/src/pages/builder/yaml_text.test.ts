import { act, renderHook } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { placed, toDraft, type Draft } from './model';
import { toYaml, useYamlText } from './yaml_view';

const kDraft = placed(toDraft({ name: 'w', nodes: [{ id: 'a', agent: 'notifier' }] }));

function open(initial: string | null = null) {
  const read: Draft[] = [];
  const hook = renderHook(({ draft }) => useYamlText(draft, initial, (next) => read.push(next)), {
    initialProps: { draft: kDraft },
  });
  return { ...hook, read };
}

describe('the text of the YAML view', () => {
  it('is what is drawn, until somebody types', () => {
    const { result, rerender } = open();
    expect(result.current).toMatchObject({ text: toYaml(kDraft), typed: null, error: null });
    rerender({ draft: { ...kDraft, name: 'v' } });
    expect(result.current.text).toContain('name: v');
  });
  it('keeps what cannot be read, and the line of its error, until it can be read or is given up', () => {
    const { result, rerender, read } = open();
    act(() => result.current.type('name: w\nnodes: ['));
    expect(read).toEqual([]);
    expect(result.current).toMatchObject({ typed: 'name: w\nnodes: [', error: { line: 2 } });
    rerender({ draft: { ...kDraft, name: 'drawn' } });
    expect(result.current.text).toBe('name: w\nnodes: [');
    act(() => result.current.forget());
    expect(result.current).toMatchObject({ text: toYaml({ ...kDraft, name: 'drawn' }), error: null });
  });
  it('keeps comments while the text says what is drawn', () => {
    const { result, rerender, read } = open();
    const text = '# why\nname: w\nnodes:\n  - agent: notifier # who\n    id: a\n';
    act(() => result.current.type(text));
    rerender({ draft: placed(read[0]!) });
    expect(result.current.text).toBe(text);
    const answered = { description: null, status: 'ACTIVE', projectId: 1, trigger: 'manual', ...placed(read[0]!) };
    rerender({ draft: answered });
    expect(result.current.text).toBe(text);
    rerender({ draft: { ...answered, name: 'v' } });
    expect(result.current.text).toBe(toYaml({ ...answered, name: 'v' }));
  });
  it('begins with what was not saved', () => {
    expect(open('- a').result.current).toMatchObject({ text: '- a', error: { line: 1 } });
  });
});
