import type { ErrorRecord } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Machine } from '../machine/machine.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import { explorationKey, partOfContext } from './exploration-key.ts';
import { relevanceOf } from './relevance.ts';
import { Simulation, type SimulationResult } from './simulation.ts';
import type { SimulationStep } from './step.ts';
import { Stimuli, type StimuliOptions } from './stimuli.ts';

export interface ExploreOptions extends StimuliOptions {
  readonly input?: JsonObject;
  readonly now?: number;
  readonly instance?: string;
  readonly tenant?: string;
  /** States that are looked at, at most; 10,000 when not given. */
  readonly maxStates?: number;
  /** Steps from the start, at most; 1,000 when not given. */
  readonly maxDepth?: number;
  /**
   * Which top-level keys of the context make two moments different. By default those that can make a difference to what
   * the machine does; keys that only end up in logs and outputs do not.
   */
  readonly context?: readonly string[] | 'all';
  /** What makes two moments different instead of any part of the context. */
  readonly distinguish?: (snapshot: Snapshot) => Json;
  /** What is tried in a state, instead of all that the machine could take. */
  readonly stimuli?: (state: ExploredState) => readonly SimulationStep[];
  /**
   * `nearest`, when not given: breadth first, so that every way is a shortest one. `newest`: what a transition led to that
   * was not taken before comes first; of a state space that is too large for all of it, this sees more different things.
   */
  readonly first?: 'nearest' | 'newest';
  /** Ends the exploration once it holds for a state. */
  readonly until?: (state: ExploredState) => boolean;
}

/** What can become of a machine: a graph of moments with a way to each, a shortest one unless asked otherwise. */
export interface Exploration {
  readonly machine: Machine;
  /** Key of the moment after the start. */
  readonly initial: string;
  /** By key, in the order in which they were found: nearest to the start first. */
  readonly states: ReadonlyMap<string, ExploredState>;
  /** Every step that was tried and that was taken, changed something or failed. */
  readonly edges: readonly ExploredEdge[];
  /** Whether nothing was left out: what is not here cannot happen. */
  readonly exhaustive: boolean;
  /** What was left out, and why; empty when exhaustive. */
  readonly limits: readonly ExplorationLimit[];
}

export interface ExploredState {
  readonly key: string;
  readonly snapshot: Snapshot;
  readonly now: number;
  /** How many steps the way from the start has. */
  readonly depth: number;
  /** The state before it on that way, and the step from there; absent for the first. */
  readonly from?: string;
  readonly via?: SimulationStep;
  /** JSON paths of the transitions that step took. */
  readonly transitions: readonly string[];
}

export interface ExploredEdge {
  readonly from: string;
  readonly to: string;
  readonly step: SimulationStep;
  readonly taken: boolean;
  /** JSON paths of the transitions taken. */
  readonly transitions: readonly string[];
  /** Why the machine refused the step. */
  readonly error?: ErrorRecord;
}

export interface ExplorationLimit {
  readonly kind: 'states' | 'depth' | 'until' | 'stimuli' | 'abstraction' | 'event-data' | 'outcome' | 'clock' | 'code';
  readonly message: string;
  /** JSON path of the expression that it matters to. */
  readonly path?: string;
}

/**
 * Tries everything that can happen to a machine, breadth first, and remembers where it leads: events with data worth
 * trying, the next timer, every outcome of the effects that run.
 *
 * ```ts
 * const { states, exhaustive } = explore(machine);
 * const stuck = states.values().find(({ snapshot }) => machine.nextEvents(snapshot).length === 0);
 * ```
 *
 * A machine of finitely many moments whose guards read no data from outside is explored exhaustively, and the result
 * says so; otherwise `limits` says what was left out.
 *
 * @throws FsmError what `start` throws.
 */
export function explore(machine: Machine, options: ExploreOptions = {}): Exploration {
  return new Explorer(machine, options).run();
}

class Explorer {
  private readonly machine: Machine;
  private readonly options: ExploreOptions;
  private readonly stimuli: Stimuli;
  private readonly relevant: ReadonlySet<string> | 'all';
  private readonly states = new Map<string, ExploredState>();
  private readonly edges: ExploredEdge[] = [];
  private readonly limits = new Map<string, ExplorationLimit>();
  private readonly queue: ExploredState[] = [];
  /** States that a transition led to which was not taken before: their turn comes before the queue's. */
  private readonly newest: ExploredState[] = [];
  private readonly taken = new Set<string>();
  private readonly origin: Simulation;
  private stopped = false;

  constructor(machine: Machine, options: ExploreOptions) {
    const { input, now = 0, instance, tenant } = options;
    this.machine = machine;
    this.options = options;
    this.stimuli = new Stimuli(machine, options);
    this.relevant = relevanceOf(machine.definition).context;
    this.origin = new Simulation(machine, {
      now,
      ...(input && { input }),
      ...(instance !== undefined && { instance }),
      ...(tenant !== undefined && { tenant }),
    });
  }

