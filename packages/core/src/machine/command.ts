import type { MachineEvent } from '../definition/definition.ts';
import type { Json } from '../json.ts';
import type { Invocation } from './snapshot.ts';

/**
 * What the host must do after a decision, in order. Commands are data: they can be journaled, compared and shown.
 * Timers and invocations also stand in the snapshot, so a host that lost its memory re-arms them from there.
 *
 * The order is: what stops (`cancel`, then `disarm`), what the actions said in the order they said it (`send`, `emit`,
 * `log`), what starts (`arm`, then `start`). Only the net change is told: what was started and stopped within one
 * decision does not appear. A timer that fired and an invocation that ended are not stopped again.
 */
export type Command =
  | {
      readonly type: 'start';
      readonly invocation: string;
      readonly state: string;
      readonly index: number;
      readonly incarnation: number;
      readonly purpose?: Invocation['purpose'];
    }
  | { readonly type: 'cancel'; readonly invocation: string; readonly incarnation: number }
  | { readonly type: 'arm'; readonly timer: string; readonly due: number; readonly incarnation: number }
  | { readonly type: 'disarm'; readonly timer: string; readonly incarnation: number }
  | {
      readonly type: 'send';
      readonly to: string;
      readonly event: MachineEvent;
      readonly id?: string;
      readonly processor?: string;
    }
  | { readonly type: 'emit'; readonly event: MachineEvent }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: Json };

/** The outcome of `start` or `navigate`. */
export interface Decision {
  readonly snapshot: import('./snapshot.ts').Snapshot;
  readonly commands: readonly Command[];
  /**
   * Whether a transition took the event (a forbidden one, `{}`, does not), or will when the effect before it succeeds; for timers and outcomes, whether they were
   * still awaited, and for the failure of an effect before a transition, whether another one took its event. When `false`, `snapshot` is the object that was passed in.
   */
  readonly taken: boolean;
  /**
   * The instance waits for the effect before a transition (`snapshot.pending`). Nothing was decided: the host asks again
   * when that is over.
   */
  readonly deferred?: true;
}

/** What a decision may know besides the snapshot and the event. Nothing else: no clock, no randomness. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly instance?: string;
  readonly tenant?: string;
  /** SCXML: who can be reached besides the instance itself and what it invoked; a message to others fails at once. Everybody when absent. */
  readonly receivers?: readonly string[];
  /** SCXML: event I/O processors the host has besides SCXML's own, by name, with the address of this instance. */
  readonly processors?: { readonly [name: string]: { readonly location: string } };
  /** When given, every microstep of the decision is added to it: for simulation, coverage and debugging. */
  readonly trace?: Microstep[];
}

/** One microstep of a decision, as a trace shows it. */
export interface Microstep {
  /** Type of the event that was being handled; eventless transitions belong to the one before them. */
  readonly event: string;
  /** JSON paths of the transitions that were taken together; none when the root is entered. */
  readonly transitions: readonly string[];
  /** Active leaves afterwards. */
  readonly configuration: readonly string[];
}
