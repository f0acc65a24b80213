import { FsmError, type Json, type MachineDefinition } from '@fsm/core';
import type { VirtualClock } from '../clock.ts';
import type { Receipt } from '../engine/receipt.ts';
import type { MachineInfo, Runtime, Tenant } from '../runtime.ts';

/** One line of an event log. */
export interface FeedEvent {
  readonly instance: string;
  readonly type: string;
  readonly data?: Json;
  /** Milliseconds since the epoch. */
  readonly at?: number;
  /** Sending the same id to the same instance again has no effect, so a log may be fed again after a crash. */
  readonly id: string;
}

export interface FeedOptions {
  readonly runtime: Runtime;
  readonly tenant: Tenant;
  readonly machine: MachineInfo;
  /** The registered definition: machines that send to others, or are listened to, are fed more carefully. */
  readonly definition: MachineDefinition;
  /** The runtime's clock when the log's times drive it; nothing for a log without times. */
  readonly clock: VirtualClock | undefined;
  /** Events on their way at once. */
  readonly window?: number;
  rejected?(position: number, error: FsmError): void;
}

/** What became of the lines fed so far. A line that was accepted in an earlier run counts as it did then. */
export interface FeedCounts {
  events: number;
  taken: number;
  ignored: number;
  rejected: number;
  /** Lines that an earlier run had already applied. */
  repeated: number;
}

export interface Feed {
  readonly counts: Readonly<FeedCounts>;
  /** Names of the instances that lines were for, with the machine they run when it is not the one of this feed. */
  readonly instances: ReadonlyMap<string, string | undefined>;
  /** Takes one line; wait for the promise, when there is one, before the next. `position` is only for reports. */
  push(event: FeedEvent, position: number): void | Promise<void>;
  /** Resolves when everything that was pushed is handled, on stable storage, and its effects have settled. */
  finish(): Promise<void>;
}

/**
 * Sends a log of events through a machine: one instance per name, created when it is first named, each one's events in
 * order, many instances at once. Times in the log move the clock first, so timers fire where they belong.
 *
 * Two feeds of the same log give the same journals: an instance's events wait until its own effects have settled, and where
 * machines send to each other, time waits until all is quiet.
 */
export function feedLog(options: FeedOptions): Feed {
  return new LogFeed(options);
}

class LogFeed implements Feed {
  readonly counts: FeedCounts = { events: 0, taken: 0, ignored: 0, rejected: 0, repeated: 0 };
  readonly instances = new Map<string, string | undefined>();
  readonly #options: FeedOptions;
  readonly #window: number;
  readonly #global: boolean;
  #inFlight = 0;
  #resume: (() => void) | undefined;
  #failure: FsmError | undefined;
  /** Creations that are under way or were refused. */
  readonly #creations = new Map<string, Promise<void>>();
  /** Why an instance could not be created: the better answer to its events than that they find no instance. */
  readonly #uncreated = new Map<string, FsmError>();

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#window = options.window ?? 4096;
    this.#global = talksToOthers(options.definition);
  }

  push(event: FeedEvent, position: number): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { clock, runtime, tenant } = this.#options;
    if (clock !== undefined && event.at !== undefined && event.at > clock.now()) {
      if ((this.#global || tenant.listening) && !runtime.quiet) return this.#pushWhenQuiet(event, position);
      clock.advanceTo(event.at);
    }
    this.#send(event, position);
    if (this.#inFlight >= this.#window) return this.#room();
  }

  async finish(): Promise<void> {
    while (this.#inFlight > 0) await this.#room(0);
    if (this.#failure !== undefined) throw this.#failure;
    await this.#options.runtime.settled();
  }

  async #pushWhenQuiet(event: FeedEvent, position: number): Promise<void> {
    await this.#options.runtime.settled();
    this.#options.clock!.advanceTo(event.at!);
    this.#send(event, position);
  }

  #send(event: FeedEvent, position: number): void {
    const { tenant } = this.#options;
    const { instance, type, data, id, at } = event;
    this.counts.events += 1;
    if (!this.instances.has(instance)) this.#create(instance, at);
    this.#inFlight += 1;
    tenant.send(instance, { type, data, id }, { at }).then(
      (receipt) => this.#accepted(receipt),
      (error) => this.#refused(error, instance, position),
    );
  }

  #create(instance: string, at: number | undefined): void {
    const { tenant, machine } = this.#options;
    this.instances.set(instance, undefined);
    this.#inFlight += 1;
    const created = tenant
      .create(machine.hash, instance, { at, whenExists: 'keep' })
      .then(async (receipt) => {
        if (!receipt.duplicate) return;
        const { machine: running } = await tenant.get(instance);
        if (running.hash !== machine.hash) this.instances.set(instance, running.hash);
      })
      .then(
        () => {
          this.#creations.delete(instance);
          this.#landed();
        },
        (error) => {
          if (isFatal(error)) this.#failure ??= error;
          else if (FsmError.is(error)) this.#uncreated.set(instance, error);
          this.#landed();
        },
      );
    this.#creations.set(instance, created);
  }

  #accepted(receipt: Receipt): void {
    if (receipt.taken) this.counts.taken += 1;
    else this.counts.ignored += 1;
    if (receipt.duplicate) this.counts.repeated += 1;
    this.#landed();
  }

  async #refused(cause: unknown, instance: string, position: number): Promise<void> {
    // A creation that is refused is known to be so only after its first event was.
    await this.#creations.get(instance);
    const error = this.#uncreated.get(instance) ?? cause;
    if (isFatal(error)) this.#failure ??= error;
    else {
      this.counts.rejected += 1;
      const reported = FsmError.is(error)
        ? error
        : new FsmError('EVENT_FAILED', error instanceof Error ? error.message : String(error), { cause: error });
      this.#options.rejected?.(position, reported);
    }
    this.#landed();
  }

  #landed(): void {
    this.#inFlight -= 1;
    this.#resume?.();
  }

  #room(atMost = this.#window >> 1): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = () => {
        if (this.#inFlight > atMost) return;
        this.#resume = undefined;
        resolve();
      };
      this.#resume();
    });
  }
}

/** The store refuses or failed: feeding on would reject every further line for the same reason. */
function isFatal(error: unknown): error is FsmError {
  return (
    FsmError.is(error) && (error.next === 'stop' || error.code === 'STORE_FULL' || error.code === 'RUNTIME_CLOSED')
  );
}

const talkingEffects = new Set(['send_event', 'spawn_fsm', 'invoke_fsm']);

/** Whether anything in the definition can reach another instance. Says yes when in doubt. */
export function talksToOthers(definition: unknown): boolean {
  if (Array.isArray(definition)) return definition.some(talksToOthers);
  if (typeof definition === 'function') return false;
  if (typeof definition !== 'object' || definition === null) return false;
  return Object.entries(definition).some(
    ([key, value]) =>
      (key === 'send' && typeof value !== 'undefined') ||
      (key === 'type' && typeof value === 'string' && talkingEffects.has(value)) ||
      talksToOthers(value),
  );
}
