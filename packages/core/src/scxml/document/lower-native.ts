import type {
  ActionDefinition,
  InvokeDefinition,
  MachineDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../../definition/definition.ts';
import { formatKey, formatPath } from '../../definition/path.ts';
import { resolveTarget, stateTree, type TreeState } from '../../definition/state-tree.ts';
import type { Json } from '../../json.ts';
import { listOf } from './export-action.ts';
import { quote } from './export-guard.ts';
import type { Losses } from './losses.ts';
import { lowerActions, lowerDelay, lowerValue, valuesName } from './lower-action.ts';
import { bySpecificity, lowerDescriptor, lowerTransitions, type TransitionScope } from './lower-transition.ts';
import { machineId } from './machine-id.ts';
import { reportDoubleTransitions } from './parallel-differences.ts';
import { rewriteEffect } from './rewrite-expression.ts';
import { stateIds, xmlId } from './state-ids.ts';
import { expressionTemplate, valueExpression } from './template.ts';

/**
 * A native machine as an SCXML machine that behaves the same: the context is the data `context`, `after` is a delayed
 * event that is sent on entry and cancelled on exit, `onDone` and `onError` are transitions for the events behind them.
 * What SCXML cannot say goes to `losses`.
 */
export function lowerNative(definition: MachineDefinition, losses: Losses): MachineDefinition {
  const tree = stateTree(definition as unknown as Readonly<Record<string, unknown>>);
  const context = definition.context ?? {};
  const ids = stateIds(tree, xmlId);
  const scope: NativeScope = {
    losses,
    tree,
    context,
    ids,
    usesValues: false,
    usesOutput: false,
    types: eventTypes(tree.states, ids),
  };
  reportMachineKeys(definition, losses);
  reportDoubleTransitions(tree, losses);
  const states = needsState(definition, tree.root, scope)
    ? aroundAll(definition, tree.root, scope)
    : childStates(tree.root, scope);
  const { version, description, tags, meta } = definition;
  const { initial } = states;
  const names = new Set(ids.values());
  if (states.states?.machine?.id !== ids.get(tree.root)) names.delete(ids.get(tree.root)!);
  const id = machineId(definition.id, names);
  return {
    id,
    semantics: 'scxml',
    ...(id !== definition.id && { name: definition.id }),
    ...(version !== undefined && { version }),
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
    ...(meta !== undefined && { meta }),
    data: {
      context: expressionTemplate(valueExpression(escapeBraces(context))),
      ...(scope.usesValues && { [valuesName]: expressionTemplate('undefined') }),
      ...(scope.usesOutput && { [outputName]: expressionTemplate('undefined') }),
    },
    ...(initial !== undefined && { initial }),
    states: states.states,
  };
}

interface NativeScope extends TransitionScope {
  /** Every event type the machine is known to meet. */
  readonly types: ReadonlySet<string>;
  /** Set when the output of the machine is kept in data. */
  usesOutput: boolean;
}

/** The context is no template: braces in it mean themselves. */
function escapeBraces(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('{{', "{{ '{{' }}");
  if (Array.isArray(value)) return value.map(escapeBraces);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeBraces(item)]));
}

function reportMachineKeys(definition: MachineDefinition, losses: Losses): void {
  if (definition.components !== undefined) {
    losses.vital('$.components', 'SCXML has no form for `components`.', 'Write their states into the machine first.');
  }
  for (const key of ['events', 'plugins', 'subscriptions'] as const) {
    if (definition[key] !== undefined) losses.part(`$.${key}`, `SCXML has no form for \`${key}\`; it is left out.`);
  }
}

/** The document itself is no state in SCXML: it has neither transitions nor actions. */
function needsState(definition: MachineDefinition, root: TreeState, { tree }: NativeScope): boolean {
  const keys = ['on', 'always', 'after', 'entry', 'exit', 'invoke', 'output'] as const;
  if (root.kind === 'parallel' || keys.some((key) => definition[key] !== undefined)) return true;
  if (typeof definition.initial === 'object') return true;
  return tree.states.some((state) => targetTexts(state).some((text) => resolveTarget(tree, state, text) === root));
}

