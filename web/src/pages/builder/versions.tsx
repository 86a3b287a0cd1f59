// The versions a workflow had, and what changed between two of them or since: as a drawing, as a list, as text.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { get, path } from '../../api/client';
import type { JsonObject } from '../../api/types';
import { Button } from '../../ui/button';
import { DiffView } from '../../ui/diff_view';
import { Loaded } from '../../ui/feedback';
import { linePatch } from '../../ui/line_diff';
import { toDraft, type Draft } from './model';
import { compare, isSame, type ChangeKind } from './version_diff';
import { kSigns, VersionGraph } from './version_graph';
import { toYaml } from './yaml_view';

interface Version {
  version: number;
  createdAt: string;
  definition: JsonObject;
}

// Places are not what a workflow does.
const readable = (draft: Draft) => toYaml({ ...draft, nodes: draft.nodes.map(({ position: _, ...node }) => node) });

function Legend({ counts }: { counts: Map<ChangeKind, number> }) {
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1" aria-label="Steps">
      {(['added', 'removed', 'changed', 'same'] as const)
        .filter((kind) => counts.has(kind))
        .map((kind) => (
          <li key={kind} className="flex items-center gap-2">
            <span aria-hidden="true" className={`inline-block h-4 w-6 rounded ${kSigns[kind].box}`} />
            <span className={kSigns[kind].text}>
              {counts.get(kind)} {kSigns[kind].word}
            </span>
          </li>
        ))}
    </ul>
  );
}

function Difference({ before, after }: { before: Draft; after: Draft }) {
  const found = useMemo(() => compare(before, after), [before, after]);
  const patch = useMemo(() => linePatch('workflow.yaml', readable(before), readable(after)), [before, after]);
  if (isSame(found)) return <p className="text-muted">Nothing but the places of steps differs.</p>;
  const counts = new Map<ChangeKind, number>();
  for (const { kind } of found.nodes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return (
    <div className="grid gap-3 text-sm">
      <Legend counts={counts} />
      <VersionGraph before={before} after={after} found={found} />
      {found.fields.length > 0 && (
        <p>
          Also changed: <span className="text-waiting">{found.fields.join(', ')}</span>
        </p>
      )}
      <DiffView patch={patch} />
    </div>
  );
}

function Choice({
  label,
  value,
  versions,
  now,
  onChange,
}: {
  label: string;
  value: number;
  versions: Version[];
  now: boolean; // may what is drawn be chosen?
  onChange: (version: number) => void;
}) {
  return (
    <label className="min-w-0 flex-1">
      <span className="label">{label}</span>
      <select
        className="field"
        aria-label={label}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      >
        {now && <option value={kNow}>what is drawn now</option>}
        {versions.map((one) => (
          <option key={one.version} value={one.version}>
            version {one.version}, {new Date(one.createdAt).toLocaleString()}
          </option>
        ))}
      </select>
    </label>
  );
}

const kNow = 0; // in the place of a version: the draft

export function Versions({
  workflowId,
  draft,
  isChanged,
  onRestore,
}: {
  workflowId: string;
  draft: Draft;
  isChanged: boolean; // since the last version
  onRestore: (draft: Draft) => void;
}) {
  const versions = useQuery({
    queryKey: ['workflows', workflowId, 'versions'],
    queryFn: () => get<Version[]>(path`/api/workflows/${workflowId}/versions`),
  });
  const [from, setFrom] = useState<number | null>(null);
  const [to, setTo] = useState(kNow);
  return (
    <Loaded query={versions} what="the versions">
      {(all) => {
        const list = [...all].sort((a, b) => b.version - a.version);
        // What the last change was, unless something is not saved yet.
        const before = list.find((one) => one.version === from) ?? (isChanged ? list[0] : (list[1] ?? list[0]));
        const after = list.find((one) => one.version === to);
        if (!before) return <p className="text-muted">There is no version yet.</p>;
        return (
          <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
            <div className="flex flex-wrap gap-4">
              <Choice label="From" value={before.version} versions={list} now={false} onChange={setFrom} />
              <Choice label="To" value={after?.version ?? kNow} versions={list} now onChange={setTo} />
            </div>
            <Difference
              before={toDraft(before.definition)}
              after={after ? toDraft(after.definition) : draft}
              key={`${before.version} ${after?.version}`}
            />
            <Button className="justify-self-start" onClick={() => onRestore(toDraft(before.definition))}>
              Bring version {before.version} back into the drawing
            </Button>
          </div>
        );
      }}
    </Loaded>
  );
}
