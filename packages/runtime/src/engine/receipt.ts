import type { Snapshot } from '@fsm/core';

/** The answer to an accepted event, given after it is on stable storage. */
export interface Receipt {
  /** Its position in the instance's journal. */
  readonly sequence: number;
  /** Whether a transition took it, or waits to (`pending`). When `false` the instance is as it was. */
  readonly taken: boolean;
  /** The transition waits for its `before`: the instance is as it was, and moves when that effect has succeeded. */
  readonly pending?: true;
  /** The event had been accepted before under the same id; this is the answer it got then. */
  readonly duplicate: boolean;
  readonly status: Snapshot['status'] | 'destroyed';
  /** Active leaf paths after it. */
  readonly configuration: readonly string[];
}
