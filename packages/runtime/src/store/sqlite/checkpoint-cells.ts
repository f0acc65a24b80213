/** Shared memory between the writer and the checkpoint worker: one 32-bit cell each. */
export const Cell = {
  /** Checkpoints asked for so far; the worker sleeps on it. */
  requested: 0,
  /** The value of `requested` that the last finished checkpoint served; the writer waits on it. */
  served: 1,
  /** One of `Life`; the writer waits on it when it closes. */
  life: 2,
  /** 1 when the worker shall close its connection and end. */
  stop: 3,
  /** SQLite's error code of a checkpoint after which the database cannot be trusted. */
  failure: 4,
  count: 5,
} as const;

export const Life = { starting: 0, open: 1, closed: 2, cancelled: 3 } as const;

export interface WorkerInput {
  readonly path: string;
  readonly cells: Int32Array<SharedArrayBuffer>;
}
