// Lines of a file in a repository around the one that somebody speaks of. Read from the server when it is shown.
import { useQuery } from '@tanstack/react-query';

import { get, query } from '../api/client';
import { Failure } from './feedback';
import { revealed } from './hidden';
import { useHighlighter } from './highlight';

const kAround = 6;

interface Source {
  file: string;
  from: number;
  total: number;
  lines: string[];
}

export function SourceView({
  workspace,
  file,
  line,
  endLine = line,
  around = kAround,
}: {
  workspace: string;
  file: string;
  line: number;
  endLine?: number;
  around?: number;
}) {
  const from = Math.max(1, line - around);
  const lines = Math.min(2_000, endLine - from + around + 1);
  const source = useQuery({
    queryKey: ['source', workspace, file, from, lines],
    queryFn: () => get<Source>(`/api/source${query({ workspace, file, from, lines })}`),
    retry: false,
    staleTime: 10_000,
  });
  const highlight = useHighlighter(file);
  if (source.error) return <Failure error={source.error} />;
  if (!source.data) return <p className="py-2 text-sm text-muted">Reading {file}…</p>;
  return (
    <figure className="overflow-hidden rounded-md border border-line bg-raised" data-testid="source">
      <figcaption className="border-b border-line px-3 py-1 text-xs text-muted">
        <code>{file}</code>, as it is now
      </figcaption>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={`Source of ${file}`}>
        <table className="w-full font-mono text-xs leading-5">
          <tbody>
            {source.data.lines.map((text, i) => {
              const number = source.data.from + i;
              const marked = number >= line && number <= endLine;
              return (
                <tr key={number} className={marked ? 'bg-sand' : ''} aria-current={marked ? 'true' : undefined}>
                  <td className="w-12 select-none border-r border-line px-2 text-right text-muted">{number}</td>
                  <td className="whitespace-pre px-2">
                    <bdi dir="ltr">
                      {highlight(revealed(text)).map((piece, j) => (
                        <span key={j} className={piece.className}>
                          {piece.text}
                        </span>
                      ))}
                    </bdi>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
