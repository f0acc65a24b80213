import { FsmError } from '@fsm/core';

/*
 * Every error a store throws, in one place: the same trouble reads the same whatever the adapter.
 */

/** No room on the disk. Nothing was changed; later commits succeed once there is space. */
export function storeFull(location: string, cause?: unknown, what = 'There is no space left'): FsmError {
  return new FsmError('STORE_FULL', `${what} for the store ${location}. Nothing of this commit was stored.`, {
    next: 'reject',
    hint: 'Free disk space, then send the same again: what was acknowledged before is kept.',
    details: { location },
    cause,
  });
}

/** The outcome of a commit is unknown; the store accepts nothing further. */
export function storeFailed(location: string, cause: unknown): FsmError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FsmError('STORE_FAILED', `The store ${location} failed: ${reason}.`, {
    next: 'stop',
    hint: 'Stop the process, check the disk and its log, and start again: nothing acknowledged is lost.',
    details: { location },
    cause,
  });
}

/** A commit that does not follow what the store holds (S4): two writers, or a mistake in the engine. */
export function storeConflict(location: string, message: string, details: Readonly<Record<string, unknown>>): FsmError {
  return new FsmError('STORE_CONFLICT', `The store ${location} refuses a commit that does not follow: ${message}.`, {
    next: 'stop',
    hint: 'Stop the process and start again, so that it reads what the store holds.',
    details: { location, ...details },
  });
}

export function storeClosed(location: string): FsmError {
  return new FsmError('STORE_CLOSED', `The store ${location} is not open.`, {
    next: 'stop',
    hint: 'Open the store before using it, and do not use it after closing it.',
    details: { location },
  });
}

export function storeReadOnly(location: string, cause?: unknown): FsmError {
  return new FsmError('STORE_READ_ONLY', `The store ${location} cannot be written.`, {
    hint: 'Give the process write permission on the file and on its directory, or open the store for reading only.',
    details: { location },
    cause,
  });
}

export function storeLocked(location: string, pid: number | undefined): FsmError {
  const holder = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
  return new FsmError('STORE_LOCKED', `The store ${location} is being written by ${holder}.`, {
    hint: 'Stop that process first, use another store, or open this one for reading only.',
    details: { location, ...(pid === undefined ? undefined : { pid }) },
  });
}

export function storeForeign(location: string, found: string, cause?: unknown): FsmError {
  return new FsmError('STORE_FOREIGN', `${location} belongs to another program: ${found}.`, {
    hint: 'Give the path of a store made by FSM, or a path that does not exist yet to make a new one.',
    details: { location, found },
    cause,
  });
}

export function storeVersion(location: string, found: number, known: number): FsmError {
  return new FsmError(
    'STORE_VERSION',
    `The store ${location} has format ${found}; this version of FSM reads formats up to ${known}.`,
    {
      hint: 'Use the version of FSM that wrote it, or a newer one.',
      details: { location, found, known },
    },
  );
}

export function storeNotFound(location: string): FsmError {
  return new FsmError('STORE_NOT_FOUND', `There is no store at ${location}.`, {
    hint: 'Check the path; a new store needs an existing directory to be made in, and is not made for reading only.',
    details: { location },
  });
}

export function storeNotAFile(location: string): FsmError {
  return new FsmError('STORE_NOT_A_FILE', `${location} is not a file, so it cannot be an SQLite store.`, {
    hint: `Give a file such as ${location.replace(/\/+$/, '')}/fsm.db, or end the path with "/" for a JSONL store.`,
    details: { location },
  });
}

export function storeNotADirectory(location: string): FsmError {
  return new FsmError('STORE_NOT_A_DIRECTORY', `${location} is not a directory, so it cannot be a JSONL store.`, {
    hint: 'Give a directory that is empty or does not exist yet, or leave out the "/" at the end for an SQLite store.',
    details: { location },
  });
}

export interface Damage {
  /** What is wrong, as a sentence part: `line 12 is missing`. */
  readonly what: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The journal is not what was written: a lost tail, a broken chain, a hole. */
export function journalDamaged(location: string, damage: Damage): FsmError {
  return new FsmError('JOURNAL_DAMAGED', `The journal of ${location} is damaged: ${damage.what}.`, {
    next: 'stop',
    hint:
      'Restore a backup if there is one. Otherwise look at what would be lost with ' +
      `\`fsm repair ${location}\` and accept it with \`fsm repair ${location} --accept-loss\`.`,
    details: { location, damage: damage.what, ...damage.details },
    cause: damage.cause,
  });
}

/** The error code of a failed file operation, such as `ENOSPC`. */
export function fileErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The coded error of a file operation that failed while opening. */
export function openFailure(location: string, error: unknown): FsmError {
  if (FsmError.is(error)) return error;
  switch (fileErrorCode(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ERR_ACCESS_DENIED':
      return storeReadOnly(location, error);
    case 'ENOSPC':
    case 'EDQUOT':
      return storeFull(location, error);
    case 'ENOENT':
      return storeNotFound(location);
    case 'ENOTDIR':
      return storeNotADirectory(location);
    case 'EISDIR':
      return storeNotAFile(location);
    default:
      return storeFailed(location, error);
  }
}
