import { contextKeys, type Json, type JsonObject, withValueAt } from '@fsm/core';

/** Changes of the context: dotted path to value, as in StepRecord. */
export type Patch = { readonly [path: string]: Json };

/**
 * The context with the changes, made the way the machine makes them in the context of the instance.
 *
 * @throws FsmError CONTEXT_PATH when a path leads through a value that has no parts
 */
export function applyPatch(context: JsonObject, patch: Patch): JsonObject {
  let next = context;
  for (const path in patch) next = withValueAt(next, path, patch[path]!);
  return next;
}

export function isContextPath(path: string): boolean {
  try {
    contextKeys(path);
    return true;
  } catch {
    return false;
  }
}
