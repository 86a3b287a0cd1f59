// Registering an agent from its folder: what is wrong with its manifest is told, line by line, before anything is kept.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { post } from '../../api/client';
import { useRegisterAgent, type Verdict } from '../../api/queries';
import type { Agent } from '../../api/types';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Failure } from '../../ui/feedback';
import { Risk } from '../../ui/status';
import { useTell } from '../../ui/toast';

interface AgentVerdict extends Verdict {
  agent: Agent | null;
  known: string | null; // the version of that name that is registered already
}

function Findings({ verdict }: { verdict: AgentVerdict }) {
  const { agent, known } = verdict;
  if (!agent)
    return (
      <div role="alert" className="mt-4 rounded-md border border-danger px-4 py-3 text-sm text-danger">
        <p className="font-medium">The manifest cannot be used:</p>
        <ul className="mt-1 list-disc pl-5">
          {verdict.problems.map((problem, i) => (
            <li key={i} className="break-words">
              {problem.line ? `line ${problem.line}: ` : ''}
              {problem.path && <code>{problem.path}: </code>}
              {problem.message}
            </li>
          ))}
        </ul>
      </div>
    );
  return (
    <div className="mt-4 rounded-md border border-line bg-raised px-4 py-3 text-sm" data-testid="manifest">
      <p className="flex flex-wrap items-center gap-2">
        <strong>{agent.name}</strong> {agent.version} <Risk level={agent.riskLevel} />
      </p>
      {agent.description && <p className="mt-1 break-words">{agent.description}</p>}
      <p className="mt-1 text-muted">
        effects: {agent.effects}; actions: {(agent.capabilities ?? []).map((one) => one.name).join(', ')}
      </p>
      {known && (
        <p className="mt-1 text-waiting">
          Version {known} is registered already. It gets a new revision; runs under way keep theirs.
        </p>
      )}
    </div>
  );
}

export function RegisterDialog({ onClose }: { onClose: () => void }) {
  const [folder, setFolder] = useState('');
  const check = useMutation({ mutationFn: () => post<AgentVerdict>('/api/agents/validate', { folder }) });
  const register = useRegisterAgent();
  const tell = useTell();
  const [, navigate] = useLocation();
  const verdict = check.data;
  const keep = () =>
    register.mutate(
      { folder, replace: verdict?.known !== null },
      {
        onSuccess: (agent) => {
          tell(`${agent.name} ${agent.version} is registered`);
          onClose();
          navigate(`/agents/${agent.id}`);
        },
      },
    );
  return (
    <Dialog title="Register an agent" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (verdict?.valid) keep();
          else check.mutate();
        }}
      >
        <label className="block">
          <span className="label">Folder</span>
          <input
            className="field font-mono"
            autoFocus
            value={folder}
            onChange={(event) => {
              setFolder(event.target.value);
              check.reset();
              register.reset();
            }}
          />
          <span className="hint block">
            On the server, below one of its roots. It holds the program and its <code>agent.yaml</code>; both are
            copied.
          </span>
        </label>
        {check.error && <Failure error={check.error} />}
        {verdict && <Findings verdict={verdict} />}
        {register.error && <Failure error={register.error} />}
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          {verdict?.valid ? (
            <Button kind="primary" type="submit" busy={register.isPending}>
              Register
            </Button>
          ) : (
            <Button kind="primary" type="submit" busy={check.isPending} disabled={folder.trim() === ''}>
              Check the manifest
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
