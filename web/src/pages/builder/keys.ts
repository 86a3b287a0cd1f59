// What a key asks of the builder. Keys work on the drawing, not while somebody types or a dialog asks something.
type Command = 'save' | 'undo' | 'redo' | 'select all' | 'copy' | 'paste';

const isElsewhere = (target: EventTarget | null) =>
  (target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null) || isAsking();

export const isAsking = () => document.querySelector('dialog[open]') !== null;

export function commandOf(event: KeyboardEvent): Command | null {
  if (!event.ctrlKey && !event.metaKey) return null;
  const key = event.key.toLowerCase();
  if (key === 's') return 'save'; // wherever: the browser's own would save the page
  if (isElsewhere(event.target)) return null;
  if (key === 'z') return event.shiftKey ? 'redo' : 'undo';
  if (key === 'y') return 'redo';
  if (key === 'a') return 'select all';
  if (key === 'c') return window.getSelection()?.isCollapsed === false ? null : 'copy'; // text goes first
  if (key === 'v') return 'paste';
  return null;
}
