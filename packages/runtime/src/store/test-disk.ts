import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small file system of its own. */
export interface TestDisk {
  readonly folder: string;
  resize(size: string): void;
  /** No process may write it any more, root included. */
  makeReadOnly(): void;
  makeWritable(): void;
  remove(): void;
}

/** Mounts a tmpfs of that size, such as `2m`. */
export function mountDisk(size: string): TestDisk {
  const folder = mkdtempSync(join(tmpdir(), 'fsm-disk-'));
  const remount = (options: string) => execFileSync('mount', ['-o', `remount,${options}`, folder], { stdio: 'pipe' });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'fsm-test', folder], { stdio: 'pipe' });
  return {
    folder,
    resize: (next) => remount(`size=${next}`),
    makeReadOnly: () => remount('ro'),
    makeWritable: () => remount('rw'),
    remove: () => {
      execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Why this process cannot mount, or nothing when it can. Becomes part of the title of what is skipped. */
export const mountingFails: string | undefined = (() => {
  try {
    mountDisk('64k').remove();
    return undefined;
  } catch {
    return 'mounting a tmpfs is not permitted here';
  }
})();
