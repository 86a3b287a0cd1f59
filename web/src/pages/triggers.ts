// What runs are started by, as the server's filter takes it: it compares the whole text.
import { isObject } from '../api/client';
import type { Json, Run, Workflow } from '../api/types';

const kAlways = ['manual', 'schedule', 'webhook', 'retry', 'rerun'];
const kPattern = /[*>]/; // matches many types, but no run carries it

function eventsOf(trigger: Json): string[] {
  if (!isObject(trigger)) return [];
  return [trigger.on ?? trigger.pattern ?? trigger.event]
    .flat()
    .filter((one): one is string => typeof one === 'string' && one !== '' && !kPattern.test(one))
    .map((type) => `event:${type}`);
}

// Those that always exist, then the events that workflows wait for or that have started one of these runs.
export function triggersOf(workflows: Pick<Workflow, 'trigger'>[], runs: Pick<Run, 'trigger'>[], chosen: string) {
  const others = [...workflows.flatMap((one) => eventsOf(one.trigger)), ...runs.map((run) => run.trigger), chosen];
  const rest = [...new Set(others)].filter((one) => one !== '' && !kAlways.includes(one));
  return [...kAlways, ...rest.sort()];
}
