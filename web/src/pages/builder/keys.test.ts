import { afterEach, describe, expect, it } from 'vitest';

import { commandOf } from './keys';

// What is asked when the key reaches the window from the element.
function press(key: string, selector = 'p', more: KeyboardEventInit = {}) {
  let command: ReturnType<typeof commandOf> = null;
  const listen = (event: KeyboardEvent) => (command = commandOf(event));
  window.addEventListener('keydown', listen);
  const event = new KeyboardEvent('keydown', { key, ctrlKey: true, bubbles: true, ...more });
  document.querySelector(selector)!.dispatchEvent(event);
  window.removeEventListener('keydown', listen);
  return command;
}

describe('keys of the builder', () => {
  afterEach(() => {
    window.getSelection()!.removeAllRanges();
    document.body.innerHTML = '<p>some text</p><textarea></textarea>';
  });
  document.body.innerHTML = '<p>some text</p><textarea></textarea>';

  it('ask something of the drawing', () => {
    expect(['z', 'y', 'a', 'c', 'v', 'S', 'x'].map((key) => press(key))).toEqual([
      'undo',
      'redo',
      'select all',
      'copy',
      'paste',
      'save',
      null,
    ]);
    expect(press('Z', 'p', { shiftKey: true })).toBe('redo');
    expect(press('z', 'p', { ctrlKey: false })).toBe(null);
  });
  it('leave text that is selected to the browser', () => {
    window.getSelection()!.selectAllChildren(document.querySelector('p')!);
    expect(press('c')).toBe(null);
  });
  it('ask nothing but to save while somebody types or a dialog is open', () => {
    expect(['z', 'a', 'c', 'v', 's'].map((key) => press(key, 'textarea'))).toEqual([null, null, null, null, 'save']);
    document.body.insertAdjacentHTML('beforeend', '<dialog open></dialog>');
    expect(['z', 'a', 'c', 'v', 's'].map((key) => press(key))).toEqual([null, null, null, null, 'save']);
  });
});