function targetTexts(state: TreeState): readonly string[] {
  const { on = {}, always, after = {}, onDone, onError, invoke } = state.definition as unknown as StateDefinition;
  const outcomes = listOf<InvokeDefinition>(invoke).flatMap((each) => [each.onDone, each.onError]);
  const lists = [...Object.values(on), always, ...Object.values(after), onDone, onError, ...outcomes];
  return lists
    .flatMap((list) => listOf<string | TransitionDefinition>(list))
    .flatMap((item) => (typeof item === 'string' ? [item] : listOf(item.target)));
}

type States = Pick<StateDefinition, 'initial' | 'states'>;

function childStates(parent: TreeState, scope: NativeScope): States {
  const states = Object.fromEntries([...parent.children].map(([key, child]) => [key, lowerState(child, scope)]));
  const { initial } = parent.definition as unknown as StateDefinition;
  if (parent.kind !== 'compound' || initial === undefined) return { states };
  if (typeof initial === 'string') return { initial, states };
  const actions = lowerActions(initial.actions, `${formatPath(parent.at)}.initial.actions`, scope);
  const [key = ''] = listOf(initial.target);
  return { initial: actions.length === 0 ? key : { target: key, actions }, states };
}

/**
 * A state for the machine, and one that is final for its end. The way there needs no event, because a machine that is
 * done handles none of those that are still waiting.
 */
function aroundAll(definition: MachineDefinition, root: TreeState, scope: NativeScope): States {
  const id = scope.ids.get(root)!;
  // what describes the machine stands on the document
  const { description: _, tags: __, meta: ___, ...own } = lowerState(root, scope);
  const done = doneCondition(root, scope);
  if (done === undefined) return { initial: 'machine', states: { machine: own } };
  const end = unusedName(`${id}.end`, scope);
  const always = [{ guard: done, target: `#${end}` }, ...listOf<string | TransitionDefinition>(own.always)];
  if (root.kind === 'parallel') {
    const output = machineOutput(definition, `done.state.${id}`, undefined, scope);
    return {
      initial: 'machine',
      states: { machine: { ...own, always }, end: { id: end, type: 'final', ...(output !== undefined && { output }) } },
    };
  }
  const states = Object.fromEntries(
    Object.entries(own.states ?? {}).map(([key, state]) => [key, keepingOutput(definition, state, scope)]),
  );
  const output = scope.usesOutput ? { output: expressionTemplate(outputName) } : {};
  return {
    initial: 'machine',
    states: { machine: { ...own, always, states }, end: { id: end, type: 'final', ...output } },
  };
}

/** The data that holds the output of the machine until it has left its states. */
const outputName = 'fsm_output';

/** A final state of the machine, which computes its output as soon as it is entered. */
function keepingOutput(definition: MachineDefinition, state: StateDefinition, scope: NativeScope): StateDefinition {
  if (state.type !== 'final') return state;
  const output = machineOutput(definition, `done.state.${state.id}`, state.output as Json | undefined, scope);
  if (output === undefined) return state;
  scope.usesOutput = true;
  return { ...state, entry: [...listOf<ActionDefinition>(state.entry), { assign: { [outputName]: output } }] };
}

/** The output of the machine after a done event with that type and data. */
function machineOutput(
  definition: MachineDefinition,
  type: string,
  data: Json | undefined,
  scope: NativeScope,
): Json | undefined {
  const { output } = definition;
  if (output === undefined) return data;
  if (typeof output === 'function') {
    scope.losses.part('$.output', 'SCXML has no form for an output that is a function; it is left out.');
    return undefined;
  }
  const written = data === undefined ? 'undefined' : `(${valueExpression(data)})`;
  const parts = { type: quote(type), data: 'undefined', output: written, error: 'undefined' };
  return lowerValue(output as Json, '$.output', 'an output', scope, parts);
}

