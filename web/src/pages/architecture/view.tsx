// The architecture on screen: a drawing to go into, with search, circles, layers, differences, source and exports.
import { useCallback, useMemo, useState } from 'react';

import { Button } from '../../ui/button';
import { Tabs } from '../../ui/tabs';
import { useTell } from '../../ui/toast';
import { download, toMermaid, toPng, toSvg } from './export';
import { ArchitectureGraph } from './graph';
import { differenceOf, marksOf, readDifference, together } from './changes';
import { layersOf, pathTo, placeOf, search, type Architecture } from './model';
import { Changes, Cycles, Selected, Summary } from './panel';
import { drawnEdges } from './place';

function SearchBox({ architecture, onShow }: { architecture: Architecture; onShow: (id: string) => void }) {
  const [wanted, setWanted] = useState('');
  const found = useMemo(() => search(architecture, wanted), [architecture, wanted]);
  return (
    <div className="relative min-w-[14rem] flex-1">
      <input
        className="field text-sm"
        type="search"
        aria-label="Search files and folders"
        placeholder="Search files and folders"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      {wanted !== '' && (
        <ul
          className="card absolute z-20 mt-1 max-h-80 w-full overflow-auto py-1 text-sm shadow-pop"
          aria-label="Found"
        >
          {found.length === 0 && <li className="px-3 py-1 text-muted">Nothing is named like that.</li>}
          {found.map((one) => (
            <li key={`${one.isFile} ${one.id}`}>
              <button
                type="button"
                className="w-full break-all px-3 py-1 text-left hover:bg-sand focus-visible:bg-sand"
                onClick={() => {
                  onShow(one.id);
                  setWanted('');
                }}
              >
                {one.id} <span className="text-muted">{one.about}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function ArchitectureView({
  architecture: given,
  before,
  workspace,
}: {
  architecture: Architecture;
  before: Architecture | null; // what it is compared with
  workspace: string | null; // where its source can be read
}) {
  const architecture = useMemo(() => (before ? together(before, given) : given), [before, given]);
  const [group, setGroup] = useState(architecture.top);
  const [selected, setSelected] = useState<string | null>(null);
  const [withLayers, setWithLayers] = useState(false);
  const [withAll, setWithAll] = useState(false);
  const [tab, setTab] = useState(before || given.difference ? 'changes' : 'summary');
  const tell = useTell();
  const view = architecture.views.get(group) ?? architecture.views.get(architecture.top)!;
  const edges = useMemo(() => drawnEdges(view, withAll), [view, withAll]);
  const changes = useMemo(
    () => (before ? differenceOf(before, given) : readDifference(given.difference ?? undefined)),
    [before, given],
  );
  const marks = useMemo(() => (changes ? marksOf(architecture, view) : null), [architecture, view, changes]);
  const layers = useMemo(() => (withLayers ? layersOf(view) : null), [view, withLayers]);
  const opens = useCallback((id: string) => architecture.views.has(id) && id !== group, [architecture, group]);
  const open = useCallback((id: string) => {
    setGroup(id);
    setSelected(null);
  }, []);
  const select = useCallback((id: string | null) => {
    setSelected(id);
    if (id !== null) setTab('selected');
  }, []);
  const show = (id: string) => {
    const place = placeOf(architecture, id);
    if (!place) return tell(`${id} is in no picture`, true);
    setGroup(place.group);
    select(place.node);
  };
  const title = `${architecture.name}${group === architecture.top ? '' : ` ${group}`}`;
  const save = (kind: 'mmd' | 'svg' | 'png') => {
    const picture = () => toSvg(view, edges, title);
    const content =
      kind === 'mmd'
        ? Promise.resolve(new Blob([toMermaid(view, edges)], { type: 'text/plain' }))
        : kind === 'svg'
          ? Promise.resolve(new Blob([picture().svg], { type: 'image/svg+xml' }))
          : toPng(picture());
    content.then((blob) => download(`${title}.${kind}`, blob)).catch((error: Error) => tell(error.message, true));
  };
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-3 text-sm">
        <nav aria-label="Where this is">
          <ol className="flex flex-wrap items-center gap-1">
            {pathTo(architecture, group).map((one, i, all) => (
              <li key={one.id} className="flex items-center gap-1">
                {i > 0 && (
                  <span aria-hidden="true" className="text-muted">
                    /
                  </span>
                )}
                {i === all.length - 1 ? (
                  <span aria-current="true" className="font-medium">
                    {one.name}
                  </span>
                ) : (
                  <button type="button" className="py-1 text-accent hover:underline" onClick={() => open(one.id)}>
                    {one.name}
                  </button>
                )}
              </li>
            ))}
          </ol>
        </nav>
        <SearchBox architecture={architecture} onShow={show} />
        <label className="flex items-center gap-1.5">
          <input type="checkbox" checked={withLayers} onChange={(event) => setWithLayers(event.target.checked)} />
          Layers
        </label>
        <label className="flex items-center gap-1.5" title="Also arrows that follow from others">
          <input type="checkbox" checked={withAll} onChange={(event) => setWithAll(event.target.checked)} />
          Every arrow
        </label>
        <span className="flex gap-2">
          <Button small onClick={() => save('mmd')}>
            Mermaid
          </Button>
          <Button small onClick={() => save('svg')}>
            SVG
          </Button>
          <Button small onClick={() => save('png')}>
            PNG
          </Button>
        </span>
      </div>
      <div className="grid flex-1 grid-cols-1 gap-4 xl:h-[max(34rem,calc(100vh-15rem))] xl:flex-none xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="card h-[28rem] min-h-0 min-w-0 overflow-hidden xl:h-auto">
          <ArchitectureGraph
            view={view}
            edges={edges}
            opens={opens}
            marks={marks}
            layers={layers}
            selected={selected}
            onSelect={select}
            onOpen={open}
          />
        </div>
        <div className="card flex min-h-0 min-w-0 flex-col p-4">
          <Tabs
            label="About the architecture"
            current={tab}
            onChange={setTab}
            tabs={[
              ...(changes
                ? [{ key: 'changes', label: 'Changes', content: () => <Changes changes={changes} onShow={show} /> }]
                : []),
              {
                key: 'summary',
                label: 'All',
                content: () => <Summary architecture={architecture} workspace={workspace} />,
              },
              {
                key: 'selected',
                label: 'Selected',
                content: () =>
                  selected === null ? (
                    <p className="text-sm text-muted">Choose a box of the drawing.</p>
                  ) : (
                    <Selected
                      architecture={architecture}
                      view={view}
                      id={selected}
                      workspace={workspace}
                      opens={opens(selected)}
                      onOpen={() => open(selected)}
                    />
                  ),
              },
              {
                key: 'cycles',
                label: `Circles (${architecture.cycles.length})`,
                content: () => <Cycles architecture={architecture} onShow={show} />,
              },
            ]}
          />
        </div>
      </div>
    </>
  );
}
