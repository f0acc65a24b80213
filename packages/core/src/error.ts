/**
 * What the runtime does next with an error. Whoever throws decides.
 *
 * - `reject`: the request is refused and nothing has changed; sending the same thing again fails the same way.
 * - `retry`: nothing is known to be wrong with the request; the same request with the same id may be sent again.
 * - `stop`: the process can no longer keep its promises and must stop acknowledging work.
 */
export type ErrorNext = 'reject' | 'retry' | 'stop';

export interface FsmErrorOptions {
  /** What the runtime does next; `reject` when not given. */
  readonly next?: ErrorNext;
  /** What to try, as one sentence that starts with a verb. */
  readonly hint?: string;
  /** JSON path (`$.states.review.on.APPROVE`) of the value that is wrong, where there is one. */
  readonly path?: string;
  /** The facts, as plain JSON: what was asked, what exists. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const marker = Symbol.for('fsm.error');

/**
 * An error with a stable code. The message says what is wrong; `hint` says what to try.
 *
 * ```ts
 * throw new FsmError('INSTANCE_UNKNOWN', `There is no instance "${id}" in tenant "acme".`, {
 *   hint: 'List the instances of the tenant, or create it first.',
 *   details: { asked: id },
 * });
 * ```
 *
 * Use {@link FsmError.is} instead of `instanceof`: it also recognises errors of a second installed copy.
 */
export class FsmError extends Error {
  readonly code: string;
  readonly next: ErrorNext;
  readonly hint: string | undefined;
  readonly path: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, message: string, options: FsmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FsmError';
    this.code = code;
    this.next = options.next ?? 'reject';
    this.hint = options.hint;
    this.path = options.path;
    this.details = options.details;
    Object.defineProperty(this, marker, { value: true });
  }

  static is(value: unknown): value is FsmError {
    return typeof value === 'object' && value !== null && marker in value;
  }

  /** The error as plain JSON, without its stack: what crosses a process border or enters the journal. */
  toJSON(): ErrorRecord {
    return {
      code: this.code,
      message: this.message,
      ...(this.next === 'reject' ? undefined : { next: this.next }),
      ...(this.hint === undefined ? undefined : { hint: this.hint }),
      ...(this.path === undefined ? undefined : { path: this.path }),
      ...(this.details === undefined ? undefined : { details: this.details }),
    };
  }
}

/** An error as it is stored in the journal and handed to machines as `event.error`. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  /** What the runtime does next; `reject` when absent. */
  readonly next?: ErrorNext;
  readonly hint?: string;
  readonly path?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}
