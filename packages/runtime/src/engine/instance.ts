import type { ErrorRecord, FsmError } from '@fsm/core';
import type { Execution } from './execution.ts';
import type { Fact } from './fact.ts';
import type { Receipt } from './receipt.ts';
import type { InstanceState } from './state.ts';
import type { LoadedMachine, TenantSpace } from './tenant-space.ts';
import type { Waiting } from './waits.ts';

/**
 * - `loading`: the store is being asked; whatever arrives waits in the mailbox.
 * - `missing`: the store knows no instance of that name; a creation may bring it to life.
 * - `ready`: it decides.
 * - `gone`: it left memory; a later access loads it afresh.
 * - `refused`: it cannot be used (`trouble` says why): its journal is damaged or its machine is not at hand.
 */
export type Phase = 'loading' | 'missing' | 'ready' | 'gone' | 'refused';

/** Something that waits its turn at one instance: a fact to decide, or under a virtual clock a sleeping execution to wake. */
export type Item = FactItem | WakeItem;

export interface FactItem {
  readonly fact: Fact;
  /** When it happened; the instance's own time may be later. */
  readonly at: number;
  /** The data of an event as JSON text. */
  readonly dataText: string | undefined;
  readonly settle: Settle | undefined;
  /** It comes of a subscription: an instance that has ended need not know it. */
  readonly notice?: true;
}

export interface WakeItem {
  readonly fact: undefined;
  readonly at: number;
  readonly wake: () => void;
}

export interface Settle {
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

/** What is remembered of an event that carried an id. */
export interface Seen {
  readonly sequence: number;
  readonly taken: boolean;
  /** Tells a repeated event from another event with the same id. */
  readonly fingerprint: number;
  /** The event was refused with this. */
  readonly error?: ErrorRecord;
}

/** An instance in memory. Only the engine touches it. */
export class Instance {
  readonly space: TenantSpace;
  readonly name: string;
  phase: Phase = 'loading';
  trouble: FsmError | undefined = undefined;
  number = 0;
  loaded: LoadedMachine | undefined = undefined;
  state: InstanceState | undefined = undefined;
  /** Position and hash of the last line decided, and its time. */
  sequence = 0;
  hash = '';
  at = 0;
  /** Lines in its journal that could not be folded, for want of its machine's code: only when reading. */
  unread = 0;
  /** The last line that its plugins know, when it has any. */
  reported = 0;
  /** Lines decided but not yet committed. */
  uncommitted = 0;
  /** Executions about to start or running and not merely waiting for the clock. */
  working = 0;
  /** Whether it was used since the last look for idle instances. */
  touched = true;
  mailbox: Item[] | undefined = undefined;
  /** When its sleeping executions want to be woken. */
  sleeps: number[] | undefined = undefined;
  executions: Map<string, Execution> | undefined = undefined;
  /** Steps that wait for events, in the order of V1 in `waits.ts`. */
  waits: Waiting[] | undefined = undefined;
  /** Executions of an earlier life were taken up and did not come to rest yet: everything else waits for them. */
  resuming = false;
  /** The children that SCXML invocations have, once they are there, by invocation; and sends that wait for one. */
  invoked: Map<string, string> | undefined = undefined;
  parked: Set<string> | undefined = undefined;
  /** The ids are being read: events wait, its own work goes on. */
  readingIds = false;
  /** Events with ids handled so far; loaded from the journal when the first event with an id arrives. */
  seen: Map<string, Seen> | undefined = undefined;

  constructor(space: TenantSpace, name: string) {
    this.space = space;
    this.name = name;
  }

  /** Whether its plugins know every line. */
  get isReported(): boolean {
    return this.reported === this.sequence || this.loaded === undefined || this.loaded.plugins.length === 0;
  }

  /** Nothing of it would be lost, and nothing is going on, if it left memory once recorded. */
  get idle(): boolean {
    return (
      this.phase === 'ready' &&
      this.uncommitted === 0 &&
      this.isReported &&
      this.mailbox === undefined &&
      this.working === 0 &&
      this.executions === undefined &&
      this.state?.debts === undefined &&
      this.state?.outbox === undefined &&
      this.state?.notices === undefined
    );
  }
}
