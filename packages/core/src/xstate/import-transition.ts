import type { ActionDefinition, TransitionDefinition, TransitionList } from '../definition/definition.ts';
import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import { actionsOf, assignOf } from './import-action.ts';
import { bothGuards, guardOf, lostGuard, referenceTo, stateGuard } from './import-guard.ts';
import type { ImportScope } from './import-scope.ts';
import type { SourceState } from './source-states.ts';
import { jsonOf, objectOf, oneOrMany, present, textOf } from './source-values.ts';

/** A transition in any of XState's shorthands: a target, an object, or a list; `undefined`, `''` and `{}` forbid. */
export function transitionsOf(
  scope: ImportScope,
  source: SourceState,
  given: unknown,
  place: Path,
): TransitionDefinition[] {
  if (!Array.isArray(given)) return [transitionOf(scope, source, given, place)];
  return given.map((item, index) => transitionOf(scope, source, item, at(place, index)));
}

/** A list as short as it can be written: one without brackets, a mere target as text. */
export function transitionList(transitions: readonly TransitionDefinition[]): TransitionList | undefined {
  const short = transitions.map((each) => {
    const { target } = each;
    return typeof target === 'string' && Object.keys(each).length === 1 ? target : each;
  });
  return short.length === 1 ? short[0] : short.length === 0 ? undefined : short;
}

const known = new Set(['target', 'guard', 'actions', 'reenter', 'description', 'meta']);
/** What `machine.definition` and `machine.toJSON()` add. */
const derived = new Set(['source', 'eventType', 'event', 'toJSON', 'delay']);
const older = new Set(['cond', 'in', 'internal']);
const newer = new Set(['context', 'matches']);

function transitionOf(scope: ImportScope, source: SourceState, given: unknown, place: Path): TransitionDefinition {
  if (given === undefined || given === '') return {};
  if (typeof given === 'string')
    return present({ target: targetOf(scope, source, given, place), reenter: reenters(scope, source, given) });
  if (!isPlainObject(given)) {
    const message = given === null ? 'The transition is `null`.' : 'The transition is neither a target nor an object.';
    const hint = 'It forbids the event for now, as `{}` does.';
    scope.problems.error('TRANSITION_LOST', place, message, hint);
    return {};
  }
  reportKeys(scope, given, place);
  const targets = targetList(given.target);
  const target = oneOrMany(
    targets.map((text, index) =>
      targetOf(scope, source, text, at(place, 'target', ...(targets.length > 1 ? [index] : []))),
    ),
  );
  const actions = allActions(scope, given, place);
  return present({
    target,
    guard: allGuards(scope, given, place),
    actions: actions.length === 1 ? actions[0] : actions.length === 0 ? undefined : actions,
    reenter: given.reenter === true || given.internal === false || reenters(scope, source, given) || undefined,
    description: typeof given.description === 'string' ? given.description : undefined,
    meta: metaOf(scope, given.meta, at(place, 'meta')),
  }) as TransitionDefinition;
}

function reportKeys(scope: ImportScope, given: Readonly<Record<string, unknown>>, place: Path): void {
  for (const key of Object.keys(given)) {
    if (known.has(key) || derived.has(key) || older.has(key) || newer.has(key) || given[key] === undefined) continue;
    if (key === 'input' || key === '@expr' || key === '@code' || key === 'to') {
      scope.problems.error('KEY_NOT_SUPPORTED', at(place, key), `A transition has no \`${key}\` here.`);
    } else {
      scope.problems.warning('KEY_UNKNOWN', at(place, key), `\`${key}\` means nothing to XState here; it is left out.`);
    }
  }
}

function allActions(scope: ImportScope, given: Readonly<Record<string, unknown>>, place: Path): ActionDefinition[] {
  const actions = actionsOf(scope, given.actions, at(place, 'actions'));
  if (!isPlainObject(given.context)) return actions;
  return [{ assign: assignOf(scope, given.context, at(place, 'context')) }, ...actions];
}

