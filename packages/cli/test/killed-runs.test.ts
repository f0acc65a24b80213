import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore } from '@fsm/runtime';
import { describe, expect, test } from 'vitest';
import { fsm } from '../src/testing/in-process.ts';
import { temporaryFolder } from '../src/testing/temporary-folder.ts';

const launcher = join(import.meta.dirname, '..', 'bin', 'fsm.js');
const example = join(import.meta.dirname, '..', '..', '..', 'examples', 'loan-application');
const machine = join(example, 'machine.json');
const folder = temporaryFolder();
const generated = spawnSync(process.execPath, [join(example, 'generate.ts'), '--applications', '300']);
const log = folder.write('log.ndjson', generated.stdout);

/** An empty folder of that name. */
function newFolder(name: string): string {
  const path = join(folder.path, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  return path;
}

/** Starts a run and kills it with SIGKILL a moment after its store appeared. Whether it was killed before its end. */
async function killedRun(db: string, moment: number): Promise<boolean> {
  const child = spawn(process.execPath, [launcher, 'run', machine, '--events', log, '--db', db], { stdio: 'ignore' });
  const exit = once(child, 'exit');
  while (!existsSync(db) && child.exitCode === null) await pause(1);
  await pause(moment);
  child.kill('SIGKILL');
  const [, signal] = await exit;
  return signal === 'SIGKILL';
}

/** The whole journal: the lines of every instance by its name. */
async function journal(db: string): Promise<Map<string, readonly string[]>> {
  const store = openStore(db, { readOnly: true });
  await store.open();
  const lines = new Map<string, readonly string[]>();
  for (const { name, number } of await store.list('default', { limit: 10_000 })) {
    lines.set(
      name,
      (await store.lines(number, 1, 10_000)).map(({ text }) => text),
    );
  }
  await store.close();
  return lines;
}

async function finish(db: string) {
  const { code, json } = await fsm(['run', machine, '--events', log, '--db', db, '--json']);
  expect(code).toBe(0);
  const { seconds: _s, eventsPerSecond: _e, ...summary } = json as Record<string, unknown>;
  return summary;
}

describe('fsm run, killed with SIGKILL', () => {
  test.each([
    { store: 'SQLite', name: 'loans.db', kills: 20 },
    { store: 'JSON lines', name: 'loans/', kills: 10 },
  ])(
    'at $kills random moments on $store: run again it ends the same, line for line',
    async ({ name, kills }) => {
      const whole = join(newFolder('whole'), name);
      const expected = await finish(whole);
      expect(expected).toMatchObject({ instances: 300, rejected: 0 });

      const db = join(newFolder('killed'), name);
      for (let killed = 0; killed < kills; ) {
        if (await killedRun(db, Math.random() * 400)) killed += 1;
        else newFolder('killed');
      }
      expect(await finish(db)).toEqual(expected);
      expect(await finish(db)).toEqual(expected);
      expect(await fsm(['verify-journal', db])).toMatchObject({ code: 0 });
      expect(await journal(db)).toEqual(await journal(whole));
    },
    300_000,
  );
});
