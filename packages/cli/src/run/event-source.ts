import { FsmError } from '@fsm/core';
import { type LoggedEvent, parseEventLine } from '../event-log/event-line.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { Rejections } from './rejections.ts';

export interface NumberedEvent {
  readonly line: number;
  readonly event: LoggedEvent;
}

type Batch = readonly NumberedEvent[];

/**
 * The events of a log, read once from its start to its end. Malformed lines go to `rejections`. What keeps the log from
 * being read further goes to `failure`, so that what was read before can be finished.
 */
export class EventSource {
  readonly rejections: Rejections;
  /** Why the log could not be read to its end. */
  failure: FsmError | undefined;
  /** Number of the last line read. */
  line = 0;
  /** Keys that mean nothing on a line, with how many lines have them. */
  readonly unknownKeys = new Map<string, number>();
  readonly #log: EventLog;
  readonly #batches: AsyncGenerator<Batch>;
  #first: IteratorResult<Batch, undefined> | undefined;

  constructor(log: EventLog, rejections: Rejections) {
    this.rejections = rejections;
    this.#log = log;
    this.#batches = this.#read();
  }

  get name(): string {
    return this.#log.name;
  }

  /** How much of the log was read, from 0 to 1, where its size is known. */
  share(): number | undefined {
    return this.#log.share();
  }

  /** The first event, without taking it away. Throws why the log cannot be read, when it cannot be read at all. */
  async first(): Promise<LoggedEvent | undefined> {
    this.#first ??= await this.#batches.next();
    if (this.failure !== undefined && this.line === 0) throw this.failure;
    return this.#first.value?.[0]?.event;
  }

  async *batches(): AsyncGenerator<Batch> {
    const first = this.#first?.value;
    this.#first = undefined;
    if (first !== undefined) yield first;
    yield* this.#batches;
  }

  async *#read(): AsyncGenerator<Batch, undefined> {
    try {
      for await (const lines of this.#log.lines()) {
        const batch: NumberedEvent[] = [];
        for (const line of lines) {
          this.line = line.number;
          try {
            const event = parseEventLine(line);
            if (event === undefined) continue;
            if (event.unknownKeys.length > 0) this.#noteUnknown(event.unknownKeys);
            batch.push({ line: line.number, event });
          } catch (error) {
            this.rejections.add(line.number, coded(error));
          }
        }
        if (batch.length > 0) yield batch;
      }
    } catch (error) {
      this.failure = coded(error);
    }
  }

  #noteUnknown(keys: readonly string[]): void {
    for (const key of keys) {
      const known = this.unknownKeys.get(key);
      // A hostile log could have a new key on every line.
      if (known !== undefined || this.unknownKeys.size < 20) this.unknownKeys.set(key, (known ?? 0) + 1);
    }
  }
}

function coded(error: unknown): FsmError {
  if (FsmError.is(error)) return error;
  throw error;
}
