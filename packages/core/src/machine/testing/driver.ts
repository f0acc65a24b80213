import type { MachineDefinition, MachineEvent } from '../../definition/definition.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Command, Decision, Moment } from '../command.ts';
import { type CompileOptions, compile, type Machine } from '../machine.ts';
import { complete, fire, navigate, patch, start } from '../navigate.ts';
import type { Snapshot } from '../snapshot.ts';

export interface DriverOptions extends CompileOptions {
  readonly input?: JsonObject;
  /** Sends every snapshot through JSON text between the steps. */
  readonly throughJson?: boolean;
}

/** The least host there can be: one instance, a clock that is moved by hand, effects that end when the test says so. */
export class Driver {
  readonly machine: Machine;
  snapshot: Snapshot;
  /** Of the last decision. */
  commands: readonly Command[] = [];
  taken = true;
  now = 0;
  private readonly throughJson: boolean;

  constructor(definition: MachineDefinition, options: DriverOptions = {}) {
    this.machine = compile(definition, options);
    this.throughJson = options.throughJson ?? false;
    this.snapshot = this.accept(start(this.machine, this.moment, options.input));
  }

  private get moment(): Moment {
    return { now: this.now, instance: 'one', tenant: 'acme' };
  }

  get configuration(): string {
    return this.snapshot.configuration.join(' ');
  }

  get context(): JsonObject {
    return this.snapshot.context;
  }

  /** Ids of the armed timers with the time that is left. */
  get timers(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.snapshot.timers ?? {}).map(([id, { due }]) => [id, due - this.now]));
  }

  get running(): string[] {
    return Object.keys(this.snapshot.invocations ?? {});
  }

  send(event: string | MachineEvent, data?: Json): this {
    const whole = typeof event !== 'string' ? event : data === undefined ? { type: event } : { type: event, data };
    this.accept(navigate(this.machine, this.snapshot, whole, this.moment));
    return this;
  }

  /** Moves the clock, firing what falls due on the way: earlier first, of the same time the one that was armed first. */
  advance(milliseconds: number): this {
    const end = this.now + milliseconds;
    for (;;) {
      const [next] = Object.entries(this.snapshot.timers ?? {})
        .filter(([, { due }]) => due <= end)
        .sort(([, a], [, b]) => a.due - b.due || a.incarnation - b.incarnation);
      if (next === undefined) break;
      const [id, { due, incarnation }] = next;
      this.now = due;
      this.accept(fire(this.machine, this.snapshot, id, incarnation, this.moment));
    }
    this.now = end;
    return this;
  }

  done(invocation: string, output: Json = null): this {
    return this.outcome(invocation, { output });
  }

  failed(invocation: string, error: Json): this {
    return this.outcome(invocation, { error });
  }

  outcome(invocation: string, outcome: { output: Json } | { error: Json }, incarnation?: number): this {
    const current = incarnation ?? this.snapshot.invocations?.[invocation]?.incarnation ?? 0;
    this.accept(complete(this.machine, this.snapshot, invocation, current, outcome, this.moment));
    return this;
  }

  patch(changes: { readonly [path: string]: Json }): this {
    this.accept(patch(this.machine, this.snapshot, changes, this.moment));
    return this;
  }

  private accept({ snapshot, commands, taken }: Decision): Snapshot {
    this.snapshot = this.throughJson ? JSON.parse(JSON.stringify(snapshot)) : snapshot;
    this.commands = commands;
    this.taken = taken;
    return this.snapshot;
  }
}

/** An action that writes a word into `context.log`. */
export function say(word: string): { assign: { log: string } } {
  return { assign: { log: `{{ context.log + '${word} ' }}` } };
}

/** Entry and exit actions that write `+name` and `-name`. */
export function traced(name: string): { entry: ReturnType<typeof say>; exit: ReturnType<typeof say> } {
  return { entry: say(`+${name}`), exit: say(`-${name}`) };
}
