import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { oldNode } from '../src/testing/old-node.ts';
import { temporaryFolder } from '../src/testing/temporary-folder.ts';

const launcher = join(import.meta.dirname, '..', 'bin', 'fsm.js');
const folder = temporaryFolder();
const door = folder.write(
  'door.json',
  '{"id":"door","initial":"open","states":{"open":{"on":{"CLOSE":"shut"}},"shut":{}}}',
);

function launch(node: string, args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(node, [launcher, ...args], { encoding: 'utf8', input });
  return { status, stdout, stderr };
}

describe('the launcher on this Node', () => {
  test('runs the command and passes its exit code on', () => {
    expect(launch(process.execPath, ['validate', door])).toMatchObject({ status: 0, stderr: '' });
    expect(launch(process.execPath, ['validate', `${door}x`]).status).toBe(2);
  });

  test('a reader that stops early is no failure', async () => {
    const child = spawn(process.execPath, [launcher, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});

describe.skipIf(oldNode === undefined)('the launcher on an older Node', () => {
  const node = oldNode ?? '';

  test('hands over to the pinned one: arguments, standard input, output and exit code', () => {
    expect(launch(node, ['validate', door, '--json'])).toMatchObject({ status: 0, stderr: '' });
    expect(launch(node, ['validate', 'nowhere.json']).status).toBe(2);
    const run = launch(node, ['run', door, '--json'], '{"instance":"a","type":"CLOSE"}\n');
    expect(JSON.parse(run.stdout)).toMatchObject({ instances: 1, taken: 1, states: { shut: 1 } });
  });

  test('says which Node it needs when there is none, and how to get it', () => {
    const alone = join(folder.path, 'alone');
    mkdirSync(alone);
    copyFileSync(launcher, join(alone, 'fsm.mjs'));
    const { status, stderr } = spawnSync(node, [join(alone, 'fsm.mjs')], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^fsm needs Node 24 or later; this is v\d+.*\nRun "npm install".*https:\/\/nodejs\.org\.\n$/,
    );
  });

  test('says so when the pinned one cannot be started', () => {
    const bin = join(folder.path, 'broken', 'node_modules', 'node', 'bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(door, join(bin, 'node'));
    copyFileSync(launcher, join(folder.path, 'broken', 'fsm.mjs'));
    const { status, stderr } = spawnSync(node, [join(folder.path, 'broken', 'fsm.mjs')], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('could not be started');
  });

  test('a signal reaches the command, which ends by itself', async () => {
    const { child, applied } = await startRun(node, join(folder.path, 'signal.db'));
    await applied;
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
  });

  test('killed outright it leaves no orphan: the same command can start again at once', async () => {
    const db = join(folder.path, 'killed.db');
    const { child, applied } = await startRun(node, db);
    await applied;
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = launch(node, ['run', door, '--db', db, '--json'], '{"instance":"a","type":"CLOSE","id":"1"}\n');
    expect(again.stderr).toContain('applied by an earlier run');
    expect(JSON.parse(again.stdout)).toMatchObject({ instances: 1, events: 1, taken: 1 });
  });
});

/** A run that waits for more input, and a promise that its first event is on disk. */
async function startRun(node: string, db: string): Promise<{ child: ChildProcess; applied: Promise<void> }> {
  const child = spawn(node, [launcher, 'run', door, '--db', db], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.write('{"instance":"a","type":"CLOSE","id":"1"}\n');
  return { child, applied: untilApplied(db) };
}

async function untilApplied(db: string): Promise<void> {
  const { setTimeout: pause } = await import('node:timers/promises');
  for (;;) {
    const seen = existsSync(db) && launch(process.execPath, ['get', 'a', '--db', db, '--json']);
    if (seen && seen.status === 0 && JSON.parse(seen.stdout).snapshot.configuration[0] === 'shut') return;
    await pause(20);
  }
}
