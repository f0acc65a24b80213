import type { FsmError, Json } from '@fsm/core';
import type { Settlement } from './debts.ts';
import { failure, toRecord } from './failure.ts';

/**
 * The error of an execution that compensated what it did: the one that ended it, with what was undone. When something
 * could not be undone that is the error, because somebody has to look after it.
 */
export function afterCompensation(error: FsmError, { compensated, failed }: Settlement, path: string): FsmError {
  const cause = toRecord(error) as unknown as Json;
  const next = error.next === 'retry' ? 'retry' : 'reject';
  if (failed.length > 0) {
    const what = failed.length === 1 ? 'A completed step' : `${failed.length} completed steps`;
    return failure('COMPENSATION_FAILED', `${what} could not be undone after: ${error.message}`, path, {
      hint: 'See details.failed for what has to be undone by hand, and details.error for what failed first.',
      // a step that could not be undone keeps its key, so another attempt does not do it twice
      next: error.code === 'EXECUTION_CANCELLED' ? 'retry' : next,
      details: { error: cause, compensated, failed },
      cause: error,
    });
  }
  return failure(error.code, error.message, error.path ?? path, {
    ...(error.hint === undefined ? undefined : { hint: error.hint }),
    next,
    details: { ...error.details, compensated },
    cause: error,
  });
}
