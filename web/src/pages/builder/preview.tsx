// What a template would give with the values of the workflow's latest run, asked from the server while somebody types.
import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState } from 'react';

import { ApiError, post } from '../../api/client';
import type { Json } from '../../api/types';

const kTyping_ms = 300;
const kLongest = 240; // characters of a value

// The workflow whose latest run is looked at; undefined: it was never saved.
export const PreviewOf = createContext<string | undefined>(undefined);

export function useDebounced<T>(value: T, wait_ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), wait_ms);
    return () => clearTimeout(timer);
  }, [value, wait_ms]);
  return settled;
}

export function shown(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > kLongest ? `${text.slice(0, kLongest)}…` : text;
}

export function Preview({ text, bare }: { text: string; bare?: boolean }) {
  const workflowId = useContext(PreviewOf);
  const settled = useDebounced(text, kTyping_ms);
  const has = bare ? settled.trim() !== '' : /\{\{[\s\S]*\}\}/.test(settled);
  const preview = useQuery({
    queryKey: ['preview', workflowId, bare ?? false, settled],
    queryFn: () =>
      post<{ value: Json; error: string | null }>('/api/expressions/preview', {
        workflowId,
        ...(bare ? { expression: settled } : { template: settled }),
      }),
    enabled: has && workflowId !== undefined,
    retry: false,
    placeholderData: (previous) => previous,
  });
  if (!has || workflowId === undefined) return null;
  if (preview.error) {
    if (preview.error instanceof ApiError && preview.error.status === 404) return null; // it has not run yet
    return <p className="text-xs text-danger">{preview.error.message}</p>;
  }
  if (!preview.data) return null;
  const { value, error } = preview.data;
  return (
    <p className="mt-1 text-xs" aria-live="polite" data-testid="preview">
      <span className="text-muted">With the latest run: </span>
      {error === null ? (
        <code className="break-all text-success">{shown(value)}</code>
      ) : (
        <span className="break-words text-danger">{error}</span>
      )}
    </p>
  );
}
