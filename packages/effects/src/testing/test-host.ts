import type { Json, JsonObject, MachineEvent } from '@fsm/core';
import type { Eventual } from '../eventual.ts';
import type { ExecutionHost, ExecutionScope, LogLevel, ProgressReport, StepRecord } from '../host.ts';
import type { Services } from '../services/services.ts';
import { type ChildRequest, type EventWait, matchesDescriptor, type StepOutcome } from '../wait.ts';

export interface TestHostOptions {
  readonly id?: string;
  readonly context?: JsonObject;
  readonly event?: MachineEvent;
  readonly params?: Json;
  /** Where the clock stands at the start. */
  readonly now?: number;
  /** When the execution started, in its first life; `now` when not given. */
  readonly startedAt?: number;
  /** What earlier lives recorded. */
  readonly known?: ReadonlyMap<string, StepRecord>;
  /** Whether records become durable at once or one turn of the event loop later. */
  readonly records?: 'at once' | 'later';
  /** The process dies at the record after so many. */
  readonly crashAfter?: number;
  readonly watched?: boolean;
  readonly tenant?: string;
  /** What executions share; a host without has its own, and so has its next life. */
  readonly services?: Services;
}

export interface RecordedFact {
  readonly path: string;
  readonly step: StepRecord;
}

/** What `record` throws when the process dies. Nothing that happens afterwards counts. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/**
 * A host to hold in one's hands: a clock that moves when told to, records in a list, a process that dies on request.
 *
 * ```ts
 * const host = new TestHost();
 * const outcome = host.outcome(() => execute(effect, host));
 * await host.advance(30_000);
 * expect(outcome.settled).toEqual({ output: 42 });
 *
 * const nextLife = host.nextLife(); // knows what this one recorded
 * ```
 */
export class TestHost implements ExecutionHost {
  readonly id: string;
  readonly scope: ExecutionScope;
  readonly records: RecordedFact[] = [];
  readonly logs: { readonly level: LogLevel; readonly message: Json }[] = [];
  readonly emitted: MachineEvent[] = [];
  readonly sent: { readonly to: string; readonly event: MachineEvent; readonly key: string }[] = [];
  readonly reports: ProgressReport[] = [];
  /** What steps wait for, those that began first in front. */
  readonly waits: (EventWait & Ended)[] = [];
  /** Children that were asked for, and of those to be run to their ends, which still run. */
  readonly spawned: { readonly child: ChildRequest; readonly path: string }[] = [];
  readonly children: ({ readonly child: ChildRequest; readonly path: string } & Ended)[] = [];
  /** Step paths of children that were not wanted any more. */
  readonly left: string[] = [];
  /** How much is being performed, as `performing` was told. */
  atWork = 0;
  /** Whether the process died. */
  dead = false;
  /** Whether two sleepers were to wake at the same time: then their order is chance, and another life may see another. */
  tied = false;
  /** What was asked of the host although the process was dead or the execution aborted. */
  readonly violations: string[] = [];
  readonly progress?: (report: ProgressReport) => void;
  readonly services?: Services;
  readonly #options: TestHostOptions;
  readonly #known: ReadonlyMap<string, StepRecord>;
  readonly #controller = new AbortController();
  #now: number;
  #unsettled = 0;
  #sleepers: { readonly due: number; readonly wake: () => void }[] = [];

