import type { Json } from '@fsm/core';
import type { Announce, BatchView, Override, Service } from './dependency.ts';

/** Calls the function with the members of one batch; their answers come in the same order. */
export type CallAll<Member> = (members: readonly Member[], signal: AbortSignal) => Promise<readonly Answer[]>;

export type Answer = { readonly output: unknown } | { readonly error: unknown };

export interface BatchSettings {
  /** Milliseconds. */
  readonly window: number;
  readonly max: number;
}

/** A place in a batch. */
export interface Membership {
  /** When the window of the batch ends, in the time of the services. */
  readonly due: number;
  /** Resolves when the batch is called, with the time. */
  readonly called: Promise<number>;
  /** Its own answer, after the call. */
  readonly answer: Promise<Answer>;
  /** Calls the batch, because its window is over. */
  call(at: number): void;
  /** Takes it out: it is not called any more, or its answer counts for nothing. */
  leave(): void;
}

/**
 * Calls of one function that are collected and made as one.
 *
 * T1  A batch opens with its first member and is called when its window ends or when it is full, never empty.
 * T2  Who leaves before the call is not in it. When everybody has left, the call is aborted.
 * T3  Every member gets its own answer; when the call as a whole fails, all get that error.
 * T4  Whoever is still there when the window ends calls it: no member is needed for another.
 */
export class Batches<Member = Json> implements Service {
  readonly kind = 'batch';
  readonly name: string;
  readonly takes: readonly (keyof Override)[] = [];
  readonly #announce: Announce;
  #open: Batch<Member> | undefined;
  #running = 0;

  constructor(name: string, announce: Announce) {
    this.name = name;
    this.#announce = announce;
  }

  /** `call` is that of the first member. */
  join(member: Member, settings: BatchSettings, call: CallAll<Member>, at: number): Membership {
    let batch = this.#open;
    if (batch === undefined) {
      batch = new Batch(at + settings.window, call, {
        called: (count) => {
          if (this.#open === batch) this.#open = undefined;
          this.#running += 1;
          this.#announce('called', count);
        },
        answered: () => {
          this.#running -= 1;
        },
        empty: () => {
          if (this.#open === batch) this.#open = undefined;
        },
      });
      this.#open = batch;
    }
    const membership = batch.add(member);
    if (batch.size >= settings.max) batch.call(at);
    return membership;
  }

  idle(): boolean {
    return this.#open === undefined && this.#running === 0;
  }

  view(): BatchView {
    const { kind, name } = this;
    return { kind, name, waiting: this.#open?.size ?? 0, running: this.#running };
  }

  override(): void {}
}

interface BatchListener {
  called(count: number): void;
  answered(): void;
  empty(): void;
}

class Batch<Member> {
  readonly #due: number;
  readonly #callAll: CallAll<Member>;
  readonly #listener: BatchListener;
  readonly #members = new Map<object, { readonly member: Member; readonly answer: (answer: Answer) => void }>();
  readonly #controller = new AbortController();
  readonly #called: Promise<number>;
  #tellCalled!: (at: number) => void;
  #wasCalled = false;

  constructor(due: number, call: CallAll<Member>, listener: BatchListener) {
    this.#due = due;
    this.#callAll = call;
    this.#listener = listener;
    this.#called = new Promise((resolve) => {
      this.#tellCalled = resolve;
    });
  }

  get size(): number {
    return this.#members.size;
  }

  add(member: Member): Membership {
    const token = {};
    let resolve!: (answer: Answer) => void;
    const answer = new Promise<Answer>((settle) => {
      resolve = settle;
    });
    this.#members.set(token, { member, answer: resolve });
    return {
      due: this.#due,
      called: this.#called,
      answer,
      call: (at) => this.call(at),
      leave: () => this.#leave(token),
    };
  }

  call(at: number): void {
    if (this.#wasCalled || this.#members.size === 0) return;
    this.#wasCalled = true;
    const members = [...this.#members.values()];
    this.#listener.called(members.length);
    this.#tellCalled(at);
    this.#answers(members.map(({ member }) => member)).then((answers) => {
      this.#members.clear();
      this.#listener.answered();
      for (const [index, { answer }] of members.entries()) answer(answers[index]!);
    });
  }

  async #answers(members: readonly Member[]): Promise<readonly Answer[]> {
    try {
      return await this.#callAll(members, this.#controller.signal);
    } catch (error) {
      return members.map(() => ({ error }));
    }
  }

  #leave(token: object): void {
    if (!this.#members.delete(token) || this.#members.size > 0) return;
    if (this.#wasCalled) this.#controller.abort();
    else this.#listener.empty();
  }
}
