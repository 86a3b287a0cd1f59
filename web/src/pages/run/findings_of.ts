import { isObject } from '../../api/client';
import type { Json, JsonObject } from '../../api/types';

// The list in an output that is one of findings: members that name a file and say something about it.
export function findingsOf(output: Json): JsonObject[] {
  if (!isObject(output)) return [];
  for (const key of ['findings', 'violations', 'issues']) {
    const list = output[key];
    if (Array.isArray(list) && list.every(isObject) && list.length > 0) return list as JsonObject[];
  }
  return [];
}
