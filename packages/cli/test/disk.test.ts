import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleEvents } from '../../../examples/loan-application/generate.ts';
import { fsm } from '../src/testing/in-process.ts';

/** A run on a real file system that is full, or that nobody may write: it says so, keeps what it had, and goes on later. */
const machine = fileURLToPath(new URL('../../../examples/loan-application/machine.json', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fsm-cli-disk-'));
const log = join(folder, 'log.ndjson');
const disk = join(folder, 'disk');

const mount = (...args: readonly string[]) => execFileSync('mount', [...args, disk], { stdio: 'pipe' });
const notPermitted = (() => {
  execFileSync('mkdir', [disk]);
  try {
    mount('-t', 'tmpfs', '-o', 'size=2m', 'fsm-test');
    execFileSync('umount', [disk]);
    return undefined;
  } catch {
    return 'skipped: mounting a tmpfs is not permitted here';
  }
})();

const run = (db: string) => fsm(['run', machine, '--events', log, '--db', db, '--json']);
const facts = (summary: unknown) => ({ ...(summary as object), seconds: 0, eventsPerSecond: 0 });

beforeAll(() => {
  const events = sampleEvents({ seed: 5, applications: 300 });
  writeFileSync(log, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(notPermitted !== undefined).each([
  { kind: 'sqlite', name: 'loans.db' },
  { kind: 'jsonl', name: 'loans/' },
])(`a run into $kind ${notPermitted ?? ''}`, ({ name }) => {
  test('on a full disk fails with what to try, and goes on when there is room', { timeout: 60_000 }, async () => {
    const undisturbed = await run(join(folder, `undisturbed-${name}`));
    mount('-t', 'tmpfs', '-o', 'size=1500k', 'fsm-test');
    try {
      const db = join(disk, name);
      const full = await run(db);
      expect(full.code).toBe(1);
      expect(full.json).toMatchObject({
        error: { code: 'STORE_FULL', hint: expect.stringContaining('Free disk space') },
      });
      mount('-o', 'remount,size=100m');
      const later = await run(db);
      expect(later.code, later.stdout).toBe(0);
      expect(facts(later.json)).toEqual(facts(undisturbed.json));
      expect(later.stderr).toContain('applied by an earlier run');
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });

  test('that may only be read is refused, while looking at it works', { timeout: 60_000 }, async () => {
    mount('-t', 'tmpfs', '-o', 'size=100m', 'fsm-test');
    try {
      const db = join(disk, name);
      const first = await run(db);
      mount('-o', 'remount,ro');
      const refused = await run(db);
      expect(refused.code).toBe(1);
      expect(refused.json).toMatchObject({ error: { code: 'STORE_READ_ONLY', hint: expect.stringMatching(/\w/) } });
      const listed = await fsm(['list', '--db', db, '--limit', '1000', '--json']);
      expect(listed.code, listed.stderr).toBe(0);
      expect((listed.json as { instances: unknown[] }).instances).toHaveLength(300);
      mount('-o', 'remount,rw');
      expect(facts((await run(db)).json)).toEqual(facts(first.json));
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
