import { FsmError } from '@fsm/core';
import type { Limits } from '../limits.ts';
import type { Commit, Line, Store, StoredMachine, StoredRecord } from '../store/store.ts';
import type { Instance, Settle } from './instance.ts';
import type { Receipt } from './receipt.ts';
import { recordOf } from './record.ts';

/** What becomes durable together, and what happens after it is. */
export interface Batch {
  readonly lines: Line[];
  /** The instance of each line. */
  readonly instances: Instance[];
  readonly machines: StoredMachine[];
  readonly settles: Settle[];
  /** Answer of each settle. */
  readonly receipts: Receipt[];
  /** Run in order after the commit. */
  readonly afterwards: (() => void)[];
}

export interface CommitterPort {
  /** The batch is on stable storage: acknowledge, then act. */
  committed(batch: Batch): void;
  /** Nothing of these batches was stored, in the order they were decided. */
  refused(batches: readonly Batch[], error: FsmError): void;
  /** Runs the callback soon, after what else is happening in this turn. */
  afterTurn(callback: () => void): void;
}

/**
 * Group commit: whatever is decided while a commit runs, or within one turn of the event loop, becomes the next commit.
 *
 * C1  Lines reach the store in the order they were decided; one commit runs at a time.
 * C2  Nothing is acknowledged and nothing acts before `committed`.
 * C3  A record in a commit reflects no line that is not in this commit or an earlier one.
 * C4  Records are written once `limits.unrecordedLines` lines came after the first they owe, oldest first, and at the latest
 *     at twice as many.
 * C5  After a refusal everything decided on top of it is refused too; after a failure nothing is accepted any more.
 */
export class Committer {
  readonly #store: Store;
  readonly #limits: Limits;
  readonly #port: CommitterPort;
  #batch: Batch = emptyBatch();
  #scheduled = false;
  #running = false;
  /** Lines decided so far, to measure how long an instance has been waiting for its record. */
  #written = 0;
  /** Instances with lines after their record, by when they got the first of these; in that order. */
  readonly #unrecorded = new Map<Instance, number>();
  /** Instances to record at the next commit, whatever their age. */
  readonly #wanted = new Set<Instance>();
  /** Instances whose records are in the commit under way. */
  #recording: ReadonlySet<Instance> = none;
  #broken: FsmError | undefined;

  constructor(store: Store, limits: Limits, port: CommitterPort) {
    this.#store = store;
    this.#limits = limits;
    this.#port = port;
  }

  /** Set once the store failed; every later request gets it. */
  get broken(): FsmError | undefined {
    return this.#broken;
  }

  get busy(): boolean {
    return this.#running || this.#scheduled || !isEmpty(this.#batch);
  }

