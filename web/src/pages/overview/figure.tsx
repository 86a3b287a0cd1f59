// One number with its name, and what is reckoned for it.
import type { ReactNode } from 'react';
import { Link } from 'wouter';

import type { Tally } from '../../api/types';

export function Figure({
  label,
  value,
  hint,
  href,
}: {
  label: string;
  value: ReactNode;
  hint?: ReactNode;
  href?: string;
}) {
  const body = (
    <>
      <p className="text-sm text-muted">{label}</p>
      <p className="mt-1 font-serif text-2xl font-semibold sm:text-3xl tabular-nums text-ink">{value}</p>
      {hint && <p className="mt-1 text-sm text-muted">{hint}</p>}
    </>
  );
  return href ? (
    <Link href={href} className="card block min-w-0 p-4 sm:p-5 hover:bg-raised hover:no-underline">
      {body}
    </Link>
  ) : (
    <div className="card min-w-0 p-4 sm:p-5">{body}</div>
  );
}

// Never "100 %" while one has failed.
export function successShare({ succeeded, failed }: Pick<Tally, 'succeeded' | 'failed'>): string {
  if (succeeded + failed === 0) return '–';
  const share = (100 * succeeded) / (succeeded + failed);
  return `${failed > 0 && share > 99 ? Math.floor(share * 10) / 10 : Math.round(share)} %`;
}

export function percentile(values: number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}
