// JSON of unknown size from unknown hands: shown as text, long texts cut until asked for, deep levels folded.
import { memo, useState } from 'react';

import type { Json } from '../api/types';

const kLongText = 400;
const kManyEntries = 100;
const kOpenDepth = 2;

function Text({ value }: { value: string }) {
  const [whole, setWhole] = useState(false);
  const long = value.length > kLongText;
  return (
    <span className="break-all text-success">
      &quot;{whole || !long ? value : `${value.slice(0, kLongText)}…`}&quot;
      {long && (
        <button type="button" className="ml-1 text-accent underline" onClick={() => setWhole(!whole)}>
          {whole ? 'less' : `all ${value.length.toLocaleString()} characters`}
        </button>
      )}
    </span>
  );
}

function Entries({ value, depth }: { value: Json[] | { [key: string]: Json }; depth: number }) {
  const [open, setOpen] = useState(depth < kOpenDepth);
  const [shown, setShown] = useState(kManyEntries);
  const isList = Array.isArray(value);
  const entries = isList ? value.map((item, i) => [String(i), item] as const) : Object.entries(value);
  const [left, right] = isList ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) return <span>{left + right}</span>;
  return (
    <span>
      <button
        type="button"
        aria-expanded={open}
        className="min-h-6 min-w-6 text-left text-muted"
        onClick={() => setOpen(!open)}
      >
        {open ? '▾' : '▸'} {left}
        {!open && ` ${entries.length} ${right}`}
      </button>
      {open && (
        <>
          <span className="block border-l border-line pl-4">
            {entries.slice(0, shown).map(([key, item]) => (
              <span key={key} className="block">
                <span className="text-muted">{isList ? `${key}: ` : ''}</span>
                {!isList && <span className="break-all">{key}: </span>}
                <Value value={item} depth={depth + 1} />
              </span>
            ))}
            {entries.length > shown && (
              <button type="button" className="text-accent underline" onClick={() => setShown(shown + kManyEntries)}>
                {entries.length - shown} more
              </button>
            )}
          </span>
          <span className="text-muted">{right}</span>
        </>
      )}
    </span>
  );
}

function Value({ value, depth }: { value: Json; depth: number }) {
  if (typeof value === 'string') return <Text value={value} />;
  if (value === null || typeof value !== 'object') return <span className="text-running">{String(value)}</span>;
  return <Entries value={value} depth={depth} />;
}

// Drawn again only when it is another value: the pages around it change often.
export const JsonView = memo(function JsonView({ value }: { value: Json }) {
  return (
    <div className="overflow-auto rounded-md bg-raised p-3 font-mono text-[0.85em] leading-relaxed">
      <Value value={value} depth={0} />
    </div>
  );
});
