import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileErrorCode, storeForeign, storeNotADirectory, storeNotFound, storeVersion } from '../errors.ts';
import { syncDirectory, writeAtomically } from '../files.ts';

const format = 'fsm-jsonl';
const version = 1;

/** Files of ours that may be there before the store has its identity. */
const early = new Set(['lock', 'lock-journal', 'store.json.new']);

export function segmentPath(folder: string, segment: number): string {
  return join(folder, `journal-${String(segment).padStart(8, '0')}.jsonl`);
}

/** The numbers of the segments in a folder, ascending: 1, 2, 3 … unless one was lost. */
export function segmentNumbers(folder: string): number[] {
  return readdirSync(folder)
    .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((one, other) => one - other);
}

const segmentName = /^journal-(\d{8,})\.jsonl$/;

export function headPath(folder: string): string {
  return join(folder, 'head.json');
}

export function lockPath(folder: string): string {
  return join(folder, 'lock');
}

/**
 * The identity of the store in a folder, or nothing when the folder is missing or empty and a store can be made in it.
 *
 * @throws STORE_NOT_A_DIRECTORY, STORE_FOREIGN, STORE_VERSION
 */
export function identify(folder: string, location: string): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (!found.isDirectory()) throw storeNotADirectory(location);
  let text: string;
  try {
    text = readFileSync(join(folder, 'store.json'), 'utf8');
  } catch (error) {
    if (fileErrorCode(error) !== 'ENOENT') throw error;
    const other = readdirSync(folder).find((name) => !early.has(name));
    if (other === undefined) return undefined;
    throw storeForeign(location, `the directory holds "${other}" and no store.json`);
  }
  const identity = parseIdentity(text);
  if (identity?.format !== format || typeof identity.id !== 'string' || typeof identity.version !== 'number') {
    throw storeForeign(location, 'its store.json is not of an FSM store');
  }
  if (identity.version > version) throw storeVersion(location, identity.version, version);
  return identity.id;
}

/**
 * Makes the folder when it is missing.
 *
 * @throws STORE_NOT_FOUND when the directory it would be in does not exist
 */
export function makeFolder(folder: string, location: string): void {
  if (existsSync(folder)) return;
  const parent = dirname(folder);
  if (!existsSync(parent)) throw storeNotFound(location);
  mkdirSync(folder);
  syncDirectory(parent);
}

/** Gives an empty folder an identity: from now on it is a store. */
export function makeIdentity(folder: string): string {
  const id = randomUUID();
  writeAtomically(join(folder, 'store.json'), `${JSON.stringify({ format, version, id })}\n`);
  return id;
}

function parseIdentity(text: string): { format?: unknown; version?: unknown; id?: unknown } | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
