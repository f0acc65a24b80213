import type { Machine } from '../machine/machine.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import {
  type Exploration,
  type ExplorationLimit,
  type ExploredEdge,
  type ExploreOptions,
  explore,
  stepsTo,
} from './exploration.ts';
import type { SimulationStep } from './step.ts';

export interface PathOptions extends ExploreOptions {
  /** Path of the state that is to be active at the end; paths to everything when absent. */
  readonly to?: string;
}

/** A way through a machine: the same steps always lead to the same place. */
export interface MachinePath {
  readonly steps: readonly SimulationStep[];
  /** Where it leads. */
  readonly snapshot: Snapshot;
  /** Key of that moment in the exploration. */
  readonly key: string;
}

export interface Paths {
  readonly paths: readonly MachinePath[];
  /** Whether there are no others. */
  readonly exhaustive: boolean;
  /** Why there may be others; empty when there are none. */
  readonly limits: readonly (ExplorationLimit | PathLimit)[];
}

export interface PathLimit {
  readonly kind: 'paths';
  readonly message: string;
}

/**
 * A shortest path to every moment that a machine can reach, nearest first, as XState's `getShortestPaths`.
 *
 * ```ts
 * shortestPaths(machine, { to: 'approved' }).paths[0]?.steps; // [{ event: 'SUBMIT' }, { done: 'checking' }]
 * ```
 *
 * Moments differ in configuration, history, timers, what runs, and the context as far as it matters to the machine.
 */
export function shortestPaths(machine: Machine, options: PathOptions = {}): Paths {
  const exploration = explore(machine, options);
  const paths = [...exploration.states.values()]
    .filter(({ snapshot }) => options.to === undefined || machine.matches(snapshot, options.to))
    .map(({ key, snapshot }) => ({ key, snapshot, steps: stepsTo(exploration, key) }));
  return { paths, exhaustive: exploration.exhaustive, limits: exploration.limits };
}

/** A path to a state of the machine. */
export interface PathToState extends MachinePath {
  /** Whether no other path is shorter; where there is too much to look at, any path is better than none. */
  readonly shortest: boolean;
}

/** A shortest path to every state of the machine, in document order; nothing where none was found. */
export function shortestPathsToStates(
  machine: Machine,
  options: ExploreOptions = {},
): Pick<Paths, 'exhaustive' | 'limits'> & { readonly states: ReadonlyMap<string, PathToState | undefined> } {
  const states = new Map<string, PathToState | undefined>();
  for (const { path, type } of machine.states()) if (type !== 'history' && path !== '') states.set(path, undefined);
  const exploration = explore(machine, options);
  addPaths(states, exploration, true);
  const tooMany = exploration.limits.some(({ kind }) => kind === 'states');
  if (tooMany && [...states.values()].includes(undefined)) {
    addPaths(states, explore(machine, { ...options, first: 'newest' }), false);
  }
  return { states, exhaustive: exploration.exhaustive, limits: exploration.limits };
}

function addPaths(states: Map<string, PathToState | undefined>, exploration: Exploration, shortest: boolean): void {
  for (const { key, snapshot } of exploration.states.values()) {
    for (const path of snapshot.configuration.flatMap(withAncestors)) {
      if (!states.has(path) || states.get(path) !== undefined) continue;
      states.set(path, { key, snapshot, steps: stepsTo(exploration, key), shortest });
    }
  }
}

function withAncestors(leaf: string): readonly string[] {
  const keys = leaf.split('.');
  return keys.map((_, index) => keys.slice(0, index + 1).join('.'));
}

/** So many paths are listed when no other number is asked for. */
const usualPaths = 10_000;

/**
 * All paths that come to no moment twice, as XState's `getSimplePaths`: depth first, with all steps between the same two
 * moments told apart. There may be very many; `maxPaths` (10,000 when not given) is where the list ends.
 */
export function simplePaths(machine: Machine, options: PathOptions & { readonly maxPaths?: number } = {}): Paths {
  const { to, maxPaths = usualPaths } = options;
  const exploration = explore(machine, options);
  const leaving = Map.groupBy(exploration.edges, (edge) => edge.from);
  const paths: MachinePath[] = [];
  const visited = new Set<string>([exploration.initial]);
  const steps: SimulationStep[] = [];
  const isTarget = (key: string) => to === undefined || machine.matches(exploration.states.get(key)!.snapshot, to);
  const keep = (key: string) => {
    if (isTarget(key)) paths.push({ key, snapshot: exploration.states.get(key)!.snapshot, steps: [...steps] });
  };
  keep(exploration.initial);
  // an explicit stack: paths may be longer than the call stack is deep
  const stack: { readonly key: string; readonly edges: Iterator<ExploredEdge> }[] = [];
  const enter = (key: string) => stack.push({ key, edges: (leaving.get(key) ?? []).values() });
  enter(exploration.initial);
  for (let budget = maxPaths * 100; stack.length > 0 && paths.length < maxPaths && budget > 0; budget--) {
    const { key, edges } = stack.at(-1)!;
    const { value: edge, done } = edges.next();
    if (done === true) {
      stack.pop();
      visited.delete(key);
      steps.pop();
    } else if (!visited.has(edge.to)) {
      visited.add(edge.to);
      steps.push(edge.step);
      keep(edge.to);
      enter(edge.to);
    }
  }
  const cut = stack.length > 0;
  const limit: PathLimit = {
    kind: 'paths',
    message: `The list ends after ${paths.length.toLocaleString('en')} paths; there are more.`,
  };
  return {
    paths,
    exhaustive: exploration.exhaustive && !cut,
    limits: cut ? [...exploration.limits, limit] : exploration.limits,
  };
}