  add(line: Line, instance: Instance): void {
    this.#batch.lines.push(line);
    this.#batch.instances.push(instance);
    instance.uncommitted += 1;
    this.#written += 1;
    if (!this.#unrecorded.has(instance)) this.#unrecorded.set(instance, this.#written);
    this.#schedule();
  }

  addMachine(machine: StoredMachine): void {
    this.#batch.machines.push(machine);
    this.#schedule();
  }

  /** Answers when everything decided so far is on stable storage. */
  acknowledge(settle: Settle, receipt = nothing): void {
    this.#batch.settles.push(settle);
    this.#batch.receipts.push(receipt);
    this.#schedule();
  }

  afterwards(action: () => void): void {
    this.#batch.afterwards.push(action);
    this.#schedule();
  }

  /** An instance that was folded from lines after its record: it owes a record from now on. */
  owesRecord(instance: Instance): void {
    if (!this.#unrecorded.has(instance)) this.#unrecorded.set(instance, this.#written);
  }

  /** Whether its record is as new as its journal, and on stable storage. */
  isRecorded(instance: Instance): boolean {
    return !this.#unrecorded.has(instance) && !this.#recording.has(instance);
  }

  /** Instances whose records are older than their journals. */
  unrecorded(): Iterable<Instance> {
    return this.#unrecorded.keys();
  }

  wantRecord(instance: Instance): void {
    if (!this.#unrecorded.has(instance)) return;
    this.#wanted.add(instance);
    this.#schedule();
  }

  forget(instance: Instance): void {
    this.#unrecorded.delete(instance);
    this.#wanted.delete(instance);
  }

  #schedule(): void {
    if (this.#scheduled || this.#running || this.#broken !== undefined) return;
    this.#scheduled = true;
    this.#port.afterTurn(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#running || this.#broken !== undefined) return;
    const batch = this.#batch;
    this.#batch = emptyBatch();
    const records = this.#records(batch.lines.length);
    this.#recording = records.instances;
    if (batch.lines.length === 0 && batch.machines.length === 0 && records.stored.length === 0) {
      this.#succeeded(batch);
      return;
    }
    const commit: Commit = { lines: batch.lines, machines: batch.machines, records: records.stored };
    let result: void | Promise<void>;
    try {
      result = this.#store.commit(commit);
    } catch (error) {
      this.#failed(batch, error);
      return;
    }
    if (result === undefined) {
      this.#succeeded(batch);
      return;
    }
    this.#running = true;
    result.then(
      () => {
        this.#running = false;
        this.#succeeded(batch);
      },
      (error) => {
        this.#running = false;
        this.#failed(batch, error);
      },
    );
  }

  #succeeded(batch: Batch): void {
    this.#recording = none;
    for (const instance of batch.instances) instance.uncommitted -= 1;
    this.#port.committed(batch);
    if (!isEmpty(this.#batch) || this.#wanted.size > 0) this.#schedule();
  }

  #failed(batch: Batch, cause: unknown): void {
    const error = FsmError.is(cause)
      ? cause
      : new FsmError('STORE_FAILED', `The store ${this.#store.location} failed: ${String(cause)}`, {
          next: 'stop',
          hint: 'Stop the process, check the disk, and start again: nothing acknowledged is lost.',
          cause,
        });
    if (error.next === 'stop') this.#broken = error;
    for (const instance of this.#recording) if (instance.phase === 'ready') this.owesRecord(instance);
    this.#recording = none;
    const later = this.#batch;
    this.#batch = emptyBatch();
    for (const instance of [...batch.instances, ...later.instances]) instance.uncommitted -= 1;
    this.#port.refused([batch, later], error);
  }

  #records(lines: number): { readonly stored: StoredRecord[]; readonly instances: ReadonlySet<Instance> } {
    const instances = new Set<Instance>();
    for (const instance of this.#wanted) if (this.#unrecorded.has(instance)) instances.add(instance);
    this.#wanted.clear();
    const { unrecordedLines } = this.#limits;
    // Instances that began together come due together: most commits take a few of them, unless that would not keep up.
    const few = Math.max(fewRecords, lines >> 2);
    for (const [instance, since] of this.#unrecorded) {
      const age = this.#written - since;
      if (age < unrecordedLines || (instances.size >= few && age < 2 * unrecordedLines)) break;
      instances.add(instance);
    }
    const stored: StoredRecord[] = [];
    for (const instance of instances) {
      this.#unrecorded.delete(instance);
      stored.push(recordOf(instance));
    }
    return { stored, instances };
  }
}

function isEmpty(batch: Batch): boolean {
  const { lines, machines, settles, afterwards } = batch;
  return lines.length + machines.length + settles.length + afterwards.length === 0;
}

function emptyBatch(): Batch {
  return { lines: [], instances: [], machines: [], settles: [], receipts: [], afterwards: [] };
}

/** The answer for those who only wait for the commit. */
const nothing: Receipt = { sequence: 0, taken: false, duplicate: false, status: 'active', configuration: [] };

const none: ReadonlySet<Instance> = new Set();

/** Records that a commit takes along without being noticed. */
const fewRecords = 64;
