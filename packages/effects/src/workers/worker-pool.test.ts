import { afterEach, describe, expect, test } from 'vitest';
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './worker-pool.ts';
import type { WorkerTask } from './worker-task.ts';

const module = new URL('../testing/workers/compute.ts', import.meta.url).href;
const call = { key: 'k', instance: 'one', tenant: 'acme', attempt: 1 };
const pools: WorkerPool[] = [];

function pool(options: WorkerPoolOptions = {}): WorkerPool {
  const made = createWorkerPool({ size: 1, ...options });
  pools.push(made);
  return made;
}

function task(name: string, params: unknown = {}): WorkerTask {
  return { module, name, params, call };
}

function never(): { signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

/** A number that this thread and another wait for. */
function gate(): { params: { gate: Int32Array }; open(): void; opened(): Promise<unknown> } {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  return {
    params: { gate: shared },
    open() {
      Atomics.store(shared, 0, 1);
      Atomics.notify(shared, 0);
    },
    async opened() {
      await Atomics.waitAsync(shared, 0, 0).value;
    },
  };
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((made) => made.close()));
});

test('runs a TypeScript function in a thread and tells it about the call', async () => {
  const workers = pool();
  expect(await workers.run(task('default', { a: 40, b: 2 }), never())).toBe(42);
  expect(await workers.run(task('about', { x: [1] }), never())).toEqual({ params: { x: [1] }, call });
  expect(workers.pending).toBe(0);
});

describe('errors', () => {
  test('a thrown error is WORKER_FAILED with its message', async () => {
    await expect(pool().run(task('fail'), never())).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: 'the sky is not the limit',
      next: 'retry',
      details: { name: 'RangeError' },
    });
  });

  test('a coded error stays what it is', async () => {
    await expect(pool().run(task('refuse'), never())).rejects.toMatchObject({
      code: 'SCORE_UNKNOWN',
      next: 'reject',
      hint: 'Ask somebody else.',
      details: { asked: 'b' },
    });
  });

  test('a result that is not JSON is refused as it is outside of threads', async () => {
    await expect(pool().run(task('unkeepable'), never())).rejects.toMatchObject({ code: 'EFFECT_RESULT' });
  });

  test('a module without the function says what it exports', async () => {
    const workers = pool();
    await expect(workers.run(task('answer'), never())).rejects.toMatchObject({ code: 'WORKER_MODULE', next: 'reject' });
    await expect(workers.run(task('toString'), never())).rejects.toMatchObject({ code: 'WORKER_MODULE' });
    const missing = { ...task('default'), module: new URL('./missing.ts', import.meta.url).href };
    await expect(workers.run(missing, never())).rejects.toMatchObject({ code: 'WORKER_MODULE' });
  });

  test('parameters that cannot be sent to a thread are refused', async () => {
    await expect(pool().run(task('about', { run() {} }), never())).rejects.toMatchObject({ code: 'EFFECT_PARAMETERS' });
  });
});

test('a thread that dies fails its own task only', async () => {
  const workers = pool({ size: 2 });
  const { params, open } = gate();
  const other = workers.run(task('wait', params), never());
  await expect(workers.run(task('die'), never())).rejects.toMatchObject({ code: 'WORKER_FAILED', next: 'retry' });
  open();
  expect(await other).toBe('done');
  expect(await workers.run(task('default', { a: 1, b: 2 }), never())).toBe(3);
});

test('a function that needs too much memory fails and the pool goes on', async () => {
  const workers = pool({ memory: 64 });
  await expect(workers.run(task('hoard'), never())).rejects.toMatchObject({ code: 'WORKER_MEMORY', next: 'reject' });
  expect(await workers.run(task('default', { a: 1, b: 2 }), never())).toBe(3);
});

test('a thread that cannot even start fails the tasks that wait for it', async () => {
  const workers = pool({ memory: 4 });
  const tasks = [1, 2].map((a) => workers.run(task('default', { a, b: 2 }), never()));
  for (const result of await Promise.allSettled(tasks)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'WORKER_MEMORY' } });
  }
});

test('aborting ends a thread that does not listen', async () => {
  const workers = pool();
  const controller = new AbortController();
  const { params, opened } = gate();
  const running = workers.run(task('spin', params), { signal: controller.signal });
  await opened();
  const reason = new Error('nobody wants it any more');
  await workers.run(task('default', { a: 1, b: 2 }), { signal: AbortSignal.abort(reason) }).then(
    () => expect.unreachable(),
    (error) => expect(error).toBe(reason),
  );
  controller.abort(reason);
  await expect(running).rejects.toBe(reason);
  // with a single thread, this only ends when that of the endless loop is gone
  expect(await workers.run(task('default', { a: 1, b: 2 }), never())).toBe(3);
});

test('a task that takes too long is ended', async () => {
  const timers: (() => void)[] = [];
  const workers = pool({
    setTimer(milliseconds, callback) {
      expect(milliseconds).toBe(5_000);
      timers.push(callback);
      return () => {};
    },
  });
  const { params, opened } = gate();
  const running = workers.run(task('spin', params), { ...never(), timeout: 5_000 });
  await opened();
  timers[0]!();
  await expect(running).rejects.toMatchObject({ code: 'WORKER_TIMEOUT', next: 'retry', details: { timeout: 5_000 } });
  const later = workers.run(task('default', { a: 1, b: 2 }), { ...never(), timeout: 5_000 });
  expect(await later).toBe(3);
});

test('a full queue refuses and forgets nothing', async () => {
  const workers = pool({ queue: 1 });
  const { params, open } = gate();
  const running = workers.run(task('wait', params), never());
  const waiting = workers.run(task('default', { a: 1, b: 2 }), never());
  await expect(workers.run(task('default'), never())).rejects.toMatchObject({
    code: 'WORKER_QUEUE_FULL',
    next: 'retry',
  });
  open();
  expect(await running).toBe('done');
  expect(await waiting).toBe(3);
});

test('closing ends what runs and refuses what comes', async () => {
  const workers = pool();
  const { params, opened } = gate();
  const running = workers.run(task('spin', params), never());
  await opened();
  const ended = expect(running).rejects.toMatchObject({ code: 'WORKER_CLOSED', next: 'retry' });
  await workers.close();
  await ended;
  await expect(workers.run(task('default'), never())).rejects.toMatchObject({ code: 'WORKER_CLOSED' });
});
