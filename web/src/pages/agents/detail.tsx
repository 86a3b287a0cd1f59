// One agent: what its actions take and give, its limits, its versions; and a place to try it.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { get, isObject, path } from '../../api/client';
import type { Agent, Capability, JsonObject } from '../../api/types';
import { FactList } from '../../ui/fact_list';
import { Loaded } from '../../ui/feedback';
import { MarkdownLine } from '../../ui/markdown_view';
import { Risk } from '../../ui/status';
import { SchemaTable } from '../../ui/schema_table';
import { Tabs } from '../../ui/tabs';
import { Time } from '../../ui/time';
import { changes } from '../compare/compare';
import { limitFacts } from '../run/facts';
import { AgentReadme } from './readme';
import { TryAgent } from './try';

const kEffects = {
  none: 'changes nothing, so an attempt that was lost is simply repeated',
  workspace: 'changes files of the repository, as a patch that somebody approves first',
  external: 'acts on the world outside of the repository',
};

// An alias names another action of the same agent, whose schemas it shares.
const aliasOf = (capability: Capability) =>
  isObject(capability.inputSchema) && typeof capability.inputSchema['x-alias'] === 'string'
    ? capability.inputSchema['x-alias']
    : null;

function CapabilityDetail({ capability, aliases }: { capability: Capability; aliases: string[] }) {
  const [tab, setTab] = useState('input');
  return (
    <section className="mb-8 last:mb-0" aria-label={`Action ${capability.name}`}>
      <h3 className="text-lg">
        <code>{capability.name}</code>
      </h3>
      {capability.description && (
        <p className="break-words text-muted">
          <MarkdownLine text={capability.description} />
        </p>
      )}
      {aliases.length > 0 && (
        <p className="text-sm text-muted">
          The same as <code>{aliases.join(', ')}</code>
        </p>
      )}
      <Tabs
        label={`Schemas of ${capability.name}`}
        current={tab}
        onChange={setTab}
        tabs={[
          {
            key: 'input',
            label: 'What it takes',
            content: () => <SchemaTable schema={capability.inputSchema} empty="It takes no input." />,
          },
          {
            key: 'output',
            label: 'What it answers',
            content: () => <SchemaTable schema={capability.outputSchema} empty="It does not say what it answers." />,
          },
        ]}
      />
    </section>
  );
}

interface AgentVersion {
  revision: number;
  version: string;
  createdAt: string;
  agent: JsonObject;
}

function Versions({ agent }: { agent: Agent }) {
  const versions = useQuery({
    queryKey: ['agents', agent.id, 'versions'],
    queryFn: async () => (await get<{ versions: AgentVersion[] }>(path`/api/agents/${agent.id}/versions`)).versions,
  });
  const own = (one: AgentVersion | undefined) => {
    const { registeredAt: _, updatedAt: __, ...rest } = one?.agent ?? {};
    return rest;
  };
  return (
    <Loaded query={versions} what="the versions">
      {(list) => (
        <ol className="grid gap-3 text-sm" reversed>
          {[...list].reverse().map((one, i, all) => {
            const found = all[i + 1] ? changes(own(all[i + 1]), own(one)).list : [];
            return (
              <li key={one.revision} className="border-b border-line pb-3 last:border-0">
                <p>
                  <strong className="font-medium">{one.version}</strong> (revision {one.revision}),{' '}
                  <Time at={one.createdAt} />
                </p>
                {all[i + 1] && found.length === 0 && <p className="text-muted">Only its files changed.</p>}
                {found.length > 0 && (
                  <ul className="mt-1 font-mono text-xs text-muted">
                    {found.slice(0, 20).map((change) => (
                      <li key={change.path} className="break-all">
                        {change.path}: {JSON.stringify(change.before) ?? 'nothing'} →{' '}
                        {JSON.stringify(change.after) ?? 'nothing'}
                      </li>
                    ))}
                  </ul>
                )}
              </li>
            );
          })}
        </ol>
      )}
    </Loaded>
  );
}

function Sandbox({ agent }: { agent: Agent }) {
  return (
    <>
      <FactList
        rows={[
          ['Effects', `${agent.effects}: it ${kEffects[agent.effects]}`],
          ['Program', agent.runtime === 'builtin' ? 'part of the server' : (agent.image ?? agent.entryPath)],
          ['Network', agent.network.length === 0 ? 'none' : agent.network.join(', ')],
          ['Secrets', agent.secrets.length === 0 ? 'none' : agent.secrets.join(', ')],
        ]}
      />
      <h3 className="mb-2 mt-5">At most</h3>
      <FactList rows={limitFacts(agent.limits)} />
    </>
  );
}

export function AgentDetail({ agent }: { agent: Agent }) {
  const [tab, setTab] = useState('actions');
  const all = agent.capabilities ?? [];
  const shown = all.filter((one) => aliasOf(one) === null);
  return (
    <article className="card flex min-w-0 flex-col p-5" aria-labelledby="agent-name">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="agent-name" className="break-all">
          {agent.name}
        </h2>
        <Risk level={agent.riskLevel} />
      </div>
      {agent.description && <p className="mt-2 break-words">{agent.description}</p>}
      <p className="mb-3 mt-2 text-sm text-muted">
        version {agent.version} · {agent.type.toLowerCase()} · registered <Time at={agent.registeredAt} />, changed{' '}
        <Time at={agent.updatedAt} />
      </p>
      <Tabs
        label={`Parts of ${agent.name}`}
        current={tab}
        onChange={setTab}
        tabs={[
          {
            key: 'actions',
            label: 'Actions',
            content: () => (
              <>
                {shown.length === 0 && <p className="text-muted">It has no action.</p>}
                {shown.map((one) => (
                  <CapabilityDetail
                    key={one.id}
                    capability={one}
                    aliases={all.filter((other) => aliasOf(other) === one.name).map((other) => other.name)}
                  />
                ))}
              </>
            ),
          },
          {
            key: 'docs',
            label: 'Docs',
            content: () => <AgentReadme agentId={agent.id} empty="Its author wrote nothing more about it." />,
          },
          { key: 'try', label: 'Try it', content: () => <TryAgent agent={agent} /> },
          { key: 'limits', label: 'Sandbox', content: () => <Sandbox agent={agent} /> },
          { key: 'versions', label: 'Versions', content: () => <Versions agent={agent} /> },
        ]}
      />
    </article>
  );
}
