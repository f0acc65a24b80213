import { checkActions } from './check-action.ts';
import { checkEffect } from './check-effect.ts';
import { checkGuard } from './check-guard.ts';
import { checkTargets } from './check-target.ts';
import { transitionHabits } from './habits.ts';
import { transitionKeys } from './keys.ts';
import { at, type Path } from './path.ts';
import { isPlainObject } from './plain.ts';
import type { TreeState } from './state-tree.ts';
import { checkKeys, expectBoolean, expectString, type Walk, wrongType } from './walk.ts';

/** A target, a transition, or a list of them of which the first whose guard is true is taken. */
export function checkTransitions(
  walk: Walk,
  source: TreeState,
  transitions: unknown,
  path: Path,
  kind: 'event' | 'always' = 'event',
): void {
  const isList = Array.isArray(transitions);
  const items: readonly unknown[] = isList ? transitions : [transitions];
  let certain: Path | undefined;
  items.forEach((item, index) => {
    const place = isList ? at(path, index) : path;
    if (certain !== undefined) {
      walk.report.warning(
        'UNREACHABLE_TRANSITION',
        place,
        'The transition is never taken: one before it has no guard.',
        {
          hint: 'Put the transition without guard last.',
        },
      );
    }
    const targets = checkTransition(walk, source, item, place, kind);
    if (isUnguarded(item) && !isPreceded(item)) certain ??= place;
    if (kind === 'always' && !walk.scxml && isUnguarded(item) && staysForever(source, item, targets)) {
      walk.report.error('ENDLESS_LOOP', place, 'The transition needs no event, has no guard and leads nowhere else.', {
        hint: 'Add a `guard`, or a `target` that leaves the state; use `entry` for actions that run once.',
      });
    }
  });
}

/** Returns the states it leads to, as far as they exist. */
function checkTransition(
  walk: Walk,
  source: TreeState,
  transition: unknown,
  path: Path,
  kind: 'event' | 'always',
): readonly TreeState[] {
  if (typeof transition === 'string') return checkTargets(walk, source, transition, path);
  if (!isPlainObject(transition)) {
    const hint = transition === null ? 'Write `{}` for a transition that does nothing.' : undefined;
    wrongType(walk, transition, path, 'a target, a transition or a list of them', hint);
    return [];
  }
  checkKeys(walk, transition, path, { what: 'a transition', known: transitionKeys, habits: transitionHabits });
  const has = (key: string): boolean => Object.hasOwn(transition, key);
  if (has('guard')) checkGuard(walk, transition.guard, at(path, 'guard'));
  if (has('actions')) checkActions(walk, transition.actions, at(path, 'actions'));
  if (has('reenter')) expectBoolean(walk, transition.reenter, at(path, 'reenter'));
  if (has('description')) expectString(walk, transition.description, at(path, 'description'));
  if (has('before')) checkBefore(walk, transition.before, at(path, 'before'), kind);
  return has('target') ? checkTargets(walk, source, transition.target, at(path, 'target')) : [];
}

function isUnguarded(transition: unknown): boolean {
  return typeof transition === 'string' || (isPlainObject(transition) && !Object.hasOwn(transition, 'guard'));
}

/** An effect stands before it, which may fail. */
function isPreceded(transition: unknown): boolean {
  return isPlainObject(transition) && Object.hasOwn(transition, 'before');
}

/** What waits for an effect needs an event that can wait with it. */
function checkBefore(walk: Walk, before: unknown, path: Path, kind: 'event' | 'always'): void {
  if (kind === 'always' || walk.scxml) {
    const what = walk.scxml ? 'A transition of SCXML' : 'A transition without event';
    walk.report.error('MISPLACED_KEY', path, `${what} has no \`before\`.`, {
      hint: 'Put the effect on a state of its own and leave it with `onDone` and `onError`.',
      part: 'key',
    });
  } else checkEffect(walk, before, path);
}

/** Only what is certain: a state with children may be left by one of them. */
function staysForever(source: TreeState, transition: unknown, targets: readonly TreeState[]): boolean {
  if (source.children.size > 0) return false;
  const moves = typeof transition === 'string' || (isPlainObject(transition) && Object.hasOwn(transition, 'target'));
  return moves ? targets.length === 1 && targets[0] === source : true;
}

/** `initial`: the key of a child, or a transition to it that has only actions. */
export function checkInitial(walk: Walk, state: TreeState, initial: unknown, path: Path): void {
  if (typeof initial === 'string') checkInitialKey(walk, state, initial, path);
  else if (isPlainObject(initial)) checkInitialTransition(walk, state, initial, path);
  else wrongType(walk, initial, path, 'the key of a child');
}

function checkInitialTransition(
  walk: Walk,
  state: TreeState,
  initial: Readonly<Record<string, unknown>>,
  path: Path,
): void {
  checkKeys(walk, initial, path, { what: 'an initial transition', known: transitionKeys, habits: transitionHabits });
  for (const key of ['guard', 'reenter', 'before']) {
    if (!Object.hasOwn(initial, key)) continue;
    walk.report.error('MISPLACED_KEY', at(path, key), `An initial transition has no \`${key}\`.`, {
      hint: 'Use a first state with `always` to choose where to begin.',
      part: 'key',
    });
  }
  if (Object.hasOwn(initial, 'actions')) checkActions(walk, initial.actions, at(path, 'actions'));
  if (Object.hasOwn(initial, 'description')) expectString(walk, initial.description, at(path, 'description'));
  const { target } = initial;
  const place = at(path, 'target');
  if (walk.scxml && (Array.isArray(target) || (typeof target === 'string' && target.startsWith('#'))))
    checkTargets(walk, state, target, place);
  else if (typeof target === 'string') checkInitialKey(walk, state, target, place);
  else if (Object.hasOwn(initial, 'target')) wrongType(walk, target, place, 'the key of a child');
  else walk.report.error('MISSING_KEY', path, '`initial` has no `target`.', { hint: 'Name a child in `target`.' });
}

function checkInitialKey(walk: Walk, state: TreeState, key: string, path: Path): void {
  const child = state.children.get(key);
  const begins = (history: TreeState) =>
    Object.hasOwn(history.definition, 'target') || (walk.scxml && Object.hasOwn(history.definition, 'initial'));
  if (child?.kind === 'history' && !begins(child)) {
    walk.report.error('UNKNOWN_INITIAL', path, `The history state \`${key}\` has nothing to begin with.`, {
      hint: `Give \`${key}\` a \`target\`, or begin in another state.`,
    });
  }
  if (child !== undefined || state.children.size === 0) return;
  const children = [...state.children.keys()];
  // `.child` and `a.b` are habits from targets: the child itself is what can be entered first
  const first = key.replace(/^[.#]/, '').split('.')[0]!;
  const ending = state.children.has(first) ? `; did you mean \`${first}\`?` : walk.report.didYouMean(key, children);
  walk.report.error('UNKNOWN_INITIAL', path, `There is no child \`${key}\`${ending}`, {
    hint: `Children: ${children
      .map((child) => `\`${child}\``)
      .slice(0, 8)
      .join(', ')}.`,
  });
}
