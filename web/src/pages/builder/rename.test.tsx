import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { toDraft } from './model';
import { Rename } from './step_panel';

const kDraft = toDraft({
  name: 'w',
  nodes: [
    { id: 'a', transform: {} },
    { id: 'b', transform: {} },
  ],
});

function open() {
  const onRename = vi.fn();
  render(<Rename draft={kDraft} node={kDraft.nodes[0]!} onRename={onRename} />);
  const field = screen.getByLabelText<HTMLInputElement>('Name of the step');
  field.focus();
  const type = (value: string) => fireEvent.change(field, { target: { value } });
  return { onRename, field, type };
}

describe('the name of a step', () => {
  afterEach(cleanup);
  it('is changed with Enter, or by going elsewhere', () => {
    const { onRename, field, type } = open();
    fireEvent.blur(field);
    expect(onRename).not.toHaveBeenCalled();
    field.focus();
    type('c');
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(onRename).toHaveBeenLastCalledWith('c');
    type('d');
    fireEvent.blur(field);
    expect(onRename).toHaveBeenLastCalledWith('d');
  });
  it.each([
    ['b', 'another step has this name'],
    ['a b', 'letters, digits'],
  ])('that is not possible, %s, stays with the reason', (name, reason) => {
    const { onRename, field, type } = open();
    type(name);
    fireEvent.keyDown(field, { key: 'Enter' });
    fireEvent.blur(field);
    expect(field.value).toBe(name);
    expect(screen.getByRole('alert').textContent).toContain(reason);
    expect(screen.getByRole('alert').textContent).toContain('still called a');
    expect(onRename).not.toHaveBeenCalled();
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(field.value).toBe('a');
    expect(screen.getByRole('alert').textContent).toBe('');
  });
});