  constructor(options: TestHostOptions = {}) {
    const { id = 'test', context = {}, event = { type: 'TEST' }, now = 0, startedAt = now, params } = options;
    this.#options = options;
    this.#known = options.known ?? new Map();
    this.#now = now;
    this.id = id;
    this.scope = {
      context,
      event,
      instance: 'one',
      tenant: options.tenant ?? 'acme',
      now: startedAt,
      ...(params === undefined ? undefined : { params }),
    };
    if (options.services !== undefined) this.services = options.services;
    if (options.watched) this.progress = (report) => void this.reports.push(report);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  now(): number {
    return this.#now;
  }

  recorded(path: string): StepRecord | undefined {
    return this.#known.get(path);
  }

  record(path: string, step: StepRecord): Eventual<void> {
    if (this.signal.aborted) this.violations.push(`recorded ${JSON.stringify(step)} at "${path}" after the abort`);
    if (this.dead) {
      this.violations.push(`recorded ${JSON.stringify(step)} at "${path}" after the crash`);
      throw new Crash('the process is dead');
    }
    if (this.records.length === this.#options.crashAfter) {
      this.dead = true;
      throw new Crash(`the process died at record ${this.records.length + 1}`);
    }
    for (const kind of Object.keys(step)) {
      if (this.#facts(path).some((fact) => kind in fact)) this.violations.push(`recorded "${kind}" of "${path}" twice`);
    }
    // what a journal does to it
    this.records.push({ path, step: JSON.parse(JSON.stringify(step)) });
    if (this.#options.records !== 'later') return;
    this.#unsettled += 1;
    return nextTurn().then(() => {
      this.#unsettled -= 1;
    });
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

  /** For fake functions: calls `wake` once when the clock reaches `due`. Returns how to take that back. */
  wakeAt(due: number, wake: () => void): () => void {
    const sleeper = { due, wake };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  send(to: string, event: MachineEvent, key: string): void {
    this.sent.push({ to, event, key });
  }

  emit(event: MachineEvent): void {
    this.emitted.push(event);
  }

  log(level: LogLevel, message: Json): void {
    this.logs.push({ level, message });
  }

  waitForEvent(wait: EventWait, signal: AbortSignal): Promise<StepOutcome> {
    return entry(this.waits, wait, signal);
  }

  /** An event comes that no transition takes. Says whether a step waited for it. */
  async deliver(event: MachineEvent): Promise<boolean> {
    const waiting = this.waits.map((wait) => ({ wait, outcome: outcomeOf(wait, event, this.#now) }));
    const first = waiting.find(({ outcome }) => outcome !== undefined);
    if (first?.outcome === undefined) return false;
    await this.#end(this.waits, first.wait, first.outcome);
    return true;
  }

  spawn(child: ChildRequest, path: string): Promise<string> {
    this.spawned.push({ child, path });
    return Promise.resolve(child.instance ?? `child-${path}`);
  }

  invoke(child: ChildRequest, path: string, signal: AbortSignal): Promise<StepOutcome> {
    return entry(this.children, { child, path }, signal, () => this.left.push(path));
  }

  /** A child comes to its end. */
  async endChild(path: string, outcome: StepOutcome): Promise<void> {
    const child = this.children.find((candidate) => candidate.path === path);
    if (child === undefined) throw new Error(`no child runs at "${path}"`);
    await this.#end(this.children, child, outcome);
  }

  /** A host records the outcome with what brought it about. */
  async #end<T extends Ended & { readonly path: string }>(list: T[], ended: T, outcome: StepOutcome): Promise<void> {
    list.splice(list.indexOf(ended), 1);
    await this.record(ended.path, outcome);
    ended.end(outcome);
    await this.rest();
  }

  performing(change: 1 | -1): void {
    this.atWork += change;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /** Starts something and watches how it ends. */
  outcome<T>(start: () => Eventual<T>): Watched<T> {
    const watched: { settled: Watched<T>['settled'] } = { settled: undefined };
    try {
      const value = start();
      if (value instanceof Promise) {
        value.then(
          (output) => {
            watched.settled = { output };
          },
          (error) => {
            watched.settled = { error };
          },
        );
      } else watched.settled = { output: value };
    } catch (error) {
      watched.settled = { error };
    }
    return watched;
  }

  /** Moves the clock, stopping wherever somebody wakes, and lets everything that follows happen. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.rest();
    for (let due = this.nextDue; due !== undefined && due <= end; due = this.nextDue) await this.#wakeAt(due);
    this.#now = end;
  }

  /** Moves the clock until nobody sleeps any more. */
  async finish(): Promise<void> {
    await this.rest();
    for (let due = this.nextDue; due !== undefined && !this.dead; due = this.nextDue) await this.#wakeAt(due);
  }

  /** Lets everything happen that does not wait for the clock. */
  async rest(): Promise<void> {
    do await nextTurn();
    while (this.#unsettled > 0);
  }

  /** When the next sleeper wakes. */
  get nextDue(): number | undefined {
    return this.#sleepers.length === 0 ? undefined : Math.min(...this.#sleepers.map(({ due }) => due));
  }

  /** Everything on record, of earlier lives and this one, by path. */
  get facts(): ReadonlyMap<string, StepRecord> {
    const facts = new Map(this.#known);
    for (const { path, step } of this.records) facts.set(path, { ...facts.get(path), ...step });
    return facts;
  }

  /** A host for the same execution after a restart. */
  nextLife(options: TestHostOptions = {}): TestHost {
    const { crashAfter: _, services: _shared, ...same } = this.#options;
    return new TestHost({ ...same, now: this.#now, startedAt: this.scope.now, known: this.facts, ...options });
  }

  #facts(path: string): StepRecord[] {
    const known = this.#known.get(path);
    const own = this.records.filter((fact) => fact.path === path).map(({ step }) => step);
    return known === undefined ? own : [known, ...own];
  }

  async #wakeAt(due: number): Promise<void> {
    this.#now = Math.max(this.#now, due);
    const [first, ...others] = this.#sleepers.filter((sleeper) => sleeper.due === due);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== first);
    this.tied ||= others.length > 0;
    first?.wake();
    await this.rest();
  }
}

export interface Watched<T> {
  /** How it ended; nothing while it runs. */
  readonly settled: { readonly output: T } | { readonly error: unknown } | undefined;
}

/** Lets everything happen that waits for nothing but its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Something whose end is awaited. */
interface Ended {
  end(outcome: StepOutcome): void;
}

function entry<T extends object>(
  list: (T & Ended)[],
  given: T,
  signal: AbortSignal,
  left?: () => void,
): Promise<StepOutcome> {
  return new Promise((resolve, reject) => {
    const added = { ...given, end: resolve };
    const stop = () => {
      const index = list.indexOf(added);
      if (index >= 0) list.splice(index, 1);
      if (index >= 0 || signal.aborted) left?.();
      reject(signal.reason);
    };
    if (signal.aborted) {
      stop();
      return;
    }
    list.push(added);
    signal.addEventListener('abort', () => list.includes(added) && stop());
  });
}

function outcomeOf(wait: EventWait, event: MachineEvent, at: number): StepOutcome | undefined {
  return wait.types.some((type) => matchesDescriptor(type, event.type)) ? wait.outcome(event, at) : undefined;
}
