// The title of the browser's tab: how many decisions wait, the page, the program.
import { useEffect } from 'react';

const shown = { page: '', waiting: 0 };

function show(change: Partial<typeof shown>) {
  Object.assign(shown, change);
  const count = shown.waiting > 0 ? `(${shown.waiting}) ` : '';
  document.title = `${count}${shown.page === '' ? '' : `${shown.page} · `}commandcenter`;
}

export const useWaitingTitle = (waiting: number) => useEffect(() => show({ waiting }), [waiting]);

export const usePageTitle = (page: string) =>
  useEffect(() => {
    show({ page });
    return () => show({ page: '' });
  }, [page]);
