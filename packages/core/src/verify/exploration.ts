import type { EffectDefinition, MachineEvent } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import type { JsonObject } from '../json.ts';
import type { CompiledMachine } from '../machine/compiled-machine.ts';
import { navigate, start } from '../machine/navigate.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import type { SimulationStep } from '../simulation/step.ts';
import { Turn, type TurnHost } from '../simulation/turn.ts';
import type { EventSampler } from './event-samples.ts';
import { ancestry, stateKey } from './state-key.ts';

export interface ExplorationOptions {
  readonly machine: CompiledMachine;
  /** Types of the events that come from outside. */
  readonly eventTypes: readonly string[];
  readonly sampler: EventSampler;
  /** First keys of the context that make two moments different. */
  readonly relevant: ReadonlySet<string> | 'all';
  /** Paths of states of which it matters whether they were ever entered. */
  readonly remembered: readonly string[];
  readonly mayFail: (effect: EffectDefinition) => boolean;
  /** Whether several timers can run at the same time, so that it matters when an event comes. */
  readonly sideBySide: boolean;
  readonly input: JsonObject | undefined;
  readonly maxStates: number;
  readonly maxDepth: number;
  /** Sees every event before it is tried. */
  readonly onEvent: (state: ExploredState, event: MachineEvent) => void;
}

/** A moment of an instance that was reached, and the shortest way to it. */
export interface ExploredState {
  readonly index: number;
  readonly snapshot: Snapshot;
  readonly now: number;
  readonly depth: number;
  /** Of `remembered`, which states were entered on the way; a bit for each. */
  readonly entered: bigint;
  readonly from: Witness;
  /** Where the steps that were tried lead. */
  readonly successors: Successor[];
  /** Everything was tried, and nothing it leads to was left out. */
  expanded: boolean;
}

export interface Successor {
  readonly to: ExploredState;
  /** A timer or the outcome of an effect: nobody outside had to do anything. */
  readonly automatic: boolean;
}

/** A step from a state that was reached; without `state` the start itself. */
export interface Witness {
  readonly state: ExploredState | undefined;
  readonly step: SimulationStep | undefined;
}

/** A step that the engine refused. */
export interface Failure {
  readonly error: FsmError;
  readonly witness: Witness;
}

/** A failed effect that ended the instance. */
export interface UnhandledFailure {
  readonly state: string;
  readonly index: number;
  readonly witness: Witness;
}

/**
 * Breadth-first search over everything an instance can meet: events with data that may tell guards apart, the next due
 * timers, and each running effect done or failed. Breadth-first, so that the first way found to anything is a shortest.
 */
export class Exploration {
  readonly states: ExploredState[] = [];
  readonly firstEntered = new Map<string, Witness>();
  readonly firstTaken = new Map<string, Witness>();
  readonly failures = new Map<string, Failure>();
  readonly unhandled = new Map<string, UnhandledFailure>();
  steps = 0;
  depth = 0;
  /** A state was left out because of `maxStates` or `maxDepth`. */
  stoppedBy: 'states' | 'depth' | undefined;
  /** Two timers ran at the same time: not every order of them and of events was tried. */
  ranSideBySide = false;
  /** Some event, timer or outcome failed in a state whatever the data: what it would have done is not known. */
  lost = false;
  private refusals = 0;
  private readonly options: ExplorationOptions;
  private readonly host: TurnHost;
  private readonly byKey = new Map<string, ExploredState>();
  /** States of which a successor was left out. */
  private readonly cut = new Set<ExploredState>();
  /** By identity: the engine has one list for each configuration. */
  private readonly noted = new WeakMap<readonly string[], bigint>();

  constructor(options: ExplorationOptions) {
    this.options = options;
    // as `simulate` has it, so that steps replay there
    this.host = { machine: options.machine, instance: 'simulation', tenant: 'default', effects: undefined };
    this.begin();
    for (let next = 0; next < this.states.length; next++) this.expand(this.states[next]!);
  }

  get configurations(): number {
    return new Set(this.states.map(({ snapshot }) => snapshot.configuration.join('\n'))).size;
  }

  /** The steps from the start to a state. */
  stepsTo(state: ExploredState): readonly SimulationStep[] {
    return this.stepsAlong(state.from);
  }

  /** The steps from the start up to and including a witness's own. */
  stepsAlong(witness: Witness): readonly SimulationStep[] {
    const steps: SimulationStep[] = [];
    for (let each: Witness | undefined = witness; each !== undefined; each = each.state?.from) {
      if (each.step !== undefined) steps.push(each.step);
    }
    return steps.reverse();
  }

  private begin(): void {
    const { machine, input } = this.options;
    this.attempt({ state: undefined, step: undefined }, true, (turn) =>
      turn.accept(start(machine, turn.moment, input)),
    );
  }

  private expand(state: ExploredState): void {
    const { snapshot } = state;
    if (snapshot.status !== 'active') {
      state.expanded = true;
      return;
    }
    if (state.depth >= this.options.maxDepth) {
      this.stoppedBy ??= 'depth';
      return;
    }
    this.tryEvents(state);
    this.tryTimers(state);
    this.tryOutcomes(state);
    state.expanded = !this.cut.has(state);
  }

  private tryEvents(state: ExploredState): void {
    const { machine, eventTypes, sampler, onEvent } = this.options;
    const configuration = machine.configurationOf(state.snapshot);
    const eventless = machine.eventless(configuration) !== undefined;
    for (const type of eventTypes) {
      if (!eventless && machine.selection(configuration, type) === undefined) continue;
      this.withAny(sampler.samples(type, 'data', state.snapshot.context), (data) => {
        const event: MachineEvent = data === undefined ? { type } : { type, data };
        onEvent(state, event);
        this.attempt({ state, step: { event } }, false, (turn) =>
          turn.accept(navigate(machine, state.snapshot, event, turn.moment)),
        );
      });
    }
  }

