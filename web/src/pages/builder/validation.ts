// What the server would say about the draft if it were saved now.
import { useQuery } from '@tanstack/react-query';

import { post } from '../../api/client';
import { kProject, type Verdict } from '../../api/queries';
import type { JsonObject, Problem } from '../../api/types';
import type { Draft } from './model';
import { useDebounced } from './preview';

const kTyping_ms = 350;

export const toDefinition = ({ projectId, ...draft }: Draft) =>
  ({
    projectId: projectId ?? kProject,
    description: null,
    ...draft,
    trigger: draft.trigger ?? 'manual',
  }) as unknown as JsonObject;

// The latest answer; while something new is being asked it stays. A draft without a name or steps is not judged: it has
// just been begun.
export function useValidation(draft: Draft): Problem[] {
  const settled = useDebounced(draft, kTyping_ms);
  const enabled = settled.name.trim() !== '' && settled.nodes.length > 0;
  const verdict = useQuery({
    queryKey: ['validate', settled],
    queryFn: () => post<Verdict>('/api/workflows/validate', toDefinition(settled)),
    enabled,
    retry: false,
    placeholderData: (previous) => previous,
    gcTime: 10_000,
  });
  return enabled ? (verdict.data?.problems ?? []) : [];
}
