import { FsmError } from '../error.ts';

/** A guard could not be answered. The event is refused and nothing has changed. */
export function guardFailed(path: string, cause: unknown): FsmError {
  return failed('GUARD_FAILED', 'guard', path, cause);
}

/** An action, a delay or an output could not be computed. The event is refused and nothing has changed. */
export function actionFailed(path: string, cause: unknown): FsmError {
  return failed('ACTION_FAILED', 'action', path, cause);
}

function failed(code: 'GUARD_FAILED' | 'ACTION_FAILED', what: string, path: string, cause: unknown): FsmError {
  if (FsmError.is(cause) && cause.code === code) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FsmError(code, `The ${what} at ${path} failed: ${reason}`, {
    path,
    hint:
      FsmError.is(cause) && cause.hint !== undefined
        ? cause.hint
        : `Correct the ${what}, or the data it met; the instance is unchanged.`,
    details: FsmError.is(cause) ? { ...cause.details, code: cause.code } : {},
    cause,
  });
}
