import type { MachineEvent } from '../definition/definition.ts';
import { type ErrorRecord, FsmError } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Command, Microstep } from '../machine/command.ts';
import type { Machine } from '../machine/machine.ts';
import { patch, start } from '../machine/navigate.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import { type Difference, differences } from './expectation.ts';
import { type EffectOutcome, milliseconds, type ScriptedEffects } from './scripted-effects.ts';
import type { SimulationStep } from './step.ts';
import { type SimulatedState, Turn, type TurnHost } from './turn.ts';

export interface SimulationOptions {
  readonly input?: JsonObject;
  /** Where the virtual clock starts; 0 when not given. */
  readonly now?: number;
  /** The id of the instance, `simulation` when not given: what it sends there arrives. */
  readonly instance?: string;
  readonly tenant?: string;
  /** How effects end by themselves; those without a script run until a step ends them. */
  readonly effects?: ScriptedEffects;
}

/** What one step did. */
export interface SimulationResult {
  /** Absent for the start. */
  readonly step?: SimulationStep;
  /**
   * Whether a transition took the event, or the outcome was still awaited; for `advance`, whether anything fell due; for
   * `expect`, that of the step before.
   */
  readonly taken: boolean;
  readonly snapshot: Snapshot;
  readonly now: number;
  readonly microsteps: readonly Microstep[];
  /** JSON paths of the transitions taken, in order. */
  readonly transitions: readonly string[];
  /** Paths of the states that are active now and were not before. */
  readonly entered: readonly string[];
  readonly left: readonly string[];
  /** Ids of the timers that fired. */
  readonly fired: readonly string[];
  /** Scripted effects that ended. */
  readonly outcomes: readonly ({ readonly invocation: string } & EffectOutcome)[];
  readonly commands: readonly Command[];
  readonly logs: readonly Extract<Command, { type: 'log' }>[];
  readonly emits: readonly MachineEvent[];
  readonly sends: readonly Extract<Command, { type: 'send' }>[];
  /** Ids of the invocations that started, and of those that were cancelled. */
  readonly started: readonly string[];
  readonly cancelled: readonly string[];
  /** Why the step was refused; nothing has changed then. */
  readonly error?: ErrorRecord;
  /** What an `expect` step found to be otherwise; empty when all is as expected. */
  readonly differences?: readonly Difference[];
}

/**
 * Starts one instance of a machine under a virtual clock and without side effects.
 *
 * ```ts
 * const loan = simulate(machine, { effects: { checking: { output: 640, after: '2s' } } });
 * loan.apply({ event: { type: 'SUBMIT', data: { amount: 20_000 } } }).started; // ['checking']
 * loan.apply({ advance: '2s' }).snapshot.configuration; // ['approved']
 * ```
 *
 * @throws FsmError what `start` throws.
 */
export function simulate(machine: Machine, options: SimulationOptions = {}): Simulation {
  return new Simulation(machine, options);
}

/**
 * A simulated instance. Time stands still until an `advance` step; then timers fire and scripted effects end in due
 * order. What the instance sends to itself arrives; everything else it wants done is only shown. The same machine,
 * options and steps always give the same results.
 */
export class Simulation {
  readonly machine: Machine;
  readonly options: SimulationOptions;
  /** Of the start, or of the moment this simulation was forked from. */
  readonly started: SimulationResult;
  /** Of every step so far, those that were refused included. */
  readonly results: readonly SimulationResult[];
  private readonly history: SimulationResult[] = [];
  private readonly host: TurnHost;
  private state: SimulatedState;

  constructor(machine: Machine, options: SimulationOptions = {}, from?: SimulatedState) {
    this.machine = machine;
    this.options = options;
    const { instance = 'simulation', tenant = 'default', effects } = options;
    this.host = { machine, instance, tenant, effects };
    this.results = this.history;
    const turn = new Turn(this.host, from ?? { now: options.now ?? 0 });
    const taken = from === undefined ? turn.accept(start(machine, turn.moment, options.input)) : false;
    this.state = turn.state;
    this.started = resultOf(turn, undefined, from?.snapshot, taken);
  }

  get snapshot(): Snapshot {
    return this.state.snapshot;
  }

  get now(): number {
    return this.state.now;
  }

  /** The steps applied so far: with the same options they lead here again. */
  get steps(): readonly SimulationStep[] {
    return this.history.map((result) => result.step!);
  }

  /**
   * Applies one step and tells what it did. What the machine refuses does not throw: the result has an `error`, and
   * nothing has changed.
   */
  apply(step: SimulationStep): SimulationResult {
    const result = 'expect' in step ? this.compare(step) : this.decide(step);
    this.history.push(result);
    return result;
  }

