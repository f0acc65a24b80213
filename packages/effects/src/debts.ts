import { FsmError, type Json } from '@fsm/core';
import type { PreparedEffect } from './effect.ts';
import { after, type Eventual, settle } from './eventual.ts';
import { toRecord } from './failure.ts';
import type { Frame } from './frame.ts';
import type { StepRecord } from './host.ts';
import { perform } from './perform.ts';
import { absorbRecorded } from './recall.ts';
import { Step } from './step.ts';

/** A step that is done and that something undoes when what comes after it fails. */
export interface Debt {
  /** Step path of the effect that owes. */
  readonly path: string;
  /** The attempt or item it belongs to. */
  readonly prefix: string;
  /** In which order the debts of the execution arose, from 1. */
  readonly order: number;
  /** The effect that owes: its first child did something, its second undoes that. */
  readonly effect: PreparedEffect;
  /** Output of what is to be undone. */
  readonly output: Json;
  /** `params` where it was done. */
  readonly params: Json | undefined;
  /** Which time it was done, when it was undone before: part of idempotency keys. */
  readonly round: string;
}

/** How the compensations went. */
export interface Settlement {
  /** Step paths of what was undone, in the order in which it was. */
  readonly compensated: readonly string[];
  /** What could not be undone, with the error of its compensation. */
  readonly failed: readonly { readonly path: string; readonly error: Json }[];
}

/** A debt that is no more. */
interface Settled {
  readonly path: string;
  readonly order: number;
  readonly by: string | undefined;
  readonly error: Json | undefined;
  /** The compensation and where it ran, when that was in an earlier life and what it wrote is still to be taken over. */
  recalled: Recalled | undefined;
}

interface Recalled {
  readonly prefix: string;
  readonly compensation: PreparedEffect;
}

/**
 * What an execution owes for what it did.
 *
 * D1  A debt arises when the step is done, durably with its outcome.
 * D2  Debts are paid in the reverse of the order in which they arose, one after the other, each at most once: what a
 *     compensation did is on record like any other step, and that the debt was paid too.
 * D3  They are paid when a saga around them fails, when the execution fails, or when it is cancelled; and by a race for
 *     what its losers did. A failure that something inside handled costs nothing yet; but a saga that was stopped in the
 *     middle counts as failed when the execution ends without having completed it after all.
 * D4  A compensation that fails does not keep the others from running, and is never forgotten.
 * D5  Attempts of the same step are one debt: they have the same idempotency key. Once it was undone, doing it again is
 *     another step, with another key: otherwise whoever knows the key would not do it again.
 */
export class Debts {
  #owed: Map<string, Debt> | undefined;
  #settled: Map<string, Map<number, Settled>> | undefined;
  /** Sagas below which debts may stand, and whether they ended. */
  #sagas: Map<string, boolean> | undefined;
  #last = 0;
  /** What compensations recorded in this life, by the compensation: one that was stopped in the middle goes on from there. */
  #begun: Map<string, Map<string, StepRecord>> | undefined;

