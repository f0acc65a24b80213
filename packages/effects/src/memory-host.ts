import { FsmError, type Json, type JsonObject, type MachineEvent } from '@fsm/core';
import type { ExecutionHost, ExecutionScope, LogLevel, ProgressReport, StepRecord } from './host.ts';
import type { Services } from './services/services.ts';

/** What an execution without an instance is given. Everything has a default. */
export interface MemoryHostOptions {
  /** Name of the execution, in front of every idempotency key. */
  readonly id?: string;
  readonly context?: JsonObject;
  readonly event?: MachineEvent;
  readonly params?: Json;
  readonly instance?: string;
  readonly tenant?: string;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
  readonly sleepUntil?: (due: number, signal: AbortSignal) => Promise<void>;
  readonly send?: (to: string, event: MachineEvent, key: string) => void | Promise<void>;
  readonly emit?: (event: MachineEvent) => void;
  readonly log?: (level: LogLevel, message: Json) => void;
  readonly progress?: (report: ProgressReport) => void;
  /** What this execution shares with others; its own when not given. */
  readonly services?: Services;
}

/** `setTimeout` counts in 32 bits; longer waits are cut into pieces. */
const longestTimeout = 2 ** 31 - 1;

/** A host that keeps nothing: when the process ends, the execution is gone. */
export class MemoryHost implements ExecutionHost {
  readonly id: string;
  readonly forgets: boolean = true;
  readonly scope: ExecutionScope;
  readonly signal: AbortSignal;
  readonly progress?: (report: ProgressReport) => void;
  readonly services?: Services;
  readonly #options: MemoryHostOptions;

  constructor(options: MemoryHostOptions = {}) {
    const { id = 'execution', context = {}, event = { type: 'execute' }, instance = '', tenant = '', params } = options;
    this.#options = options;
    this.id = id;
    this.signal = options.signal ?? new AbortController().signal;
    this.scope = {
      context,
      event,
      instance,
      tenant,
      now: this.now(),
      ...(params === undefined ? undefined : { params }),
    };
    if (options.progress !== undefined) this.progress = options.progress;
    if (options.services !== undefined) this.services = options.services;
  }

  now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  recorded(_path: string): StepRecord | undefined {
    return undefined;
  }

  record(_path: string, _step: StepRecord): void {}

  sleepUntil(due: number, signal: AbortSignal): Promise<void> {
    return this.#options.sleepUntil?.(due, signal) ?? sleepUntil(due, signal, () => this.now());
  }

  send(to: string, event: MachineEvent, key: string): void | Promise<void> {
    if (this.#options.send !== undefined) return this.#options.send(to, event, key);
    throw new FsmError('SEND_UNAVAILABLE', `An execution without a runtime cannot send ${event.type} to "${to}".`, {
      hint: 'Give `send` in the options of run, or run the effect in an instance.',
    });
  }

  emit(event: MachineEvent): void {
    this.#options.emit?.(event);
  }

  log(level: LogLevel, message: Json): void {
    this.#options.log?.(level, message);
  }
}

function sleepUntil(due: number, signal: AbortSignal, now: () => number): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const arm = (): NodeJS.Timeout => setTimeout(wake, Math.min(Math.max(due - now(), 0), longestTimeout));
    const wake = () => {
      if (now() < due) {
        timer = arm();
        return;
      }
      signal.removeEventListener('abort', abort);
      resolve();
    };
    let timer = arm();
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
