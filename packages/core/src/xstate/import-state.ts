import type { ActionDefinition, StateDefinition, TransitionDefinition } from '../definition/definition.ts';
import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import { actionsOf } from './import-action.ts';
import { delayOf } from './import-delay.ts';
import { descriptorsOf } from './import-event.ts';
import { sourceValue } from './import-expression.ts';
import { asXStateEvent, bothGuards, referenceTo } from './import-guard.ts';
import { invokeOf } from './import-invoke.ts';
import type { ImportScope } from './import-scope.ts';
import { metaOf, transitionList, transitionsOf } from './import-transition.ts';
import type { SourceState } from './source-states.ts';
import { listOf, oneOrMany, present, textOf } from './source-values.ts';

const known = new Set([
  ...['id', 'type', 'initial', 'states', 'on', 'always', 'after', 'entry', 'exit', 'invoke', 'onDone', 'history'],
  ...['target', 'tags', 'meta', 'description', 'output', 'route'],
  // version 4 and before
  ...['data', 'activities', 'onEntry', 'onExit', 'parallel'],
  // version 6
  ...['choice', 'timeout', 'onTimeout'],
]);
/** What `machine.definition` and `machine.toJSON()` add, and what tools keep. */
const derived = new Set(['key', 'order', 'path', 'transitions', '$schema', 'version', 'context']);
const ofMachine = new Set([
  ...['types', 'schemas', 'schema', 'tsTypes', 'predictableActionArguments', 'preserveActionOrder', 'strict'],
  ...['delimiter', 'options', 'guards', 'actions', 'delays', 'actors', 'services', '@exprLang'],
]);

/** Everything of a state, its children included. */
export function stateOf(scope: ImportScope, state: SourceState): StateDefinition {
  const { config, kind } = state;
  reportKeys(scope, state);
  if (kind === 'history') return historyOf(scope, state);
  const isRoot = state.parent === undefined;
  const transitions = (key: string): TransitionDefinition[] =>
    config[key] === undefined ? [] : transitionsOf(scope, state, config[key], at(state.at, key));
  const actions = (...keys: readonly string[]) =>
    actionList(keys.flatMap((key) => actionsOf(scope, config[key], at(state.at, key))));
  const on = new TransitionTable();
  const always = [...transitions('always'), ...choices(scope, state)];
  addEvents(scope, state, on, always);
  if (isRoot) addRoutes(scope, on);
  const ends = kind === 'compound' || kind === 'parallel';
  return present({
    id: !isRoot && state.hasOwnId ? state.id : undefined,
    type: kind === 'parallel' || kind === 'final' ? kind : undefined,
    description: typeof config.description === 'string' ? config.description : undefined,
    tags: tagsOf(scope, state),
    meta: metaOf(scope, config.meta, at(state.at, 'meta')),
    entry: actions('onEntry', 'entry'),
    exit: actions('onExit', 'exit'),
    invoke: invokeOf(scope, state),
    on: on.toObject(),
    always: transitionList(always),
    after: delayed(scope, state).toObject(),
    onDone: ends && !isRoot ? transitionList(transitions('onDone')) : undefined,
    output: outputOf(scope, state),
    initial: kind === 'compound' ? initialOf(scope, state) : undefined,
    states:
      state.children.size === 0
        ? undefined
        : Object.fromEntries([...state.children.values()].map((child) => [child.key, stateOf(scope, child)])),
  });
}

class TransitionTable {
  private readonly lists = new Map<string, TransitionDefinition[]>();

  add(descriptor: string, transitions: readonly TransitionDefinition[]): void {
    this.lists.set(descriptor, [...(this.lists.get(descriptor) ?? []), ...transitions]);
  }

  toObject(): StateDefinition['on'] {
    if (this.lists.size === 0) return undefined;
    return Object.fromEntries([...this.lists].map(([key, list]) => [key, transitionList(list) ?? []]));
  }
}

function actionList(actions: readonly ActionDefinition[]): StateDefinition['entry'] {
  return actions.length === 1 ? actions[0] : actions.length === 0 ? undefined : actions;
}

