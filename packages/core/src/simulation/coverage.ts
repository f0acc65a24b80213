import type { Machine, MachineTransition } from '../machine/machine.ts';
import { type Exploration, type ExploredEdge, type ExploreOptions, explore, stepsAlong } from './exploration.ts';
import { runScenario, type ScenarioRun } from './run-scenario.ts';
import { recordScenario, type Scenario } from './scenario.ts';
import { type Simulation, simulate } from './simulation.ts';
import type { SimulationStep } from './step.ts';

/** A transition, and how often it was taken. */
export interface CoveredTransition extends MachineTransition {
  readonly taken: number;
}

export interface TransitionCoverage {
  /** All transitions that can do something, in document order. */
  readonly transitions: readonly CoveredTransition[];
  readonly total: number;
  /** How many of them were taken at least once. */
  readonly covered: number;
  /** Those that never were. */
  readonly never: readonly MachineTransition[];
}

/**
 * Which transitions of a machine were taken when scenarios were played, and which never.
 *
 * ```ts
 * const { covered, total, never } = transitionCoverage(machine, scenarios);
 * never.map(({ source, descriptor }) => `${source} on ${descriptor}`);
 * ```
 *
 * Forbidden transitions (`{}`) are not counted: nothing can be seen of them.
 */
export function transitionCoverage(machine: Machine, played: Iterable<Scenario | ScenarioRun>): TransitionCoverage {
  const counts = new Map<string, number>();
  for (const each of played) {
    const { simulation } = 'simulation' in each ? each : runScenario(machine, each);
    for (const { transitions } of [simulation.started, ...simulation.results]) {
      for (const path of transitions) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  const transitions = [...machine.transitions()]
    .filter(({ forbidden }) => !forbidden)
    .map((transition) => ({ ...transition, taken: counts.get(transition.path) ?? 0 }));
  const never = transitions.filter(({ taken }) => taken === 0);
  return { transitions, total: transitions.length, covered: transitions.length - never.length, never };
}

export interface CoverOptions extends ExploreOptions {
  /** A scenario that got this long is ended, and another one begun; 40 when not given. */
  readonly maxSteps?: number;
}

export interface CoveringScenarios {
  readonly scenarios: readonly Scenario[];
  /** JSON paths of all transitions that the exploration reached: the scenarios take each of them. */
  readonly reached: ReadonlySet<string>;
  readonly exploration: Exploration;
}

/**
 * A few scenarios that together take every transition a machine can take. Each goes to the nearest transition that was
 * not taken yet, and on from there, as long as it may; after every step it expects what the step came to.
 */
export function coveringScenarios(machine: Machine, options: CoverOptions = {}): CoveringScenarios {
  const exploration = explore(machine, { first: 'newest', ...options });
  const { input, now, maxSteps = 40 } = options;
  const header = { ...(input && { input }), ...(now !== undefined && { now }) };
  const leaving = Map.groupBy(
    exploration.edges.filter(({ error }) => error === undefined),
    (edge) => edge.from,
  );
  const left = new Set(exploration.edges.flatMap(({ transitions }) => transitions));
  const first = exploration.states.get(exploration.initial)!.transitions;
  const reached = new Set([...left, ...first]);
  for (const path of first) left.delete(path);
  const taken = new Set(first);
  const scenarios: Scenario[] = [];
  const play = (simulation: Simulation, steps: Iterable<SimulationStep>) => {
    for (const { transitions } of simulation.replay(steps)) for (const path of transitions) taken.add(path);
  };
  while (left.size > 0) {
    const simulation = simulate(machine, header);
    let here = exploration.initial;
    for (;;) {
      const way = nearestUncovered(leaving, here, left);
      const length = simulation.results.length;
      if (way === undefined || (length > 0 && length + way.length > maxSteps)) break;
      play(
        simulation,
        way.map(({ step }) => step),
      );
      for (const { transitions } of way) for (const path of transitions) left.delete(path);
      here = way.at(-1)!.to;
    }
    scenarios.push(recordScenario(simulation, header));
  }
  // where the time of day matters a detour may come out elsewhere; the way on which the edge was found does not
  for (const edge of exploration.edges) {
    if (edge.transitions.every((path) => taken.has(path))) continue;
    const simulation = simulate(machine, header);
    play(simulation, stepsAlong(exploration, edge));
    scenarios.push(recordScenario(simulation, header));
  }
  // one start is a scenario too, when nothing else can happen
  if (scenarios.length === 0) scenarios.push(recordScenario(simulate(machine, header), header));
  return { scenarios, reached, exploration };
}

/** The fewest edges from a state to one that takes something new, that one included. */
function nearestUncovered(
  leaving: ReadonlyMap<string, readonly ExploredEdge[]>,
  start: string,
  left: ReadonlySet<string>,
): readonly ExploredEdge[] | undefined {
  const cameBy = new Map<string, ExploredEdge | undefined>([[start, undefined]]);
  // a map goes on over what is added while it is walked
  for (const key of cameBy.keys()) {
    for (const edge of leaving.get(key) ?? []) {
      if (edge.transitions.some((path) => left.has(path))) return [...wayTo(cameBy, key), edge];
      if (!cameBy.has(edge.to)) cameBy.set(edge.to, edge);
    }
  }
  return undefined;
}

function wayTo(cameBy: ReadonlyMap<string, ExploredEdge | undefined>, key: string): readonly ExploredEdge[] {
  const way: ExploredEdge[] = [];
  for (let edge = cameBy.get(key); edge !== undefined; edge = cameBy.get(edge.from)) way.unshift(edge);
  return way;
}

/** Paths as scenarios that expect, after every step, what it came to. */
export function pathsToScenarios(
  machine: Machine,
  paths: Iterable<{ readonly steps: readonly SimulationStep[] }>,
  options: Pick<ExploreOptions, 'input' | 'now'> = {},
): readonly Scenario[] {
  const { input, now } = options;
  const header = { ...(input && { input }), ...(now !== undefined && { now }) };
  return Array.from(paths, ({ steps }) => {
    const simulation = simulate(machine, header);
    simulation.replay(steps);
    return recordScenario(simulation, header);
  });
}