  /** Applies steps one after the other, whatever they come to. */
  replay(steps: Iterable<SimulationStep>): readonly SimulationResult[] {
    return Array.from(steps, (step) => this.apply(step));
  }

  /** A simulation that goes on from here on its own; this one stays as it is. */
  fork(): Simulation {
    return new Simulation(this.machine, this.options, this.state);
  }

  /**
   * A simulation that goes on from any moment of the machine; scripts of effects that run there begin anew.
   *
   * @throws FsmError SNAPSHOT_MISMATCH, SNAPSHOT_INVALID
   */
  at(snapshot: Snapshot, now: number = this.now): Simulation {
    this.machine.matches(snapshot, '');
    const turn = new Turn(this.host, { snapshot, now, pending: [], attempts: {} });
    turn.scriptRunning();
    return new Simulation(this.machine, this.options, turn.state);
  }

  private decide(step: Exclude<SimulationStep, { expect: unknown }>): SimulationResult {
    const before = this.state;
    const turn = new Turn(this.host, before);
    try {
      const taken = run(turn, this.machine, step);
      this.state = turn.state;
      return resultOf(turn, step, before.snapshot, taken);
    } catch (error) {
      if (!FsmError.is(error)) throw error;
      const unchanged = new Turn(this.host, before);
      return { ...resultOf(unchanged, step, before.snapshot, false), error: error.toJSON() };
    }
  }

  private compare(step: Extract<SimulationStep, { expect: unknown }>): SimulationResult {
    const before = this.history.findLast((result) => result.step !== undefined && !('expect' in result.step));
    const { taken, error } = before ?? this.started;
    const found = differences(step.expect, { machine: this.machine, snapshot: this.snapshot, taken, error });
    return { ...resultOf(new Turn(this.host, this.state), step, this.snapshot, taken), differences: found };
  }
}

function run(turn: Turn, machine: Machine, step: Exclude<SimulationStep, { expect: unknown }>): boolean {
  if ('event' in step) {
    const event = typeof step.event === 'string' ? { type: step.event } : step.event;
    return turn.accept(turn.handle(event));
  }
  if ('advance' in step) return turn.advance(milliseconds(step.advance, 'The time to advance'));
  if ('done' in step) return turn.complete(step.done, { output: step.output ?? null });
  if ('failed' in step) return turn.complete(step.failed, { error: step.error ?? defaultError });
  return turn.accept(patch(machine, turn.snapshot!, step.patch, turn.moment));
}

/** What an effect fails with when nobody says. */
export const defaultError: Json = { code: 'EFFECT_FAILED', message: 'The effect failed.' };

function resultOf(
  turn: Turn,
  step: SimulationStep | undefined,
  before: Snapshot | undefined,
  taken: boolean,
): SimulationResult {
  const { commands, trace, fired, outcomes, now } = turn;
  const snapshot = turn.snapshot!;
  const was = activeStates(before);
  const is = activeStates(snapshot);
  return {
    ...(step === undefined ? undefined : { step }),
    taken,
    snapshot,
    now,
    microsteps: trace,
    transitions: trace.flatMap((microstep) => microstep.transitions),
    entered: without(is, was),
    left: without(was, is),
    fired,
    outcomes,
    commands,
    logs: commands.filter((command) => command.type === 'log'),
    emits: commands.flatMap((command) => (command.type === 'emit' ? [command.event] : [])),
    sends: commands.filter((command) => command.type === 'send'),
    started: commands.flatMap((command) => (command.type === 'start' ? [command.invocation] : [])),
    cancelled: commands.flatMap((command) => (command.type === 'cancel' ? [command.invocation] : [])),
  };
}

/** By configuration, which the engine shares between the snapshots of a machine. */
const statesByConfiguration = new WeakMap<readonly string[], ReadonlySet<string>>();
const nothing: ReadonlySet<string> = new Set();

/** Paths of the active states below the root, outer ones first. */
function activeStates(snapshot: Snapshot | undefined): ReadonlySet<string> {
  if (snapshot === undefined) return nothing;
  const known = statesByConfiguration.get(snapshot.configuration);
  if (known !== undefined) return known;
  const states = new Set<string>();
  for (const leaf of snapshot.configuration) {
    for (let dot = leaf.indexOf('.'); dot !== -1; dot = leaf.indexOf('.', dot + 1)) states.add(leaf.slice(0, dot));
    if (leaf !== '') states.add(leaf);
  }
  statesByConfiguration.set(snapshot.configuration, states);
  return states;
}

function without(states: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] {
  return states === others ? [] : [...states].filter((state) => !others.has(state));
}
