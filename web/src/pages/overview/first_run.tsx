// What a newcomer starts with: workflows that run with one click on a repository that is part of the server.
import { useState } from 'react';
import { Link, useLocation } from 'wouter';

import { useExamples, useRunExample } from '../../api/queries';
import type { Example } from '../../api/types';
import { Button } from '../../ui/button';
import { Loaded } from '../../ui/feedback';
import { useTell } from '../../ui/toast';

const kHidden = 'commandcenter.examples.hidden';
const kBox = { width: 34, height: 16 };
const kColumn = 60;
const kRow = 24;

// Steps in columns, each right of everything it waits for. Good enough for a handful, without the layout of the graphs.
export function sketchPlaces(steps: Example['steps']): Map<string, { x: number; y: number }> {
  const columns: string[][] = [];
  const column = new Map<string, number>();
  for (const step of steps) {
    const at = Math.max(0, ...step.dependsOn.map((from) => (column.get(from) ?? 0) + 1));
    column.set(step.id, at);
    (columns[at] ??= []).push(step.id);
  }
  const tallest = Math.max(...columns.map((ids) => ids.length));
  return new Map(
    columns.flatMap((ids, i) =>
      ids.map((id, row) => [id, { x: 2 + i * kColumn, y: 2 + (row + (tallest - ids.length) / 2) * kRow }] as const),
    ),
  );
}

// The shape of a workflow, too small to read.
function Sketch({ steps }: { steps: Example['steps'] }) {
  const arrows = steps.flatMap((step) => step.dependsOn.map((from) => ({ from, to: step.id })));
  const places = sketchPlaces(steps);
  const all = [...places.values()];
  const width = Math.max(...all.map(({ x }) => x)) + kBox.width + 2;
  const height = Math.max(...all.map(({ y }) => y)) + kBox.height + 2;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      className="h-[4.5rem] w-full max-w-[14rem]"
      preserveAspectRatio="xMinYMid"
      aria-hidden="true"
    >
      {arrows.map(({ from, to }) => {
        const [a, b] = [places.get(from)!, places.get(to)!];
        const [x1, y1, x2, y2] = [a.x + kBox.width, a.y + kBox.height / 2, b.x, b.y + kBox.height / 2];
        const middle = (x1 + x2) / 2;
        return (
          <path
            key={`${from} ${to}`}
            d={`M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`}
            className="fill-none stroke-muted"
          />
        );
      })}
      {steps.map(({ id }) => (
        <rect
          key={id}
          x={places.get(id)!.x}
          y={places.get(id)!.y}
          {...kBox}
          rx="4"
          className="fill-sand stroke-muted"
          strokeWidth="0.8"
        />
      ))}
    </svg>
  );
}

function useStart() {
  const run = useRunExample();
  const tell = useTell();
  const [, navigate] = useLocation();
  return {
    starting: run.isPending ? run.variables : undefined,
    start: (id: string) =>
      // Not a callback of mutate(): this section is gone as soon as there is a run.
      run
        .mutateAsync(id)
        .then(({ workflowRunId }) => navigate(`/runs/${workflowRunId}`))
        .catch((error: Error) => tell(error.message, true)),
  };
}

export function FirstRun() {
  const examples = useExamples();
  const { starting, start } = useStart();
  return (
    <section className="card mb-6 bg-sand/40 p-6" aria-labelledby="begin">
      <h2 id="begin" className="text-2xl">
        Begin here
      </h2>
      <p className="mt-1 max-w-prose">
        Three workflows, ready to run on a small sample repository that came with this server. Your own repositories are
        not touched. The last one asks you before it changes a file.
      </p>
      <Loaded query={examples} what="the examples">
        {(list) => (
          <ol className="mt-5 grid gap-4 md:grid-cols-3">
            {list.map((example) => (
              <li key={example.id} className="card flex flex-col gap-2 p-5">
                <Sketch steps={example.steps} />
                <h3 className="text-lg">{example.name}</h3>
                <p className="text-sm text-muted">{example.description}.</p>
                <Button
                  kind="primary"
                  className="mt-auto self-start"
                  busy={starting === example.id}
                  onClick={() => start(example.id)}
                >
                  Run it<span className="sr-only">: {example.name}</span>
                </Button>
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </section>
  );
}

// The same, small, once something has run.
export function Examples() {
  const examples = useExamples();
  const { starting, start } = useStart();
  const [hidden, setHidden] = useState(() => localStorage.getItem(kHidden) === 'yes');
  if (hidden || !examples.data) return null;
  return (
    <section className="card p-5" aria-labelledby="examples">
      <div className="flex items-baseline justify-between gap-3">
        <h2 id="examples">Examples</h2>
        <Button
          small
          kind="quiet"
          onClick={() => {
            localStorage.setItem(kHidden, 'yes');
            setHidden(true);
          }}
        >
          Hide<span className="sr-only"> the examples</span>
        </Button>
      </div>
      <ul className="mt-3 grid gap-3 text-sm">
        {examples.data.map((example) => (
          <li key={example.id} className="flex items-start justify-between gap-3">
            <span className="min-w-0">
              {example.workflowId ? (
                <Link href={`/workflows/${example.workflowId}`}>{example.name}</Link>
              ) : (
                example.name
              )}
              <span className="block text-muted">{example.description}</span>
            </span>
            <Button small busy={starting === example.id} onClick={() => start(example.id)}>
              Run<span className="sr-only"> {example.name}</span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