function reportKeys(scope: ImportScope, { config, at: place, kind, parent }: SourceState): void {
  const { problems } = scope;
  const means: Readonly<Record<string, boolean>> = {
    initial: kind === 'compound',
    onDone: parent !== undefined && (kind === 'compound' || kind === 'parallel'),
    output: kind === 'final' || parent === undefined,
    data: kind === 'final' || parent === undefined,
    target: kind === 'history',
    history: kind === 'history',
  };
  for (const key of Object.keys(config)) {
    if (config[key] === undefined || derived.has(key) || (parent === undefined && ofMachine.has(key))) continue;
    if (means[key] === false && config[key] !== false && !isEmpty(config[key])) {
      problems.warning('KEY_UNKNOWN', at(place, key), `\`${key}\` means nothing for such a state; it is left out.`);
    } else if (key === 'onError' || key === 'input') {
      problems.error(
        'KEY_NOT_SUPPORTED',
        at(place, key),
        `A state has no \`${key}\` of its own here.`,
        'Put it into the invocation.',
      );
    } else if (!known.has(key)) {
      problems.warning('KEY_UNKNOWN', at(place, key), `\`${key}\` means nothing to XState; it is left out.`);
    }
  }
}

/** `machine.definition` has empty lists for all that a state does not have. */
function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) && value.length === 0) || (isPlainObject(value) && Object.keys(value).length === 0);
}

function historyOf(scope: ImportScope, state: SourceState): StateDefinition {
  const { config } = state;
  const targets = listOf(config.target === '' ? undefined : config.target).map((text, index) => {
    const place = at(state.at, 'target', ...(Array.isArray(config.target) ? [index] : []));
    const found = typeof text === 'string' ? scope.states.resolve(state, text) : undefined;
    if (found === undefined) {
      scope.problems.error('TARGET_UNKNOWN', place, `There is no state \`${textOf(text)}\`.`);
      return textOf(text);
    }
    return found.parent === state.parent ? found.key : referenceTo(scope, found);
  });
  return present({
    id: state.hasOwnId ? state.id : undefined,
    type: 'history' as const,
    history: config.history === 'deep' ? ('deep' as const) : ('shallow' as const),
    target: oneOrMany(targets),
    meta: metaOf(scope, config.meta, at(state.at, 'meta')),
    description: typeof config.description === 'string' ? config.description : undefined,
  });
}

function initialOf(scope: ImportScope, state: SourceState): StateDefinition['initial'] {
  const { initial } = state.config;
  if (initial === undefined) return undefined;
  const place = at(state.at, 'initial');
  const given = isPlainObject(initial) ? initial : { target: initial };
  const [target, ...others] = listOf(given.target);
  const child = typeof target === 'string' ? initialChild(scope, state, target) : undefined;
  if (child === undefined || others.length > 0) {
    scope.problems.error('TARGET_UNKNOWN', place, `The state has no child \`${textOf(given.target)}\` to begin in.`);
    return textOf(target);
  }
  const actions = actionList(actionsOf(scope, given.actions, at(place, 'actions')));
  return actions === undefined ? child.key : { target: child.key, actions };
}

