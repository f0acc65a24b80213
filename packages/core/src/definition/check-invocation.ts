import { checkEffect, checkInvocationId, effectHint } from './check-effect.ts';
import { checkInvocationKeys } from './check-scxml.ts';
import { checkTransitions } from './check-transition.ts';
import { invokeHabits } from './habits.ts';
import { invokeKeys } from './keys.ts';
import { at, type Path } from './path.ts';
import type { TreeState } from './state-tree.ts';
import { checkKeys, expectObject, type Walk } from './walk.ts';

/** One invocation of a state, or a list of them. */
export function checkInvocations(walk: Walk, state: TreeState, invoke: unknown, path: Path): void {
  if (Array.isArray(invoke)) {
    invoke.forEach((item, index) => {
      checkInvocation(walk, state, item, at(path, index));
    });
  } else checkInvocation(walk, state, invoke, path);
}

function checkInvocation(walk: Walk, state: TreeState, invoke: unknown, path: Path): void {
  if (!expectObject(walk, invoke, path, 'Write `{ "effect": …, "onDone": …, "onError": … }`.')) return;
  checkKeys(walk, invoke, path, { what: 'an invocation', known: invokeKeys, habits: invokeHabits });
  if (Object.hasOwn(invoke, 'id')) checkInvocationId(walk, invoke.id, at(path, 'id'));
  if (Object.hasOwn(invoke, 'effect')) checkEffect(walk, invoke.effect, at(path, 'effect'));
  else {
    walk.report.error('MISSING_KEY', path, 'The invocation has no `effect`.', { hint: effectHint });
  }
  checkInvocationKeys(walk, invoke, path);
  for (const key of ['onDone', 'onError']) {
    if (Object.hasOwn(invoke, key)) checkTransitions(walk, state, invoke[key], at(path, key));
  }
}
