import { FsmError } from '../error.ts';

/**
 * - `EXPRESSION_INVALID`: the source does not compile.
 * - `EXPRESSION_FAILED`: an evaluation met a value it cannot work with.
 * - `EXPRESSION_LIMIT`: an evaluation took too many steps, or met a value that nests too deeply.
 * - `EXPRESSION_RESULT`: the result is not JSON, or too large.
 */
export type FaultCode = 'EXPRESSION_INVALID' | 'EXPRESSION_FAILED' | 'EXPRESSION_LIMIT' | 'EXPRESSION_RESULT';

export interface FaultFacts {
  /** Index of the first character in the source that is concerned. */
  readonly position?: number;
  readonly hint?: string;
}

/** Thrown inside the engine, where the source text is not at hand; leaves it as the `FsmError` of {@link asFsmError}. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly reason: string;
  readonly position: number | undefined;
  readonly hint: string | undefined;

  /** `reason` is the narrow code in `details`; `message` is a sentence without its full stop. */
  constructor(code: FaultCode, reason: string, message: string, facts: FaultFacts = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.position = facts.position;
    this.hint = facts.hint;
  }
}

export function invalid(reason: string, message: string, position: number, hint?: string): Fault {
  return new Fault('EXPRESSION_INVALID', reason, message, hint === undefined ? { position } : { position, hint });
}

export function failed(reason: string, message: string, position: number, hint?: string): Fault {
  return new Fault('EXPRESSION_FAILED', reason, message, hint === undefined ? { position } : { position, hint });
}

export function tooLong(limit: number): Fault {
  return invalid(
    'TOO_LONG',
    `The expression is longer than ${limit} characters`,
    limit,
    'Split it over several keys or guards.',
  );
}

/** Where an expression comes from. */
export interface Origin {
  /** The expression. */
  readonly source: string;
  /** The string in which it stands, and where: a template has text around its expressions. */
  readonly text: string;
  readonly offset: number;
  /** JSON path of that string, when it is known. */
  readonly path: string | undefined;
}

/** The error a caller sees: with line and column in the string, the expression, and the JSON path when it has one. */
export function asFsmError(error: unknown, { source, text, offset, path }: Origin): FsmError {
  const fault = error instanceof Fault ? error : unforeseen(error);
  const place = fault.position === undefined ? undefined : placeOf(text, offset + fault.position);
  const message = place === undefined ? `${fault.message}.` : `${fault.message} at ${place.line}:${place.column}.`;
  return new FsmError(fault.code, message, {
    details: { reason: fault.reason, expression: shorten(source), ...place },
    ...(fault.hint === undefined ? undefined : { hint: fault.hint }),
    ...(path === undefined ? undefined : { path }),
  });
}

/** The engine checks before it calls what could throw, so this is a stack or memory limit of the JavaScript engine. */
function unforeseen(error: unknown): Fault {
  const what = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) return new Fault('EXPRESSION_LIMIT', 'HOST_LIMIT', `The host stopped it: ${what}`);
  return new Fault('EXPRESSION_FAILED', 'HOST_ERROR', `The host stopped it: ${what}`);
}

function placeOf(source: string, position: number): { position: number; line: number; column: number } {
  const before = source.slice(0, position).split(/\r\n|[\n\r\u2028\u2029]/);
  return { position, line: before.length, column: before.at(-1)!.length + 1 };
}

function shorten(source: string): string {
  return source.length <= 200 ? source : `${source.slice(0, 199)}…`;
}
