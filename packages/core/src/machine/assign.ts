import type { ActionDefinition, Implementation } from '../definition/definition.ts';
import { formatKey } from '../definition/path.ts';
import { describe, isPlainObject } from '../definition/plain.ts';
import { FsmError } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';
import { contextKeys, withKey, withValueAtKeys } from './context-path.ts';
import { callImplementation, checkJson, compileValue } from './evaluators.ts';
import { actionFailed } from './failures.ts';
import type { Evaluator, Operation } from './state-node.ts';
import type { Step } from './step.ts';

type Assign = Extract<ActionDefinition, { readonly assign: unknown }>['assign'];

/** `assign`: changes of the context. All values are computed from the context as it was, then written in order. */
export function compileAssign(assign: Assign, path: string): Operation {
  if (typeof assign === 'function') return patching(assign, undefined, path);
  const changes = Object.entries(assign).map(([target, value]) => {
    const place = `${path}${formatKey(target)}`;
    return { keys: contextKeys(target), evaluator: compileValue(value, place) };
  });
  const only = changes[0];
  if (changes.length === 1 && only?.keys.length === 1) return new AssignOne(only.keys[0]!, only.evaluator);
  return assignMany(changes, path);
}

/** By far the most frequent form. A class, because the engines inline its method more readily than a closure. */
class AssignOne implements Operation {
  readonly path: string;
  private readonly key: string;
  private readonly evaluator: Evaluator;

  constructor(key: string, evaluator: Evaluator) {
    this.path = evaluator.path;
    this.key = key;
    this.evaluator = evaluator;
  }

  run(step: Step): void {
    const { key } = this;
    const { context } = step;
    const value = this.evaluator.evaluate(step);
    if (value !== context[key] || !Object.hasOwn(context, key)) step.context = withKey(context, key, value);
  }
}

function assignMany(
  changes: readonly { readonly keys: readonly string[]; readonly evaluator: Evaluator }[],
  path: string,
): Operation {
  const run = (step: Step) => {
    const values: Json[] = [];
    for (const { evaluator } of changes) {
      try {
        values.push(evaluator.evaluate(step));
      } catch (cause) {
        throw actionFailed(evaluator.path, cause);
      }
    }
    let { context } = step;
    for (let index = 0; index < changes.length; index++) {
      context = withValueAtKeys(context, changes[index]!.keys, values[index]!);
    }
    step.context = context;
  };
  return { path, run };
}

/** A function that returns changes of the context, or nothing. */
export function patching(implementation: Implementation, params: Evaluator | undefined, path: string): Operation {
  const run = (step: Step) => {
    const changes = callImplementation(implementation, step, params?.evaluate(step));
    if (changes !== undefined) step.context = withChanges(step.context, changes, path);
  };
  return { path, run };
}

function withChanges(context: JsonObject, changes: unknown, path: string): JsonObject {
  if (!isPlainObject(changes)) {
    throw new FsmError(
      'NOT_A_PATCH',
      `The function at ${path} returned ${describe(changes)} as changes of the context.`,
      {
        path,
        hint: 'Return an object with the keys to change, or nothing.',
      },
    );
  }
  checkJson(changes, path);
  let changed = context;
  for (const key of Object.keys(changes)) {
    const value = changes[key] as Json;
    if (changed[key] !== value || !Object.hasOwn(changed, key)) changed = withKey(changed, key, value);
  }
  return changed;
}