/** `guard`, and what other versions have beside or instead of it. A key that stands there with nothing in it is a loss. */
function allGuards(scope: ImportScope, given: Readonly<Record<string, unknown>>, place: Path) {
  let all =
    Object.hasOwn(given, 'guard') && given.guard !== undefined
      ? guardOf(scope, given.guard, at(place, 'guard'))
      : undefined;
  if (Object.hasOwn(given, 'cond') && given.cond !== undefined) {
    all = bothGuards(all, guardOf(scope, given.cond, at(place, 'cond')));
  }
  if (Object.hasOwn(given, 'in') && given.in !== undefined) {
    all = bothGuards(all, stateGuard(scope, given.in, at(place, 'in')));
  }
  if (isPlainObject(given.matches)) {
    for (const [key, value] of Object.entries(given.matches)) {
      const asked = at(place, 'matches', key);
      const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value);
      const left = ['output', 'error', 'type'].includes(key) ? `event.${key}` : `event.data?.[${JSON.stringify(key)}]`;
      const part = isPlain
        ? `${left} === ${JSON.stringify(value)}`
        : lostGuard(scope, asked, 'Only texts, numbers, booleans and null are compared.');
      all = bothGuards(all, part);
    }
  }
  return all;
}

/** XState takes no target and `''` for the same. */
function targetList(target: unknown): readonly unknown[] {
  if (target === undefined || target === '') return [];
  return Array.isArray(target) ? target : [target];
}

function targetOf(scope: ImportScope, source: SourceState, target: unknown, place: Path): string {
  if (typeof target !== 'string') {
    scope.problems.error('TARGET_UNKNOWN', place, 'The target is not a text.');
    return textOf(target);
  }
  const state = scope.states.resolve(source, target);
  if (state === undefined) {
    const hint = 'Targets are `sibling`, `sibling.child`, `.child`, `#id` and `#id.child`.';
    scope.problems.error('TARGET_UNKNOWN', place, `There is no state \`${target}\`.`, hint);
    return target;
  }
  return targetText(scope, source, state, target);
}

/** The target as it was written, where that means the same here; otherwise from the root. */
function targetText(scope: ImportScope, source: SourceState, state: SourceState, written: string): string {
  if (written.startsWith('#')) return referenceTo(scope, state);
  const around = written.startsWith('.') ? source : source.parent;
  const prefix = around === undefined || around.path === '' ? '' : `${around.path}.`;
  if (around === undefined || state === around || !state.path.startsWith(prefix)) return referenceTo(scope, state);
  const relative = state.path.slice(prefix.length);
  return written.startsWith('.') ? `.${relative}` : relative;
}

/** Version 4 leaves the state on a transition to itself or into it, unless the target begins with a dot. */
function reenters(scope: ImportScope, source: SourceState, given: unknown): true | undefined {
  if (!scope.isVersion4) return undefined;
  if (isPlainObject(given) && typeof given.internal === 'boolean') return undefined;
  const targets = targetList(isPlainObject(given) ? given.target : given);
  const inside = targets.every((target) => {
    const state =
      typeof target === 'string' && !target.startsWith('.') ? scope.states.resolve(source, target) : undefined;
    return state !== undefined && isWithin(state, source);
  });
  return targets.length > 0 && inside ? true : undefined;
}

function isWithin(state: SourceState, ancestor: SourceState): boolean {
  for (let around: SourceState | undefined = state; around !== undefined; around = around.parent) {
    if (around === ancestor) return true;
  }
  return false;
}

/** `meta` is an object here; anything else is kept under `value`. */
export function metaOf(scope: ImportScope, meta: unknown, place: Path) {
  if (meta === undefined) return undefined;
  if (isPlainObject(meta)) return objectOf(meta, place, scope.problems);
  const value = jsonOf(meta, place, scope.problems);
  return value === undefined ? undefined : { value };
}
