import type {
  EffectDefinition,
  GuardDefinition,
  InvokeDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../definition/definition.ts';
import { parseDuration } from '../definition/duration.ts';
import { at, type Path, pathKeys } from '../definition/path.ts';
import { resolveTarget, type TreeState } from '../definition/state-tree.ts';
import type { Json, JsonObject } from '../json.ts';
import { actionsConfig, durationSource } from './export-action.ts';
import { guardConfig, guardSource, namedGuard } from './export-guard.ts';
import { absoluteReference, type ExportScope, stub, translated } from './export-scope.ts';
import { functionSource, isTemplate, templateSource } from './javascript.ts';
import { nameOfPlace } from './source-states.ts';
import { listOf, present } from './source-values.ts';

/** Everything of a state, its children included, in XState's format. */
export function stateConfig(scope: ExportScope, state: TreeState): JsonObject {
  const definition = state.definition as StateDefinition;
  const place = state.at;
  const { id, tags, meta, description } = definition;
  const common = { id, tags, meta, description };
  if (state.kind === 'history') {
    const { history = 'shallow', target } = definition;
    const targets = listOf(target).map((text) => targetText(scope, state, String(text)));
    return json({ ...common, type: 'history', history, target: targets.length > 1 ? targets : targets[0] });
  }
  const isCompound = state.kind === 'compound';
  const children = [...state.children.values()].map((child) => [child.key, stateConfig(scope, child)] as const);
  const transitions = (list: TransitionList | undefined, key: string) =>
    list === undefined ? undefined : transitionsConfig(scope, state, list, at(place, key));
  return json({
    ...common,
    type: state.kind === 'parallel' || state.kind === 'final' ? state.kind : undefined,
    entry: actionsConfig(scope, definition.entry, at(place, 'entry')),
    exit: actionsConfig(scope, definition.exit, at(place, 'exit')),
    invoke: invokeConfig(scope, state, definition),
    on: onConfig(scope, state, definition.on),
    always: transitions(definition.always, 'always'),
    after: afterConfig(scope, state, definition.after),
    onDone: definition.effect === undefined ? transitions(definition.onDone, 'onDone') : undefined,
    output: outputConfig(scope, state, definition),
    initial: isCompound ? initialConfig(scope, definition, place) : undefined,
    states: children.length === 0 ? undefined : Object.fromEntries(children),
  });
}

function json(members: Readonly<Record<string, unknown>>): JsonObject {
  return present(members) as JsonObject;
}

function initialConfig(scope: ExportScope, { initial }: StateDefinition, place: Path): Json | undefined {
  if (initial === undefined || typeof initial === 'string') return initial;
  const actions = actionsConfig(scope, initial.actions, at(place, 'initial', 'actions'));
  return json({ target: Array.isArray(initial.target) ? initial.target[0] : initial.target, actions });
}

type Wrap = (guard: GuardDefinition | undefined) => GuardDefinition | undefined;

function transitionsConfig(
  scope: ExportScope,
  source: TreeState,
  list: TransitionList,
  place: Path,
  wrap?: Wrap,
): Json {
  if (!Array.isArray(list)) return transitionConfig(scope, source, list as string | TransitionDefinition, place, wrap);
  return list.map((each: string | TransitionDefinition, index) =>
    transitionConfig(scope, source, each, at(place, index), wrap),
  );
}

function transitionConfig(
  scope: ExportScope,
  source: TreeState,
  given: string | TransitionDefinition,
  place: Path,
  wrap: Wrap = (guard) => guard,
): Json {
  if (typeof given === 'string' && wrap(undefined) === undefined) return targetText(scope, source, given);
  const { target, guard, actions, reenter, before, description, meta }: TransitionDefinition =
    typeof given === 'string' ? { target: given } : given;
  if (before !== undefined) {
    const message = 'XState takes transitions at once: `before` is left out.';
    scope.problems.error('KEY_NOT_SUPPORTED', at(place, 'before'), message, 'Put the effect on a state of its own.');
  }
  const targets = listOf(target).map((text) => targetText(scope, source, String(text)));
  const whole = wrap(guard);
  return json({
    target: targets.length > 1 ? targets : targets[0],
    guard:
      whole === undefined
        ? undefined
        : whole === guard
          ? guardConfig(scope, whole, at(place, 'guard'), place)
          : namedGuard(scope, guardSource(scope, whole, at(place, 'guard')), whole, place),
    actions: actionsConfig(scope, actions, at(place, 'actions')),
    reenter: reenter === true ? true : undefined,
    description,
    meta,
  });
}

/** Targets look the same, but for ids with dots, which XState wants escaped. */
function targetText(scope: ExportScope, source: TreeState, target: string): string {
  const state = target.startsWith('#') ? resolveTarget(scope.tree, source, target) : undefined;
  return state === undefined ? target : absoluteReference(scope, state);
}

const notAFailure: GuardDefinition = "!event.type.startsWith('error.')";

function onConfig(scope: ExportScope, state: TreeState, on: StateDefinition['on']): Json | undefined {
  if (on === undefined) return undefined;
  const place = at(state.at, 'on');
  // together they are what `*` is for XState
  const takesAll = on['*'] !== undefined && JSON.stringify(on['*']) === JSON.stringify(on['error.*']);
  const exceptFailures: Wrap = (guard) => (guard === undefined ? notAFailure : { and: [notAFailure, guard] });
  const entries: [string, Json][] = [];
  for (const [descriptor, list] of Object.entries(on)) {
    if (takesAll && descriptor === 'error.*') continue;
    const wrap = descriptor === '*' && !takesAll && scope.hasInvocations ? exceptFailures : undefined;
    const key = scope.rename(descriptor);
    entries.push([key, transitionsConfig(scope, state, list, at(place, descriptor), wrap)]);
  }
  return Object.fromEntries(entries);
}

/** Delays as milliseconds or as names: two that are equal, and those that are computed, need a name. */
function afterConfig(scope: ExportScope, state: TreeState, after: StateDefinition['after']): Json | undefined {
  if (after === undefined) return undefined;
  const { implementations } = scope;
  const entries = new Map<string, Json>();
  for (const [duration, list] of Object.entries(after)) {
    const place = at(state.at, 'after', duration);
    const constant = parseDuration(duration);
    let key = String(constant);
    if (constant === undefined || entries.has(key)) {
      const source = translated(scope, place, () => durationSource(scope, duration));
      key = implementations.define('delays', place, source);
      implementations.delays[key] = duration;
    }
    entries.set(key, transitionsConfig(scope, state, list, place));
  }
  return Object.fromEntries(entries);
}

function invokeConfig(scope: ExportScope, state: TreeState, definition: StateDefinition): Json | undefined {
  const { effect, onDone, onError, invoke } = definition;
  const shorthand: InvokeDefinition | undefined =
    effect === undefined ? undefined : { effect, ...present({ onDone, onError }) };
  const listed = listOf(invoke) as readonly InvokeDefinition[];
  const all = [
    ...(shorthand === undefined ? [] : [{ ...shorthand, place: state.at }]),
    ...listed.map((each, index) => ({
      ...each,
      place: at(state.at, 'invoke', ...(Array.isArray(invoke) ? [index] : [])),
    })),
  ];
  const configs = all.map(({ id, effect, onDone, onError, place }, index): Json => {
    const inConfig = at(state.at, 'invoke', ...(all.length > 1 ? [index] : []));
    const transitions = (list: TransitionList | undefined, key: string) =>
      list === undefined ? undefined : transitionsConfig(scope, state, list, at(place, key));
    return json({
      id,
      ...actorConfig(scope, effect, at(place, 'effect'), inConfig),
      onDone: transitions(onDone, 'onDone'),
      onError: transitions(onError, 'onError'),
    });
  });
  return configs.length > 1 ? configs : configs[0];
}

function actorConfig(scope: ExportScope, effect: EffectDefinition, place: Path, inConfig: Path): JsonObject {
  const { implementations, problems } = scope;
  const { type, function: name, params, ...rest } = effect;
  const promise = (what: string) => implementations.call('fromPromise', `async ${stub(what)}`);
  if (type === 'call' && typeof name === 'string' && Object.keys(rest).length === 0) {
    const src = implementations.reference('actors', name, promise(`the function "${name}"`));
    if (params === undefined) return { src };
    if (!isTemplate(params as Json)) return { src, input: params as Json };
    functionAt(scope, params as Json, at(place, 'params'), at(inConfig, 'input'));
    return { src };
  }
  const src = implementations.define('actors', place, promise(`the effect at ${nameOfPlace(place)}`));
  implementations.effects[src] = effect;
  const hint = `Write the actor \`${src}\` in the implementations.`;
  problems.error('EFFECT_NOT_EXPORTED', place, `XState has no effects: \`${type}\` becomes an actor to write.`, hint);
  return { src };
}

/** The root of a machine without an output has that of its final state here, and none in XState. */
function outputConfig(scope: ExportScope, state: TreeState, definition: StateDefinition): Json | undefined {
  const { output } = definition;
  const place = at(state.at, 'output');
  if (output === undefined) {
    const finals = [...state.children.values()].filter(({ kind }) => kind === 'final');
    const inherits = state.parent === undefined && finals.some((child) => child.definition.output !== undefined);
    if (inherits) addFunction(scope, place, functionSource('event.output'));
    return undefined;
  }
  if (typeof output === 'function') {
    const message = 'The output is a function of TypeScript.';
    scope.problems.error('FUNCTION_NOT_EXPORTED', place, message, 'Write it again in the implementations.');
    addFunction(scope, place, stub('the output'));
    return undefined;
  }
  if (!isTemplate(output)) return output;
  functionAt(scope, output, place, place);
  return undefined;
}

/** A template at a place for which XState has only functions. */
function functionAt(scope: ExportScope, template: Json, place: Path, inConfig: Path): void {
  const source = translated(scope, place, () =>
    functionSource(scope.implementations.use(templateSource(template, scope.rename))),
  );
  addFunction(scope, inConfig, source);
}

function addFunction(scope: ExportScope, inConfig: Path, source: string): void {
  scope.implementations.places.push({ keys: pathKeys(inConfig), source });
  const hint = 'Make the machine with `createMachineFrom` of the implementations.';
  scope.problems.warning('NOT_IN_JSON', inConfig, 'XState has no JSON for this: the implementations carry it.', hint);
}
