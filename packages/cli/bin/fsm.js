#!/usr/bin/env node
// Plain JavaScript, so that an old Node can read it and hand over to the pinned one.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const requiredMajor = 24;
const handedOver = 'FSM_HANDED_OVER';

/** The binary of the npm package `node`, looked up as `require` would look for it. */
function findPinnedNode() {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    for (const name of ['node', 'node.exe']) {
      const candidate = join(folder, 'node_modules', 'node', 'bin', name);
      if (existsSync(candidate)) return candidate;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function explain(reason) {
  process.stderr.write(
    `fsm needs Node ${requiredMajor} or later; this is ${process.version} (${process.execPath}), and ${reason}.\n` +
      `Run "npm install" where fsm is installed (it brings the right Node along), or install Node ${requiredMajor} from https://nodejs.org.\n`,
  );
  process.exit(2);
}

function handOver() {
  const pinned = process.env[handedOver] ? undefined : findPinnedNode();
  if (!pinned) explain('no newer one is installed beside it');
  // The channel tells the other process when this one is gone, even when it was killed: no orphan keeps a database locked.
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [handedOver]: '1' },
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => explain(`${pinned} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

async function start() {
  if (process.env[handedOver] && process.channel) {
    delete process.env[handedOver];
    process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
    process.channel.unref();
  }
  // A reader that stops early, as in `fsm list | head`, is no failure.
  process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const { main, processIo } = await import('../src/index.ts');
  // What a machine's functions leave running must not keep the command from ending.
  process.exit(await main(process.argv.slice(2), processIo()));
}

if (Number.parseInt(process.versions.node, 10) >= requiredMajor) await start();
else handOver();
