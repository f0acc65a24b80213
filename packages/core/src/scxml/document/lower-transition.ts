import type {
  GuardDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../../definition/definition.ts';
import { isGuardName } from '../../definition/name.ts';
import {
  commonAncestor,
  resolveReference,
  resolveTarget,
  type StateTree,
  type TreeState,
} from '../../definition/state-tree.ts';
import { listOf } from './export-action.ts';
import { guardExpression, quote } from './export-guard.ts';
import { beforeHint, guardHint, isInside } from './export-state.ts';
import { type LowerScope, lowerActions } from './lower-action.ts';
import { rewriteExpression } from './rewrite-expression.ts';

/** What the transitions of a native machine need to become SCXML's. */
export interface TransitionScope extends LowerScope {
  readonly tree: StateTree;
  readonly ids: ReadonlyMap<TreeState, string>;
}

/** Every transition of a list; `more` is a condition that the event itself must fulfil. */
export function lowerTransitions(
  state: TreeState,
  list: TransitionList | undefined,
  path: string,
  scope: TransitionScope,
  more?: string,
): TransitionDefinition[] {
  return listOf<string | TransitionDefinition>(list).map((item, index) => {
    const place = Array.isArray(list) ? `${path}[${index}]` : path;
    return lowerTransition(state, typeof item === 'string' ? { target: item } : item, place, scope, more);
  });
}

function lowerTransition(
  state: TreeState,
  given: TransitionDefinition,
  path: string,
  scope: TransitionScope,
  more: string | undefined,
): TransitionDefinition {
  const { guard, before, description, meta } = given;
  const { losses } = scope;
  const expression = guard === undefined ? undefined : lowerGuard(guard, scope);
  const unguarded = guard !== undefined && expression === undefined;
  if (unguarded)
    losses.vital(`${path}.guard`, `SCXML has no form for ${describeGuard(guard)}.`, guardHint, 'NO_GUARD_FORM');
  if (before !== undefined) losses.vital(`${path}.before`, 'SCXML has no form for `before`.', beforeHint);
  const lost = unguarded || before !== undefined;
  const conditions = [more, lost ? 'false' : expression].filter((text) => text !== undefined);
  const { target, reenter } = lowerTargets(state, given, path, scope);
  const transition: TransitionDefinition = {
    ...(target.length > 0 && { target: target.map((each) => `#${scope.ids.get(each)}`) }),
    ...(conditions.length > 0 && {
      guard: conditions.length === 1 ? conditions[0]! : conditions.map((text) => `(${text})`).join(' && '),
    }),
    actions: lowerActions(given.actions, `${path}.actions`, scope),
    ...(reenter && { reenter }),
    ...(description !== undefined && { description }),
    ...(meta !== undefined && { meta }),
  };
  if (lost)
    losses.comment(transition, `never taken: SCXML has no form for ${unguarded ? describeGuard(guard) : 'before'}`);
  return transition;
}

function describeGuard(guard: GuardDefinition): string {
  if (typeof guard === 'function') return 'a guard that is a function';
  if (typeof guard === 'string')
    return isGuardName(guard) ? `the registered guard \`${guard}\`` : `the guard \`${guard}\``;
  return 'type' in guard ? `the registered guard \`${guard.type}\`` : 'a part of the guard';
}

function lowerGuard(guard: GuardDefinition, { tree, ids }: TransitionScope): string | undefined {
  return guardExpression(guard, {
    expression: (text) => {
      if (isGuardName(text)) return undefined;
      const rewritten = rewriteExpression(text);
      return 'text' in rewritten ? rewritten.text : undefined;
    },
    stateId: (reference) => {
      const state = resolveReference(tree, reference);
      return state === undefined ? undefined : ids.get(state);
    },
  });
}

interface Movement {
  readonly target: readonly TreeState[];
  readonly reenter: boolean;
}

/**
 * The same movement in SCXML's words. Both agree on what a transition leaves, but for two cases: a native transition to
 * its own state stays in it, and a native one leaves a parallel state only when it leads out of it.
 */
function lowerTargets(state: TreeState, given: TransitionDefinition, path: string, scope: TransitionScope): Movement {
  const targets = listOf(given.target).flatMap((text) => {
    const found = resolveTarget(scope.tree, state, text);
    if (found === undefined) scope.losses.error('UNKNOWN_TARGET', `${path}.target`, `There is no state \`${text}\`.`);
    return found === undefined ? [] : [found];
  });
  const stays = targets.every((target) => target === state || isInside(target, state));
  if (targets.length === 0) return { target: [], reenter: false };
  if (stays && given.reenter !== true && state.kind !== 'parallel') {
    if (!targets.includes(state)) return { target: targets, reenter: false };
    // an atomic state has nothing inside to be entered again
    return state.kind === 'compound' ? intoInitial(state, path, scope) : { target: [], reenter: false };
  }
  const around = stays && given.reenter !== true ? state : targets.reduce(outerAncestor, state.parent);
  if (around?.kind === 'parallel') {
    const name = `\`${scope.ids.get(around)}\``;
    const message = `SCXML leaves the parallel state ${name} and enters it again here; the native machine stays in it.`;
    scope.losses.differs(path, message, 'Its exit and entry actions run, too.');
  }
  if (given.reenter !== true && targets.some(({ kind, parent }) => kind === 'history' && isInside(state, parent!))) {
    const message = 'SCXML leaves the state when its history leads back to it; the native machine stays in it.';
    scope.losses.differs(path, message, 'Its exit and entry actions run, too.');
  }
  return { target: targets, reenter: true };
}

/** The nearest state that strictly holds the target, too. */
function outerAncestor(around: TreeState | undefined, target: TreeState): TreeState | undefined {
  if (around === undefined) return undefined;
  const common = commonAncestor(around, target);
  return common === target ? common.parent : common;
}

/** A compound state starts again from its initial state without being left; the actions of `initial` do not run. */
function intoInitial(state: TreeState, path: string, scope: TransitionScope): Movement {
  const { initial } = state.definition as unknown as StateDefinition;
  const key = typeof initial === 'string' ? initial : listOf(initial?.target)[0];
  const child = key === undefined ? undefined : state.children.get(key);
  if (child !== undefined) return { target: [child], reenter: false };
  scope.losses.error('UNKNOWN_TARGET', `${path}.target`, `\`${state.key}\` has no initial state.`);
  return { target: [], reenter: false };
}

/** How SCXML says what a native descriptor says. */
export interface Descriptor {
  readonly event: string;
  /** What the event's name must fulfil besides. */
  readonly condition?: string;
}

/**
 * A native type matches only itself, SCXML's matches all that it is a prefix of; a native `*` leaves errors alone; and a
 * native type may have spaces in it.
 */
export function lowerDescriptor(descriptor: string, types: ReadonlySet<string>): Descriptor {
  if (descriptor === '*') return { event: '*', condition: "!_event.name.startsWith('error.')" };
  if (/\s/.test(descriptor)) {
    const prefix = descriptor.endsWith('.*') ? descriptor.slice(0, -2) : undefined;
    const exact = `_event.name === ${quote(prefix ?? descriptor)}`;
    return {
      event: '*',
      condition: prefix === undefined ? exact : `${exact} || _event.name.startsWith(${quote(`${prefix}.`)})`,
    };
  }
  const longer = [...types].some((type) => type.startsWith(`${descriptor}.`));
  return longer && !descriptor.endsWith('.*')
    ? { event: descriptor, condition: `_event.name === ${quote(descriptor)}` }
    : { event: descriptor };
}

/** The order in which a native state tries descriptors: exact ones, then longer wildcards before shorter. */
export function bySpecificity(a: string, b: string): number {
  return rank(b) - rank(a);
}

function rank(descriptor: string): number {
  if (descriptor === '*') return 0;
  return descriptor.endsWith('.*') ? descriptor.length : Number.MAX_SAFE_INTEGER;
}