/** When a state is done; `undefined` when it never is. */
function doneCondition(state: TreeState, scope: NativeScope): string | undefined {
  if (state.kind === 'final') return `In(${quote(scope.ids.get(state)!)})`;
  const children = [...state.children.values()].filter((child) => child.kind !== 'history');
  if (state.kind === 'compound') {
    const finals = children.filter((child) => child.kind === 'final').map((child) => doneCondition(child, scope)!);
    return finals.length === 0 ? undefined : finals.join(' || ');
  }
  const regions = children.map((child) => doneCondition(child, scope));
  if (state.kind !== 'parallel' || regions.includes(undefined)) return undefined;
  return regions.map((region) => (regions.length > 1 ? `(${region})` : region)).join(' && ');
}

function unusedName(name: string, { ids }: NativeScope): string {
  return [...ids.values()].includes(name) ? unusedName(`${name}_`, { ids } as NativeScope) : name;
}

function lowerState(state: TreeState, scope: NativeScope): StateDefinition {
  const definition = state.definition as unknown as StateDefinition;
  const { description, tags, meta, entry, exit, output } = definition;
  const path = formatPath(state.at);
  const id = scope.ids.get(state)!;
  const notes = {
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
    ...(meta !== undefined && { meta }),
  };
  if (state.kind === 'history') return { id, ...notes, ...lowerHistory(state, scope) };
  if (state.kind === 'final' && state.parent?.kind === 'parallel')
    return lowerFinalRegion(state, definition, notes, scope);
  const timers = lowerTimers(state, definition, path, scope);
  const always = lowerTransitions(state, definition.always, `${path}.always`, scope);
  return {
    id,
    ...notes,
    ...((state.kind === 'parallel' || state.kind === 'final') && { type: state.kind }),
    ...blocks(
      'entry',
      lowerActions(entry, `${path}.entry`, scope),
      timers.map(({ start }) => start),
    ),
    ...blocks(
      'exit',
      lowerActions(exit, `${path}.exit`, scope),
      timers.map(({ stop }) => stop),
    ),
    ...lowerEvents(state, definition, path, timers, scope),
    ...(always.length > 0 && { always }),
    ...lowerInvocations(state, definition, path),
    ...(state.children.size > 0 && childStates(state, scope)),
    ...(state.kind === 'final' && output !== undefined && lowerOutput(output, `${path}.output`, scope)),
  };
}

/** Whether a state answers to done events that it does not name. */
function catchesDone({ types }: NativeScope): boolean {
  return ['*', 'done.*', 'done.state.*'].some((descriptor) => types.has(descriptor));
}

/** SCXML has no final state as a region: it stands in one that is nothing else. */
function lowerFinalRegion(
  state: TreeState,
  { entry, exit }: StateDefinition,
  notes: StateDefinition,
  scope: NativeScope,
): StateDefinition {
  const path = formatPath(state.at);
  const id = scope.ids.get(state)!;
  if (catchesDone(scope)) {
    const message = `In SCXML the region makes the event \`done.state.${id}\`, which a wildcard of the machine takes.`;
    scope.losses.differs(path, message, 'Name the done events that are meant.');
  }
  return {
    id,
    ...notes,
    ...blocks('entry', lowerActions(entry, `${path}.entry`, scope), []),
    ...blocks('exit', lowerActions(exit, `${path}.exit`, scope), []),
    initial: 'end',
    states: { end: { id: unusedName(`${id}.end`, scope), type: 'final' } },
  };
}

function lowerOutput(output: StateDefinition['output'], path: string, scope: NativeScope): StateDefinition {
  if (typeof output === 'function') {
    scope.losses.part(path, 'SCXML has no form for an output that is a function; it is left out.');
    return {};
  }
  const value = lowerValue(output!, path, 'an output', scope);
  return value === undefined ? {} : { output: value };
}

