// The versions a workflow had, and what changed between two of them.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { get, path } from '../../api/client';
import type { JsonObject } from '../../api/types';
import { Button } from '../../ui/button';
import { DiffView } from '../../ui/diff_view';
import { Loaded } from '../../ui/feedback';
import { linePatch } from '../../ui/line_diff';
import { Time } from '../../ui/time';
import { toDraft, type Draft, type DraftNode } from './model';
import { toYaml } from './yaml_view';

interface Version {
  version: number;
  createdAt: string;
  definition: JsonObject;
}

export interface NodeChange {
  id: string;
  kind: 'added' | 'removed' | 'changed';
  fields: string[];
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

// What differs, step by step; a moved step has not changed.
export function compare(before: Draft, after: Draft): { nodes: NodeChange[]; fields: string[] } {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => key !== 'nodes' && !same(before[key as keyof Draft], after[key as keyof Draft]),
  );
  const nodes: NodeChange[] = [];
  for (const node of after.nodes) {
    const old = before.nodes.find((one) => one.id === node.id);
    if (!old) {
      nodes.push({ id: node.id, kind: 'added', fields: [] });
      continue;
    }
    const changed = [...new Set([...Object.keys(old), ...Object.keys(node)])].filter(
      (key) => key !== 'position' && !same(old[key as keyof DraftNode], node[key as keyof DraftNode]),
    );
    if (changed.length > 0) nodes.push({ id: node.id, kind: 'changed', fields: changed });
  }
  for (const node of before.nodes) {
    if (!after.nodes.some((one) => one.id === node.id)) nodes.push({ id: node.id, kind: 'removed', fields: [] });
  }
  return { nodes, fields };
}

// Places are not what a workflow does.
const readable = (draft: Draft) => toYaml({ ...draft, nodes: draft.nodes.map(({ position: _, ...node }) => node) });

const kMark = { added: ['+', 'text-success'], removed: ['−', 'text-danger'], changed: ['~', 'text-waiting'] } as const;

function Difference({ before, after }: { before: Draft; after: Draft }) {
  const { nodes, fields } = useMemo(() => compare(before, after), [before, after]);
  const patch = useMemo(() => linePatch('workflow.yaml', readable(before), readable(after)), [before, after]);
  if (nodes.length === 0 && fields.length === 0)
    return <p className="text-muted">Nothing but the places of steps differs.</p>;
  return (
    <div className="grid gap-4 text-sm">
      <ul>
        {fields.map((field) => (
          <li key={field} className="text-waiting">
            ~ {field}
          </li>
        ))}
        {nodes.map((node) => (
          <li key={node.id} className={kMark[node.kind][1]}>
            {kMark[node.kind][0]} {node.id}
            {node.fields.length > 0 && <span className="text-muted"> ({node.fields.join(', ')})</span>}
          </li>
        ))}
      </ul>
      <DiffView patch={patch} />
    </div>
  );
}

export function Versions({
  workflowId,
  draft,
  onRestore,
}: {
  workflowId: string;
  draft: Draft;
  onRestore: (draft: Draft) => void;
}) {
  const versions = useQuery({
    queryKey: ['workflows', workflowId, 'versions'],
    queryFn: () => get<Version[]>(path`/api/workflows/${workflowId}/versions`),
  });
  const [chosen, setChosen] = useState<number | null>(null);
  return (
    <Loaded query={versions} what="the versions">
      {(all) => {
        const list = [...all].sort((a, b) => b.version - a.version);
        const version = list.find((one) => one.version === chosen) ?? list[0];
        return (
          <div className="grid gap-4">
            <label>
              <span className="label">Compare with what is drawn now</span>
              <select
                className="field"
                value={version?.version}
                onChange={(event) => setChosen(Number(event.target.value))}
              >
                {list.map((one) => (
                  <option key={one.version} value={one.version}>
                    version {one.version}, {new Date(one.createdAt).toLocaleString()}
                  </option>
                ))}
              </select>
            </label>
            {version && (
              <>
                <p className="text-sm text-muted">
                  Saved <Time at={version.createdAt} />
                </p>
                <Difference before={toDraft(version.definition)} after={draft} />
                <Button className="justify-self-start" onClick={() => onRestore(toDraft(version.definition))}>
                  Bring version {version.version} back into the drawing
                </Button>
              </>
            )}
          </div>
        );
      }}
    </Loaded>
  );
}
