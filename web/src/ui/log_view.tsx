// Log lines, searchable. Only what is in view is in the page, so that a million lines scroll like ten.
import { useEffect, useMemo, useRef, useState } from 'react';

import { parseAnsi, plainText } from './ansi';

const kLineHeight_px = 20;
const kOverscan = 20;
const kLongLine = 2_000;

export function LogView({ lines, live }: { lines: string[]; live: boolean }) {
  const [search, setSearch] = useState('');
  const [following, setFollowing] = useState(true);
  const [scroll, setScroll] = useState({ top: 0, height: 400 });
  const box = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const wanted = search.toLowerCase();
    const numbered = lines.map((text, i) => ({ text, number: i + 1 }));
    return wanted === '' ? numbered : numbered.filter(({ text }) => plainText(text).toLowerCase().includes(wanted));
  }, [lines, search]);

  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [following, shown.length]);

  const first = Math.max(0, Math.floor(scroll.top / kLineHeight_px) - kOverscan);
  const last = Math.min(shown.length, Math.ceil((scroll.top + scroll.height) / kLineHeight_px) + kOverscan);
  return (
    <div className="flex h-full min-h-[16rem] flex-col">
      <div className="mb-2 flex items-center gap-3 text-sm">
        <input
          className="field max-w-xs"
          type="search"
          aria-label="Search the log"
          placeholder="Search the log"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <label className="flex items-center gap-1.5 text-muted">
          <input type="checkbox" checked={following} onChange={(event) => setFollowing(event.target.checked)} />
          Follow
        </label>
        <span className="ml-auto text-muted">
          {shown.length.toLocaleString()} {shown.length === 1 ? 'line' : 'lines'}
          {live && ' · live'}
        </span>
      </div>
      <div
        ref={box}
        role="log"
        aria-label="Log"
        tabIndex={0}
        className="min-h-0 flex-1 overflow-auto rounded-md bg-raised p-3 font-mono text-xs"
        onScroll={(event) => {
          const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
          setScroll({ top: scrollTop, height: clientHeight });
          if (live) setFollowing(scrollHeight - scrollTop - clientHeight < 2 * kLineHeight_px);
        }}
      >
        {shown.length === 0 ? (
          <p className="text-muted">{lines.length === 0 ? 'Nothing was written to the log.' : 'No line holds that.'}</p>
        ) : (
          <div style={{ height: shown.length * kLineHeight_px, position: 'relative' }}>
            {shown.slice(first, last).map(({ text, number }, i) => (
              <div
                key={number}
                className="absolute flex whitespace-pre"
                style={{ top: (first + i) * kLineHeight_px, height: kLineHeight_px, lineHeight: `${kLineHeight_px}px` }}
              >
                <span aria-hidden="true" className="mr-3 inline-block w-12 shrink-0 select-none text-right text-muted">
                  {number}
                </span>
                <bdi dir="ltr">
                  {parseAnsi(
                    text.length > kLongLine
                      ? `${text.slice(0, kLongLine)}… (${text.length.toLocaleString()} characters)`
                      : text,
                  ).map((piece, j) => (
                    <span key={j} className={piece.className}>
                      {piece.text}
                    </span>
                  ))}
                </bdi>
              </div>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}
