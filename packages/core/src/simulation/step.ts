import type { MachineEvent } from '../definition/definition.ts';
import type { Json, JsonObject } from '../json.ts';

/**
 * One thing that happens to a simulated instance: the lines of a scenario, and what counter-examples and paths are made of.
 *
 * ```jsonl
 * {"event":{"type":"SUBMIT","data":{"amount":20000}}}
 * {"advance":"30s"}
 * {"done":"checking","output":640}
 * {"failed":"checking","error":{"code":"TIMEOUT","message":"…"}}
 * {"patch":{"applicant.score":640}}
 * {"expect":{"configuration":["approved"],"status":"done"}}
 * ```
 */
export type SimulationStep =
  /** An event from outside. */
  | { readonly event: MachineEvent | string }
  /** Time passes: milliseconds or a duration; timers fire in order on the way. */
  | { readonly advance: number | string }
  /** A running invocation ends; `output` is `null` when absent. */
  | { readonly done: string; readonly output?: Json }
  /** A running invocation fails. */
  | { readonly failed: string; readonly error?: Json }
  /** An effect writes into the context. */
  | { readonly patch: JsonObject }
  /** What must be true now; absent keys are not looked at. */
  | { readonly expect: Expectation };

export interface Expectation {
  /** Paths of the active leaves, in any order. */
  readonly configuration?: readonly string[];
  /** These states are active, whatever else is. */
  readonly active?: readonly string[];
  readonly status?: 'active' | 'done' | 'error';
  /** Dotted context path to value. */
  readonly context?: JsonObject;
  readonly output?: Json;
  /** Whether the step before was taken. */
  readonly taken?: boolean;
  /** Ids of the invocations that run now. */
  readonly running?: readonly string[];
  /** Code of the error that refused the step before. */
  readonly error?: string;
}