/** Two blocks, because an error in the first must not keep a timer from being armed. */
function blocks(
  key: 'entry' | 'exit',
  own: readonly ActionDefinition[],
  timers: readonly ActionDefinition[],
): StateDefinition {
  const filled = [own, timers].filter((actions) => actions.length > 0);
  if (filled.length === 0) return {};
  return { [key]: filled.length === 1 ? filled[0] : filled.map((block) => ({ block })) };
}

interface LoweredTimer {
  readonly event: string;
  readonly list: TransitionList;
  readonly path: string;
  readonly start: ActionDefinition;
  readonly stop: ActionDefinition;
}

function lowerTimers(
  state: TreeState,
  { after = {} }: StateDefinition,
  path: string,
  scope: NativeScope,
): readonly LoweredTimer[] {
  return Object.entries(after).flatMap(([duration, list], index): LoweredTimer[] => {
    const event = `fsm.after.${index}.${scope.ids.get(state)}`;
    const place = `${path}.after${formatKey(duration)}`;
    const delay = lowerDelay(duration, place, scope);
    if (delay === undefined) {
      scope.losses.vital(
        place,
        `SCXML has no form for the delay \`${duration}\`.`,
        'Write a duration, or use the context.',
      );
      return [];
    }
    return [{ event, list, path: place, start: { send: event, id: event, delay }, stop: { cancel: event } }];
  });
}

/** Everything a state answers to, in the order in which a native state tries it. */
function lowerEvents(
  state: TreeState,
  definition: StateDefinition,
  path: string,
  timers: readonly LoweredTimer[],
  scope: NativeScope,
): StateDefinition {
  const table: { readonly descriptor: string; readonly list: TransitionList; readonly path: string }[] = [];
  const add = (descriptor: string, list: TransitionList | undefined, place: string) => {
    if (list !== undefined) table.push({ descriptor, list, path: place });
  };
  for (const [descriptor, list] of Object.entries(definition.on ?? {})) {
    add(renamed(descriptor, scope), list, `${path}.on${formatKey(descriptor)}`);
  }
  for (const { id, onDone, onError, at } of invocationsOf(state, definition, path)) {
    add(`done.invoke.${id}`, onDone, `${at}.onDone`);
    add(`error.invoke.${id}`, onError, `${at}.onError`);
  }
  if (definition.effect === undefined) add(`done.state.${scope.ids.get(state)}`, definition.onDone, `${path}.onDone`);
  for (const timer of timers) add(timer.event, timer.list, timer.path);

  const on = new Map<string, TransitionDefinition[]>();
  for (const entry of table.sort((a, b) => bySpecificity(a.descriptor, b.descriptor))) {
    const { event, condition } = lowerDescriptor(entry.descriptor, scope.types);
    let key = /^\d+$/.test(event) ? ` ${event}` : event;
    // the same descriptor again after another one
    while (on.has(key) && [...on.keys()].at(-1) !== key) key = `${key} `;
    const transitions = lowerTransitions(state, entry.list, entry.path, scope, condition);
    on.set(key, [...(on.get(key) ?? []), ...transitions]);
  }
  return on.size === 0 ? {} : { on: Object.fromEntries(on) };
}

/** The done event of a state goes by the id that the state has in SCXML. */
function renamed(descriptor: string, { tree, ids }: NativeScope): string {
  const id = /^done\.state\.(.+)$/.exec(descriptor)?.[1];
  const machine = String(tree.root.definition.id);
  const state = tree.states.find((each) => (each.definition.id ?? `${machine}.${each.path}`) === id);
  return state === undefined ? descriptor : `done.state.${ids.get(state)}`;
}

