import type { ActionDefinition, Duration, Implementation, ImplementationScope } from '../definition/definition.ts';
import { isActionName } from '../definition/name.ts';
import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { Json } from '../json.ts';
import { delayOf } from './import-delay.ts';
import { eventOf } from './import-event.ts';
import { isExpression, sourceValue } from './import-expression.ts';
import { asXStateEvent } from './import-guard.ts';
import { type ImportScope, own } from './import-scope.ts';
import { legalActionName, nameOfPlace } from './source-states.ts';
import { listOf } from './source-values.ts';

/** One action or a list. Of one that cannot be represented a reference remains that keeps the machine from compiling. */
export function actionsOf(scope: ImportScope, actions: unknown, place: Path): ActionDefinition[] {
  return listOf(actions).flatMap((action, index) =>
    actionOf(scope, action, Array.isArray(actions) ? at(place, index) : place),
  );
}

function actionOf(scope: ImportScope, action: unknown, place: Path): readonly ActionDefinition[] {
  if (typeof action === 'string' && action !== '') return namedAction(scope, action, undefined, place);
  if (typeof action === 'function') return functionAction(scope, action as SourceAction, place);
  if (action === null) return [lostAction(scope, place, 'Here stood a function, of which JSON keeps nothing.')];
  if (isExpression(action)) return [lostAction(scope, place, 'The action is code, not data.')];
  if (!isPlainObject(action) || typeof action.type !== 'string' || action.type === '') {
    return [lostAction(scope, place, 'The action has no name.')];
  }
  const { type } = action;
  if (type.startsWith('xstate.') || type.startsWith('@xstate.')) return [builtIn(scope, action, type, place)];
  if (typeof action.exec === 'function') {
    return [lostAction(scope, place, `The action \`${type}\` is a function.`, type)];
  }
  const { type: _type, params: given, exec: _exec, ...rest } = action;
  if (typeof given === 'function') {
    return [lostAction(scope, place, `The parameters of \`${type}\` are a function.`, type)];
  }
  // version 4: parameters stand beside the type
  const params = given ?? (Object.keys(rest).length === 0 ? undefined : rest);
  const value = params === undefined ? undefined : sourceValue(scope, params, at(place, 'params'));
  return namedAction(scope, type, value, place);
}

function namedAction(
  scope: ImportScope,
  name: string,
  params: Json | undefined,
  place: Path,
): readonly ActionDefinition[] {
  const meaning = own(scope.meanings.actions, name);
  if (meaning !== undefined && params === undefined) return listOf(meaning) as readonly ActionDefinition[];
  if (name.startsWith('xstate.')) return [lostAction(scope, place, `\`${name}\` has lost what it does.`)];
  const legal = legalActionName(name);
  if (legal !== name) {
    scope.problems.warning('NAME_CHANGED', place, `The action \`${name}\` is called \`${legal}\` here.`);
  }
  return [params === undefined ? legal : { type: legal, params }];
}

function lostAction(scope: ImportScope, place: Path, message: string, name?: string): ActionDefinition {
  const reference = name !== undefined && isActionName(name) ? name : legalActionName(`unnamed:${nameOfPlace(place)}`);
  scope.problems.error(
    'ACTION_LOST',
    place,
    message,
    `Replace \`${reference}\`, or register an action with this name.`,
  );
  return reference;
}

function unsupported(scope: ImportScope, place: Path, what: string, hint: string): ActionDefinition {
  scope.problems.error('ACTION_NOT_SUPPORTED', place, `Nothing here is like ${what}.`, hint);
  return legalActionName(`unnamed:${nameOfPlace(place)}`);
}

/** What a built-in action says: JSON of version 6 and 4, or the properties of a function of version 5. */
interface BuiltIn {
  readonly event?: unknown;
  readonly delay?: unknown;
  readonly id?: unknown;
  readonly to?: unknown;
  readonly sendId?: unknown;
  readonly args?: unknown;
  readonly value?: unknown;
  readonly expr?: unknown;
  readonly label?: unknown;
  readonly context?: unknown;
  readonly assignment?: unknown;
  readonly conds?: unknown;
}

type SourceAction = ((...values: readonly unknown[]) => unknown) & BuiltIn & { readonly type?: unknown };

function functionAction(scope: ImportScope, action: SourceAction, place: Path): readonly ActionDefinition[] {
  if (typeof action.type === 'string' && action.type.startsWith('xstate.')) {
    return [builtIn(scope, action, action.type, place)];
  }
  const message = 'The action is a function, which may do anything; actions here are pure.';
  return [lostAction(scope, place, message, action.name)];
}

