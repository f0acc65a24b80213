import type { EffectDefinition, InvokeDefinition, TransitionDefinition } from '../definition/definition.ts';
import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import { delayOf } from './import-delay.ts';
import { sourceValue } from './import-expression.ts';
import { bothGuards } from './import-guard.ts';
import { type ImportScope, own } from './import-scope.ts';
import { transitionList, transitionsOf } from './import-transition.ts';
import { legalInvocationId, nameOfPlace, type SourceState } from './source-states.ts';
import { listOf, oneOrMany, present } from './source-values.ts';

interface SourceInvocation {
  readonly given: unknown;
  readonly place: Path;
  /** XState's id, also where none is given. */
  readonly sourceId: string;
  /** Given, with the characters ids have here. */
  readonly id: string | undefined;
}

/** What a state invokes, with the activities of version 4. */
export function invocationsIn(state: SourceState): readonly SourceInvocation[] {
  const { invoke, activities } = state.config;
  const place = (key: string, list: unknown, index: number) =>
    at(state.at, key, ...(Array.isArray(list) ? [index] : []));
  const all = [
    ...listOf(invoke).map((given, index) => ({ given, place: place('invoke', invoke, index) })),
    ...listOf(activities).map((given, index) => ({
      given: asInvocation(given),
      place: place('activities', activities, index),
    })),
  ];
  return all.map(({ given, place }, index) => {
    const id = isPlainObject(given) && typeof given.id === 'string' && given.id !== '' ? given.id : undefined;
    const sourceId = id ?? `${index}.${state.sourceId}`;
    return { given, place, sourceId, id: id === undefined ? undefined : legalInvocationId(id) };
  });
}

function asInvocation(activity: unknown): unknown {
  return isPlainObject(activity) ? { src: activity } : activity;
}

/** XState's ids of all invocations, and what they are here: without an id, the state's path and the position. */
export function invocationIds(states: readonly SourceState[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const state of states) {
    const all = invocationsIn(state);
    const name = state.path === '' ? state.id : state.path;
    for (const [index, { sourceId, id }] of all.entries()) {
      ids.set(sourceId, id ?? (all.length === 1 ? name : `${name}:${index}`));
    }
  }
  return ids;
}

export function invokeOf(
  scope: ImportScope,
  state: SourceState,
): InvokeDefinition | readonly InvokeDefinition[] | undefined {
  return oneOrMany(invocationsIn(state).map((each) => invocationOf(scope, state, each)));
}

const known = new Set([
  'id',
  'src',
  'input',
  'onDone',
  'onError',
  'data',
  'type',
  'registryKey',
  'timeout',
  'onTimeout',
  'meta',
]);

function invocationOf(
  scope: ImportScope,
  state: SourceState,
  { given, place, sourceId, id }: SourceInvocation,
): InvokeDefinition {
  if (!isPlainObject(given)) {
    const source = typeof given === 'string' ? given : undefined;
    return { effect: effectOf(scope, source, undefined, place) };
  }
  if (id !== undefined && id !== sourceId) {
    scope.problems.warning(
      'NAME_CHANGED',
      at(place, 'id'),
      `The invocation \`${sourceId}\` has the id \`${id}\` here.`,
    );
  }
  reportKeys(scope, given, place);
  const inputKey = given.input === undefined ? 'data' : 'input';
  const effect = timed(
    scope,
    effectOf(scope, given.src, given[inputKey], at(place, inputKey), at(place, 'src')),
    given,
    place,
  );
  const transitions = (key: string) =>
    given[key] === undefined ? [] : transitionsOf(scope, state, given[key], at(place, key));
  const onTimeout = transitions('onTimeout').map(onlyAfterTimeout);
  return present({
    id,
    effect,
    onDone: transitionList(transitions('onDone')),
    onError: transitionList([...onTimeout, ...transitions('onError')]),
  }) as InvokeDefinition;
}

function reportKeys(scope: ImportScope, given: Readonly<Record<string, unknown>>, place: Path): void {
  for (const key of Object.keys(given)) {
    if (known.has(key) || given[key] === undefined || given[key] === false) continue;
    if (key === 'onSnapshot' || key === 'syncSnapshot') {
      const hint = 'Let the function send events to the instance, or split it into several effects.';
      scope.problems.error('KEY_NOT_SUPPORTED', at(place, key), 'Effects have no snapshots while they run.', hint);
    } else if (key === 'autoForward') {
      scope.problems.error('KEY_NOT_SUPPORTED', at(place, key), 'Effects take no events while they run.');
    } else if (key === 'systemId') {
      const message = 'There is no system of actors here; `systemId` is left out.';
      scope.problems.warning('KEY_NOT_SUPPORTED', at(place, key), message);
    } else {
      scope.problems.warning('KEY_UNKNOWN', at(place, key), `\`${key}\` means nothing to XState here; it is left out.`);
    }
  }
}

function effectOf(
  scope: ImportScope,
  src: unknown,
  input: unknown,
  inputPlace: Path,
  place = inputPlace,
): EffectDefinition {
  if (typeof src === 'string' && src !== '') {
    const meaning = own(scope.meanings.effects, src);
    return meaning ?? callOf(scope, src, input, inputPlace);
  }
  if (isPlainObject(src) && typeof src.type === 'string') {
    const { type, ...params } = src;
    return callOf(scope, type, input ?? (Object.keys(params).length === 0 ? undefined : params), inputPlace);
  }
  const nested = machineConfigOf(src);
  if (nested !== undefined) {
    const effect = { type: 'invoke_fsm', machine: scope.importNested(nested) };
    const params = inputOf(scope, input, inputPlace);
    return (params === undefined ? effect : { ...effect, input: params }) as EffectDefinition;
  }
  const name = typeof src === 'function' && src.name !== '' ? src.name : `unnamed:${nameOfPlace(place)}`;
  scope.problems.error(
    'ACTOR_LOST',
    place,
    'What is invoked is a live object, of which JSON keeps nothing.',
    `Register a function \`${name}\`, or replace the effect.`,
  );
  return callOf(scope, name, input, inputPlace);
}

function callOf(scope: ImportScope, name: string, input: unknown, place: Path): EffectDefinition {
  const params = inputOf(scope, input, place);
  return params === undefined ? { type: 'call', function: name } : { type: 'call', function: name, params };
}

function inputOf(scope: ImportScope, input: unknown, place: Path) {
  if (typeof input !== 'function') return input === undefined ? undefined : sourceValue(scope, input, place);
  const hint = 'Write a template: `{ "amount": "{{ context.amount }}" }`.';
  scope.problems.error('VALUE_LOST', place, 'The input is a function.', hint);
  // no expression starts from `input`, so the machine does not compile before somebody says what it is
  return '{{ input }}';
}

function machineConfigOf(src: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof src !== 'object' || src === null) return undefined;
  const config = 'config' in src ? src.config : src;
  return isPlainObject(config) && isPlainObject(config.states) ? config : undefined;
}

function timed(
  scope: ImportScope,
  effect: EffectDefinition,
  given: Readonly<Record<string, unknown>>,
  place: Path,
): EffectDefinition {
  if (given.timeout === undefined) return effect;
  const duration = delayOf(scope, given.timeout, at(place, 'timeout'));
  return duration === undefined ? effect : { type: 'timeout', duration, effect };
}

function onlyAfterTimeout(transition: TransitionDefinition): TransitionDefinition {
  const guard = bothGuards("event.error.code === 'EFFECT_TIMEOUT'", transition.guard);
  return guard === undefined ? transition : { ...transition, guard };
}
