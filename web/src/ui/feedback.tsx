// What a page shows when there is nothing, not yet, or something went wrong.
import type { ReactNode } from 'react';

import { ApiError } from '../api/client';
import { Button } from './button';

export function Loading({ what }: { what: string }) {
  return (
    <p role="status" className="py-10 text-center text-muted">
      Loading {what}…
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="card mx-auto my-8 max-w-xl px-8 py-10 text-center">
      <h2>{title}</h2>
      {children && <div className="mt-3 text-muted [&_a]:underline">{children}</div>}
    </div>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  const problems = error instanceof ApiError ? error.problems : [];
  return (
    <div role="alert" className="card my-4 border-danger px-4 py-3">
      <p className="break-words font-medium text-danger">{message}</p>
      {problems.length > 0 && (
        <ul className="mt-2 list-disc pl-5 text-sm">
          {problems.map((problem, i) => (
            <li key={i} className="break-words">
              <code>{problem.path}</code>: {problem.message}
            </li>
          ))}
        </ul>
      )}
      {retry && (
        <Button small className="mt-2" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

// The usual three: loading, failed, there.
export function Loaded<T>({
  query,
  what,
  children,
}: {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  what: string;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isPending) return <Loading what={what} />;
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <Empty title="It is not there">
        {query.error.message}. It may have been removed, or the address is misspelt.
      </Empty>
    );
  }
  return <Failure error={query.error} retry={() => void query.refetch()} />;
}
