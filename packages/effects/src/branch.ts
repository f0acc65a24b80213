import { FsmError, type JsonObject } from '@fsm/core';
import { applyPatch, type Patch } from './context-patch.ts';
import { cancelled } from './failure.ts';
import type { ExecutionHost } from './host.ts';

interface Stoppable {
  stop(reason: FsmError): void;
}

/**
 * One line of control in an execution: the whole execution is one; `parallel`, `race` and `timeout` fork more. A branch
 * can be stopped without its siblings, and sees its own writes to the context but not theirs.
 *
 * B1  A stopped branch starts nothing, records nothing and takes no late result; stopping twice is stopping once.
 * B2  Stopping reaches every branch below and everything that waits in them before `stop` returns.
 * B3  The first reason counts, also for the branches below.
 * B4  Forks see the context as it was at the fork plus their own writes; `absorb` brings the writes back, in the order
 *     in which it is called. So what a branch sees never depends on how fast its siblings are, in this life or the next.
 * B5  Nothing is allocated for stopping until something waits or somebody asks for the signal.
 */
export class Branch implements Stoppable {
  context: JsonObject;
  /**
   * When its time was up, if that was before this life of the execution began. It then is as it was at that time: it
   * may repeat what is on record, its clock stands still, and whatever it would have to start it waits for without end.
   */
  expired: number | undefined;
  readonly #host: ExecutionHost;
  readonly #parent: Branch | undefined;
  #reason: FsmError | undefined;
  /** Which of its parent's forks it is. */
  readonly #rank: number;
  #forks = 0;
  #writes: Patch[] | undefined;
  /** Forks that wrote, or have forks that did, and were not absorbed yet. */
  #writers: Set<Branch> | undefined;
  #controller: AbortController | undefined;
  #waiting: Set<Stoppable> | undefined;
  #interrupt: (() => void) | undefined;

  constructor(host: ExecutionHost, parent?: Branch) {
    this.#host = host;
    this.#parent = parent;
    this.context = parent === undefined ? host.scope.context : parent.context;
    this.#rank = parent === undefined ? 0 : parent.#forks++;
    this.expired = parent?.expired;
  }

  fork(): Branch {
    return new Branch(this.#host, this);
  }

  /** Why the branch was stopped, when it was. */
  get reason(): FsmError | undefined {
    if (this.#reason !== undefined) return this.#reason;
    const parent = this.#parent;
    if (parent === undefined) {
      if (this.#host.signal.aborted) this.stop(interruption(this.#host.signal));
    } else {
      const reason = parent.reason;
      if (reason !== undefined) this.stop(reason);
    }
    return this.#reason;
  }

  /** What leaves hand to functions: aborted when the branch is stopped. */
  get signal(): AbortSignal {
    if (this.#parent === undefined) return this.#host.signal;
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const reason = this.reason;
      if (reason === undefined) this.#attach();
      else this.#controller.abort(reason);
    }
    return this.#controller.signal;
  }

  now(): number {
    return this.expired ?? this.#host.now();
  }

  /** Throws when nothing may start here any more. */
  begin(): void {
    const { reason } = this;
    if (reason !== undefined) throw reason;
  }

  stop(reason: FsmError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#controller?.abort(reason);
    if (waiting !== undefined) for (const entry of waiting) entry.stop(reason);
    this.close();
  }

  /** Stops the whole execution: the host broke its promise, so nothing in it may go on. */
  fail(error: unknown): FsmError {
    if (this.#parent !== undefined) {
      const reason = this.#parent.fail(error);
      this.stop(reason);
      return reason;
    }
    const reason = FsmError.is(error)
      ? error
      : new FsmError('HOST_FAILED', 'The host of the execution failed.', { next: 'retry', cause: error });
    this.stop(reason);
    return this.#reason ?? reason;
  }

  /** The promise, or a rejection as soon as the branch is stopped; then a late result is dropped. */
  wait<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { reason } = this;
      if (reason !== undefined) {
        promise.then(undefined, () => {});
        reject(reason);
        return;
      }
      const entry: Stoppable = { stop: reject };
      this.#add(entry);
      promise.then(
        (value) => {
          if (this.#remove(entry)) resolve(value);
        },
        (error) => {
          if (this.#remove(entry)) reject(error);
        },
      );
    });
  }

  /** @throws FsmError CONTEXT_PATH when the patch does not fit the context; then nothing has changed */
  write(patch: Patch): void {
    this.context = applyPatch(this.context, patch);
    if (this.#parent === undefined) return;
    if (this.#writes === undefined) {
      this.#writes = [];
      this.#parent.#hasWriter(this);
    }
    this.#writes.push(patch);
  }

  /** Takes over a patch that is on record, unless a sibling wrote something there that it does not fit. */
  rewrite(patch: Patch): void {
    try {
      this.write(patch);
    } catch (error) {
      if (!FsmError.is(error)) throw error;
    }
  }

  /** Takes over what a fork wrote, and the forks that still ran in it, and lets it go. */
  absorb(fork: Branch): void {
    fork.close();
    if (this.#writers === undefined || !this.#writers.delete(fork)) return;
    for (const patch of fork.#allWrites()) this.rewrite(patch);
  }

  #allWrites(): Patch[] {
    const forks = [...(this.#writers ?? [])].sort((a, b) => a.#rank - b.#rank);
    return [...(this.#writes ?? []), ...forks.flatMap((fork) => fork.#allWrites())];
  }

  #hasWriter(fork: Branch): void {
    if (this.#writers === undefined) {
      this.#writers = new Set();
      if (this.#parent !== undefined) this.#parent.#hasWriter(this);
    }
    this.#writers.add(fork);
  }

  /** Lets go of whatever would stop it. */
  close(): void {
    if (this.#parent !== undefined) this.#parent.#remove(this);
    if (this.#interrupt !== undefined) {
      this.#host.signal.removeEventListener('abort', this.#interrupt);
      this.#interrupt = undefined;
    }
  }

  #attach(): void {
    if (this.#parent !== undefined) this.#parent.#add(this);
    else if (this.#interrupt === undefined) {
      this.#interrupt = () => this.stop(interruption(this.#host.signal));
      this.#host.signal.addEventListener('abort', this.#interrupt, { once: true });
    }
  }

  #add(entry: Stoppable): void {
    if (this.#waiting === undefined) {
      this.#waiting = new Set();
      this.#attach();
    }
    this.#waiting.add(entry);
  }

  #remove(entry: Stoppable): boolean {
    return this.#waiting?.delete(entry) ?? false;
  }
}

function interruption(signal: AbortSignal): FsmError {
  return cancelled('The execution was cancelled.', signal.reason);
}