function eventTypes(states: readonly TreeState[], ids: ReadonlyMap<TreeState, string>): ReadonlySet<string> {
  const types = new Set<string>();
  for (const state of states) {
    const definition = state.definition as unknown as StateDefinition;
    types.add(`done.state.${ids.get(state)}`);
    for (const descriptor of Object.keys(definition.on ?? {})) types.add(descriptor);
    for (const { id } of invocationsOf(state, definition, '')) types.add(`done.invoke.${id}`).add(`error.invoke.${id}`);
    for (const type of Object.keys((state.definition.events ?? {}) as object)) types.add(type);
    collectRaised(state.definition, types);
  }
  return types;
}

/** The types of events that actions make, wherever they stand. */
function collectRaised(value: unknown, types: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === 'states') continue;
    if (key !== 'raise' && key !== 'send') collectRaised(item, types);
    else if (typeof item === 'string') types.add(item);
    else if (typeof item === 'object' && item !== null && typeof item.type === 'string') types.add(item.type);
  }
}

interface NamedInvocation extends InvokeDefinition {
  readonly id: string;
  readonly at: string;
}

/** As the engine names them: an effect without `id` goes by the path of its state. */
function invocationsOf(state: TreeState, definition: StateDefinition, path: string): readonly NamedInvocation[] {
  const { effect, onDone, onError, invoke } = definition;
  const shorthand =
    effect === undefined ? [] : [{ effect, onDone, onError, at: path } as InvokeDefinition & { at: string }];
  const listed = listOf<InvokeDefinition>(invoke).map((each, index) => ({
    ...each,
    at: Array.isArray(invoke) ? `${path}.invoke[${index}]` : `${path}.invoke`,
  }));
  const all = [...shorthand, ...listed];
  const name = state.path === '' ? String(state.definition.id) : state.path;
  return all.map((each, index) => ({ ...each, id: each.id ?? (all.length === 1 ? name : `${name}:${index}`) }));
}

function lowerInvocations(state: TreeState, definition: StateDefinition, path: string): StateDefinition {
  const invoke = invocationsOf(state, definition, path).map(({ id, effect }): InvokeDefinition => {
    return { id, effect: rewriteEffect(effect as Json) as unknown as InvokeDefinition['effect'] };
  });
  return invoke.length === 0 ? {} : { invoke };
}

function lowerHistory(state: TreeState, scope: NativeScope): StateDefinition {
  const { tree, ids, losses } = scope;
  const { history = 'shallow', target } = state.definition as unknown as StateDefinition;
  const targets = listOf(target).flatMap((text) => {
    const found = resolveTarget(tree, state, text);
    if (found !== undefined) return [found];
    losses.error('UNKNOWN_TARGET', `${formatPath(state.at)}.target`, `There is no state \`${text}\`.`);
    return [];
  });
  const written = (states: readonly TreeState[]) => states.map((each) => `#${ids.get(each)}`);
  if (targets.length > 0) return { type: 'history', history, target: written(targets) };
  return { type: 'history', history, ...asParentStarts(state.parent!, written, scope) };
}

/** SCXML wants the default of a history state written down: here it is what its parent does when it is entered. */
function asParentStarts(
  parent: TreeState,
  written: (states: readonly TreeState[]) => readonly string[],
  scope: NativeScope,
): Pick<StateDefinition, 'target' | 'initial'> {
  const children = [...parent.children.values()].filter((child) => child.kind !== 'history');
  if (parent.kind === 'parallel') return { target: written(children) };
  const { initial } = parent.definition as unknown as StateDefinition;
  const key = typeof initial === 'string' ? initial : listOf(initial?.target)[0];
  const target = written(children.filter((child) => child.key === key));
  const given = typeof initial === 'object' ? initial.actions : undefined;
  const actions = lowerActions(given, `${formatPath(parent.at)}.initial.actions`, scope);
  return actions.length === 0 ? { target } : { initial: { target, actions } };
}