  /** The number of the next debt. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  add(debt: Debt): void {
    this.#last = Math.max(this.#last, debt.order);
    const key = withoutAttempts(debt.path);
    const newer = (order: number) => order >= debt.order;
    if ([...(this.#settled?.get(key)?.keys() ?? [])].some(newer)) return;
    const other = this.#owed?.get(key);
    if (other !== undefined && newer(other.order)) return;
    this.#owed ??= new Map();
    this.#owed.set(key, debt);
  }

  /** What the debt at a step path became. */
  settled(path: string, order: number, { by, error }: NonNullable<StepRecord['undone']>, recalled?: Recalled): void {
    this.#last = Math.max(this.#last, order);
    const key = withoutAttempts(path);
    this.#settled ??= new Map();
    const known = this.#settled.get(key) ?? new Map<number, Settled>();
    this.#settled.set(
      key,
      known.set(order, { path, order, by, error: error as unknown as Json | undefined, recalled }),
    );
    const debt = this.#owed?.get(key);
    if (debt !== undefined && debt.order <= order) this.#owed!.delete(key);
  }

  /** How many times the step at a path was undone, before its debt of that order. */
  rounds(path: string, before = Number.POSITIVE_INFINITY): number {
    const settled = this.#settled?.get(withoutAttempts(path));
    if (settled === undefined) return 0;
    return [...settled.values()].filter(({ order, error }) => error === undefined && order < before).length;
  }

  /** A saga begins, or ends with all it owes at its end paid or in its place. */
  saga(path: string, ended: boolean): void {
    this.#sagas ??= new Map();
    this.#sagas.set(withoutAttempts(path), ended);
  }

  /** Whether the execution as a whole owes, or already began to pay. */
  get any(): boolean {
    return this.#size > 0 || this.#paidBy(undefined).length > 0;
  }

  /** Whether there is something to pay although nothing failed. */
  get interrupted(): boolean {
    return this.#size > 0 && [...this.#owed!.keys()].some((key) => this.#isInterrupted(key));
  }

  /** Whether something below some step paths owes. */
  owesBelow(paths: readonly string[]): boolean {
    if (this.#size === 0) return false;
    const keys = paths.map(withoutAttempts);
    return [...this.#owed!.keys()].some((key) => keys.some((around) => isWithin(key, around)));
  }

  /** Pays everything, for the execution as a whole; `why` is `params.error` for the compensations. */
  pay(frame: Frame, why: Json): Eventual<Settlement> {
    return this.#pay(() => true, undefined, frame, why);
  }

  /** Pays what arose below some step paths, for the saga or race at `by`. */
  payBelow(paths: readonly string[], by: string, frame: Frame, why: Json): Eventual<Settlement> {
    const keys = paths.map(withoutAttempts);
    return this.#pay((key) => keys.some((around) => isWithin(key, around)), by, frame, why);
  }

  /** Pays what sagas owe that were stopped in the middle. */
  payInterrupted(frame: Frame): Eventual<Settlement> {
    const why = { code: 'EXECUTION_CANCELLED', message: 'The saga was stopped before its end.' };
    return this.#pay((key) => this.#isInterrupted(key), undefined, frame, why);
  }

  #pay(which: (key: string) => boolean, by: string | undefined, frame: Frame, why: Json): Eventual<Settlement> {
    const before = this.#paidBy(by);
    // the compensations that are left see what those before them wrote, also when that was in an earlier life
    for (const settled of before) {
      if (settled.recalled !== undefined) {
        const { compensation, prefix } = settled.recalled;
        absorbRecorded(compensation, prefix, frame);
        // what it wrote, but not what it could undo itself: that was done with then
        this.#forget(prefix + compensation.path);
        settled.recalled = undefined;
      }
    }
    const compensated = before.filter(({ error }) => error === undefined).map(({ path }) => path);
    const failed = before.flatMap(({ path, error }) => (error === undefined ? [] : [{ path, error }]));
    const owed = [...(this.#owed?.entries() ?? [])]
      .filter(([key]) => which(key))
      .map(([, debt]) => debt)
      .sort((a, b) => b.order - a.order);
    const next = (index: number): Eventual<Settlement> => {
      const debt = owed[index];
      if (debt === undefined) return { compensated, failed };
      return after(this.#payOne(debt, by, frame, why), (error) => {
        if (error === undefined) compensated.push(debt.path);
        else failed.push({ path: debt.path, error });
        return next(index + 1);
      });
    };
    return next(0);
  }

  #payOne(debt: Debt, by: string | undefined, frame: Frame, why: Json): Eventual<Json | undefined> {
    const { path, prefix, order, effect } = debt;
    const compensation = effect.children[1]!;
    const step = new Step(effect, frame, path);
    step.report({ phase: 'compensating' });
    this.#begin(prefix + compensation.path);
    const ended = (error?: Json): Eventual<Json | undefined> => {
      const undone = { ...(by === undefined ? undefined : { by }), ...(error === undefined ? undefined : { error }) };
      const fact = undone as NonNullable<StepRecord['undone']>;
      return after(step.record({ undone: fact }), () => {
        this.settled(path, order, fact);
        step.report(fact.error === undefined ? { phase: 'finished' } : { phase: 'failed', error: fact.error });
        // what the compensation itself could undo is done now
        this.#forget(prefix + compensation.path);
        return error;
      });
    };
    return settle(
      () => perform(compensation, frame.forDebt(debt, why)),
      () => ended(),
      (error) => {
        // a crash or a cancellation is no failure of the compensation
        frame.branch.begin();
        return ended(asJson(error));
      },
    );
  }

  /** What a compensation recorded in this life: a host says only what was recorded in earlier ones. */
  recorded(path: string): StepRecord | undefined {
    if (this.#begun === undefined) return undefined;
    for (const steps of this.#begun.values()) {
      const known = steps.get(path);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** Whether a compensation is being paid, so that what it records counts in this life too. */
  get paying(): boolean {
    return this.#begun !== undefined;
  }

  remember(path: string, fact: StepRecord): void {
    if (this.#begun === undefined) return;
    for (const [around, steps] of this.#begun) {
      if (isWithin(path, around)) steps.set(path, { ...steps.get(path), ...fact });
    }
  }

  #begin(path: string): void {
    this.#begun ??= new Map();
    if (!this.#begun.has(path)) this.#begun.set(path, new Map());
  }

  #forget(path: string): void {
    const around = withoutAttempts(path);
    for (const key of this.#owed?.keys() ?? []) if (isWithin(key, around)) this.#owed!.delete(key);
  }

  get #size(): number {
    return this.#owed?.size ?? 0;
  }

  #isInterrupted(key: string): boolean {
    return [...(this.#sagas ?? [])].some(([saga, ended]) => !ended && isWithin(key, saga));
  }

  #paidBy(by: string | undefined): Settled[] {
    const all = [...(this.#settled?.values() ?? [])].flatMap((settled) => [...settled.values()]);
    return all.filter((settled) => settled.by === by).sort((a, b) => b.order - a.order);
  }
}

export function isWithin(path: string, around: string): boolean {
  return around === '' || path === around || (path.startsWith(around) && /^[.#@]/.test(path.slice(around.length)));
}

/** The path as idempotency keys have it. */
export function withoutAttempts(path: string): string {
  return path.replace(/^#\d+\.|#\d+/g, '');
}

function asJson(error: unknown): Json {
  const record = FsmError.is(error) ? toRecord(error) : { code: 'EFFECT_FAILED', message: String(error) };
  return record as unknown as Json;
}
