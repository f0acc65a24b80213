import { FsmError } from '@fsm/core';
import type { Instance } from '../engine/instance.ts';
import type { RuntimeObserver } from '../engine/observer.ts';
import type { Limits } from '../limits.ts';
import type { HookName, Watching } from './plugin.ts';
import type { PreparedPlugin } from './registered-plugins.ts';
import { type HookCall, hookCalls, type Line, type NumberedLine } from './report.ts';

/** What became of the calls of one plugin since the start. */
export interface PluginCounts {
  /** Hooks called. */
  calls: number;
  /** Hooks that threw or rejected. */
  failed: number;
  /** Hooks that took longer than `limits.pluginTime`. */
  slow: number;
  /** Lines that were not reported because too many were waiting. */
  missed: number;
}

export interface PluginHostPort {
  /** Everything up to the line was reported. */
  reported(instance: Instance, sequence: number): void;
  noteQuiet(): void;
}

type Task = () => Watching;

/** Calls hooks: after the commit, in the order of each instance's journal, and whatever they do (P1 to P4 in `plugin.ts`). */
export class PluginHost {
  readonly #limits: Limits;
  readonly #observer: RuntimeObserver;
  readonly #port: PluginHostPort;
  readonly #counts = new Map<string, PluginCounts>();
  /** What waits behind a promise, by number of the instance: one that was loaded anew waits behind what it was before. */
  readonly #queues = new Map<number, Task[]>();
  readonly #draining = new Map<number, Promise<void>>();
  /** The last line that found no room. */
  readonly #missed = new Map<number, number>();

  constructor(limits: Limits, observer: RuntimeObserver, port: PluginHostPort) {
    this.#limits = limits;
    this.#observer = observer;
    this.#port = port;
  }

  /** Instances with reports under way. */
  get active(): number {
    return this.#queues.size;
  }

  get counts(): Readonly<Record<string, Readonly<PluginCounts>>> {
    return Object.fromEntries([...this.#counts].map(([name, counts]) => [name, { ...counts }]));
  }

  /** Reports a line that is on stable storage. */
  report(instance: Instance, plugins: readonly PreparedPlugin[], sequence: number, line: Line): void {
    const queue = this.#queues.get(instance.number);
    if (queue !== undefined && queue.length >= this.#limits.pluginBacklog) {
      this.#missed.set(instance.number, sequence);
      for (const { name } of plugins) {
        this.#count(name).missed += 1;
        this.#tell(instance, name, undefined, sequence, 'missed', tooMany(this.#limits.pluginBacklog));
      }
      return;
    }
    this.#perform(instance, () => this.#report(instance, plugins, sequence, line));
  }

  /** Reports lines again, before any other report of the instance. */
  catchUp(
    instance: Instance,
    plugins: readonly PreparedPlugin[],
    read: () => readonly NumberedLine[] | Promise<readonly NumberedLine[]>,
  ): void {
    const unreadable = (error: unknown) => {
      for (const { name } of plugins) {
        this.#count(name).missed += 1;
        this.#tell(instance, name, undefined, instance.reported + 1, 'missed', error);
      }
    };
    const reportAll = async () => {
      try {
        for (const { sequence, line } of await read()) await this.#report(instance, plugins, sequence, line);
      } catch (error) {
        unreadable(error);
      }
    };
    this.#perform(instance, () => reportAll());
  }

  /** Resolves when nothing waits any more, or after the time one hook may take. */
  async drained(): Promise<void> {
    if (this.#queues.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#limits.pluginTime);
    });
    await Promise.race([Promise.all(this.#draining.values()), enough]);
    clearTimeout(timer);
  }

  #perform(instance: Instance, task: Task): void {
    const queue = this.#queues.get(instance.number);
    if (queue !== undefined) {
      queue.push(task);
      return;
    }
    const result = task();
    if (result === undefined) return;
    this.#queues.set(instance.number, []);
    this.#draining.set(instance.number, this.#drain(instance, result));
  }

  async #drain(instance: Instance, first: Promise<void>): Promise<void> {
    const queue = this.#queues.get(instance.number)!;
    await first;
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await task();
    this.#queues.delete(instance.number);
    this.#draining.delete(instance.number);
    const missed = this.#missed.get(instance.number);
    if (missed !== undefined) this.#port.reported(instance, missed);
    this.#missed.delete(instance.number);
    this.#port.noteQuiet();
  }

  #report(instance: Instance, plugins: readonly PreparedPlugin[], sequence: number, line: Line): Watching {
    const calls = plugins.flatMap((plugin) => this.#callsOf(instance, plugin, sequence, line));
    for (let index = 0; index < calls.length; index += 1) {
      const result = calls[index]!();
      if (result instanceof Promise) return this.#later(instance, sequence, result, calls.slice(index + 1));
    }
    this.#port.reported(instance, sequence);
  }

  async #later(instance: Instance, sequence: number, first: Promise<void>, rest: readonly Task[]): Promise<void> {
    await first;
    for (const call of rest) await call();
    this.#port.reported(instance, sequence);
  }

  #callsOf(instance: Instance, plugin: PreparedPlugin, sequence: number, line: Line): Task[] {
    return hookCalls(line)
      .filter(([hook]) => plugin.hooks[hook] !== undefined)
      .map((call) => () => this.#call(instance, plugin, sequence, call));
  }

  /** One hook; never throws. */
  #call(instance: Instance, { name, hooks }: PreparedPlugin, sequence: number, [hook, report]: HookCall): Watching {
    const counts = this.#count(name);
    counts.calls += 1;
    const began = performance.now();
    const slow = () => {
      counts.slow += 1;
      this.#tell(instance, name, hook, sequence, 'slow', tooSlow(this.#limits.pluginTime));
    };
    const failed = (error: unknown) => {
      counts.failed += 1;
      this.#tell(instance, name, hook, sequence, 'failed', error);
    };
    let result: unknown;
    try {
      result = (hooks[hook] as (given: unknown) => unknown)(report);
    } catch (error) {
      failed(error);
    }
    if (isThenable(result)) return this.#inTime(result, slow, failed);
    if (performance.now() - began > this.#limits.pluginTime) slow();
  }

  #inTime(result: PromiseLike<unknown>, slow: () => void, failed: (error: unknown) => void): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        slow();
        resolve();
      }, this.#limits.pluginTime);
      result.then(
        () => {
          clearTimeout(timer);
          resolve();
        },
        (error: unknown) => {
          clearTimeout(timer);
          failed(error);
          resolve();
        },
      );
    });
  }

  #count(name: string): PluginCounts {
    let counts = this.#counts.get(name);
    if (counts === undefined) {
      counts = { calls: 0, failed: 0, slow: 0, missed: 0 };
      this.#counts.set(name, counts);
    }
    return counts;
  }

  #tell(
    { space, name }: Instance,
    plugin: string,
    hook: HookName | undefined,
    sequence: number,
    trouble: 'failed' | 'slow' | 'missed',
    error: unknown,
  ): void {
    this.#observer.plugin?.({ tenant: space.id, instance: name, plugin, hook, sequence, trouble, error });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function tooSlow(limit: number): FsmError {
  return new FsmError('PLUGIN_SLOW', `The hook took longer than ${limit} ms.`, {
    hint: 'Hand long work to something else and return at once, or raise the limit `pluginTime`.',
  });
}

function tooMany(limit: number): FsmError {
  return new FsmError('PLUGIN_BACKLOG', `${limit} reports of the instance are waiting for the plugin already.`, {
    hint: 'Make the hook faster, or raise the limit `pluginBacklog`.',
  });
}
