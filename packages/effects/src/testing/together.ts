import type { EffectDefinition, FsmError, Json } from '@fsm/core';
import { execute } from '../execute.ts';
import type { StepRecord } from '../host.ts';
import { MemoryHost } from '../memory-host.ts';
import { createRegistry, type Registry, type RegistryOptions } from '../registry.ts';
import type { ServiceChange } from '../services/dependency.ts';
import { createServices, type Services } from '../services/services.ts';
import { Crash, nextTurn } from './test-host.ts';

export interface TogetherOptions extends RegistryOptions {
  readonly services?: Services;
}

export interface PartOptions {
  readonly tenant?: string;
  readonly context?: { readonly [key: string]: Json };
  /** Its process dies at the record after so many. */
  readonly crashAfter?: number;
}

/** One of several executions. */
export interface Part {
  /** How it ended; nothing while it runs. */
  readonly settled: { readonly output: Json } | { readonly error: FsmError } | undefined;
  readonly endedAt: number | undefined;
  readonly records: readonly { readonly path: string; readonly step: StepRecord }[];
  cancel(): void;
}

/**
 * Several executions under one clock that moves when told to, with the same services.
 *
 * ```ts
 * const together = new Together({ functions: { ask } });
 * const [one, two] = [together.start(effect), together.start(effect)];
 * await together.advance(1000);
 * expect(one.settled).toEqual({ output: 42 });
 * ```
 */
export class Together {
  readonly registry: Registry;
  readonly services: Services;
  readonly changes: ServiceChange[] = [];
  #now = 0;
  #started = 0;
  #sleepers: { readonly due: number; readonly wake: () => void }[] = [];

  constructor({ services = createServices(), ...options }: TogetherOptions = {}) {
    this.registry = createRegistry(options);
    this.services = services;
    services.watch((change) => this.changes.push(change));
  }

  now(): number {
    return this.#now;
  }

  start(effect: EffectDefinition, { tenant = 'acme', context = {}, crashAfter }: PartOptions = {}): Part {
    const controller = new AbortController();
    const records: { path: string; step: StepRecord }[] = [];
    this.#started += 1;
    const host = new MemoryHost({
      id: `execution-${this.#started}`,
      tenant,
      context,
      services: this.services,
      signal: controller.signal,
      now: () => this.#now,
      sleepUntil: (due, signal) => this.sleepUntil(due, signal),
    });
    host.record = (path: string, step: StepRecord) => {
      if (records.length === crashAfter) throw new Crash('the process died');
      records.push({ path, step });
    };
    const part: { -readonly [Key in keyof Part]: Part[Key] } = {
      settled: undefined,
      endedAt: undefined,
      records,
      cancel: () => controller.abort(),
    };
    const end = (settled: Part['settled']) => {
      part.settled = settled;
      part.endedAt = this.#now;
    };
    const perform = async () => execute(this.registry.prepare(effect), host);
    perform().then(
      (output) => end({ output }),
      (error) => end({ error }),
    );
    return part;
  }

  /** Several at once. */
  startAll(count: number, effect: EffectDefinition, options?: PartOptions): Part[] {
    return Array.from({ length: count }, () => this.start(effect, options));
  }

  sleepUntil(due: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const sleeper = { due, wake: resolve };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Moves the clock, stopping wherever somebody wakes, and lets everything that follows happen. */
  async advance(milliseconds: number): Promise<void> {
    await this.#advanceTo(this.#now + milliseconds);
  }

  /** Moves the clock until nobody sleeps any more. */
  async finish(): Promise<void> {
    await nextTurn();
    while (this.#sleepers.length > 0) await this.#advanceTo(Math.max(this.#now, this.#nextDue));
  }

  /** A function that takes time, and ends early when it is aborted. */
  async take(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.sleepUntil(this.#now + milliseconds, signal);
  }

  get sleeping(): number {
    return this.#sleepers.length;
  }

  get #nextDue(): number {
    return Math.min(...this.#sleepers.map(({ due }) => due));
  }

  async #advanceTo(end: number): Promise<void> {
    await nextTurn();
    while (this.#sleepers.length > 0 && this.#nextDue <= end) {
      const due = this.#nextDue;
      this.#now = Math.max(this.#now, due);
      const first = this.#sleepers.find((sleeper) => sleeper.due === due)!;
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== first);
      first.wake();
      await nextTurn();
    }
    this.#now = end;
  }
}

/** The codes of the errors with which executions ended; `ok` for those that succeeded, nothing for those that run. */
export function codes(parts: readonly Part[]): (string | undefined)[] {
  return parts.map(({ settled }) =>
    settled === undefined ? undefined : 'error' in settled ? settled.error.code : 'ok',
  );
}
