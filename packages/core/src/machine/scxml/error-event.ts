import { FsmError } from '../../error.ts';
import type { JsonObject } from '../../json.ts';
import type { Step } from '../step.ts';

/** Content failed that knows more about it: the id of the message that was not sent. */
export class ContentFailure {
  readonly cause: unknown;
  readonly sendid: string | undefined;

  constructor(cause: unknown, sendid: string | undefined) {
    this.cause = cause;
    this.sendid = sendid;
  }
}

/**
 * Raises `error.execution`: something in the document could not be evaluated. Its data say where: the element
 * (`tagname`), why (`reason`), and line and column within the expression.
 *
 * @see https://www.w3.org/TR/scxml/#errorsAndEvents
 */
export function raiseExecutionError(step: Step, failure: unknown, tagname: string): void {
  const { cause, sendid } = failure instanceof ContentFailure ? failure : { cause: failure, sendid: undefined };
  const kind = 'platform' as const;
  step.more.raise({
    type: 'error.execution',
    data: describeFailure(cause, tagname),
    delivery: sendid === undefined ? { kind } : { kind, sendid },
  });
}

function describeFailure(cause: unknown, tagname: string): JsonObject {
  // a fault of the engine itself must not become an event of the machine
  if (!FsmError.is(cause)) throw cause;
  const { code, message, details } = cause;
  const place = (key: string) => (typeof details?.[key] === 'number' ? (details[key] as number) : 1);
  return { tagname, reason: message, code, line: place('line'), column: place('column') };
}

/** The target, type or delay of a message means nothing. */
export function badMessage(code: string, message: string, hint: string): FsmError {
  return new FsmError(code, message, { hint });
}
