import type { Json, MachineEvent } from '@fsm/core';
import type { Branch } from './branch.ts';
import type { Patch } from './context-patch.ts';
import type { PreparedEffect } from './effect.ts';
import { after, type Eventual, isPromise, never } from './eventual.ts';
import { locate, toRecord } from './failure.ts';
import type { Frame } from './frame.ts';
import type { LogLevel, ProgressReport, StepRecord } from './host.ts';

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
    return `${this.frame.host.id}:${this.path.replace(/^#\d+\.|#\d+/g, '')}`;
  }

  get attempt(): number {
    return this.frame.attempt;
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
    return branch.wait(this.#whileWaiting(host.sleepUntil(due, branch.signal)));
  }

  get branch(): Branch {
    return this.frame.branch;
  }

  /** What an earlier life recorded for this step, or for one of its attempts. */
  recorded(attempt?: number): StepRecord | undefined {
    return this.frame.host.recorded(attempt === undefined ? this.path : `${this.path}#${attempt}`);
  }

  /** Makes a fact durable. When that fails, the whole execution fails: it cannot keep its promises any more. */
  record(fact: StepRecord, attempt?: number): void | Promise<void> {
    const { branch, host } = this.frame;
    branch.begin();
    if (branch.expired !== undefined) return never();
    let pending: void | Promise<void>;
    try {
      pending = host.record(attempt === undefined ? this.path : `${this.path}#${attempt}`, fact);
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
    if (this.path === '' && decision === undefined) throw located;
    return after(this.record({ ...decision, error: toRecord(located) }), () => {
      throw located;
    });
  }

  /** Takes over what an effect below wrote into the context in an earlier life, without performing it. */
  absorbRecorded(child: PreparedEffect, attempt?: number): void {
    absorbRecorded(child, attempt === undefined ? this.frame.prefix : `${this.path}#${attempt}`, this.frame);
  }

  /** `true` when a leaf goes on after `perform` returned, `false` when that ended. */
  working(working: boolean): void {
    this.#working = working;
    if (this.#waits === 0) this.frame.host.performing?.(working ? 1 : -1);
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

/** Takes over what the effect, and those below it, wrote into the context in an earlier life. */
export function absorbRecorded(effect: PreparedEffect, prefix: string, frame: Frame): void {
  if (effect.compensates) recallDebts(effect, prefix, frame);
  if (effect.writes) absorbWrites(effect, prefix, frame);
}

function absorbWrites(effect: PreparedEffect, prefix: string, frame: Frame): void {
  if (!effect.writes) return;
  const { host, branch } = frame;
  const path = prefix + effect.path;
  if (effect.leaf !== undefined) {
    const patch = host.recorded(path)?.patch;
    if (patch !== undefined) branch.rewrite(patch);
    return;
  }
  for (const inside of insides(effect, prefix, host)) {
    for (const child of effect.children) absorbWrites(child, inside, frame);
  }
}

/** Takes over what steps of an earlier life owe. */
export function recallDebts(effect: PreparedEffect, prefix: string, frame: Frame): void {
  if (!effect.compensates) return;
  const { host, debts } = frame;
  for (const inside of insides(effect, prefix, host)) {
    for (const child of effect.children) recallDebts(child, inside, frame);
  }
  if (!effect.owes) return;
  const path = prefix + effect.path;
  const record = host.recorded(path);
  if (record?.owed === undefined) return;
  debts.add({ path, prefix, order: record.owed, compensation: effect.children[1]!, output: record.output ?? null });
}

/** The prefixes below which an effect's children ran, as far as records tell. */
function* insides(effect: PreparedEffect, prefix: string, host: Frame['host']): Generator<string> {
  const path = prefix + effect.path;
  if (effect.repeats === undefined) yield prefix;
  else if (effect.repeats === '@') {
    const count = host.recorded(path)?.count ?? 0;
    for (let index = 0; index < count; index += 1) yield `${path}@${index}`;
  } else {
    for (let attempt = 1; ; attempt += 1) {
      yield `${path}#${attempt}`;
      if (host.recorded(`${path}#${attempt}`) === undefined) return;
    }
  }
}