/** A key; `machine.definition` and version 4 have `#id` and `.child`, too. */
function initialChild(scope: ImportScope, state: SourceState, target: string): SourceState | undefined {
  const child = state.children.get(target);
  if (child !== undefined) return child;
  const found = /^[#.]/.test(target) ? scope.states.resolve(state, target) : undefined;
  return found?.parent === state ? found : undefined;
}

/** `on`, as an object or as the list of version 4; the transient `''` of version 4 joins `always`. */
function addEvents(scope: ImportScope, state: SourceState, on: TransitionTable, always: TransitionDefinition[]): void {
  const place = at(state.at, 'on');
  for (const [descriptor, given, where] of entriesOf(state.config.on, place, 'event')) {
    const transitions = transitionsOf(scope, state, given, where);
    if (descriptor === '') always.push(...transitions);
    else for (const each of descriptorsOf(scope, descriptor, where)) on.add(each, transitions);
  }
}

function delayed(scope: ImportScope, state: SourceState): TransitionTable {
  const after = new TransitionTable();
  const place = at(state.at, 'after');
  for (const [delay, given, where] of entriesOf(state.config.after, place, 'delay')) {
    const transitions = transitionsOf(scope, state, given, where);
    after.add(String(delayOf(scope, delay, where) ?? delay), transitions);
  }
  const timeout = delayOf(scope, state.config.timeout, at(state.at, 'timeout'));
  if (timeout !== undefined && state.config.onTimeout !== undefined) {
    after.add(String(timeout), transitionsOf(scope, state, state.config.onTimeout, at(state.at, 'onTimeout')));
  }
  return after;
}

function entriesOf(table: unknown, place: Path, key: 'event' | 'delay'): (readonly [string, unknown, Path])[] {
  if (isPlainObject(table)) return Object.entries(table).map(([name, given]) => [name, given, at(place, name)]);
  return listOf(table).map((item, index) => {
    const { [key]: name, ...given } = isPlainObject(item) ? item : {};
    return [name === undefined ? '' : textOf(name), given, at(place, index)];
  });
}

/** The branches of a `choice` of version 6 are transitions without event. */
function choices(scope: ImportScope, state: SourceState): TransitionDefinition[] {
  const { choice } = state.config;
  if (choice === undefined) return [];
  const place = at(state.at, 'choice');
  if (!Array.isArray(choice)) {
    scope.problems.error('EXPRESSION_NOT_TRANSLATED', place, 'The choice is code.', 'Write its branches.');
    return [];
  }
  return choice.flatMap((branch: unknown, index) => {
    const { when, ...transition } = isPlainObject(branch) ? branch : {};
    const given = when === undefined ? transition : { ...transition, guard: when };
    return transitionsOf(scope, state, given, at(place, index));
  });
}

/** Every state with an id and a `route` can be reached by one event of the whole machine. */
function addRoutes(scope: ImportScope, on: TransitionTable): void {
  for (const state of scope.states.all) {
    const { route } = state.config;
    if (route === undefined || route === null || route === false) continue;
    const place = at(state.at, 'route');
    if (!state.hasOwnId || state.parent === undefined) {
      scope.problems.warning('KEY_UNKNOWN', place, 'A `route` needs an `id` beside it; it is left out.');
      continue;
    }
    const given = isPlainObject(route) ? route : {};
    const [transition = {}] = transitionsOf(
      scope,
      scope.states.root,
      { ...given, target: `#${escaped(state.sourceId)}` },
      place,
    );
    const guard = bothGuards(`event.data?.to === ${JSON.stringify(`#${state.sourceId}`)}`, transition.guard);
    on.add('route', [{ ...transition, ...(guard === undefined ? undefined : { guard }) }]);
    const hint = `Send { "type": "route", "data": { "to": "#${state.sourceId}" } }.`;
    scope.problems.warning('EVENT_CHANGED', place, 'The event `xstate.route` is called `route` here.', hint);
  }
}

function escaped(id: string): string {
  return id.replaceAll('.', '\\.');
}

function tagsOf(scope: ImportScope, { config, at: place }: SourceState): StateDefinition['tags'] {
  const tags = listOf(config.tags);
  for (const [index, tag] of tags.entries()) {
    if (typeof tag !== 'string') scope.problems.error('VALUE_LOST', at(place, 'tags', index), 'A tag is a text.');
  }
  const texts = tags.filter((tag) => typeof tag === 'string');
  return typeof config.tags === 'string' ? config.tags : texts.length === 0 ? undefined : texts;
}

type OutputFunction = (scope: Readonly<Record<string, unknown>>) => unknown;

function outputOf(scope: ImportScope, { config, at: place, kind, parent }: SourceState): StateDefinition['output'] {
  if (kind !== 'final' && parent !== undefined) return undefined;
  const key = config.output === undefined ? 'data' : 'output';
  const output = config[key];
  if (typeof output === 'function') {
    return ({ context, event }) => (output as OutputFunction)({ context, event: asXStateEvent(event) }) ?? null;
  }
  return output === undefined ? undefined : sourceValue(scope, output, at(place, key));
}
