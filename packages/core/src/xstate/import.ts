import type { MachineDefinition } from '../definition/definition.ts';
import { at, rootPath } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { Problem } from '../definition/problem.ts';
import type { JsonObject } from '../json.ts';
import { actionsOf } from './import-action.ts';
import { delayOf } from './import-delay.ts';
import { guardOf } from './import-guard.ts';
import { invocationIds } from './import-invoke.ts';
import { type ImportScope, own, type XStateMeanings } from './import-scope.ts';
import { stateOf } from './import-state.ts';
import { ProblemList } from './problems.ts';
import { withoutResolution } from './resolved-machine.ts';
import { SourceStates } from './source-states.ts';
import { isBounded, objectOf, present, textOf } from './source-values.ts';

export type { XStateMeanings } from './import-scope.ts';

export interface XStateImport {
  readonly definition: MachineDefinition;
  /** What has no counterpart, with its path in the configuration. Errors: meaning would be lost. */
  readonly problems: readonly Problem[];
}

/**
 * Translates a machine of XState v5 into a machine definition: the configuration as JSON, `machine.config` with its
 * functions, or a machine itself. Configurations of v4, and the JSON of v6, are read where their meaning is clear.
 *
 * ```ts
 * const { definition, problems } = importXState({
 *   id: 'door',
 *   initial: 'closed',
 *   states: {
 *     closed: { on: { OPEN: { target: 'open', guard: 'isUnlocked' } } },
 *     open: { after: { CLOSING: 'closed' } },
 *   },
 * }, { delays: { CLOSING: '30s' } });
 * // guard: 'isUnlocked' is a guard to register, or to replace by an expression
 * ```
 *
 * Names of guards and actions stay names, unless `meanings` has them. The data of events stand in `event.data` here. An
 * actor `src` becomes the effect `{ "type": "call", "function": src, "params": input }`.
 *
 * Nothing is dropped silently: what has no counterpart is a problem, and a guard, an action, a delay or an actor that
 * cannot be represented becomes a reference to a name that nobody has registered, so that `compile` refuses the machine
 * until somebody says what it is. `validate` has more to say about the definition, for example unknown targets.
 *
 * Does not throw: a value that is no machine at all gives the problem `NOT_A_MACHINE`.
 */
export function importXState(config: unknown, meanings: XStateMeanings = {}): XStateImport {
  const problems = new ProblemList();
  const source = configOf(config);
  if (source === undefined || !isBounded(source)) {
    if (source === undefined) {
      problems.error(
        'NOT_A_MACHINE',
        rootPath,
        'A machine of XState is an object with `states`.',
        'Give its `config`.',
      );
    } else problems.error('TOO_DEEP', rootPath, 'The configuration nests too deeply, or contains itself.');
    return { definition: { id: 'machine', initial: 'active', states: { active: {} } }, problems: problems.all };
  }
  const authored = withoutResolution(source, problems);
  const scope = makeScope(authored, problems, meanings);
  return { definition: machineOf(scope, authored), problems: problems.all };
}

/** The configuration itself, or that of a machine, whose other properties are no data. */
function configOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (isPlainObject(value)) return value;
  const config = typeof value === 'object' && value !== null && 'config' in value ? value.config : undefined;
  return isPlainObject(config) ? config : undefined;
}

function makeScope(
  source: Readonly<Record<string, unknown>>,
  problems: ProblemList,
  { guards = {}, actions = {}, delays = {}, effects = {} }: XStateMeanings,
): ImportScope {
  const states = new SourceStates(source, problems);
  const ids = invocationIds(states.all);
  const scope: ImportScope = {
    states,
    problems,
    meanings: { guards, actions, delays, effects },
    isVersion4: isVersion4(states, problems),
    invocationIds: ids,
    hasInvocations: ids.size > 0,
    expressionLanguage: typeof source['@exprLang'] === 'string' ? source['@exprLang'] : undefined,
    importNested: (config) => {
      const nested = importXState(config, { guards, actions, delays, effects });
      problems.all.push(...nested.problems);
      return nested.definition;
    },
  };
  return withImplementations(scope, source);
}

