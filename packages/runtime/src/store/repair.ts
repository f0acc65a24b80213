import { repairJsonl } from './jsonl/repair.ts';
import { isJsonl } from './open-store.ts';
import { repairSqlite } from './sqlite/repair.ts';

export interface RepairReport {
  readonly location: string;
  /** What is wrong, as a sentence part; nothing when the journal is whole and nothing needs to be done. */
  readonly damage: string | undefined;
  /** Lines that stay: all before the first one that is missing or wrong. */
  readonly kept: number;
  /** Lines that are lost, as far as known: those found after the damage and those that the head record says were there. */
  readonly lost: number;
  /** Instances of the lines found after the damage. */
  readonly instances: readonly LostLines[];
  /** The file that now holds the lines that were found after the damage and taken out of the journal. */
  readonly saved: string | undefined;
  /** Whether anything was changed: only with `acceptLoss`, and only when there was damage. */
  readonly repaired: boolean;
}

export interface LostLines {
  readonly instance: number;
  /** The first lost line of the instance; when it is 1, the whole instance is gone. */
  readonly from: number;
  readonly lines: number;
}

/**
 * Says what opening a damaged store would lose, and with `acceptLoss` makes it whole again: the journal is cut before the
 * first line that is missing or wrong, for all instances, because that is a state in which the whole system has been.
 * What was behind it is kept in a file of its own. A missing end cannot be brought back; accepting that only writes a new
 * head record. Restoring a backup is better than either.
 *
 * ```ts
 * const { damage, lost } = repairStore('orders.db'); // changes nothing
 * repairStore('orders.db', { acceptLoss: true });
 * ```
 *
 * @throws what opening throws, except JOURNAL_DAMAGED for what can be repaired
 */
export function repairStore(target: string, options: { readonly acceptLoss?: boolean } = {}): RepairReport {
  const accept = options.acceptLoss === true;
  return isJsonl(target) ? repairJsonl(target, accept) : repairSqlite(target, accept);
}
