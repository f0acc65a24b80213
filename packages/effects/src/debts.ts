import { FsmError, type Json } from '@fsm/core';
import type { PreparedEffect } from './effect.ts';
import { after, type Eventual, settle } from './eventual.ts';
import { toRecord } from './failure.ts';
import type { Frame } from './frame.ts';
import { perform } from './perform.ts';

/** A step that is done and that something undoes when what comes after it fails. */
export interface Debt {
  /** Step path of the effect that owes. */
  readonly path: string;
  /** The attempt or item it belongs to. */
  readonly prefix: string;
  /** In which order the debts of the execution arose, from 1. */
  readonly order: number;
  readonly compensation: PreparedEffect;
  /** Output of what is to be undone. */
  readonly output: Json;
}

/** How the compensations went. */
export interface Settlement {
  /** Step paths of what was undone, in the order in which it was. */
  readonly compensated: readonly string[];
  /** What could not be undone, with the error of its compensation. */
  readonly failed: readonly { readonly path: string; readonly error: Json }[];
}

/**
 * What an execution owes for what it did.
 *
 * D1  A debt arises when the step is done, durably with its outcome.
 * D2  Debts are paid in the reverse of the order in which they arose, one after the other, each at most once: what a
 *     compensation did is on record like any other step.
 * D3  They are paid when a saga around them fails, when the execution fails, or when it is cancelled; and by a race for
 *     what its losers did. A failure that something inside handled costs nothing yet.
 * D4  A compensation that fails does not keep the others from running, and is never forgotten.
 * D5  Attempts of the same step are one debt: they have the same idempotency key.
 */
export class Debts {
  #debts: Map<string, Debt> | undefined;
  #last = 0;

  /** The number of the next debt. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  add(debt: Debt): void {
    this.#debts ??= new Map();
    this.#debts.set(withoutAttempts(debt.path), debt);
    this.#last = Math.max(this.#last, debt.order);
  }

  /** Pays what arose at or below a step path; `why` is `params.error` for the compensations. */
  pay(path: string, frame: Frame, why: Json): Eventual<Settlement> {
    const owed = [...(this.#debts?.values() ?? [])]
      .filter((debt) => isWithin(debt.path, path))
      .sort((a, b) => b.order - a.order);
    const compensated: string[] = [];
    const failed: { readonly path: string; readonly error: Json }[] = [];
    const next = (index: number): Eventual<Settlement> => {
      const debt = owed[index];
      if (debt === undefined) return { compensated, failed };
      this.#debts!.delete(withoutAttempts(debt.path));
      return after(
        settle(
          () => perform(debt.compensation, frame.forDebt(debt.prefix, debt.output, why)),
          () => void compensated.push(debt.path),
          (error) => {
            // a crash or a cancellation is no failure of the compensation
            frame.branch.begin();
            failed.push({ path: debt.path, error: asJson(error) });
          },
        ),
        () => next(index + 1),
      );
    };
    return next(0);
  }

  get any(): boolean {
    return this.#debts !== undefined && this.#debts.size > 0;
  }
}

export function isWithin(path: string, around: string): boolean {
  return around === '' || path === around || (path.startsWith(around) && /^[.#@]/.test(path.slice(around.length)));
}

/** The path as idempotency keys have it. */
export function withoutAttempts(path: string): string {
  return path.replace(/^#\d+\.|#\d+/g, '');
}

export function asJson(error: unknown): Json {
  const record = FsmError.is(error) ? toRecord(error) : { code: 'EFFECT_FAILED', message: String(error) };
  return record as unknown as Json;
}
