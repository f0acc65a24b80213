import type { GuardDefinition, MachineEvent } from '../definition/definition.ts';
import { isGuardName } from '../definition/name.ts';
import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { Json } from '../json.ts';
import { expressionOf, isExpression, sourceValue } from './import-expression.ts';
import { type ImportScope, own } from './import-scope.ts';
import { nameOfPlace } from './source-states.ts';

/**
 * A guard. One that cannot be represented becomes a reference to a guard that nobody has registered: the machine does
 * not compile before somebody says what it is, and is never taken to be true.
 */
export function guardOf(scope: ImportScope, guard: unknown, place: Path): GuardDefinition {
  if (typeof guard === 'string' && guard !== '') return namedGuard(scope, guard, undefined);
  if (typeof guard === 'function') return functionGuard(scope, guard as SourceGuard, place);
  if (isExpression(guard)) return expressionGuard(scope, guard, place);
  if (!isPlainObject(guard)) return lostGuard(scope, place, 'The guard is nothing that JSON can hold.');
  const { type, params, ...rest } = guard;
  if (type === 'xstate.guard' && typeof rest.name === 'string') return guardOf(scope, rest.name, place);
  if (typeof type !== 'string' || type === '') return lostGuard(scope, place, 'The guard has no name.');
  if (type.startsWith('xstate.')) return lostGuard(scope, place, `\`${type}\` has lost what it asks.`);
  if (typeof params === 'function') {
    return lostGuard(scope, place, `The parameters of \`${type}\` are a function.`, type);
  }
  if (params !== undefined) return namedGuard(scope, type, sourceValue(scope, params, at(place, 'params')));
  // version 4: parameters stand beside the type
  const others = Object.keys(rest).length === 0 ? undefined : sourceValue(scope, rest, place);
  return namedGuard(scope, type, others);
}

/** Both must be true; either may be absent. */
export function bothGuards(
  first: GuardDefinition | undefined,
  second: GuardDefinition | undefined,
): GuardDefinition | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return { and: [first, second] };
}

/** While a state is active: `#id`, a path, or XState's nested state value. */
export function stateGuard(scope: ImportScope, value: unknown, place: Path): GuardDefinition {
  if (typeof value === 'string') {
    const state = scope.states.resolveReference(value);
    if (state !== undefined) return { in: referenceTo(scope, state) };
    scope.problems.error('TARGET_UNKNOWN', place, `There is no state \`${value}\`.`);
    return { in: value };
  }
  const paths = isPlainObject(value) ? leaves(value) : [];
  if (paths.length === 0) return lostGuard(scope, place, 'The guard asks about no state.');
  const parts = paths.map((path) => stateGuard(scope, path, place));
  return parts.length === 1 ? parts[0]! : { and: parts };
}

/** How any place can name a state. */
export function referenceTo(
  { states: { root } }: ImportScope,
  state: { readonly id: string; readonly path: string; readonly hasOwnId: boolean },
): string {
  return state.hasOwnId || state.path === '' ? `#${state.id}` : `#${root.id}.${state.path}`;
}

function leaves(value: Readonly<Record<string, unknown>>, depth = 0): string[] {
  return Object.entries(value).flatMap(([key, below]) => {
    const step = key.replaceAll('.', '\\.');
    if (typeof below === 'string') return [`${step}.${below.replaceAll('.', '\\.')}`];
    if (!isPlainObject(below) || depth > 64) return [];
    const inner = leaves(below, depth + 1);
    return inner.length === 0 ? [step] : inner.map((path) => `${step}.${path}`);
  });
}

function namedGuard(scope: ImportScope, name: string, params: Json | undefined): GuardDefinition {
  if (params !== undefined) return { type: name, params };
  return own(scope.meanings.guards, name) ?? (isGuardName(name) ? name : { type: name });
}

function expressionGuard(scope: ImportScope, guard: Readonly<Record<string, unknown>>, place: Path): GuardDefinition {
  const source = expressionOf(scope, guard, place, 'a guard');
  if (source === undefined) return { type: unnamed(place) };
  // in parentheses a word alone is an expression, not the name of a guard
  return isGuardName(source) ? `(${source})` : source;
}

export function lostGuard(scope: ImportScope, place: Path, message: string, name?: string): GuardDefinition {
  const reference = name === undefined || name === '' ? unnamed(place) : name;
  scope.problems.error('GUARD_LOST', place, message, `Register a guard \`${reference}\`, or write an expression.`);
  return { type: reference };
}

function unnamed(place: Path): string {
  return `unnamed guard at ${nameOfPlace(place)}`;
}

/** A predicate, or one of XState's combinations, which keep what they combine as properties. */
interface SourceGuard {
  (scope: { readonly context: unknown; readonly event: unknown }, params: unknown): unknown;
  readonly check?: unknown;
  readonly guards?: unknown;
  readonly stateValue?: unknown;
}

function functionGuard(scope: ImportScope, guard: SourceGuard, place: Path): GuardDefinition {
  if (guard.check === undefined) return predicate(guard);
  if (guard.name === 'stateIn') return stateGuard(scope, guard.stateValue, place);
  if (!Array.isArray(guard.guards)) return lostGuard(scope, place, 'The guard is of an unknown kind.');
  const parts = guard.guards.map((part, index) => guardOf(scope, part, at(place, index)));
  if (guard.name === 'not' && parts.length === 1) return { not: parts[0]! };
  if (guard.name === 'and' && parts.length > 0) return { and: parts };
  if (guard.name === 'or' && parts.length > 0) return { or: parts };
  return lostGuard(scope, place, 'The guard is of an unknown kind.');
}

/** A predicate is pure and so means the same here, once the event looks as XState's does. */
function predicate(guard: SourceGuard): GuardDefinition {
  return ({ context, event, params }) => Boolean(guard({ context, event: asXStateEvent(event) }, params));
}

/** The event as functions written for XState know it: its data beside its type, events of the engine by their names. */
export function asXStateEvent(event: MachineEvent): Readonly<Record<string, unknown>> {
  const { type, data, ...outcome } = event;
  const payload = isPlainObject(data) ? data : data === undefined ? {} : { data };
  return { ...payload, ...outcome, type: xstateEventType(type) };
}

export function xstateEventType(type: string): string {
  if (type === 'fsm.init') return 'xstate.init';
  return type
    .replace(/^done\.state\./, 'xstate.done.state.')
    .replace(/^done\.invoke\./, 'xstate.done.actor.')
    .replace(/^error\.invoke\./, 'xstate.error.actor.');
}
