import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { Cell, Life, type WorkerInput } from './checkpoint-cells.ts';

const { path, cells } = workerData as WorkerInput;

/** Results after which a later sync may claim success for pages that were lost: an I/O error, a malformed database. */
const fatal = new Set([10, 11]);

/** Checkpoints on request until told to stop. */
function serve(database: DatabaseSync): void {
  database.exec('PRAGMA synchronous = FULL; PRAGMA checkpoint_fullfsync = ON; PRAGMA wal_autocheckpoint = 0');
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  for (;;) {
    const requested = Atomics.load(cells, Cell.requested);
    if (Atomics.load(cells, Cell.stop) === 1) return;
    if (requested === Atomics.load(cells, Cell.served)) {
      Atomics.wait(cells, Cell.requested, requested);
      continue;
    }
    try {
      checkpoint.get();
    } catch (error) {
      const { errcode = 0 } = error as { errcode?: number };
      if (fatal.has(errcode & 0xff)) Atomics.store(cells, Cell.failure, errcode);
    }
    Atomics.store(cells, Cell.served, requested);
    Atomics.notify(cells, Cell.served);
  }
}

if (Atomics.compareExchange(cells, Cell.life, Life.starting, Life.open) === Life.starting) {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    serve(database);
  } finally {
    database?.close();
    Atomics.store(cells, Cell.life, Life.closed);
    Atomics.notify(cells, Cell.life);
    Atomics.notify(cells, Cell.served);
  }
}
