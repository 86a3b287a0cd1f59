// The agents that steps can be made of: dragged to the drawing, or added with a click or Enter.
import { useState } from 'react';

import type { Agent } from '../../api/types';
import { Risk } from '../../ui/status';
import { kAgentType } from './canvas';

export const kTransform = ''; // a step that only computes

function Item({ name, about, agent, onAdd }: { name: string; about: string; agent?: Agent; onAdd: () => void }) {
  return (
    <li className="w-56 shrink-0 xl:w-auto">
      <button
        type="button"
        draggable
        onDragStart={(event) => {
          event.dataTransfer.setData(kAgentType, agent ? agent.name : ' ');
          event.dataTransfer.effectAllowed = 'copy';
        }}
        onClick={onAdd}
        data-testid={`palette-${name}`}
        className="card flex h-full w-full cursor-grab flex-col px-3 py-2 text-left hover:bg-raised active:cursor-grabbing"
      >
        <span className="flex items-center justify-between gap-2">
          <span className="truncate text-sm font-medium">
            <span className="sr-only">Add </span>
            {name}
          </span>
          {agent && agent.riskLevel !== 'AUTO' && <Risk level={agent.riskLevel} />}
        </span>
        <span className="mt-0.5 line-clamp-2 block text-xs text-muted">{about}</span>
      </button>
    </li>
  );
}

export function Palette({ agents, onAdd }: { agents: Agent[]; onAdd: (agent: string) => void }) {
  const [search, setSearch] = useState('');
  const wanted = search.toLowerCase();
  const shown = agents.filter((agent) => `${agent.name} ${agent.description ?? ''}`.toLowerCase().includes(wanted));
  return (
    <section aria-label="Agents to add" className="flex min-h-0 min-w-0 flex-col gap-2">
      <input
        className="field text-sm"
        type="search"
        aria-label="Search agents"
        placeholder="Search agents"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {/* Where there is no room beside the drawing, one row above it. */}
      <ul className="flex gap-2 overflow-x-auto pb-1 xl:grid xl:content-start xl:overflow-auto">
        {shown.map((agent) => (
          <Item
            key={agent.id}
            name={agent.name}
            about={agent.description ?? ''}
            agent={agent}
            onAdd={() => onAdd(agent.name)}
          />
        ))}
        {'transform'.includes(wanted) && (
          <Item
            name="transform"
            about="Computes values from other steps; no program runs"
            onAdd={() => onAdd(kTransform)}
          />
        )}
        {shown.length === 0 && !'transform'.includes(wanted) && (
          <li className="text-sm text-muted">No agent is like that.</li>
        )}
      </ul>
    </section>
  );
}
