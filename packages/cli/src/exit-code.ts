import { FsmError } from '@fsm/core';

/** Mistakes of the command line itself: what it names is not there, or not of the kind it must be. */
const wrongUseCodes: ReadonlySet<string> = new Set([
  'FILE_NOT_FOUND',
  'FILE_IS_DIRECTORY',
  'FILE_UNREADABLE',
  'FILE_TYPE_UNKNOWN',
  'OPTION_MISSING',
  'OPTION_CONFLICT',
  'STATE_UNKNOWN',
  'STORE_NOT_FOUND',
  'STORE_NOT_A_FILE',
  'STORE_NOT_A_DIRECTORY',
  'STORE_FOREIGN',
  'ID_INVALID',
]);

export const exitCode = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  /** As shells have it: 128 and the number of SIGINT. */
  interrupted: 130,
  of(error: unknown): number {
    if (!FsmError.is(error)) return exitCode.failed;
    if (error.code === 'INTERRUPTED') return exitCode.interrupted;
    return wrongUseCodes.has(error.code) ? exitCode.wrongUse : exitCode.failed;
  },
} as const;
