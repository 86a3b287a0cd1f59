// What is selected, and the lists: circles, violations, entry points, routes, systems. Every place opens its source.
import { useState } from 'react';

import { Button } from '../../ui/button';
import { SourceView } from '../../ui/source_view';
import type { ChangeList, Difference } from './changes';
import { filesBelow, type Architecture, type Fact, type Spot, type View } from './model';

const kMostListed = 100;

function Place({ spot, workspace }: { spot: Spot; workspace: string | null }) {
  const [open, setOpen] = useState(false);
  const place = `${spot.file}:${spot.line}`;
  if (workspace === null) return <code className="break-all">{place}</code>;
  return (
    <>
      <button
        type="button"
        className="break-all py-0.5 text-left font-mono text-xs text-accent hover:underline"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {place}
      </button>
      {open && <SourceView workspace={workspace} file={spot.file} line={spot.line} around={8} />}
    </>
  );
}

function Imports({
  title,
  list,
  workspace,
}: {
  title: string;
  list: { name: string; count: number; spot: Spot | null }[];
  workspace: string | null;
}) {
  if (list.length === 0) return null;
  return (
    <section className="mt-4">
      <h3>{title}</h3>
      <ul className="mt-1 grid gap-1">
        {list.slice(0, kMostListed).map((one) => (
          <li key={one.name} className="break-words">
            {one.name} <span className="text-muted">{one.count > 1 && `${one.count} imports`}</span>{' '}
            {one.spot && <Place spot={one.spot} workspace={workspace} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

const kFate = {
  added: 'It is new.',
  removed: 'It is gone.',
  changed: 'Files or imports in it came or went.',
};

export function Selected({
  architecture,
  view,
  id,
  workspace,
  opens,
  onOpen,
}: {
  architecture: Architecture;
  view: View;
  id: string;
  workspace: string | null;
  opens: boolean;
  onOpen: () => void;
}) {
  const node = view.nodes.find((one) => one.id === id);
  if (!node) return null;
  const files = [...filesBelow(architecture, id)];
  const incoming = view.edges.filter((edge) => edge.to === id);
  const outgoing = view.edges.filter((edge) => edge.from === id);
  return (
    <section aria-label={`Selected: ${node.label}`} className="text-sm" data-testid="selected">
      <div className="flex flex-wrap items-baseline gap-2">
        <h2 className="min-w-0 break-all">{node.label}</h2>
        {opens && (
          <Button small onClick={onOpen}>
            Open
          </Button>
        )}
      </div>
      <p className="text-muted">
        {node.kind}
        {node.files > 0 && `, ${node.files.toLocaleString()} ${node.files === 1 ? 'file' : 'files'}`}
        {node.lines > 0 && `, ${node.lines.toLocaleString()} lines`}
        {node.entry && ', a program starts here'}
        {node.cycle && ', part of a circle'}
      </p>
      {node.change && <p className="mt-1">{kFate[node.change]}</p>}
      {node.source && (
        <div className="mt-2">
          {workspace && node.change !== 'removed' ? (
            <SourceView
              key={node.source.file}
              workspace={workspace}
              file={node.source.file}
              line={node.source.line}
              around={10}
            />
          ) : (
            <Place spot={node.source} workspace={null} />
          )}
        </div>
      )}
      <Imports
        title="Imports"
        list={outgoing.map((edge) => ({ name: edge.to, count: edge.imports, spot: edge.spot }))}
        workspace={workspace}
      />
      <Imports
        title="Imported by"
        list={incoming.map((edge) => ({ name: edge.from, count: edge.imports, spot: edge.spot }))}
        workspace={workspace}
      />
      {files.length > 1 && (
        <details className="mt-4">
          <summary className="cursor-pointer py-1 text-muted">{files.length.toLocaleString()} files</summary>
          <ul className="mt-1">
            {files.slice(0, kMostListed).map((file) => (
              <li key={file}>
                <Place spot={{ file, line: 1 }} workspace={workspace} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Facts({ title, list, workspace }: { title: string; list: Fact[]; workspace: string | null }) {
  if (list.length === 0) return null;
  return (
    <section className="mt-4 first:mt-0">
      <h3>
        {title} ({list.length})
      </h3>
      <ul className="mt-1 grid gap-2">
        {list.slice(0, kMostListed).map((fact, i) => (
          <li key={i} className="break-words">
            {fact.title} <span className="text-muted">{fact.about}</span>
            {fact.spots.slice(0, 5).map((spot, j) => (
              <div key={j}>
                <Place spot={spot} workspace={workspace} />
              </div>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Summary({ architecture, workspace }: { architecture: Architecture; workspace: string | null }) {
  const { facts } = architecture;
  const kNames: Record<string, string> = {
    codeFiles: 'files of code',
    unresolvedImports: 'imports that lead nowhere',
    omittedImports: 'imports left out',
    entryPoints: 'entry points',
  };
  return (
    <div className="text-sm">
      <dl className="mb-4 grid grid-cols-[1fr_max-content] gap-y-0.5">
        {architecture.summary.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{kNames[name] ?? name}</dt>
            <dd className="text-right tabular-nums">{value.toLocaleString()}</dd>
          </div>
        ))}
        {architecture.languages.slice(0, 10).map((one) => (
          <div key={one.name} className="contents">
            <dt className="text-muted">{one.name}</dt>
            <dd className="text-right tabular-nums">{one.lines.toLocaleString()} lines</dd>
          </div>
        ))}
      </dl>
      <Facts title="Violations" list={architecture.violations} workspace={workspace} />
      <Facts title="Entry points" list={facts.entryPoints} workspace={workspace} />
      <Facts title="Routes" list={facts.routes} workspace={workspace} />
      <Facts title="Systems" list={facts.systems} workspace={workspace} />
      <Facts title="Services" list={facts.services} workspace={workspace} />
    </div>
  );
}

export function Cycles({ architecture, onShow }: { architecture: Architecture; onShow: (id: string) => void }) {
  if (architecture.cycles.length === 0)
    return <p className="text-sm text-muted">No files import each other in a circle.</p>;
  return (
    <ol className="grid gap-3 text-sm">
      {architecture.cycles.slice(0, kMostListed).map((cycle, i) => (
        <li key={i} className="rounded-md border border-line px-3 py-2">
          {cycle.map((file, j) => (
            <span key={j}>
              {j > 0 && <span className="text-muted"> → </span>}
              <button
                type="button"
                className="break-all text-left font-mono text-xs text-accent hover:underline"
                onClick={() => onShow(file)}
              >
                {file}
              </button>
            </span>
          ))}
        </li>
      ))}
    </ol>
  );
}

const kSigns = [
  ['added', '+', 'text-success'],
  ['removed', '−', 'text-danger'],
  ['changed', '±', 'text-waiting'],
] as const;

function ChangedThings({ list, onShow }: { list: ChangeList; onShow: (id: string) => void }) {
  return (
    <ul className="mt-1 grid gap-0.5">
      {kSigns.flatMap(([kind, sign, colour]) =>
        list[kind].slice(0, kMostListed).map((one, i) => (
          <li key={`${kind} ${i}`} className={`flex gap-2 ${colour}`}>
            <span aria-hidden="true" className="select-none font-mono">
              {sign}
            </span>
            <span className="sr-only">{kind}: </span>
            <span className="min-w-0">
              {one.file === null ? (
                <code className="break-all">{one.name}</code>
              ) : (
                <button
                  type="button"
                  className="min-h-6 break-all py-1 text-left font-mono text-xs hover:underline"
                  onClick={() => onShow(one.file!)}
                >
                  {one.name}
                </button>
              )}
              {one.about && <span className="text-muted"> {one.about}</span>}
            </span>
          </li>
        )),
      )}
      {kSigns.map(([kind]) =>
        list[kind].length > kMostListed ? (
          <li key={kind} className="text-muted">
            and {(list[kind].length - kMostListed).toLocaleString()} more {kind}
          </li>
        ) : null,
      )}
    </ul>
  );
}

export function Changes({ changes, onShow }: { changes: Difference; onShow: (id: string) => void }) {
  if (changes.lists.length === 0) return <p className="text-sm text-muted">Both have the same files and imports.</p>;
  return (
    <div className="grid gap-5 text-sm" data-testid="changes">
      {changes.lists.map((list) => (
        <section key={list.title}>
          <h3 className="flex items-baseline gap-3">
            {list.title}
            {kSigns.map(([kind, sign, colour]) =>
              list[kind].length === 0 ? null : (
                <span key={kind} className={`font-sans text-sm font-normal tabular-nums ${colour}`}>
                  {sign}
                  {list[kind].length.toLocaleString()}
                </span>
              ),
            )}
          </h3>
          <ChangedThings list={list} onShow={onShow} />
        </section>
      ))}
    </div>
  );
}
