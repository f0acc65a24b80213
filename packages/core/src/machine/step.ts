import type { MachineEvent } from '../definition/definition.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Decision, Moment } from './command.ts';
import { type Configuration, sameConfiguration } from './configuration.ts';
import { Consequences, noCommands } from './consequences.ts';
import type { MachineReference, Snapshot } from './snapshot.ts';
import type { StateNode } from './state-node.ts';

/**
 * A decision in the making: the only mutable thing in the engine, alive from the call of `navigate` to its return.
 * It is also the scope that expressions see. Most steps change nothing but configuration and context, so everything
 * else stands in `consequences`, which exist only when there are any.
 */
export class Step {
  context: JsonObject;
  event: MachineEvent;
  configuration: Configuration;
  status: Snapshot['status'];
  taken: boolean;
  /** SCXML: the states that are active at this very point of a microstep. */
  active: Set<StateNode> | undefined;
  private readonly start: Configuration;
  readonly moment: Moment;
  private readonly before: Snapshot | undefined;
  private consequences: Consequences | undefined;

  constructor(
    before: Snapshot | undefined,
    configuration: Configuration,
    context: JsonObject,
    event: MachineEvent,
    moment: Moment,
  ) {
    this.context = context;
    this.event = event;
    this.configuration = configuration;
    this.status = 'active';
    this.taken = false;
    this.active = undefined;
    this.start = configuration;
    this.moment = moment;
    this.before = before;
    this.consequences = undefined;
  }

  get now(): number {
    return this.moment.now;
  }

  get instance(): string | undefined {
    return this.moment.instance;
  }

  get tenant(): string | undefined {
    return this.moment.tenant;
  }

  /** Who watches the microsteps, if anybody does. */
  get trace(): Moment['trace'] {
    return this.moment.trace;
  }

  /** An effect before a transition has to end first. */
  get waiting(): boolean {
    return this.consequences !== undefined && this.consequences.pending !== undefined;
  }

  /** Transitions whose `before` failed for this event. */
  get refused(): ReadonlySet<string> | undefined {
    return this.consequences?.refused;
  }

  /** Everything a step does besides changing configuration and context. */
  get more(): Consequences {
    this.consequences ??= new Consequences(this.before);
    return this.consequences;
  }

  get history(): Snapshot['history'] {
    return this.consequences === undefined ? this.before?.history : this.consequences.history;
  }

  nextRaised(): MachineEvent | undefined {
    return this.consequences?.queue.shift();
  }

  /** The event shows what the effect before a transition gave, or nothing again. */
  seeOutput(transition: string | undefined): void {
    const { before: _, ...event } = this.event;
    const output = transition === undefined ? undefined : this.consequences?.outputs?.get(transition);
    this.event = output === undefined ? event : { ...event, before: { output } };
  }

  /** An effect failed and nobody handled it. */
  fail(error: Json): void {
    this.status = 'error';
    this.more.error = error;
  }

  decision(machine: MachineReference): Decision {
    if (this.status !== 'active') this.more.end();
    const commands = this.consequences === undefined ? noCommands : this.consequences.commands();
    return { snapshot: this.snapshot(machine), commands, taken: this.taken };
  }

  private snapshot(machine: MachineReference): Snapshot {
    const { before, context, status, consequences } = this;
    const configuration = this.configuration.paths;
    if (before !== undefined && before.context === context && sameConfiguration(this.start, this.configuration)) {
      if (consequences === undefined || (status === 'active' && !consequences.changed)) return before;
    }
    const rest = consequences ?? before ?? nothing;
    const { history, timers, invocations, counter, output, error } = rest;
    if (history === undefined && timers === undefined && invocations === undefined && status === 'active') {
      return { machine, status, configuration, context, counter };
    }
    // what is pending runs an effect, so it is none of the above
    const { pending } = rest;
    return {
      machine,
      status,
      configuration,
      context,
      ...(history === undefined ? undefined : { history }),
      ...(timers === undefined ? undefined : { timers }),
      ...(invocations === undefined ? undefined : { invocations }),
      counter,
      ...(output === undefined ? undefined : { output }),
      ...(error === undefined ? undefined : { error }),
      ...(pending === undefined ? undefined : { pending }),
    };
  }
}

type Rest = Pick<Snapshot, 'history' | 'timers' | 'invocations' | 'counter' | 'output' | 'error' | 'pending'>;

const nothing: Rest = { counter: 0 };