  run(): Exploration {
    const { maxDepth = 1_000 } = this.options;
    const initial = this.reach(this.origin.started, undefined, undefined);
    for (let state = this.next(); state !== undefined && !this.stopped; state = this.next()) {
      const steps = this.options.stimuli?.(state) ?? this.stimuli.of(state.snapshot, state.now);
      if (state.depth >= maxDepth) {
        if (steps.length > 0) this.limit('depth', `States more than ${maxDepth} steps away were not looked at.`);
        continue;
      }
      for (const step of steps) {
        this.attempt(state, step);
        if (this.stopped) break;
      }
    }
    this.noteUnknowns();
    const limits = [...this.limits.values()];
    const { machine, states, edges } = this;
    return { machine, initial: initial!.key, states, edges, exhaustive: limits.length === 0, limits };
  }

  private next(): ExploredState | undefined {
    return this.newest.shift() ?? this.queue.shift();
  }

  private attempt(state: ExploredState, step: SimulationStep): void {
    const result = this.origin.at(state.snapshot, state.now).apply(step);
    const { taken, transitions, error } = result;
    if (error === undefined && !taken && result.snapshot === state.snapshot) return;
    const next = error === undefined ? this.reach(result, state, step) : state;
    if (next === undefined) return;
    this.edges.push({ from: state.key, to: next.key, step, taken, transitions, ...(error && { error }) });
  }

  /** The state a result leads to; nothing when it is new and there are enough already. */
  private reach(
    result: SimulationResult,
    before: ExploredState | undefined,
    via: SimulationStep | undefined,
  ): ExploredState | undefined {
    const { snapshot, now, transitions } = result;
    const key = this.keyOf(snapshot, now);
    const known = this.states.get(key);
    if (known !== undefined) {
      this.noteMerge(known, snapshot, now);
      return known;
    }
    const { maxStates = 10_000, until } = this.options;
    if (this.states.size >= maxStates) {
      this.limit(
        'states',
        `More than ${maxStates.toLocaleString('en')} states can be reached; the others were not looked at.`,
      );
      return undefined;
    }
    const state: ExploredState = {
      key,
      snapshot,
      now,
      depth: before === undefined ? 0 : before.depth + 1,
      ...(before && { from: before.key }),
      ...(via && { via }),
      transitions,
    };
    this.states.set(key, state);
    const isNew = transitions.some((path) => !this.taken.has(path));
    for (const path of transitions) this.taken.add(path);
    (isNew && this.options.first === 'newest' ? this.newest : this.queue).push(state);
    if (until?.(state) === true) {
      this.stopped = true;
      this.limit('until', 'The exploration ended when it had found what it looked for.');
    }
    return state;
  }

  private keyOf(snapshot: Snapshot, now: number): string {
    const { distinguish, context } = this.options;
    if (distinguish !== undefined) return explorationKey(snapshot, now, distinguish(snapshot));
    const keys = context === undefined ? this.relevant : context === 'all' ? 'all' : new Set(context);
    return explorationKey(snapshot, now, partOfContext(snapshot.context, keys));
  }

  /** Two moments that were told to be the same, but could go on differently. */
  private noteMerge(known: ExploredState, snapshot: Snapshot, now: number): void {
    const { distinguish, context } = this.options;
    if ((distinguish === undefined && (context === undefined || context === 'all')) || this.limits.has('abstraction'))
      return;
    const full = (of: Snapshot, at: number) => explorationKey(of, at, partOfContext(of.context, this.relevant));
    if (full(known.snapshot, known.now) === full(snapshot, now)) return;
    this.limit('abstraction', 'States that differ in data that matter were taken for the same.');
  }

  private noteUnknowns(): void {
    const { deciding, opaque } = relevanceOf(this.machine.definition);
    if (this.options.stimuli !== undefined) this.limit('stimuli', 'Only the steps that were given were tried.');
    for (const { kind, name, path } of this.stimuli.untried.values()) {
      const what = kind === 'event-data' ? `The data of the event ${name}` : `What the effect "${name}" ends with`;
      this.limit(kind, `${what} can be anything; only values that ${path} suggests were tried.`, path, name);
    }
    const clock = deciding.find(({ keys }) => keys[0] === 'now');
    if (clock !== undefined) this.limit('clock', `${clock.path} depends on the time of day.`, clock.path);
    const code = opaque[0];
    if (code !== undefined) this.limit('code', `What the code at ${code} reads cannot be seen.`, code);
  }

  private limit(kind: ExplorationLimit['kind'], message: string, path?: string, name = ''): void {
    this.limits.set(`${kind}${name}`, { kind, message, ...(path === undefined ? undefined : { path }) });
  }
}

/** The way from the start to a state, a shortest one after a breadth-first exploration: applied to a new simulation with the same options, it leads there. */
export function stepsTo(exploration: Exploration, key: string): readonly SimulationStep[] {
  const steps: SimulationStep[] = [];
  for (let state = exploration.states.get(key); state?.via !== undefined; state = exploration.states.get(state.from!)) {
    steps.unshift(state.via);
  }
  return steps;
}

/** A way on which a step is taken. */
export function stepsAlong(exploration: Exploration, edge: ExploredEdge): readonly SimulationStep[] {
  return [...stepsTo(exploration, edge.from), edge.step];
}
