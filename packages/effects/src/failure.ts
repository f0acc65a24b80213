import { type ErrorRecord, FsmError } from '@fsm/core';
import { copyJson } from './copy-json.ts';

/** Longest message of an error that enters the journal, in characters. */
const messageLimit = 8_192;

/** Errors that already carry the path of the effect that raised them: enclosing effects leave those alone. */
const located = new WeakSet<FsmError>();

/**
 * The error as the executor passes it on: coded, with the path of the effect that raised it and the original as cause.
 * Whatever a function throws without a code becomes EFFECT_FAILED and keeps its message.
 */
export function locate(error: unknown, kind: string, path: string): FsmError {
  if (!FsmError.is(error)) {
    const name = error instanceof Error ? error.name : typeof error;
    return known(
      new FsmError('EFFECT_FAILED', messageOf(error) || `An effect of kind "${kind}" failed without saying why.`, {
        next: 'retry',
        path,
        details: { kind, name },
        cause: error,
      }),
    );
  }
  if (located.has(error)) return error;
  const { code, message, next, hint } = error;
  // what the error itself pointed at, such as the place of an expression
  const at = error.path === undefined ? undefined : { at: error.path };
  return known(
    new FsmError(code, message, {
      next,
      ...(hint === undefined ? undefined : { hint }),
      path,
      details: { ...error.details, ...at, kind },
      cause: error,
    }),
  );
}

/** An error raised by the executor itself on behalf of the effect at `path`. */
export function failure(
  code: string,
  message: string,
  path: string,
  options: {
    readonly hint?: string;
    readonly next?: 'retry' | 'reject';
    readonly details?: object;
    readonly cause?: unknown;
  },
): FsmError {
  return known(new FsmError(code, message, { ...options, path, details: { ...options.details } }));
}

/** The error that an earlier life recorded. Its cause did not survive the crash. */
export function fromRecord(record: ErrorRecord): FsmError {
  const { code, message, ...rest } = record;
  return known(new FsmError(code, message, rest));
}

/** The error as plain JSON that fits into the journal, whatever its details hold. */
export function toRecord(error: FsmError): ErrorRecord {
  const { details, message, ...record } = error.toJSON();
  const short = message.length > messageLimit ? `${message.slice(0, messageLimit - 1)}…` : message;
  const plain = details === undefined ? undefined : plainDetails(details);
  return { ...record, message: short, ...(plain === undefined ? undefined : { details: plain }) };
}

/** Why a branch or a whole execution was stopped. */
export function cancelled(message: string, cause?: unknown): FsmError {
  return known(new FsmError('EXECUTION_CANCELLED', message, cause === undefined ? {} : { cause }));
}

function known(error: FsmError): FsmError {
  located.add(error);
  return error;
}

function plainDetails(details: object): Readonly<Record<string, unknown>> | undefined {
  try {
    return copyJson(details) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : String(error);
  } catch {
    return '';
  }
}
