import {
  type Command,
  complete,
  type Decision,
  FsmError,
  fire,
  type Json,
  type Machine,
  type MachineEvent,
  navigate,
  patch,
  type Snapshot,
  start,
} from '@fsm/core';
import { type ExecutionHost, execute, type Registry, settle } from '@fsm/effects';

export interface RehearsalOptions {
  readonly instance?: string;
  /** When it begins. */
  readonly at: number;
  /** Performs the effects; without one they stay unfinished. */
  readonly registry?: Registry;
}

/** One line of an event log. */
export interface LogLine {
  readonly instance: string;
  readonly type: string;
  readonly at: string;
  readonly data?: Json;
}

/**
 * One instance played through in memory, on a clock that moves only when told to: the tests of the examples use it.
 * Nothing is stored and nothing really waits; for work that must not be lost there is the runtime.
 *
 * ```ts
 * const door = await Rehearsal.start(machine, { at: 0, registry: createRegistry() });
 * await door.send({ type: 'OPEN' });
 * await door.until(5_000);
 * door.states; // ['open']
 * ```
 */
export class Rehearsal {
  now: number;
  snapshot!: Snapshot;
  /** Every change of the active states: `08:00:02 open`. */
  readonly diary: string[] = [];
  readonly emitted: MachineEvent[] = [];
  readonly logged: Json[] = [];
  readonly #machine: Machine;
  readonly #instance: string;
  readonly #registry: Registry | undefined;
  readonly #running = new Map<string, AbortController>();
  readonly #outcomes: (() => Decision)[] = [];
  #sleepers: { readonly due: number; readonly wake: () => void }[] = [];

  private constructor(machine: Machine, { instance = 'rehearsal', at, registry }: RehearsalOptions) {
    this.#machine = machine;
    this.#instance = instance;
    this.#registry = registry;
    this.now = at;
  }

  static async start(machine: Machine, options: RehearsalOptions): Promise<Rehearsal> {
    const rehearsal = new Rehearsal(machine, options);
    rehearsal.#obey(start(machine, rehearsal.#moment()));
    await rehearsal.#rest();
    return rehearsal;
  }

  get states(): readonly string[] {
    return this.snapshot.configuration;
  }

  /** Handles an event now; says whether a transition took it. */
  async send(event: MachineEvent): Promise<boolean> {
    const decision = navigate(this.#machine, this.snapshot, event, this.#moment());
    this.#obey(decision);
    await this.#rest();
    return decision.taken;
  }

  /** Moves the clock, stopping wherever a timer is due or an effect has waited long enough. */
  async until(time: number): Promise<void> {
    for (;;) {
      const timer = this.#nextTimer();
      const due = Math.min(timer?.due ?? Number.POSITIVE_INFINITY, ...this.#sleepers.map((sleeper) => sleeper.due));
      if (due > time) break;
      this.now = Math.max(this.now, due);
      if (timer?.due === due) {
        this.#obey(fire(this.#machine, this.snapshot, timer.id, timer.incarnation, this.#moment()));
      } else {
        const awake = this.#sleepers.filter((sleeper) => sleeper.due <= due);
        this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.due > due);
        for (const sleeper of awake) sleeper.wake();
      }
      await this.#rest();
    }
    this.now = Math.max(this.now, time);
  }

  #moment() {
    return { now: this.now, instance: this.#instance, tenant: 'rehearsal' };
  }

  #nextTimer() {
    let next: { id: string; due: number; incarnation: number } | undefined;
    for (const [id, { due, incarnation }] of Object.entries(this.snapshot.timers ?? {})) {
      if (next === undefined || due < next.due) next = { id, due, incarnation };
    }
    return next;
  }

  #obey({ snapshot, commands }: Decision): void {
    if (String(snapshot.configuration) !== String(this.snapshot?.configuration)) {
      this.diary.push(`${new Date(this.now).toISOString().slice(11, 19)} ${snapshot.configuration.join(' ')}`);
    }
    this.snapshot = snapshot;
    for (const command of commands) {
      if (command.type === 'start') this.#perform(command);
      else if (command.type === 'cancel') this.#cancel(command.invocation);
      else if (command.type === 'emit') this.emitted.push(command.event);
      else if (command.type === 'log') this.logged.push(command.message);
    }
  }

  #perform({ invocation, state, index, incarnation }: Command & { type: 'start' }): void {
    if (this.#registry === undefined) return;
    const controller = new AbortController();
    this.#running.set(invocation, controller);
    const effect = this.#registry.prepare(this.#machine.effect(state, index));
    const finish = (outcome: { output: Json } | { error: Json }) => {
      if (controller.signal.aborted) return;
      this.#running.delete(invocation);
      this.#outcomes.push(() =>
        complete(this.#machine, this.snapshot, invocation, incarnation, outcome, this.#moment()),
      );
    };
    settle(
      () => execute(effect, this.#host(`${invocation}#${incarnation}`, controller.signal)),
      (output) => finish({ output }),
      (error) => {
        if (!FsmError.is(error)) throw error;
        finish({ error: { code: error.code, message: error.message } });
      },
    );
  }

  #host(id: string, signal: AbortSignal): ExecutionHost {
    return {
      id,
      signal,
      scope: { ...this.#moment(), context: this.snapshot.context, event: { type: 'start' } },
      now: () => this.now,
      recorded: () => undefined,
      record: (_path, { patch: changes }) => {
        if (changes !== undefined)
          this.#outcomes.push(() => patch(this.#machine, this.snapshot, changes, this.#moment()));
      },
      sleepUntil: (due, aborted) =>
        new Promise((resolve, reject) => {
          const sleeper = { due, wake: resolve };
          this.#sleepers.push(sleeper);
          aborted.addEventListener('abort', () => {
            this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
            reject(aborted.reason);
          });
        }),
      send: (to) => {
        throw new Error(`There is nobody called "${to}" in a rehearsal.`);
      },
      emit: (event) => void this.emitted.push(event),
      log: (_level, message) => void this.logged.push(message),
    };
  }

  #cancel(invocation: string): void {
    this.#running.get(invocation)?.abort(new FsmError('EXECUTION_CANCELLED', 'The state was left.'));
    this.#running.delete(invocation);
  }

  /** Lets the effects come to the point where each has ended or waits for the clock. */
  async #rest(): Promise<void> {
    do {
      for (let outcome = this.#outcomes.shift(); outcome !== undefined; outcome = this.#outcomes.shift()) {
        this.#obey(outcome());
      }
      // One turn of the event loop runs every promise that can go on.
      if (this.#running.size > 0) await new Promise(setImmediate);
    } while (this.#outcomes.length > 0);
  }
}

/** Plays a whole log, in its order: the instances by name, each at the time of the last line. */
export async function rehearse(
  machine: Machine,
  lines: Iterable<LogLine>,
  registry?: Registry,
): Promise<{ readonly instances: ReadonlyMap<string, Rehearsal>; readonly ignored: readonly LogLine[] }> {
  const instances = new Map<string, Rehearsal>();
  const ignored: LogLine[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const line of lines) {
    const { instance, type, data } = line;
    last = Date.parse(line.at);
    let rehearsal = instances.get(instance);
    if (rehearsal === undefined) {
      rehearsal = await Rehearsal.start(machine, { instance, at: last, ...(registry && { registry }) });
      instances.set(instance, rehearsal);
    }
    await rehearsal.until(last);
    if (!(await rehearsal.send(data === undefined ? { type } : { type, data }))) ignored.push(line);
  }
  for (const rehearsal of instances.values()) await rehearsal.until(last);
  return { instances, ignored };
}
