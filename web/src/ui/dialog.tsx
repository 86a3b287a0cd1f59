import { useEffect, useRef, type ReactNode } from 'react';

import { Button } from './button';

// A modal dialog: the browser's own, which keeps the focus inside and closes with Escape.
export function Dialog({
  title,
  onClose,
  children,
  wide,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current!;
    const before = document.activeElement;
    if (!dialog.open) dialog.showModal();
    return () => {
      dialog.close();
      // The browser gives the focus back only as long as the dialog is part of the page; here it is gone already.
      if (before instanceof HTMLElement && document.activeElement === document.body) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={`card m-auto max-h-[90vh] overflow-auto p-0 text-ink shadow-pop backdrop:bg-[rgb(0_0_0/0.5)] ${wide ? 'w-[min(96vw,64rem)]' : 'w-[min(96vw,36rem)]'}`}
    >
      <div className="flex items-center justify-between border-b border-line px-5 py-3">
        <h2>{title}</h2>
        <Button kind="quiet" small onClick={onClose} aria-label="Close">
          ✕
        </Button>
      </div>
      <div className="px-5 py-4">{children}</div>
    </dialog>
  );
}
