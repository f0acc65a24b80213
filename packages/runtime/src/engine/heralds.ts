import { FsmError } from '@fsm/core';
import type { Clock } from '../clock.ts';
import type { Instance } from './instance.ts';
import type { WorkPort } from './work.ts';

export type HeraldsPort = Pick<WorkPort, 'own' | 'sendFrom' | 'afterwards' | 'afterTurn' | 'noteQuiet'>;

/**
 * Brings notices to their receivers (L4 in `listeners.ts`). Receivers that answer in the same turn share one `heard` line;
 * a receiver that cannot be reached now is tried again, however often, and holds up no other.
 */
export class Heralds {
  readonly #clock: Clock;
  readonly #port: HeraldsPort;
  #active = 0;
  #stopped = false;

  constructor(clock: Clock, port: HeraldsPort) {
    this.#clock = clock;
    this.#port = port;
  }

  /** Notices on their way. */
  get active(): number {
    return this.#active;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Delivers a notice after the commit of everything decided so far. */
  expect(instance: Instance, id: string): void {
    this.#active += 1;
    this.#port.afterwards(() => this.#deliver(instance, id));
  }

  #deliver(instance: Instance, id: string): void {
    const notice = instance.state?.notices?.find((candidate) => candidate.id === id);
    if (notice === undefined || instance.phase !== 'ready' || this.#stopped) {
      this.#over();
      return;
    }
    const heard = new Heard(this.#port, instance, id);
    let waiting = notice.to.length;
    let missed = false;
    const answered = () => {
      waiting -= 1;
      if (waiting > 0) return;
      if (missed) this.#again(instance, id);
      heard.afterLast(() => this.#over());
    };
    const tell = (to: string) =>
      this.#port.sendFrom(instance, to, notice.event, id, { notice: true, hops: notice.hops }).then(
        () => {
          heard.add(to);
          answered();
        },
        (error: unknown) => {
          if (isFinal(error)) heard.add(to);
          else missed = true;
          answered();
        },
      );
    const tellSome = (from: number) => {
      for (const to of notice.to.slice(from, from + atOnce)) void tell(to);
      if (from + atOnce < notice.to.length) this.#port.afterTurn(() => tellSome(from + atOnce));
    };
    tellSome(0);
  }

  #again(instance: Instance, id: string): void {
    if (this.#stopped || instance.phase !== 'ready') return;
    this.#clock.wakeAt(this.#clock.now() + retryPause, () => {
      if (!this.#stopped && instance.phase === 'ready') this.expect(instance, id);
    });
  }

  #over(): void {
    this.#active -= 1;
    this.#port.noteQuiet();
  }
}

/** Collects the receivers that answer in one turn. */
class Heard {
  readonly #port: HeraldsPort;
  readonly #instance: Instance;
  readonly #id: string;
  #by: string[] = [];
  #then: (() => void) | undefined;

  constructor(port: HeraldsPort, instance: Instance, id: string) {
    this.#port = port;
    this.#instance = instance;
    this.#id = id;
  }

  add(name: string): void {
    this.#by.push(name);
    if (this.#by.length === 1) this.#port.afterTurn(() => this.#write());
  }

  /** Calls back once what was collected is a line. */
  afterLast(then: () => void): void {
    if (this.#by.length === 0) then();
    else this.#then = then;
  }

  #write(): void {
    const by = this.#by;
    this.#by = [];
    this.#port.own(this.#instance, { kind: 'heard', id: this.#id, by });
    this.#then?.();
  }
}

/**
 * Whether the receiver is done with: it is gone, or its machine failed on the event, which its journal says. What cannot be
 * loaded, has no room, or was not stored may have it later.
 */
function isFinal(error: unknown): boolean {
  return FsmError.is(error) && error.next === 'reject' && !passing.has(error.code);
}

const passing: ReadonlySet<string> = new Set([
  'STORE_FULL',
  'MACHINE_UNKNOWN',
  'MACHINE_INVALID',
  'JOURNAL_DAMAGED',
  'JOURNAL_DIVERGED',
  'INSTANCE_FAILED',
]);

/** Receivers that are told in one turn, so that many of them do not keep everybody else waiting. */
const atOnce = 256;

/** Milliseconds before receivers that missed a notice are tried again. */
const retryPause = 1000;
