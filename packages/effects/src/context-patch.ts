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

/** What stands at a path, as far as it leads through own properties. */
export function valueAt(context: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = context;
  for (const key of contextKeys(path)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    if (Array.isArray(value) && key === 'length') return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}
