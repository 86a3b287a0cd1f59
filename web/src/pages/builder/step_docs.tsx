// What there is to read about the agent of a step.
import { Link } from 'wouter';

import type { Agent, Capability } from '../../api/types';
import { SchemaTable } from '../../ui/schema_table';
import { Risk } from '../../ui/status';
import { AgentReadme } from '../agents/readme';

export function StepDocs({ agent, action }: { agent: Agent | undefined; action: Capability | undefined }) {
  if (!agent)
    return (
      <p className="text-sm">A transform runs no program. Its templates are filled in, and the result is its answer.</p>
    );
  return (
    <div className="text-sm">
      <p className="mb-2 flex flex-wrap items-center gap-2">
        <Link href={`/agents/${agent.id}`} className="py-1">
          {agent.name}
        </Link>
        {agent.version} <Risk level={agent.riskLevel} />
      </p>
      {agent.description && <p className="mb-3 break-words">{agent.description}</p>}
      {action && (
        <>
          <h3 className="mb-1">What it takes</h3>
          <SchemaTable schema={action.inputSchema} empty="Nothing." narrow />
          <h3 className="mb-1 mt-4">What it answers</h3>
          <SchemaTable schema={action.outputSchema} empty="It does not say." narrow />
        </>
      )}
      <div className="mt-5 border-t border-line pt-4">
        <AgentReadme agentId={agent.id} empty="Its author wrote nothing more about it." />
      </div>
    </div>
  );
}
