import type { Json, JsonObject, MachineEvent } from '@fsm/core';
import type { Branch } from './branch.ts';
import type { Patch } from './context-patch.ts';
import { copyJson } from './copy-json.ts';
import type { PreparedEffect } from './effect.ts';
import { after, type Eventual, isPromise, never } from './eventual.ts';
import { locate, toRecord } from './failure.ts';
import type { Frame } from './frame.ts';
import type { LogLevel, ProgressReport, StepRecord } from './host.ts';
import { absorbRecorded } from './recall.ts';

/**
 * One run of one prepared effect: what a kind may know and do while it performs. `frame`, `branch`, the records and
 * `fail` are for kinds that run other effects; the rest is for all.
 */
export class Step {
  readonly effect: PreparedEffect;
  readonly frame: Frame;
  /** Position in the effect tree, with attempts: `0.2#3.1`. */
  readonly path: string;
  /** What `write` collected. */
  patch: Patch | undefined;
  /** The host has recorded the outcome already, with what brought it about. */
  kept = false;
  #working = false;
  #waits = 0;

  constructor(effect: PreparedEffect, frame: Frame, path: string) {
    this.effect = effect;
    this.frame = frame;
    this.path = path;
    this.patch = undefined;
  }

  /** Aborted when the step is no longer wanted. */
  get signal(): AbortSignal {
    return this.branch.signal;
  }

  /** The idempotency key: the same in every life of the execution and in every attempt of a retry. */
  get key(): string {
    const { host, round } = this.frame;
    return `${host.id}:${this.path.replace(/^#\d+\.|#\d+/g, '')}${round}`;
  }

  get attempt(): number {
    return this.frame.attempt;
  }

  /** The trace it belongs to, to be handed on to whatever it calls: the value of the header `traceparent`. */
  get traceparent(): string | undefined {
    return this.frame.host.traceparent?.(this.path);
  }

  /** Output of the step before, in the enclosing sequence. */
  get result(): Json {
    return this.frame.result;
  }

  get instance(): string {
    return this.frame.host.scope.instance;
  }

  get tenant(): string {
    return this.frame.host.scope.tenant;
  }

  now(): number {
    return this.frame.branch.now();
  }

  /** The same step for expressions that see more in `params`. */
  withParams(more: JsonObject): Step {
    return new Step(this.effect, this.frame.withParams(more), this.path);
  }

  /** Tells whoever watches how far the work is. Nobody is asked and nothing waits; a detached step has nothing to say. */
  progress(message: unknown): void {
    if (this.frame.host.progress === undefined || this.branch.reason !== undefined) return;
    try {
      this.report({ phase: 'progressed', message: copyJson(message) });
    } catch (error) {
      this.report({ phase: 'progressed', error: toRecord(locate(error, this.effect.kind, this.path)) });
    }
  }

  /** A detached step has nothing to say any more. */
  log(level: LogLevel, message: Json): void {
    if (this.branch.reason === undefined) this.frame.host.log(level, message);
  }

  emit(event: MachineEvent): void {
    this.branch.begin();
    this.frame.host.emit(event);
  }

  send(to: string, event: MachineEvent): void | Promise<void> {
    this.branch.begin();
    const sent = this.frame.host.send(to, event, this.key);
    return isPromise(sent) ? this.#whileWaiting(sent) : sent;
  }

  /** Changes the context, durably together with the outcome of the step. Dotted path to value. */
  write(patch: Patch): void {
    this.patch = this.patch === undefined ? patch : { ...this.patch, ...patch };
  }

  /** A time that is computed in the first life and stays in all others. */
  due(compute: () => number): Eventual<number> {
    const known = this.recorded()?.due;
    if (known !== undefined) return known;
    const due = compute();
    return after(this.record({ due }), () => due);
  }

  /** Waits until the clock of the host reaches `due`. */
  sleepUntil(due: number): Eventual<void> {
    const { branch, host } = this.frame;
    if (due <= branch.now()) return;
    branch.begin();
    if (branch.expired !== undefined) return never();
    return this.#whileActive(branch.wait(this.#whileWaiting(host.sleepUntil(due, branch.signal))));
  }

