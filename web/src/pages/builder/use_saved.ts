// A workflow on the server and the draft made from it: saving it, what others saved meanwhile, what is kept until then.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';

import type { ApiError } from '../../api/client';
import { keys, readWorkflow, useSaveWorkflow } from '../../api/queries';
import type { Problem, Workflow } from '../../api/types';
import { useTell } from '../../ui/toast';
import { step } from './history';
import { kEmpty, meaningOf, placed, toDraft, type Draft } from './model';
import { forgetUnsaved, handDesk, keepUnsaved, readUnsaved } from './unsaved';
import type { DeskState } from './use_desk';
import { toDefinition } from './validation';

const draftOf = (workflow: Workflow) => placed(toDraft(workflow.definition ?? workflow));

// `read`: as the server has it; none: it is new.
export function useSaved(read: Workflow | undefined) {
  const [began] = useState(read?.version); // the version that the page began with
  const [answered, setAnswered] = useState<Workflow>(); // by the latest save
  const workflow = answered && answered.version > (read?.version ?? 0) ? answered : read;
  const saved = useMemo<Draft>(() => (workflow ? draftOf(workflow) : placed(kEmpty)), [workflow]);
  const [unsaved] = useState(() => readUnsaved(workflow?.id));
  const [madeFrom, setMadeFrom] = useState(unsaved?.version); // the version, where that is known
  return {
    workflow,
    saved,
    unsaved,
    base: madeFrom ?? began, // what a save replaces
    // It is what the draft is made from now.
    take: (current: Workflow) => {
      setAnswered(current);
      setMadeFrom(current.version);
    },
  };
}

type Saved = ReturnType<typeof useSaved>;

export function useSaving(
  { workflow, saved, base, take }: Saved,
  desk: DeskState,
  { onRefused, onOutdated }: { onRefused: (problems: Problem[]) => void; onOutdated: () => void },
) {
  const save = useSaveWorkflow();
  const tell = useTell();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const { draft, yaml, history, atHand } = desk;
  const latest = useRef({ draft, yaml: yaml.typed, desk: atHand });
  useEffect(() => {
    latest.current = { draft, yaml: yaml.typed, desk: atHand };
  });
  const hasChanged = useMemo(() => meaningOf(draft) !== meaningOf(saved), [draft, saved]);
  const isChanged = hasChanged || yaml.error !== null;

  // What is not saved survives a reload.
  useEffect(() => {
    if (isChanged) keepUnsaved(workflow?.id, { version: base ?? 0, draft, yaml: yaml.typed });
    else forgetUnsaved(workflow?.id);
  }, [draft, yaml.typed, isChanged, workflow?.id, base]);

  // As the server has it, whatever was made of another version; undo brings that back.
  const revert = (current: Workflow) => {
    take(current);
    desk.bring(draftOf(current));
  };
  const revertToTheirs = async (id: string) => {
    try {
      revert(await client.fetchQuery({ queryKey: keys.workflow(id), queryFn: () => readWorkflow(id) }));
    } catch (error) {
      tell((error as ApiError).message, true);
    }
  };

  // What was new has a page of its own now, which begins with what is here: more may have been typed since it was sent.
  const goOn = (result: Workflow, sent: Draft, answer: Draft) => {
    const now = latest.current;
    const timeline = step(now.desk.timeline, { type: 'replace', from: sent, value: answer });
    keepUnsaved(result.id, { version: result.version, draft: timeline.present, yaml: now.yaml });
    handDesk(result.id, { ...now.desk, timeline });
    forgetUnsaved(undefined);
    client.setQueryData(keys.workflow(result.id), result);
    navigate(`/workflows/${result.id}`, { replace: true });
  };

  const store = async (overTheirs = false) => {
    if (yaml.error) return onRefused([{ path: `YAML, line ${yaml.error.line}`, message: yaml.error.message }]);
    if (draft.name.trim() === '') return onRefused([{ path: 'name', message: 'the workflow needs a name' }]);
    try {
      const result = await save.mutateAsync({
        ...(workflow ? { id: workflow.id, version: overTheirs ? undefined : base } : {}),
        definition: toDefinition(draft),
      });
      const stored = placed(toDraft(result.definition ?? draft));
      const answer = meaningOf(stored) === meaningOf(draft) ? draft : stored;
      onRefused([]);
      tell(`Saved as version ${result.version}`);
      if (!workflow) return goOn(result, draft, answer);
      take(result);
      history.replace(draft, answer); // unless somebody went on meanwhile
    } catch (error) {
      const { problems, message, status } = error as ApiError;
      if (status === 412) onOutdated();
      else onRefused(problems.length > 0 ? problems : [{ path: '', message }]);
    }
  };
  return { isChanged, isPending: save.isPending, canSave: isChanged && !save.isPending, store, revert, revertToTheirs };
}
