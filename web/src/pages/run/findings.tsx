// Findings of an agent's output as a table: filtered by severity and text, each with its place.
import { useMemo, useState } from 'react';

import type { Json, JsonObject } from '../../api/types';
import { SourceView } from '../../ui/source_view';

const kOrder = ['critical', 'high', 'error', 'medium', 'warning', 'low', 'info'];
const kPage = 200;
const kLongSeverity = 24;

const text = (value: Json | undefined) => (value === undefined || value === null ? '' : String(value));
const rank = (finding: JsonObject) => {
  const found = kOrder.indexOf(text(finding.severity).toLowerCase());
  return found < 0 ? kOrder.length : found;
};

// Where agents saw the repository; what they report is below it or relative to it.
const fileOf = (finding: JsonObject) => text(finding.file).replace(/^\/workspace\//, '');

function Finding({ finding, workspace }: { finding: JsonObject; workspace: string | null }) {
  const [open, setOpen] = useState(false);
  const rule = finding.ruleId ?? finding.rule ?? finding.type;
  const more = finding.suggestion ?? finding.remediation;
  const file = fileOf(finding);
  const line = typeof finding.line === 'number' ? finding.line : null;
  const place = `${file}${line === null ? '' : `:${line}`}`;
  const where =
    workspace && file && line !== null ? (
      <button
        type="button"
        className="py-1 text-left text-accent hover:underline"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {place}
      </button>
    ) : (
      place
    );
  return (
    <>
      <tr className={`align-top ${open ? '' : 'border-b border-line last:border-0'}`}>
        <td
          className={`break-words py-1.5 pr-4 font-medium ${rank(finding) <= 2 ? 'text-danger' : rank(finding) <= 4 ? 'text-waiting' : 'text-muted'}`}
        >
          {text(finding.severity).slice(0, kLongSeverity)}
        </td>
        <td className="break-words py-1.5 pr-4">
          {text(finding.description ?? finding.message ?? finding.type)}
          {rule !== undefined && <span className="ml-2 text-muted">{text(rule)}</span>}
          {finding.code !== undefined && (
            <code className="mt-0.5 block break-all text-muted">{text(finding.code)}</code>
          )}
          {more !== undefined && <span className="block text-muted">{text(more)}</span>}
          <span className="block break-all font-mono text-xs sm:hidden">{where}</span>
        </td>
        <td className="hidden break-all py-1.5 font-mono text-xs sm:table-cell">{where}</td>
      </tr>
      {open && workspace && line !== null && (
        <tr className="border-b border-line last:border-0">
          <td colSpan={3} className="pb-3">
            <SourceView workspace={workspace} file={file} line={line} />
          </td>
        </tr>
      )}
    </>
  );
}

export function Findings({ list, workspace }: { list: JsonObject[]; workspace: string | null }) {
  const [severity, setSeverity] = useState('');
  const [search, setSearch] = useState('');
  const [count, setCount] = useState(kPage);
  const severities = useMemo(
    () =>
      [...new Set(list.map((finding) => text(finding.severity)))].sort((a, b) => kOrder.indexOf(a) - kOrder.indexOf(b)),
    [list],
  );
  const shown = useMemo(() => {
    const wanted = search.toLowerCase();
    return list
      .filter((finding) => severity === '' || finding.severity === severity)
      .filter((finding) => wanted === '' || JSON.stringify(finding).toLowerCase().includes(wanted))
      .sort((a, b) => rank(a) - rank(b));
  }, [list, severity, search]);
  return (
    <div>
      <div className="mb-3 flex flex-wrap gap-2 text-sm">
        <select
          className="field w-auto max-w-full"
          aria-label="Severity"
          value={severity}
          onChange={(event) => setSeverity(event.target.value)}
        >
          <option value="">every severity ({list.length})</option>
          {severities.map((one) => (
            <option key={one} value={one}>
              {one.slice(0, kLongSeverity)} ({list.filter((finding) => finding.severity === one).length})
            </option>
          ))}
        </select>
        <input
          className="field max-w-xs"
          type="search"
          aria-label="Search findings"
          placeholder="Search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <div className="overflow-x-auto">
        <table className="w-full table-fixed text-sm">
          <thead>
            <tr className="table-head">
              <th className="w-20 py-2 pr-3 font-medium sm:w-24 sm:pr-4">Severity</th>
              <th className="py-2 pr-4 font-medium">What</th>
              <th className="hidden w-[34%] py-2 font-medium sm:table-cell">Where</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, count).map((finding, i) => (
              <Finding key={i} finding={finding} workspace={workspace} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length > count && (
        <button type="button" className="mt-2 text-accent underline" onClick={() => setCount(count + kPage)}>
          {shown.length - count} more
        </button>
      )}
    </div>
  );
}
