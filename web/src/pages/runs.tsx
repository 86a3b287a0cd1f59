// Every run, newest first, with filters that live in the address so that a view can be shared.
import { useEffect, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { useRunPages, useWorkflows } from '../api/queries';
import { Button } from '../ui/button';
import { Empty, Loaded } from '../ui/feedback';
import { PageHead } from '../ui/page';
import { statusWord } from '../ui/status';
import { startOfDay } from '../ui/time';
import { RunTable } from './run_table';
import { triggersOf } from './triggers';

const kStatuses = ['PENDING', 'RUNNING', 'WAITING_APPROVAL', 'SUCCESS', 'FAILED', 'CANCELLED'];
const kTyping_ms = 250;

// A search goes into the address, and to the server, when somebody stops typing.
function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), kTyping_ms);
    return () => clearTimeout(timer);
  });
  return (
    <input
      className="field"
      type="search"
      placeholder="id of a run, or name of a workflow"
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

export function RunsPage() {
  const parameters = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const value = (name: string) => parameters.get(name) ?? '';
  const filter = {
    status: value('status'),
    workflow: value('workflow'),
    trigger: value('trigger'),
    since: value('since'),
    until: value('until'),
    search: value('q'),
  };
  const set = (name: string, text: string) => {
    const next = new URLSearchParams(parameters);
    if (text === '') next.delete(name);
    else next.set(name, text);
    navigate(`/runs?${next}`, { replace: true });
  };
  const pages = useRunPages({ ...filter, since: startOfDay(filter.since), until: startOfDay(filter.until) });
  const workflows = useWorkflows();
  const [chosen, setChosen] = useState<string[]>([]);
  const filtered = Object.values(filter).some((one) => one !== '');
  const list = { ...pages, data: pages.data?.pages.flatMap((page) => page.body.runs) };
  const choose = (id: string) =>
    setChosen((known) => (known.includes(id) ? known.filter((one) => one !== id) : [...known, id].slice(-2)));

  return (
    <>
      <PageHead
        title="Runs"
        about="What happened, and what is happening now."
        actions={
          <Button
            disabled={chosen.length !== 2}
            title={chosen.length === 2 ? undefined : 'Tick two runs first'}
            onClick={() => navigate(`/compare?a=${chosen[0]}&b=${chosen[1]}`)}
          >
            Compare{chosen.length > 0 && ` (${chosen.length} of 2)`}
          </Button>
        }
      />
      <div className="mb-4 grid grid-cols-2 items-end gap-3 text-sm md:grid-cols-3 xl:grid-cols-[10rem_14rem_10rem_10rem_10rem_1fr]">
        <label className="min-w-0">
          <span className="label">State</span>
          <select className="field" value={filter.status} onChange={(event) => set('status', event.target.value)}>
            <option value="">all</option>
            {kStatuses.map((status) => (
              <option key={status} value={status}>
                {statusWord(status)}
              </option>
            ))}
          </select>
        </label>
        <label className="min-w-0">
          <span className="label">Workflow</span>
          <select className="field" value={filter.workflow} onChange={(event) => set('workflow', event.target.value)}>
            <option value="">all</option>
            {(workflows.data ?? []).map((workflow) => (
              <option key={workflow.id} value={workflow.id}>
                {workflow.name.slice(0, 60)}
              </option>
            ))}
          </select>
        </label>
        <label className="min-w-0">
          <span className="label">Started by</span>
          <select className="field" value={filter.trigger} onChange={(event) => set('trigger', event.target.value)}>
            <option value="">anything</option>
            {triggersOf(workflows.data ?? [], list.data ?? [], filter.trigger).map((trigger) => (
              <option key={trigger}>{trigger}</option>
            ))}
          </select>
        </label>
        <label className="min-w-0">
          <span className="label">From</span>
          <input
            className="field"
            type="date"
            value={filter.since}
            onChange={(event) => set('since', event.target.value)}
          />
        </label>
        <label className="min-w-0">
          <span className="label">Before</span>
          <input
            className="field"
            type="date"
            value={filter.until}
            onChange={(event) => set('until', event.target.value)}
          />
        </label>
        <label className="col-span-2 min-w-0 md:col-span-1">
          <span className="label">Search</span>
          <SearchField value={filter.search} onChange={(text) => set('q', text)} />
        </label>
      </div>
      <Loaded query={list} what="the runs">
        {(runs) =>
          runs.length > 0 ? (
            <>
              <RunTable runs={runs} chosen={chosen} onChoose={choose} />
              <div className="mt-4 text-center text-sm text-muted">
                {pages.hasNextPage ? (
                  <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                    Older runs
                  </Button>
                ) : (
                  `${runs.length === 1 ? 'That is the only one' : `These are all ${runs.length.toLocaleString()}`}.`
                )}
              </div>
            </>
          ) : filtered ? (
            <Empty title="No run is like that">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="Nothing has run yet">
              Start one of the <Link href="/workflows">workflows</Link>.
            </Empty>
          )
        }
      </Loaded>
    </>
  );
}
