import type { Owner } from '../store.ts';

/** The newest line of an instance: its sequence and its row. */
export interface Head {
  readonly sequence: number;
  readonly n: number;
}

/** An instance with lines that no record covers. */
export interface Uncovered {
  /** Sequence and row of the line that its record reflects; 0 and 0 without a record. */
  recorded: number;
  recordedRow: number;
  /** Rows of the lines after `recorded`, in order. */
  readonly rows: number[];
  /** Known while there is no record; afterwards the record has it. */
  readonly owner: Owner | undefined;
}

const newInstance: Head = { sequence: 0, n: 0 };

/**
 * The part of the journal that no record covers, in memory.
 *
 * Records are written lazily and in any order, so a database cannot be asked cheaply which instances have lines after
 * their record. This class knows, and it also knows the *watermark*: every row up to it is covered by a record. The
 * store keeps a watermark (this one or an older one) in the database, so that opening looks only at the rows after it.
 *
 * T1  An instance is here exactly when its newest line is newer than its record.
 * T2  `owner` is set exactly for instances without a record: only their first line knows their name.
 * T3  The queue holds all rows after the watermark in order; its first one is uncovered, or the queue is empty.
 */
export class Tail {
  readonly #instances = new Map<number, Uncovered>();
  readonly #names = new Map<string, number>();
  readonly #queuedInstances: number[] = [];
  readonly #queuedSequences: number[] = [];
  #front = 0;
  #next: number;

  /** @param after the watermark to start from: the row before the first one that will be appended */
  constructor(after: number) {
    this.#next = after + 1;
  }

  /** Every row up to this one is covered by a record. */
  get watermark(): number {
    return this.#next - 1 - (this.#queuedInstances.length - this.#front);
  }

  /** The newest row. */
  get last(): number {
    return this.#next - 1;
  }

  get(instance: number): Uncovered | undefined {
    return this.#instances.get(instance);
  }

  numbers(): IterableIterator<number> {
    return this.#instances.keys();
  }

  /** The number of an instance without a record, by its name. */
  numberOf(tenant: string, name: string): number | undefined {
    return this.#names.get(nameKey(tenant, name));
  }

  /** Instances without a record. */
  *unrecorded(): IterableIterator<{ readonly number: number; readonly owner: Owner }> {
    for (const number of this.#names.values()) yield { number, owner: this.#instances.get(number)!.owner! };
  }

  /**
   * Takes the next row, which is the line after `head` of an instance.
   *
   * @param head where the instance stood, needed when it is not here yet; nothing for a new one
   */
  append(instance: number, head: Head = newInstance, owner?: Owner): void {
    let uncovered = this.#instances.get(instance);
    if (uncovered === undefined) {
      uncovered = { recorded: head.sequence, recordedRow: head.n, rows: [], owner };
      this.#instances.set(instance, uncovered);
      if (owner !== undefined) this.#names.set(nameKey(owner.tenant, owner.name), instance);
    }
    uncovered.rows.push(this.#next);
    this.#next += 1;
    this.#queuedInstances.push(instance);
    this.#queuedSequences.push(uncovered.recorded + uncovered.rows.length);
  }

  /** Takes the next row, which a record covers already. Only while opening. */
  appendCovered(): void {
    this.#next += 1;
    this.#queuedInstances.push(0);
    this.#queuedSequences.push(0);
  }

  /** Takes back the newest row: its commit failed. */
  undo(instance: number): void {
    const uncovered = this.#instances.get(instance)!;
    uncovered.rows.pop();
    this.#next -= 1;
    this.#queuedInstances.pop();
    this.#queuedSequences.pop();
    if (uncovered.rows.length === 0) this.#remove(instance, uncovered);
  }

  /** A record of the instance that reflects line `sequence` is durable. Returns its head when nothing is left uncovered. */
  cover(instance: number, sequence: number): Head | undefined {
    const uncovered = this.#instances.get(instance);
    if (uncovered === undefined || sequence <= uncovered.recorded) return undefined;
    const count = sequence - uncovered.recorded;
    const row = uncovered.rows[count - 1]!;
    const rest = uncovered.rows.slice(count);
    this.#remove(instance, uncovered);
    if (rest.length === 0) return { sequence, n: row };
    this.#instances.set(instance, { recorded: sequence, recordedRow: row, rows: rest, owner: undefined });
    return undefined;
  }

  /** Moves the watermark over the rows that became covered. To be called after `cover` and after opening. */
  advance(): void {
    const end = this.#queuedInstances.length;
    while (this.#front < end && this.#isCovered(this.#front)) this.#front += 1;
    if (this.#front > 1024 && this.#front * 2 > end) {
      this.#queuedInstances.splice(0, this.#front);
      this.#queuedSequences.splice(0, this.#front);
      this.#front = 0;
    }
  }

  #isCovered(index: number): boolean {
    const uncovered = this.#instances.get(this.#queuedInstances[index]!);
    return uncovered === undefined || this.#queuedSequences[index]! <= uncovered.recorded;
  }

  #remove(instance: number, uncovered: Uncovered): void {
    this.#instances.delete(instance);
    const { owner } = uncovered;
    if (owner !== undefined) this.#names.delete(nameKey(owner.tenant, owner.name));
  }
}

function nameKey(tenant: string, name: string): string {
  return `${tenant}\n${name}`;
}

/**
 * Newest lines of instances whose records are up to date, so that their next line needs no look-up. Two generations:
 * when the young one is full, the old one is forgotten.
 */
export class Heads {
  readonly #limit: number;
  #young = new Map<number, Head>();
  #old = new Map<number, Head>();

  constructor(limit = 32_768) {
    this.#limit = limit;
  }

  get(instance: number): Head | undefined {
    return this.#young.get(instance) ?? this.#old.get(instance);
  }

  set(instance: number, head: Head): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(instance, head);
  }
}
