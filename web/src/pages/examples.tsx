// Examples that run with one click on the sample repository that comes with the server.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { get, post } from '../api/client';
import { kProject, useSaveWorkflow, useTrigger, useWorkflows } from '../api/queries';
import type { JsonObject } from '../api/types';
import { Button } from '../ui/button';
import { useTell } from '../ui/toast';

interface Example {
  name: string;
  title: string;
  description: string;
  definition: JsonObject;
}

const useExamples = () =>
  useQuery({
    queryKey: ['examples'],
    queryFn: async () => (await get<{ examples: Example[] }>('/api/examples')).examples,
    retry: false,
    staleTime: Infinity,
  });

export function ExampleCards() {
  const examples = useExamples();
  const workflows = useWorkflows();
  const save = useSaveWorkflow();
  const trigger = useTrigger();
  const tell = useTell();
  const [, navigate] = useLocation();
  const [busy, setBusy] = useState('');
  if (!examples.data || examples.data.length === 0) return null;

  const run = async (example: Example) => {
    setBusy(example.name);
    try {
      const sample = await post<{ workspace: string }>('/api/examples/workspace', {});
      const known = workflows.data?.find((workflow) => workflow.name === example.name && workflow.projectId === kProject);
      const workflow = known ?? (await save.mutateAsync({ definition: example.definition }));
      const started = await trigger.mutateAsync({ workflow: workflow.id, workspace: sample.workspace });
      navigate(`/runs/${started.workflowRunId}`);
    } catch (error) {
      tell((error as Error).message, true);
    } finally {
      setBusy('');
    }
  };

  return (
    <section aria-labelledby="examples" className="mt-10">
      <h2 id="examples">Try it</h2>
      <p className="mt-1 text-muted">Each of these runs on a small sample repository that comes with the server. Nothing of yours is touched.</p>
      <ul className="mt-4 grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        {examples.data.map((example) => (
          <li key={example.name} className="card flex flex-col gap-3 p-5">
            <h3>{example.title}</h3>
            <p className="text-sm text-muted">{example.description}</p>
            <Button kind="primary" small className="mt-auto self-start" busy={busy === example.name} disabled={busy !== ''} onClick={() => void run(example)}>
              Run this example
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