/** Version 6 may have the meanings of its names beside the states; those given to the import stand above them. */
function withImplementations(scope: ImportScope, source: Readonly<Record<string, unknown>>): ImportScope {
  const { problems } = scope;
  let { guards, actions, delays } = scope.meanings;
  for (const [name, guard] of entriesOf(source.guards)) {
    const place = at(rootPath, 'guards', name);
    if (own(guards, name) !== undefined) continue;
    if (isPlainObject(guard) && guard.when !== undefined) {
      guards = { ...guards, [name]: guardOf(scope, guard.when, at(place, 'when')) };
    } else if (typeof guard === 'function') guards = { ...guards, [name]: guardOf(scope, guard, place) };
  }
  for (const [name, action] of entriesOf(source.actions)) {
    if (own(actions, name) !== undefined) continue;
    actions = { ...actions, [name]: actionsOf(scope, action, at(rootPath, 'actions', name)) };
  }
  for (const [name, delay] of entriesOf(source.delays)) {
    const duration = own(delays, name) === undefined ? durationOf(scope, delay, name) : undefined;
    if (duration !== undefined) delays = { ...delays, [name]: duration };
  }
  for (const key of ['actors', 'services'] as const) {
    if (entriesOf(source[key]).length === 0) continue;
    const hint = 'Register functions with these names for the effect `call`.';
    problems.warning('VALUE_LOST', at(rootPath, key), `\`${key}\` are live objects and are left out.`, hint);
  }
  return { ...scope, meanings: { ...scope.meanings, guards, actions, delays } };
}

function durationOf(scope: ImportScope, delay: unknown, name: string): number | string | undefined {
  const place = at(rootPath, 'delays', name);
  const given = isPlainObject(delay) && Object.hasOwn(delay, 'duration') ? delay.duration : delay;
  return delayOf(scope, given, place);
}

function entriesOf(value: unknown): [string, unknown][] {
  return isPlainObject(value) ? Object.entries(value) : [];
}

const keysOfVersion4 = {
  machine: ['predictableActionArguments', 'preserveActionOrder', 'tsTypes', 'schema', 'strict', 'delimiter'],
  state: ['activities', 'onEntry', 'onExit', 'data', 'parallel'],
  transition: ['cond', 'in', 'internal'],
};

/** Transitions of version 4 leave and enter their source, so a configuration must say somewhere that it is one. */
function isVersion4({ all, root }: SourceStates, problems: ProblemList): boolean {
  const found =
    keysOfVersion4.machine.find((key) => Object.hasOwn(root.config, key)) ??
    all.map(({ config }) => keyOfVersion4(config)).find((key) => key !== undefined);
  if (found === undefined) return false;
  const message = `The configuration has \`${found}\`, so it is read as XState v4: a transition to the state itself or into it leaves and enters it again.`;
  problems.warning('XSTATE_V4', rootPath, message, 'Migrate it to v5 first where that is not meant.');
  return true;
}

function keyOfVersion4(config: Readonly<Record<string, unknown>>): string | undefined {
  const own = keysOfVersion4.state.find((key) => Object.hasOwn(config, key));
  if (own !== undefined) return own;
  const { on, always, after, onDone, invoke } = config;
  if (isPlainObject(on) && Object.hasOwn(on, '')) return "on['']";
  const invocations = Array.isArray(invoke) ? invoke : [invoke];
  const tables = [on, after].flatMap((table) => (isPlainObject(table) ? Object.values(table) : [table]));
  const outcomes = invocations.flatMap((each) => (isPlainObject(each) ? [each.onDone, each.onError] : []));
  for (const transition of [...tables, always, onDone, ...outcomes].flat()) {
    const key = isPlainObject(transition)
      ? keysOfVersion4.transition.find((name) => Object.hasOwn(transition, name))
      : undefined;
    if (key !== undefined) return key;
  }
  return undefined;
}

function machineOf(scope: ImportScope, source: Readonly<Record<string, unknown>>): MachineDefinition {
  const { problems, states } = scope;
  const { version, context, options } = source;
  if (isPlainObject(options) && options.maxIterations !== undefined) {
    const hint = 'There is always a limit; set `maxMicrosteps` where the machine is compiled.';
    problems.warning('BEHAVIOUR_DIFFERS', at(rootPath, 'options'), '`maxIterations` is left out.', hint);
  }
  const root = stateOf(scope, states.root);
  return {
    ...present({
      id: states.root.id,
      version: version === undefined ? undefined : textOf(version),
      context: contextOf(scope, context),
    }),
    ...root,
    id: states.root.id,
    ...(states.root.children.size === 0 && withOneState(scope)),
  };
}

/** XState's machines may be a single state; here something must be active in them. */
function withOneState({ problems }: ImportScope): Pick<MachineDefinition, 'initial' | 'states'> {
  problems.warning('BEHAVIOUR_DIFFERS', rootPath, 'The machine has no states; it gets one, called `active`.');
  return { initial: 'active', states: { active: {} } };
}

function contextOf({ problems }: ImportScope, context: unknown): JsonObject | undefined {
  const place = at(rootPath, 'context');
  if (context === undefined || isPlainObject(context)) {
    return context === undefined ? undefined : objectOf(context, place, problems);
  }
  const what = typeof context === 'function' ? 'a function' : 'no object';
  const hint = 'Write the data an instance starts with; its input goes over them.';
  problems.error('VALUE_LOST', place, `The context is ${what}.`, hint);
  return undefined;
}
