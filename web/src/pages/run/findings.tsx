// Findings of an agent's output as a table: filtered by severity and text, each with its place.
import { useMemo, useState } from 'react';

import { isObject } from '../../api/client';
import type { Json, JsonObject } from '../../api/types';

const kOrder = ['critical', 'high', 'error', 'medium', 'warning', 'low', 'info'];
const kPage = 200;

// The list in an output that is one of findings: members that name a file and say something about it.
export function findingsOf(output: Json): JsonObject[] {
  if (!isObject(output)) return [];
  for (const key of ['findings', 'violations', 'issues']) {
    const list = output[key];
    if (Array.isArray(list) && list.every(isObject) && list.length > 0) return list as JsonObject[];
  }
  return [];
}

const text = (value: Json | undefined) => (value === undefined || value === null ? '' : String(value));
const rank = (finding: JsonObject) => {
  const found = kOrder.indexOf(text(finding.severity).toLowerCase());
  return found < 0 ? kOrder.length : found;
};

export function Findings({ list }: { list: JsonObject[] }) {
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
          className="field w-auto"
          aria-label="Severity"
          value={severity}
          onChange={(event) => setSeverity(event.target.value)}
        >
          <option value="">every severity ({list.length})</option>
          {severities.map((one) => (
            <option key={one} value={one}>
              {one} ({list.filter((finding) => finding.severity === one).length})
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
        <table className="w-full text-sm">
          <thead>
            <tr className="table-head">
              <th className="py-2 pr-4 font-medium">Severity</th>
              <th className="py-2 pr-4 font-medium">What</th>
              <th className="py-2 font-medium">Where</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, count).map((finding, i) => (
              <tr key={i} className="border-b border-line align-top last:border-0">
                <td
                  className={`py-1.5 pr-4 font-medium ${rank(finding) <= 2 ? 'text-danger' : rank(finding) <= 4 ? 'text-waiting' : 'text-muted'}`}
                >
                  {text(finding.severity)}
                </td>
                <td className="break-words py-1.5 pr-4">
                  {text(finding.description ?? finding.message ?? finding.type)}
                  {(finding.ruleId ?? finding.rule ?? finding.type) !== undefined && (
                    <span className="ml-2 text-muted">{text(finding.ruleId ?? finding.rule ?? finding.type)}</span>
                  )}
                  {(finding.snippetRedacted ?? finding.code) !== undefined && (
                    <code className="mt-0.5 block break-all text-muted">
                      {text(finding.snippetRedacted ?? finding.code)}
                    </code>
                  )}
                  {(finding.suggestion ?? finding.remediation) !== undefined && (
                    <span className="block text-muted">{text(finding.suggestion ?? finding.remediation)}</span>
                  )}
                </td>
                <td className="break-all py-1.5 font-mono text-xs">
                  {text(finding.file)}
                  {finding.line !== undefined && `:${text(finding.line)}`}
                </td>
              </tr>
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