function builtIn(scope: ImportScope, action: BuiltIn, type: string, place: Path): ActionDefinition {
  const name = type.replace(/^@?xstate\./, '');
  switch (name) {
    case 'raise':
      return raised(scope, action, place, type);
    case 'send':
    case 'sendTo':
      return sent(scope, action, place, type);
    case 'cancel':
      return cancelled(scope, action.id ?? action.sendId, place, type);
    case 'log':
      return logged(scope, action, place, type);
    case 'emit': {
      const emitted = eventOf(scope, action.event, at(place, 'event'));
      return emitted === undefined ? lostAction(scope, place, `\`${type}\` has lost its event.`) : { emit: emitted };
    }
    case 'assign':
      return assigned(scope, action, place, type);
    case 'spawnChild':
    case 'spawn':
    case 'start':
    case 'stopChild':
    case 'stop':
      return unsupported(scope, place, `\`${type}\``, 'Let a state invoke it: leaving the state stops it.');
    case 'enqueueActions':
    case 'pure':
    case 'choose':
      return unsupported(scope, place, `\`${type}\``, 'Use several transitions with guards, or `always`.');
    default:
      return unsupported(scope, place, `\`${type}\``, 'Register an action, or let a state have an effect.');
  }
}

function raised(scope: ImportScope, action: BuiltIn, place: Path, type: string): ActionDefinition {
  const event = eventOf(scope, action.event, at(place, 'event'));
  if (event === undefined) return lostAction(scope, place, `\`${type}\` has lost its event.`);
  return { raise: event, ...delivery(scope, action, place) };
}

function sent(scope: ImportScope, action: BuiltIn, place: Path, type: string): ActionDefinition {
  const event = eventOf(scope, action.event, at(place, 'event'));
  if (event === undefined) return lostAction(scope, place, `\`${type}\` has lost its event.`);
  const { to } = action;
  if (to === undefined || to === '#_internal') return { raise: event, ...delivery(scope, action, place) };
  if (to === '#_parent') return { send: event, to: 'parent', ...delivery(scope, action, place) };
  return unsupported(scope, place, 'an event for an invoked actor', 'Effects take no events while they run.');
}

function delivery(scope: ImportScope, { delay, id }: BuiltIn, place: Path): { delay?: Duration; id?: string } {
  const duration = delayOf(scope, delay, at(place, 'delay'));
  return {
    ...(duration === undefined ? undefined : { delay: duration }),
    ...(typeof id === 'string' && duration !== undefined
      ? { id: String(sourceValue(scope, id, at(place, 'id'))) }
      : {}),
  };
}

function cancelled(scope: ImportScope, id: unknown, place: Path, type: string): ActionDefinition {
  if (typeof id !== 'string' || id === '') return lostAction(scope, place, `\`${type}\` has lost the id.`);
  return { cancel: String(sourceValue(scope, id, at(place, 'id'))) };
}

function logged(
  scope: ImportScope,
  { args, value, expr, label }: BuiltIn,
  place: Path,
  type: string,
): ActionDefinition {
  const parts = Array.isArray(args) ? args : [value ?? expr];
  if (parts.some((part) => part === undefined || typeof part === 'function')) {
    return lostAction(scope, place, `\`${type}\` has lost what it writes.`);
  }
  const all = typeof label === 'string' && label !== '' ? [label, ...parts] : parts;
  const values = all.map((part, index) => sourceValue(scope, part, at(place, 'args', index)) ?? null);
  return { log: values.length === 1 ? values[0]! : values };
}

type SourceAssigner = (scope: Readonly<Record<string, unknown>>, params: unknown) => unknown;

function assigned(scope: ImportScope, action: BuiltIn, place: Path, type: string): ActionDefinition {
  const assignment = action.assignment ?? action.context;
  if (typeof assignment === 'function') return { assign: patchBy(assignment as SourceAssigner) };
  if (!isPlainObject(assignment) || Object.keys(assignment).length === 0) {
    return lostAction(scope, place, `\`${type}\` has lost what it assigns.`);
  }
  const isPlain = Object.entries(assignment).every(([key, value]) => typeof value !== 'function' && !key.includes('.'));
  if (isPlain) return { assign: assignOf(scope, assignment, at(place, 'assignment')) };
  const hasFunctions = Object.values(assignment).some((value) => typeof value === 'function');
  if (!hasFunctions) {
    return lostAction(scope, place, 'A key of the context has a dot, which is a path here.');
  }
  return {
    assign: patchBy((given, params) =>
      Object.fromEntries(
        Object.entries(assignment).map(([key, value]) => [
          key,
          typeof value === 'function' ? (value as SourceAssigner)(given, params) : value,
        ]),
      ),
    ),
  };
}

/** Changes of the context by key, which has no dots. */
export function assignOf(
  scope: ImportScope,
  changes: Readonly<Record<string, unknown>>,
  place: Path,
): { readonly [path: string]: Json } {
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(changes)) {
    if (value === null && !scope.isVersion4) entries.push([key, null]);
    else {
      const template = sourceValue(scope, value, at(place, key));
      if (template !== undefined) entries.push([key, template]);
    }
  }
  return Object.fromEntries(entries);
}

/** An assigner is pure and so means the same here, once the event looks as XState's does. */
function patchBy(assigner: SourceAssigner): Implementation {
  return ({ context, event, params }: ImplementationScope) =>
    assigner({ context, event: asXStateEvent(event) }, params);
}
