// The agents there are: what they do, take and give, how risky they are, under which limits they run.
import { useState } from 'react';
import { Link } from 'wouter';

import { useAgents } from '../../api/queries';
import type { Agent } from '../../api/types';
import { Button } from '../../ui/button';
import { Empty, Loaded } from '../../ui/feedback';
import { PageHead } from '../../ui/page';
import { Risk } from '../../ui/status';
import { AgentDetail } from './detail';
import { RegisterDialog } from './register';

const matches = (agent: Agent, text: string) =>
  `${agent.name} ${agent.description ?? ''} ${(agent.capabilities ?? []).map((one) => one.name).join(' ')}`
    .toLowerCase()
    .includes(text.toLowerCase());

// Where there is no room beside the list, one that nobody chose is not shown, nor marked.
function List({ agents, chosen, mark }: { agents: Agent[]; chosen: string | undefined; mark: string }) {
  return (
    <ul className="grid gap-2">
      {agents.map((agent) => (
        <li key={agent.id}>
          <Link
            href={`/agents/${agent.id}`}
            aria-current={agent.id === chosen ? 'true' : undefined}
            className={`card block px-4 py-3 text-ink hover:bg-raised hover:no-underline ${agent.id === chosen ? mark : ''}`}
          >
            <span className="flex items-center justify-between gap-2">
              <span className="min-w-0 break-words font-medium">{agent.name}</span>
              <Risk level={agent.riskLevel} />
            </span>
            {agent.description && (
              <span className="mt-1 line-clamp-2 block text-sm text-muted">{agent.description}</span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  );
}

export default function AgentsPage({ id }: { id?: string }) {
  const agents = useAgents();
  const [search, setSearch] = useState('');
  const [registering, setRegistering] = useState(false);
  return (
    <>
      <PageHead
        title="Agents"
        about="Programs that work on a repository, each in a sandbox of its own."
        actions={
          <Button kind="primary" onClick={() => setRegistering(true)}>
            Register an agent
          </Button>
        }
      />
      <Loaded query={agents} what="the agents">
        {(list) => {
          const shown = list.filter((agent) => matches(agent, search));
          const chosen = id ? list.find((agent) => agent.id === id || agent.name === id) : shown[0];
          if (list.length === 0)
            return (
              <Empty title="There is no agent yet">
                Register one from the folder that holds its program and its <code>agent.yaml</code>.
              </Empty>
            );
          return (
            <div className="grid grid-cols-1 gap-6 lg:grid-cols-[20rem_minmax(0,1fr)]">
              <div className={id ? 'hidden lg:block' : ''}>
                <input
                  className="field mb-3"
                  type="search"
                  aria-label="Search agents"
                  placeholder="Search"
                  value={search}
                  onChange={(event) => setSearch(event.target.value)}
                />
                <List agents={shown} chosen={chosen?.id} mark={id ? 'border-accent' : 'lg:border-accent'} />
              </div>
              {chosen ? (
                <div className={`min-w-0 ${id ? '' : 'hidden lg:block'}`}>
                  <Link href="/agents" className="mb-3 inline-block py-1 text-sm lg:hidden">
                    All agents
                  </Link>
                  <AgentDetail key={chosen.id} agent={chosen} />
                </div>
              ) : (
                <Empty title="No agent is like that">
                  {id ? <Link href="/agents">See all that there are</Link> : 'Search for another word.'}
                </Empty>
              )}
            </div>
          );
        }}
      </Loaded>
      {registering && <RegisterDialog onClose={() => setRegistering(false)} />}
    </>
  );
}
