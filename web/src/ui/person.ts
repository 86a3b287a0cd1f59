// Who sits here, for whatever goes into a record: asked once, remembered in this browser, the same in every form.
import { useSyncExternalStore } from 'react';

const kName = 'commandcenter.name';
const listeners = new Set<() => void>();

function listen(changed: () => void) {
  listeners.add(changed);
  window.addEventListener('storage', changed); // of another window
  return () => {
    listeners.delete(changed);
    window.removeEventListener('storage', changed);
  };
}

const read = () => localStorage.getItem(kName) ?? '';

export const usePerson = () => useSyncExternalStore(listen, read);

export function rememberPerson(name: string) {
  localStorage.setItem(kName, name.trim());
  for (const changed of listeners) changed();
}