  /** Tries something with each of some data. One for which it does not fail is enough to know where it leads. */
  private withAny<Sample>(samples: readonly Sample[], attempt: (sample: Sample) => void): void {
    const before = this.refusals;
    for (const sample of samples) attempt(sample);
    if (this.refusals - before === samples.length) this.lost = true;
  }

  private tryTimers(state: ExploredState): void {
    const dues = Object.values(state.snapshot.timers ?? {}).map(({ due }) => due);
    if (dues.length === 0) return;
    if (dues.length > 1) this.ranSideBySide = true;
    const rest = Math.max(0, Math.min(...dues) - state.now);
    const pass = (milliseconds: number) =>
      this.withAny([{ advance: milliseconds }], (step) =>
        this.attempt({ state, step }, true, (turn) => turn.advance(milliseconds)),
      );
    // an event may come just before
    if (this.options.sideBySide && rest > 1) pass(rest - 1);
    pass(rest);
  }

  private tryOutcomes(state: ExploredState): void {
    const { machine, sampler, mayFail } = this.options;
    const { context, invocations = {} } = state.snapshot;
    for (const [id, { state: path, index }] of Object.entries(invocations)) {
      this.withAny(sampler.samples(`done.invoke.${id}`, 'output', context), (output) => {
        const step = output === null || output === undefined ? { done: id } : { done: id, output };
        this.attempt({ state, step }, true, (turn) => turn.complete(id, { output: output ?? null }));
      });
      if (!mayFail(machine.effect(path, index))) continue;
      this.withAny(sampler.samples(`error.invoke.${id}`, 'error', context), (error) => {
        const step = { failed: id, error: error ?? null };
        const reached = this.attempt({ state, step }, true, (turn) => turn.complete(id, { error: error ?? null }));
        if (reached?.snapshot.status !== 'error') return;
        const key = `${path} ${index}`;
        if (!this.unhandled.has(key)) this.unhandled.set(key, { state: path, index, witness: { state, step } });
      });
    }
  }

  /** Does what a simulation does with the step. */
  private attempt(from: Witness, automatic: boolean, decide: (turn: Turn) => boolean): ExploredState | undefined {
    const { state } = from;
    const before = state && { snapshot: state.snapshot, now: state.now, pending: [], attempts: {} };
    const turn = new Turn(this.host, before ?? { now: 0 });
    this.steps += 1;
    try {
      const taken = decide(turn);
      return this.arrive(turn, taken, automatic, from);
    } catch (error) {
      this.fail(error, from);
      return undefined;
    }
  }

  private arrive(turn: Turn, taken: boolean, automatic: boolean, from: Witness): ExploredState | undefined {
    const { now, trace } = turn;
    const snapshot = turn.snapshot!;
    let entered = from.state?.entered ?? 0n;
    for (const { transitions, configuration } of trace) {
      for (const path of transitions) if (!this.firstTaken.has(path)) this.firstTaken.set(path, from);
      entered |= this.note(configuration, from);
    }
    const key = stateKey(snapshot, now, entered, this.options.relevant);
    let reached = this.byKey.get(key);
    if (reached === undefined) {
      if (this.states.length >= this.options.maxStates) {
        this.stoppedBy = 'states';
        if (from.state !== undefined) this.cut.add(from.state);
        return undefined;
      }
      reached = this.add(key, { snapshot, now, entered, from });
    }
    const { state } = from;
    if (state !== undefined && (taken || reached !== state)) {
      const known = state.successors.some((one) => one.to === reached && one.automatic === automatic);
      if (!known) state.successors.push({ to: reached, automatic });
    }
    return reached;
  }

  private add(key: string, found: Pick<ExploredState, 'snapshot' | 'now' | 'entered' | 'from'>): ExploredState {
    const { state } = found.from;
    const depth = state === undefined ? 0 : state.depth + 1;
    const added: ExploredState = { ...found, index: this.states.length, depth, successors: [], expanded: false };
    this.depth = Math.max(this.depth, depth);
    this.states.push(added);
    this.byKey.set(key, added);
    return added;
  }

  /** Notes what a microstep made active; returns which of the remembered states that are. */
  private note(configuration: readonly string[], from: Witness): bigint {
    const known = this.noted.get(configuration);
    if (known !== undefined) return known;
    const active = new Set(configuration.flatMap(ancestry));
    for (const path of active) if (!this.firstEntered.has(path)) this.firstEntered.set(path, from);
    const bits = this.options.remembered.reduce(
      (sum, path, index) => (active.has(path) ? sum | (1n << BigInt(index)) : sum),
      0n,
    );
    this.noted.set(configuration, bits);
    return bits;
  }

  private fail(error: unknown, witness: Witness): void {
    if (!FsmError.is(error)) throw error;
    // what never comes to rest, or leads nowhere, does so whatever the data
    if (!isEndless(error) && error.code !== 'CONFLICTING_TARGETS') {
      if (witness.state === undefined) this.lost = true;
      this.refusals += 1;
    }
    const where = isEndless(error) ? JSON.stringify(error.details?.configuration) : error.path;
    const key = `${error.code} ${where}`;
    if (!this.failures.has(key)) this.failures.set(key, { error, witness });
  }
}

/** Whether the error says that a step did not come to rest. */
export function isEndless({ code }: FsmError): boolean {
  return code === 'MICROSTEP_LIMIT' || code === 'SIMULATION_ENDLESS';
}
