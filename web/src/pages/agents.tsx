// The agents there are: what they do, take and give, how risky they are, under which limits they run.
import { useState } from 'react';
import { Link } from 'wouter';

import { useAgents } from '../api/queries';
import type { Agent, Capability } from '../api/types';
import { Empty, Loaded } from '../ui/feedback';
import { JsonView } from '../ui/json_view';
import { PageHead } from '../ui/page';
import { Risk } from '../ui/status';
import { Tabs } from '../ui/tabs';
import { Time } from '../ui/time';

function CapabilityDetail({ capability }: { capability: Capability }) {
  const [tab, setTab] = useState('input');
  return (
    <section className="mt-5" aria-label={`Action ${capability.name}`}>
      <h3>
        <code>{capability.name}</code>
      </h3>
      {capability.description && <p className="text-muted">{capability.description}</p>}
      <Tabs
        label={`Schemas of ${capability.name}`}
        current={tab}
        onChange={setTab}
        tabs={[
          { key: 'input', label: 'Input', content: () => <JsonView value={capability.inputSchema} /> },
          { key: 'output', label: 'Output', content: () => <JsonView value={capability.outputSchema} /> },
        ]}
      />
    </section>
  );
}

function AgentDetail({ agent }: { agent: Agent }) {
  return (
    <article className="card p-5" aria-labelledby="agent-name">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="agent-name" className="break-all">
          {agent.name}
        </h2>
        <Risk level={agent.riskLevel} />
      </div>
      {agent.description && <p className="mt-2 break-words">{agent.description}</p>}
      <p className="mt-2 text-sm text-muted">
        version {agent.version} · {agent.type.toLowerCase()} · registered <Time at={agent.registeredAt} />, changed{' '}
        <Time at={agent.updatedAt} />
      </p>
      {agent.sandbox && (
        <details className="mt-4">
          <summary className="cursor-pointer text-sm text-muted">Sandbox</summary>
          <div className="mt-2">
            <JsonView value={agent.sandbox} />
          </div>
        </details>
      )}
      {(agent.capabilities ?? []).map((capability) => (
        <CapabilityDetail key={capability.id} capability={capability} />
      ))}
    </article>
  );
}

export function AgentsPage({ id }: { id?: string }) {
  const agents = useAgents();
  const [search, setSearch] = useState('');
  return (
    <>
      <PageHead title="Agents" about="Programs that work on a repository, each in a sandbox of its own." />
      <Loaded query={agents} what="the agents">
        {(list) => {
          const shown = list.filter((agent) =>
            `${agent.name} ${agent.description ?? ''}`.toLowerCase().includes(search.toLowerCase()),
          );
          const chosen = list.find((agent) => agent.id === id || agent.name === id) ?? shown[0];
          if (list.length === 0)
            return (
              <Empty title="There is no agent yet">
                Register one with <code>commandcenter agents register</code>.
              </Empty>
            );
          return (
            <div className="grid gap-6 lg:grid-cols-[20rem_1fr]">
              <div>
                <input
                  className="field mb-3"
                  type="search"
                  aria-label="Search agents"
                  placeholder="Search"
                  value={search}
                  onChange={(event) => setSearch(event.target.value)}
                />
                <ul className="grid gap-2">
                  {shown.map((agent) => (
                    <li key={agent.id}>
                      <Link
                        href={`/agents/${agent.id}`}
                        aria-current={agent.id === chosen?.id ? 'true' : undefined}
                        className={`card block px-4 py-3 text-ink hover:bg-raised hover:no-underline ${agent.id === chosen?.id ? 'border-accent' : ''}`}
                      >
                        <span className="flex items-center justify-between gap-2">
                          <span className="truncate font-medium">{agent.name}</span>
                          <Risk level={agent.riskLevel} />
                        </span>
                        {agent.description && (
                          <span className="mt-1 line-clamp-2 block text-sm text-muted">{agent.description}</span>
                        )}
                      </Link>
                    </li>
                  ))}
                </ul>
              </div>
              {chosen ? <AgentDetail key={chosen.id} agent={chosen} /> : <Empty title="No agent is like that" />}
            </div>
          );
        }}
      </Loaded>
    </>
  );
}
