import { noteEffectStrings } from './check-events.ts';
import { checkTemplate } from './check-expression.ts';
import { checkTransitions } from './check-transition.ts';
import { invokeHabits } from './habits.ts';
import { invokeKeys } from './keys.ts';
import { maxNameLength } from './limits.ts';
import { at, formatPath, type Path } from './path.ts';
import type { TreeState } from './state-tree.ts';
import { checkKeys, expectObject, expectString, type Walk } from './walk.ts';

const effectHint = 'Write `{ "type": "call", "function": "…" }` or another kind of effect.';

/**
 * What core knows of an effect: it is an object with a kind. The rest belongs to `checkEffect` of the options; without
 * it at least the templates are compiled.
 */
export function checkEffect(walk: Walk, effect: unknown, path: Path): void {
  if (!expectObject(walk, effect, path, effectHint)) return;
  noteEffectStrings(walk, effect);
  if (!Object.hasOwn(effect, 'type')) {
    walk.report.error('MISSING_KEY', path, 'The effect has no `type`.', { hint: effectHint });
  } else if (expectString(walk, effect.type, at(path, 'type'), effectHint) && effect.type === '') {
    walk.report.error('INVALID_VALUE', at(path, 'type'), '`type` is empty.', { hint: effectHint });
  }
  if (walk.checkEffect === undefined) {
    checkTemplate(walk, effect, path);
  } else {
    for (const problem of walk.checkEffect(effect, formatPath(path))) walk.report.adopt(path, problem);
  }
}

export function checkInvocations(walk: Walk, state: TreeState, invoke: unknown, path: Path): void {
  if (Array.isArray(invoke)) {
    invoke.forEach((item, index) => {
      checkInvocation(walk, state, item, at(path, index));
    });
  } else checkInvocation(walk, state, invoke, path);
}

const idForm = /^[A-Za-z0-9._:-]+$/;

function checkInvocation(walk: Walk, state: TreeState, invoke: unknown, path: Path): void {
  if (!expectObject(walk, invoke, path, 'Write `{ "effect": …, "onDone": …, "onError": … }`.')) return;
  checkKeys(walk, invoke, path, { what: 'an invocation', known: invokeKeys, habits: invokeHabits });
  const { id } = invoke;
  if (Object.hasOwn(invoke, 'id') && expectString(walk, id, at(path, 'id'))) {
    if (id.length > maxNameLength || !idForm.test(id)) {
      walk.report.error('INVALID_ID', at(path, 'id'), `\`${id}\` cannot be the id of an invocation.`, {
        hint: `Use up to ${maxNameLength} letters, digits and \`. _ : -\`.`,
      });
    }
  }
  if (Object.hasOwn(invoke, 'effect')) checkEffect(walk, invoke.effect, at(path, 'effect'));
  else {
    const hint = Object.hasOwn(invoke, 'src') ? undefined : effectHint;
    walk.report.error('MISSING_KEY', path, 'The invocation has no `effect`.', { hint });
  }
  for (const key of ['onDone', 'onError']) {
    if (Object.hasOwn(invoke, key)) checkTransitions(walk, state, invoke[key], at(path, key));
  }
}

interface Use {
  readonly path: Path;
}

/**
 * Reports invocations with the same id that can run at the same time: in one state, in a state and around it, or in
 * two regions of a parallel state.
 */
export function checkInvocationIds(walk: Walk): void {
  collectIds(walk, walk.tree.root);
}

/** The ids used in a state and below, smaller maps merged into larger ones so that it stays fast for wide machines. */
function collectIds(walk: Walk, state: TreeState): Map<string, Use> {
  let all = new Map<string, Use>();
  for (const child of state.children.values()) {
    const ids = collectIds(walk, child);
    const [small, large] = ids.size < all.size ? [ids, all] : [all, ids];
    for (const [id, use] of small) {
      const other = large.get(id);
      if (other === undefined) large.set(id, use);
      else if (state.kind === 'parallel')
        reportTwice(walk, id, ids === small ? use : other, ids === small ? other : use);
    }
    all = large;
  }
  const { invoke } = state.definition;
  const items: readonly unknown[] = Array.isArray(invoke) ? invoke : [invoke];
  items.forEach((item, index) => {
    const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
    if (typeof id !== 'string') return;
    const use = { path: at(state.at, 'invoke', ...(Array.isArray(invoke) ? [index] : []), 'id') };
    const other = all.get(id);
    if (other === undefined) all.set(id, use);
    else reportTwice(walk, id, use, other);
  });
  return all;
}

function reportTwice(walk: Walk, id: string, use: Use, other: Use): void {
  const message = `The invocation id \`${id}\` is used by another invocation that can run at the same time.`;
  walk.report.error('DUPLICATE_ID', use.path, message, { hint: `Rename it, or the one at ${formatPath(other.path)}.` });
}