  /**
   * Waits for what other executions bring about, such as a free slot, at most until the clock of the host reaches `due`;
   * then it resolves with `late`. Rejects when the branch is stopped.
   */
  waitFor<T>(promise: Promise<T>): Promise<T>;
  waitFor<T>(promise: Promise<T>, due: number | undefined): Promise<T | typeof late>;
  waitFor<T>(promise: Promise<T>, due = Number.POSITIVE_INFINITY): Promise<T | typeof late> {
    const { branch, host } = this.frame;
    branch.begin();
    if (branch.expired !== undefined) return never();
    if (due === Number.POSITIVE_INFINITY) {
      host.waiting?.(1);
      const waited = this.#whileWaiting(branch.wait(promise)).finally(() => host.waiting?.(-1));
      return this.#whileActive(waited);
    }
    const timer = new AbortController();
    const slept = host.sleepUntil(due, timer.signal).then((): typeof late => late);
    // it also ends when nobody needs it any more
    slept.catch(() => {});
    const waited = this.#whileWaiting(branch.wait(Promise.race([promise, slept]))).finally(() => timer.abort());
    return this.#whileActive(waited);
  }

  get branch(): Branch {
    return this.frame.branch;
  }

  /** What an earlier life recorded for this step, or for one of its attempts. */
  recorded(attempt?: number): StepRecord | undefined {
    return this.frame.recorded(attempt === undefined ? this.path : `${this.path}#${attempt}`);
  }

  /** Makes a fact durable. When that fails, the whole execution fails: it cannot keep its promises any more. */
  record(fact: StepRecord, attempt?: number): void | Promise<void> {
    const { branch, host, debts } = this.frame;
    branch.begin();
    if (branch.expired !== undefined) return never();
    const path = attempt === undefined ? this.path : `${this.path}#${attempt}`;
    let pending: void | Promise<void>;
    try {
      pending = host.record(path, fact);
      debts.remember(path, fact);
    } catch (error) {
      throw branch.fail(error);
    }
    if (!isPromise(pending)) {
      if (branch.reason !== undefined) throw branch.reason;
      return;
    }
    const kept = pending.catch((error) => {
      throw branch.fail(error);
    });
    return branch.wait(this.#whileWaiting(kept));
  }

  /** Records that the effect failed, and what it had decided, and throws the error. */
  fail(error: unknown, decision?: { readonly branch: number }): Eventual<never> {
    this.branch.begin();
    const located = locate(error, this.effect.kind, this.path);
    // the host keeps how an execution ended, but not before it has paid what it owes
    if (this.path === '' && decision === undefined && !this.frame.debts.any) throw located;
    return after(this.record({ ...decision, error: toRecord(located) }), () => {
      throw located;
    });
  }

  /** Takes over what an effect below wrote into the context in an earlier life, without performing it. */
  absorbRecorded(child: PreparedEffect, prefix = this.frame.prefix): void {
    absorbRecorded(child, prefix, this.frame);
  }

  /** `true` when a leaf goes on after `perform` returned, `false` when that ended. */
  working(working: boolean): void {
    this.#working = working;
    this.frame.host.active?.(this, working ? 1 : -1);
    if (this.#waits === 0) this.frame.host.performing?.(working ? 1 : -1);
  }

  /** An effect that runs others is active itself only while it waits. */
  #whileActive<T>(promise: Promise<T>): Promise<T> {
    const { host } = this.frame;
    if (host.active === undefined || this.#working || this.effect.leaf !== undefined) return promise;
    host.active(this, 1);
    return promise.finally(() => host.active?.(this, -1));
  }

  /** While the host keeps a leaf waiting, the leaf is not at work. */
  #whileWaiting<T>(promise: Promise<T>): Promise<T> {
    const { host } = this.frame;
    if (host.performing === undefined) return promise;
    this.#waits += 1;
    if (this.#working && this.#waits === 1) host.performing(-1);
    return promise.finally(() => {
      this.#waits -= 1;
      if (this.#working && this.#waits === 0) host.performing?.(1);
    });
  }

  report(report: Omit<ProgressReport, 'path' | 'kind' | 'at'>): void {
    const { host, prefix, attempt } = this.frame;
    try {
      const within = prefix === '' ? undefined : { attempt };
      host.progress?.({ path: this.path, kind: this.effect.kind, at: host.now(), ...within, ...report });
    } catch {
      // whoever watches must not change what happens
    }
  }
}

/** What `waitFor` resolves with when the time is up. */
export const late = Symbol('late');
