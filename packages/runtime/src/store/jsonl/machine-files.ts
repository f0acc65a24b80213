import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { journalDamaged } from '../errors.ts';
import { syncDirectory, writeAtomically } from '../files.ts';
import type { StoredMachine } from '../store.ts';
import { decodeMachine, encodeMachine } from './format.ts';

/** One file per definition: `machines/<tenant>/<content hash>.json`. They never change, so having one twice is no harm. */
export class MachineFiles {
  readonly #folder: string;
  readonly #location: string;
  readonly #read = new Set<string>();

  constructor(folder: string, location: string) {
    this.#folder = join(folder, 'machines');
    this.#location = location;
  }

  /** Machines in files that were not read before. */
  *unread(): IterableIterator<StoredMachine> {
    if (!existsSync(this.#folder)) return;
    for (const tenant of readdirSync(this.#folder).sort()) {
      for (const name of readdirSync(join(this.#folder, tenant)).sort()) {
        const path = join(this.#folder, tenant, name);
        if (!name.endsWith('.json') || this.#read.has(path)) continue;
        const machine = decodeMachine(readFileSync(path, 'utf8'));
        if (machine === undefined) throw journalDamaged(this.#location, { what: `${path} holds no machine` });
        this.#read.add(path);
        yield machine;
      }
    }
  }

  /** Makes a machine durable. Returns how to take that back, or nothing when it was there already. */
  write(machine: StoredMachine): (() => void) | undefined {
    const tenant = join(this.#folder, fileName(machine.tenant));
    const path = join(tenant, `${fileName(machine.hash)}.json`);
    if (this.#read.has(path)) return undefined;
    for (const folder of [this.#folder, tenant]) {
      if (existsSync(folder)) continue;
      mkdirSync(folder);
      syncDirectory(join(folder, '..'));
    }
    writeAtomically(path, encodeMachine(machine));
    this.#read.add(path);
    return () => {
      this.#read.delete(path);
      rmSync(path, { force: true });
    };
  }
}

/** A text as the name of a file that stays in its directory. */
function fileName(text: string): string {
  return encodeURIComponent(text).replace(/^\./, '%2E');
}
