import { statSync } from 'node:fs';
import { type JsonlOptions, JsonlStore } from './jsonl/jsonl.ts';
import { MemoryStore } from './memory.ts';
import { type SqliteOptions, SqliteStore } from './sqlite/sqlite.ts';
import type { Store } from './store.ts';

export type StoreOptions = SqliteOptions & JsonlOptions;

/**
 * The store that a text names; it is not opened yet.
 *
 * ```ts
 * openStore('memory:');   // lasts as long as the object
 * openStore('orders/');   // JSON lines; also any directory that exists
 * openStore('orders.db'); // SQLite; anything else
 * ```
 *
 * Nothing is touched before `open()`, which also throws what is wrong with the place.
 */
export function openStore(target: string, options: StoreOptions = {}): Store {
  if (target === 'memory:') return new MemoryStore();
  return isJsonl(target) ? new JsonlStore(target, options) : new SqliteStore(target, options);
}

/** Whether a target names a directory of JSON lines rather than an SQLite file. */
export function isJsonl(target: string): boolean {
  return target.endsWith('/') || statSync(target, { throwIfNoEntry: false })?.isDirectory() === true;
}
