/**
 * The store port: everything the engine may know about durability.
 *
 * A store keeps, per instance, an append-only journal of lines (each one JSON object, canonical text, made by the
 * engine) and at most one *record* (the engine's own serialised view of the instance after some line). A record is
 * only a shortcut: the lines alone explain everything, and a store may keep no records at all.
 *
 * Rules every adapter keeps, numbered so that code and tests can cite them:
 *
 * S1  `commit` is atomic and ordered: after a crash the store holds exactly the commits of some prefix.
 * S2  when `commit` returns or resolves, the commit is on stable storage.
 * S3  a commit that throws with `next: 'reject'` (STORE_FULL) has changed nothing and later commits may succeed; one
 *     that throws with `next: 'stop'` (STORE_FAILED) has an unknown outcome and the store accepts no further commit.
 * S4  `sequence` of an instance is dense from 1. A store refuses (STORE_CONFLICT, `stop`) a line that does not follow.
 * S5  reads see every finished commit. A found record is never older than the lines say it is: `find` returns the
 *     record together with all lines after `record.sequence`.
 * S6  opening repairs what a crash may leave (a torn tail) and refuses what it may not (JOURNAL_DAMAGED: a lost tail,
 *     a broken chain, a hole), a file of another program (STORE_FOREIGN), a newer format (STORE_VERSION),
 *     a missing permission (STORE_READ_ONLY), and a store that another live process writes (STORE_LOCKED).
 *
 * Deliberately absent: queries over contents, timers, clocks, tenants' permissions, decisions of any kind.
 */
export interface Store {
  /** `memory`, `jsonl`, `sqlite`: for messages, never to branch on. */
  readonly name: string;
  /** Where it is, for messages: a path, or `memory`. */
  readonly location: string;

  open(): void | Promise<void>;
  commit(commit: Commit): void | Promise<void>;

  /** The instance of that name with its record and the lines after it, or nothing. */
  find(tenant: string, name: string): Found | undefined | Promise<Found | undefined>;
  /** The same by number. */
  load(number: number): Found | undefined | Promise<Found | undefined>;
  /** Journal lines of an instance with `from <= sequence`, ascending, at most `limit`. */
  lines(number: number, from: number, limit: number): readonly StoredLine[] | Promise<readonly StoredLine[]>;
  /**
   * Instances of a tenant ordered by name, after the name `after`. Summaries may lag behind by the lines not yet recorded;
   * an instance that has no record yet is listed with sequence 0, no machine and `busy`.
   */
  list(tenant: string, query: ListQuery): readonly StoredSummary[] | Promise<readonly StoredSummary[]>;
  /** Tenants that have an instance or a machine, in order. */
  tenants(): readonly string[] | Promise<readonly string[]>;

  /** Numbers of the instances the engine must look at when it starts: those with unrecorded lines, or whose record is `busy`. */
  unsettled(): readonly number[] | Promise<readonly number[]>;
  /** Numbers of instances whose record asks to be woken at or before `time`, earliest first. */
  due(time: number, limit: number): readonly number[] | Promise<readonly number[]>;
  /** The earliest wake time after `time` among the records. */
  nextWake(time: number): number | undefined | Promise<number | undefined>;

  /** A definition by tenant and content hash. */
  machine(tenant: string, hash: string): StoredMachine | undefined | Promise<StoredMachine | undefined>;
  machines(tenant: string): readonly StoredMachine[] | Promise<readonly StoredMachine[]>;

  /** Facts about the whole store. */
  status(): StoreStatus | Promise<StoreStatus>;
  /** Flushes, writes the head record, releases the lock. Safe to call twice. */
  close(): void | Promise<void>;
}

/** What becomes durable together. */
export interface Commit {
  readonly lines: readonly Line[];
  /**
   * Fresh records, each reflecting all lines of its instance up to `record.sequence`, none newer than this commit. One
   * that is older than the record already stored changes nothing.
   */
  readonly records: readonly StoredRecord[];
  readonly machines: readonly StoredMachine[];
}

export interface Line {
  /** The engine's number of the instance: positive, given once, never reused. */
  readonly instance: number;
  /** Position in the instance's journal, dense from 1. Line 1 is the creation and carries `owner`. */
  readonly sequence: number;
  /** Time of the line in milliseconds since the epoch; also inside `text`. */
  readonly at: number;
  /** One JSON object without line breaks. */
  readonly text: string;
  /** `chainHash(previous hash, text)`: base64url SHA-256, 43 characters. */
  readonly hash: string;
  /** On line 1 only: whose instance it is and what it is called. Unique together. */
  readonly owner?: Owner;
}

export interface Owner {
  readonly tenant: string;
  readonly name: string;
}

export interface StoredLine {
  readonly sequence: number;
  readonly text: string;
  readonly hash: string;
}

/** The engine's serialised view of an instance after line `sequence`. */
export interface StoredRecord extends StoredSummary {
  readonly text: string;
}

export interface StoredSummary extends Owner {
  readonly number: number;
  readonly sequence: number;
  /** Hash of line `sequence`. */
  readonly hash: string;
  /** Content hash of the machine it runs. */
  readonly machine: string;
  readonly status: 'active' | 'done' | 'error' | 'destroyed';
  /** Earliest time at which a timer of it is due. */
  readonly wake: number | undefined;
  /** It has running effects or undelivered sends and must be looked at when the engine starts. */
  readonly busy: boolean;
  /** Active leaf paths joined with `,`: enough for lists. */
  readonly configuration: string;
  /** Time of line `sequence`, in milliseconds since the epoch. */
  readonly at: number;
}

export interface Found {
  readonly number: number;
  readonly owner: Owner;
  readonly record: StoredRecord | undefined;
  readonly lines: readonly StoredLine[];
}

export interface ListQuery {
  readonly after?: string;
  readonly limit: number;
}

export interface StoredMachine {
  readonly tenant: string;
  readonly hash: string;
  readonly id: string;
  readonly version: string | undefined;
  /** The definition as canonical JSON. */
  readonly text: string;
}

export interface StoreStatus {
  /** Lines in the whole journal. */
  readonly lines: number;
  readonly instances: number;
  /** The highest instance number given so far; 0 when none. */
  readonly lastNumber: number;
  /** The latest `at` of any line; 0 when none. */
  readonly lastTime: number;
  /** Bytes on disk, where that means something. */
  readonly bytes: number;
}
