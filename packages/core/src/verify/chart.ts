import type {
  ActionDefinition,
  EffectDefinition,
  GuardDefinition,
  InvokeDefinition,
  MachineDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../definition/definition.ts';
import { formatKey, formatPath } from '../definition/path.ts';
import {
  resolveReference,
  resolveTarget,
  type StateTree,
  stateTree,
  type TreeState,
} from '../definition/state-tree.ts';

/** A definition as the structural checks see it: states and transitions with their places, nothing compiled. */
export interface Chart {
  readonly definition: MachineDefinition;
  /** Machines with `"semantics": "scxml"` have other expressions and another order of selection. */
  readonly scxml: boolean;
  readonly root: ChartState;
  /** In document order, the root first. */
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
  readonly byPath: ReadonlyMap<string, ChartState>;
  /** The state an `in` guard means. */
  reference(text: string): ChartState | undefined;
}

export interface ChartState {
  readonly path: string;
  /** JSON path. */
  readonly at: string;
  /** What stands behind `done.state.`. */
  readonly id: string;
  readonly kind: TreeState['kind'];
  readonly definition: StateDefinition;
  readonly parent: ChartState | undefined;
  readonly children: ChartState[];
  readonly transitions: ChartTransition[];
  readonly invocations: ChartInvocation[];
  /** Of a compound state: what it enters by default. Of a history state: its defaults. */
  readonly defaults: ChartState[];
}

export type Trigger = 'event' | 'always' | 'after' | 'done' | 'error' | 'completion';

export interface ChartTransition {
  /** JSON path, by which the engine's traces name it. */
  readonly path: string;
  readonly source: ChartState;
  readonly trigger: Trigger;
  /** The event descriptor; `undefined` for eventless transitions. */
  readonly descriptor: string | undefined;
  readonly targets: readonly ChartState[];
  readonly definition: TransitionDefinition;
  readonly guard: GuardDefinition | undefined;
  readonly actions: readonly ActionDefinition[];
  /** `{}`: it keeps the states around from handling the event, and does nothing. */
  readonly forbidden: boolean;
}

export interface ChartInvocation {
  readonly id: string;
  readonly effect: EffectDefinition;
  readonly source: ChartState;
  /** JSON path of what has the effect. */
  readonly path: string;
}

/** Reads a valid definition. */
export function chartOf(definition: MachineDefinition): Chart {
  const tree = stateTree({ ...definition });
  const states = new Map<TreeState, ChartState>();
  for (const state of tree.states) {
    const own = state.definition as unknown as StateDefinition;
    const parent = state.parent === undefined ? undefined : states.get(state.parent);
    const chartState: ChartState = {
      path: state.path,
      at: formatPath(state.at),
      id: parent === undefined ? definition.id : (own.id ?? `${definition.id}.${state.path}`),
      kind: state.kind,
      definition: own,
      parent,
      children: [],
      transitions: [],
      invocations: [],
      defaults: [],
    };
    parent?.children.push(chartState);
    states.set(state, chartState);
  }
  const found = (state: TreeState | undefined) => (state === undefined ? [] : [states.get(state)!]);
  for (const [tree_, state] of states) {
    const resolve = (text: string) => found(resolveTarget(tree, tree_, text));
    state.defaults.push(...defaultsOf(tree, tree_, state).flatMap(found));
    if (state.kind !== 'history') fill(state, resolve);
  }
  const all = [...states.values()];
  return {
    definition,
    scxml: definition.semantics === 'scxml',
    root: all[0]!,
    states: all,
    transitions: all.flatMap((state) => state.transitions),
    byPath: new Map(all.map((state) => [state.path, state])),
    reference: (text) => found(resolveReference(tree, text))[0],
  };
}

function defaultsOf(tree: StateTree, state: TreeState, { kind, definition }: ChartState): (TreeState | undefined)[] {
  const { initial } = definition;
  const written = toList(typeof initial === 'object' ? initial.target : initial);
  if (kind === 'compound') return written.map((text) => state.children.get(text) ?? resolveTarget(tree, state, text));
  if (kind === 'history') {
    return toList(typeof initial === 'object' ? initial.target : definition.target).map((text) =>
      resolveTarget(tree, state, text),
    );
  }
  return [];
}

function fill(state: ChartState, resolve: (text: string) => ChartState[]): void {
  const { definition, at } = state;
  const add = (trigger: Trigger, descriptor: string | undefined, list: TransitionList | undefined, path: string) => {
    const whole = Array.isArray(list);
    for (const [index, given] of (toList(list) as (string | TransitionDefinition)[]).entries()) {
      const transition: TransitionDefinition = typeof given === 'string' ? { target: given } : given;
      const actions = toList<ActionDefinition>(transition.actions as ActionDefinition | undefined);
      const targets = toList(transition.target).flatMap(resolve);
      state.transitions.push({
        path: whole ? `${path}[${index}]` : path,
        source: state,
        trigger,
        descriptor,
        targets,
        definition: transition,
        guard: transition.guard,
        actions,
        forbidden: targets.length === 0 && actions.length === 0,
      });
    }
  };
  for (const [descriptor, list] of Object.entries(definition.on ?? {})) {
    for (const one of descriptor.trim().split(/\s+/)) add('event', one, list, `${at}.on${formatKey(descriptor)}`);
  }
  for (const { id, onDone, onError, path, effect } of invocationsOf(state)) {
    state.invocations.push({ id, effect, source: state, path });
    add('done', `done.invoke.${id}`, onDone, `${path}.onDone`);
    add('error', `error.invoke.${id}`, onError, `${path}.onError`);
  }
  if (definition.effect === undefined) add('completion', `done.state.${state.id}`, definition.onDone, `${at}.onDone`);
  for (const [duration, list] of Object.entries(definition.after ?? {})) {
    add('after', `fsm.after.${duration}#${state.path}`, list, `${at}.after${formatKey(duration)}`);
  }
  add('always', undefined, definition.always, `${at}.always`);
}

function invocationsOf({ definition, at, path, id }: ChartState) {
  const { effect, onDone, onError, invoke } = definition;
  const shorthand = effect === undefined ? [] : [{ effect, onDone, onError, path: at }];
  const listed = toList<InvokeDefinition>(invoke as InvokeDefinition | undefined).map((each, index) => ({
    ...each,
    path: Array.isArray(invoke) ? `${at}.invoke[${index}]` : `${at}.invoke`,
  }));
  const all: (InvokeDefinition & { readonly path: string })[] = [...shorthand, ...listed];
  const name = path === '' ? id : path;
  return all.map((each, index) => ({ ...each, id: each.id ?? (all.length === 1 ? name : `${name}:${index}`) }));
}

export function isInside(state: ChartState, ancestor: ChartState): boolean {
  for (let around = state.parent; around !== undefined; around = around.parent) if (around === ancestor) return true;
  return false;
}

/** Whether two states are never active together: they lie in different children of one compound state. */
export function areExclusive(a: ChartState, b: ChartState): boolean {
  if (a === b || isInside(a, b) || isInside(b, a)) return false;
  let around = a.parent!;
  while (!isInside(b, around)) around = around.parent!;
  return around.kind === 'compound';
}

/** Whether every event type that `narrow` takes is taken by `wide` too. `*` does not take errors. */
export function covers(wide: string, narrow: string): boolean {
  if (wide === narrow) return true;
  if (wide === '*') return !narrow.startsWith('error.') && narrow !== 'error.*';
  if (!wide.endsWith('.*')) return false;
  const prefix = wide.slice(0, -2);
  const text = narrow.endsWith('.*') ? narrow.slice(0, -2) : narrow;
  return text === prefix || text.startsWith(`${prefix}.`);
}

/** Events the engine makes itself. */
export function isEngineEvent(type: string): boolean {
  return /^(?:done|error|fsm)\./.test(type);
}

export function toList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
