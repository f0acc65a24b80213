import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorePlace } from './contract-session.ts';
import type { Store } from './store.ts';

/** An empty directory for a test; the returned function removes it. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'fsm-store-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Places on disk, each a directory of its own below `root`. A crash is a copy of the files at that moment without the
 * lock, whose holder would have died. Copied by another process: closing a file in this one would drop its locks.
 */
export function placeOnDisk(root: string, open: (folder: string) => Store): StorePlace {
  const folder = mkdtempSync(join(root, 'place-'));
  return placeIn(root, folder, open);
}

function placeIn(root: string, folder: string, open: (folder: string) => Store): StorePlace {
  return {
    store: () => open(folder),
    crash: () => {
      const left = copyFolder(root, folder);
      return placeIn(root, left, open);
    },
  };
}

/** What a crash would leave of a directory at this moment. */
export function copyFolder(root: string, folder: string): string {
  const copy = mkdtempSync(join(root, 'crashed-'));
  execFileSync('cp', ['-r', `${folder}/.`, copy]);
  execFileSync('find', [copy, '-name', '*lock', '-delete']);
  return copy;
}
