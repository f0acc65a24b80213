import { FsmError } from '@fsm/core';
import {
  journalDamaged,
  openFailure,
  storeFailed,
  storeForeign,
  storeFull,
  storeLocked,
  storeReadOnly,
} from '../errors.ts';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const result = { busy: 5, locked: 6, readOnly: 8, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 };

function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** The coded error of a commit that SQLite refused. Whatever is not known to have changed nothing stops the store. */
export function commitFailure(location: string, error: unknown): FsmError {
  if (FsmError.is(error)) return error;
  switch (resultCode(error)) {
    case result.full:
      return storeFull(location, error);
    case result.busy:
    case result.locked:
      return storeLocked(location, undefined);
    default:
      return storeFailed(location, error);
  }
}

/** The coded error of a failed read. */
export function readFailure(location: string, error: unknown): FsmError {
  if (FsmError.is(error)) return error;
  if (resultCode(error) !== result.corrupt) return storeFailed(location, error);
  return journalDamaged(location, { what: 'SQLite finds the database file malformed', cause: error });
}

/** The coded error of opening. */
export function sqliteOpenFailure(location: string, error: unknown): FsmError {
  switch (resultCode(error)) {
    case result.readOnly:
    case result.cannotOpen:
      return storeReadOnly(location, error);
    case result.full:
      return storeFull(location, error);
    case result.busy:
    case result.locked:
      return storeLocked(location, undefined);
    case result.notADatabase:
      return storeForeign(location, 'it is not an SQLite database', error);
    case undefined:
      return openFailure(location, error);
    default:
      return readFailure(location, error);
  }
}
