import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { storeFailed, storeFull } from '../errors.ts';
import { Cell, Life, type WorkerInput } from './checkpoint-cells.ts';
import { busyTimeout, row } from './database.ts';

export interface CheckpointLimits {
  /** Pages of log not yet in the database at which the worker is asked to copy them (4 MB). */
  readonly startPages: number;
  /**
   * Pages of log at which a commit first lets the worker finish, so that the log starts again (8 MB). Short, because a log
   * that starts again overwrites itself, and the sync of a file that does not grow takes half the time.
   */
  readonly waitPages: number;
  /** Pages of log at which commits are refused while a reader keeps the log from starting again (256 MB). */
  readonly stopPages: number;
  /** How long a commit lets the worker finish, and how long a forced checkpoint waits for readers, in milliseconds. */
  readonly patience: number;
}

export const checkpointLimits: CheckpointLimits = {
  startPages: 1024,
  waitPages: 2048,
  stopPages: 65_536,
  patience: 5000,
};

interface LogRow {
  readonly log: number;
  readonly checkpointed: number;
  readonly busy: number;
}

/**
 * Copies the write-ahead log back into the database without stalling commits and without letting the log grow for ever.
 *
 * A worker thread with a connection of its own does the copying and its syncs while commits go on. SQLite starts the log
 * again only when all of it is copied and no reader needs it, which never happens on its own beside a busy writer: so
 * once the log is long, one commit waits until the worker has caught up.
 *
 * K1  The worker starts only when there is something to copy: a short life of the process never pays for it.
 * K2  Nothing here makes a commit fail, except a worker that could not sync (STORE_FAILED) and a log that a reader holds
 *     beyond `stopPages` (STORE_FULL).
 * K3  When the worker does not answer, the writing connection copies the log itself.
 */
export class Checkpoints {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #limits: CheckpointLimits;
  readonly #look: StatementSync;
  readonly #passive: StatementSync;
  readonly #restart: StatementSync;
  readonly #cells = new Int32Array(new SharedArrayBuffer(Cell.count * 4));
  #worker: Worker | undefined;
  /** Pages in the log after the last commit. */
  #log = 0;
  /** After a reader kept the log from starting again, the next wait comes only with this length. */
  #waitAt: number;
  #stopUntil = 0;
  /** Commits that waited, and for how long in all: for measurements. */
  waits = 0;
  waited = 0;
  longestLog = 0;

  constructor(database: DatabaseSync, path: string, limits: CheckpointLimits) {
    this.#database = database;
    this.#path = path;
    this.#limits = limits;
    this.#waitAt = limits.waitPages;
    this.#look = database.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#restart = database.prepare('PRAGMA wal_checkpoint(RESTART)');
  }

  /** @throws STORE_FAILED, STORE_FULL */
  beforeCommit(): void {
    const failure = Atomics.load(this.#cells, Cell.failure);
    if (failure !== 0) throw storeFailed(this.#path, new Error(`a checkpoint failed with SQLite error ${failure}`));
    if (this.#log < this.#waitAt) return;
    const start = performance.now();
    this.#catchUp();
    this.waits += 1;
    this.waited += performance.now() - start;
    this.#waitAt = this.#log + this.#limits.waitPages / 4;
    if (this.#log >= this.#limits.stopPages) this.#force();
  }

  afterCommit(): void {
    const { log, checkpointed } = row<LogRow>(this.#look)!;
    // A shorter log than before has started again.
    if (log < this.#log) this.#waitAt = this.#limits.waitPages;
    this.#log = log;
    if (log > this.longestLog) this.longestLog = log;
    if (log - checkpointed >= this.#limits.startPages && this.#isIdle()) this.#request();
  }

  /** Stops the worker and empties the log: closing the database does that only when no reader is left. */
  close(): void {
    this.#stopWorker();
    try {
      this.#database.exec('PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // The log keeps everything for the next opening.
      return;
    }
  }

  #stopWorker(): void {
    if (this.#worker === undefined) return;
    const cells = this.#cells;
    if (Atomics.compareExchange(cells, Cell.life, Life.starting, Life.cancelled) === Life.starting) return;
    Atomics.store(cells, Cell.stop, 1);
    Atomics.add(cells, Cell.requested, 1);
    Atomics.notify(cells, Cell.requested);
    Atomics.wait(cells, Cell.life, Life.open, this.#limits.patience);
  }

  #isIdle(): boolean {
    return Atomics.load(this.#cells, Cell.requested) === Atomics.load(this.#cells, Cell.served);
  }

  /** Asks the worker for a checkpoint. Returns false when there is none and cannot be one. */
  #request(): boolean {
    const cells = this.#cells;
    if (Atomics.load(cells, Cell.life) === Life.closed) return false;
    try {
      this.#worker ??= this.#start();
    } catch {
      // Threads may be forbidden to this process; K3 does without.
      Atomics.store(cells, Cell.life, Life.closed);
      return false;
    }
    Atomics.add(cells, Cell.requested, 1);
    Atomics.notify(cells, Cell.requested);
    return true;
  }

  #start(): Worker {
    const input: WorkerInput = { path: this.#path, cells: this.#cells };
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: input, execArgv: [] });
    // K3 covers a worker that cannot run; without a listener its error would end the process.
    worker.on('error', () => Atomics.store(this.#cells, Cell.life, Life.closed));
    worker.unref();
    return worker;
  }

  /** Lets the worker copy all of the log: it may be busy with an earlier part, so at most two rounds. */
  #catchUp(): void {
    const deadline = performance.now() + this.#limits.patience;
    for (let round = 0; round < 2; round += 1) {
      if (this.#isIdle()) {
        const { log, checkpointed } = row<LogRow>(this.#look)!;
        if (log === checkpointed) return;
        if (!this.#request()) {
          this.#passive.get();
          return;
        }
      }
      for (;;) {
        const served = Atomics.load(this.#cells, Cell.served);
        if (this.#isIdle()) break;
        const left = deadline - performance.now();
        const life = Atomics.load(this.#cells, Cell.life);
        if (left <= 0 || life === Life.closed || life === Life.starting) {
          this.#passive.get();
          return;
        }
        Atomics.wait(this.#cells, Cell.served, served, left);
      }
    }
  }

  /** The log is far too long. Copies it and waits for readers; refuses the commit when they do not go. */
  #force(): void {
    const patience = performance.now() < this.#stopUntil ? 0 : this.#limits.patience;
    try {
      this.#database.exec(`PRAGMA busy_timeout = ${patience}`);
      if (row<LogRow>(this.#restart)?.busy === 0) return;
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    }
    this.#waitAt = 0;
    this.#stopUntil = performance.now() + this.#limits.patience;
    throw storeFull(this.#path, undefined, 'The log is at its limit, as a reader has been holding it,');
  }
}
