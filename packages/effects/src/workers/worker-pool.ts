import { FsmError } from '@fsm/core';
import type { Piscina } from 'piscina';
import type { WorkerAnswer, WorkerTask } from './worker-task.ts';

export interface WorkerPoolOptions {
  /** Threads at most; one less than the machine runs at once when not given. They start when they are needed. */
  readonly size?: number;
  /** Tasks that may wait for a thread; 1,000. */
  readonly queue?: number;
  /** The longest time of one task, in milliseconds, from its start in the queue; 60 s. A function may say otherwise. */
  readonly timeout?: number;
  /** Heap of one thread, in megabytes; 256. */
  readonly memory?: number;
  /** After how long an idle thread ends, in milliseconds; 10 s. */
  readonly idle?: number;
  /** Calls back after a time and gives what cancels that; the timers of the platform when not given. */
  readonly setTimer?: (milliseconds: number, callback: () => void) => () => void;
}

export interface WorkerPool {
  /**
   * Performs a task in a thread. When the signal is aborted or the time is up, the thread is ended, whatever it does.
   *
   * Throws the function's own FsmError, WORKER_FAILED when it threw something else or its thread died, WORKER_TIMEOUT,
   * WORKER_MEMORY, WORKER_MODULE, WORKER_QUEUE_FULL, WORKER_CLOSED, or the reason of the signal.
   */
  run(task: WorkerTask, options: { readonly signal: AbortSignal; readonly timeout?: number }): Promise<unknown>;
  /** Tasks that run or wait. */
  readonly pending: number;
  /** Ends all threads. Tasks in flight fail with WORKER_CLOSED. */
  close(): Promise<void>;
}

/**
 * Makes a pool of threads for functions that compute for long, so that the rest of the process is not held up.
 *
 * W1  A thread performs one task at a time: when it dies, one task fails and no other notices.
 * W2  Nothing waits without bound: a full queue refuses, a task has a longest time, a thread a largest heap.
 * W3  Threads are no sandbox. A function in a thread may do whatever the process may; it is trusted like any other.
 */
export function createWorkerPool(options: WorkerPoolOptions = {}): WorkerPool {
  return new PiscinaPool(options);
}

class PiscinaPool implements WorkerPool {
  readonly #options: WorkerPoolOptions;
  #starting: Promise<Piscina> | undefined;
  #pending = 0;
  /** Ends a task that waits or runs, with an error. */
  readonly #tasks = new Set<(error: FsmError) => void>();
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending;
  }

  async run(
    task: WorkerTask,
    { signal, timeout = this.#options.timeout ?? 60_000 }: { readonly signal: AbortSignal; readonly timeout?: number },
  ): Promise<unknown> {
    signal.throwIfAborted();
    const { queue = 1_000, setTimer = systemTimer } = this.#options;
    if (this.#closed) throw closed();
    this.#pending += 1;
    // how many threads there are is known when the pool has started, but what counts is who was there before
    const place = this.#pending;
    const controller = new AbortController();
    const stop = () => controller.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const end = (error: FsmError) => controller.abort(error);
    this.#tasks.add(end);
    const cancelTimer = setTimer(timeout, () => end(timedOut(timeout)));
    try {
      const pool = await this.#pool();
      if (controller.signal.aborted) throw controller.signal.reason;
      if (this.#closed) throw closed();
      if (place > pool.options.maxThreads + queue) throw queueFull(queue);
      const answer: WorkerAnswer = await pool.run(task, { signal: controller.signal });
      if ('output' in answer) return answer.output;
      const { code, message, ...rest } = answer.error;
      throw new FsmError(code, message, rest);
    } catch (error) {
      if (controller.signal.aborted) throw controller.signal.reason;
      throw FsmError.is(error) ? error : this.#failure(error);
    } finally {
      this.#pending -= 1;
      cancelTimer();
      this.#tasks.delete(end);
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pool = await this.#starting;
    await pool?.destroy();
  }

  /** The library is loaded and threads are started by the first task. */
  #pool(): Promise<Piscina> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<Piscina> {
    const [{ Piscina }, { availableParallelism }] = await Promise.all([import('piscina'), import('node:os')]);
    const { size = Math.max(1, availableParallelism() - 1), memory = 256, idle = 10_000 } = this.#options;
    const pool = new Piscina({
      filename: new URL('./entry.ts', import.meta.url).href,
      minThreads: 0,
      maxThreads: size,
      idleTimeout: idle,
      concurrentTasksPerWorker: 1,
      // `run` counts before it hands over
      maxQueue: Number.POSITIVE_INFINITY,
      resourceLimits: {
        maxOldGenerationSizeMb: memory,
        maxYoungGenerationSizeMb: Math.max(1, Math.min(64, memory / 4)),
      },
    });
    // A thread that fails between tasks harms none. When it fails to start, and there is no other, nobody would ever take
    // the tasks that wait.
    pool.on('error', (error) => {
      if (pool.threads.length > 0) return;
      const failure = this.#failure(error);
      for (const end of [...this.#tasks]) end(failure);
    });
    return pool;
  }

  /** What a thread that died, or the library itself, says. */
  #failure(error: unknown): FsmError {
    if (this.#closed) return closed();
    const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
    if (name === 'DataCloneError') {
      return new FsmError('EFFECT_PARAMETERS', `The parameters cannot be sent to a thread: ${message}`, {
        hint: 'Let `parameters` of the function give plain data.',
        cause: error,
      });
    }
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return new FsmError('WORKER_MEMORY', 'The function needed more memory than a thread may have.', {
        hint: 'Divide the work, or raise `memory` of the worker pool.',
        cause: error,
      });
    }
    return new FsmError('WORKER_FAILED', `The thread of the function died: ${String(message ?? error)}`, {
      next: 'retry',
      cause: error,
    });
  }
}

function timedOut(timeout: number): FsmError {
  return new FsmError('WORKER_TIMEOUT', `The function took longer than ${timeout} ms in its thread.`, {
    next: 'retry',
    hint: 'Divide the work, or raise `timeout` of the function.',
    details: { timeout },
  });
}

function queueFull(queue: number): FsmError {
  return new FsmError('WORKER_QUEUE_FULL', `All threads are busy and ${queue} tasks wait already.`, {
    next: 'retry',
    hint: 'Try again later, or raise `queue` or `size` of the worker pool.',
    details: { queue },
  });
}

function closed(): FsmError {
  return new FsmError('WORKER_CLOSED', 'The worker pool was closed.', {
    next: 'retry',
    hint: 'Open the runtime again.',
  });
}

function systemTimer(milliseconds: number, callback: () => void): () => void {
  // a longer time overflows the timers of the platform and would be up at once
  const timer = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1));
  return () => clearTimeout(timer);
}
