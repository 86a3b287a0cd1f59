// Short notes about what an action did, read out by screen readers and gone after a while.
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';

interface Toast {
  id: number;
  text: string;
  failed: boolean;
}

type Tell = (text: string, failed?: boolean) => void;
const Context = createContext<Tell>(() => {});
const kVisible_ms = 6_000;
let nextId = 1;

export const useTell = () => useContext(Context);

export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const tell = useCallback<Tell>((text, failed = false) => {
    const id = nextId++;
    setToasts((known) => [...known.slice(-3), { id, text, failed }]);
    setTimeout(() => setToasts((known) => known.filter((toast) => toast.id !== id)), kVisible_ms);
  }, []);
  const list = useMemo(
    () => (
      <div
        aria-live="polite"
        className="fixed bottom-4 right-4 z-50 flex w-[min(26rem,calc(100vw-2rem))] flex-col gap-2"
      >
        {toasts.map((toast) => (
          <p
            key={toast.id}
            className={`card break-words px-4 py-3 shadow-pop ${toast.failed ? 'border-danger text-danger' : ''}`}
          >
            {toast.text}
          </p>
        ))}
      </div>
    ),
    [toasts],
  );
  return (
    <Context.Provider value={tell}>
      {children}
      {list}
    </Context.Provider>
  );
}
