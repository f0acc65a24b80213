import type {
  ActionDefinition,
  InvokeDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../../definition/definition.ts';
import { formatKey, formatPath } from '../../definition/path.ts';
import { resolveTarget, type TreeState } from '../../definition/state-tree.ts';
import type { Json } from '../../json.ts';
import { listOf } from './export-action.ts';
import { lowerActions, lowerDelay, lowerValue } from './lower-action.ts';
import { bySpecificity, lowerDescriptor, lowerTransitions, type TransitionScope } from './lower-transition.ts';
import { rewriteEffect } from './rewrite-expression.ts';

/** What the states of a native machine need to become SCXML's. */
export interface NativeScope extends TransitionScope {
  /** Every event type the machine is known to meet. */
  readonly types: ReadonlySet<string>;
  /** Set when the output of the machine is kept in data. */
  usesOutput: boolean;
}

export type States = Pick<StateDefinition, 'initial' | 'states'>;

/** The states in a state, and which of them is entered first. */
export function childStates(parent: TreeState, scope: NativeScope): States {
  const states = Object.fromEntries([...parent.children].map(([key, child]) => [key, lowerState(child, scope)]));
  const { initial } = parent.definition as unknown as StateDefinition;
  if (parent.kind !== 'compound' || initial === undefined) return { states };
  if (typeof initial === 'string') return { initial, states };
  const actions = lowerActions(initial.actions, `${formatPath(parent.at)}.initial.actions`, scope);
  const [key = ''] = listOf(initial.target);
  return { initial: actions.length === 0 ? key : { target: key, actions }, states };
}

/** A name that no state has. */
export function unusedName(name: string, { ids }: NativeScope): string {
  return [...ids.values()].includes(name) ? unusedName(`${name}_`, { ids } as NativeScope) : name;
}

/** A state with all that is in it. */
export function lowerState(state: TreeState, scope: NativeScope): StateDefinition {
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

/** Every event type that states answer to or make. */
export function eventTypes(states: readonly TreeState[], ids: ReadonlyMap<TreeState, string>): ReadonlySet<string> {
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
