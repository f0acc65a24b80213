import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../src/testing/temporary-folder.ts';

const launcher = join(import.meta.dirname, '..', 'bin', 'fsm.js');
const folder = temporaryFolder();
folder.write(
  'functions.mjs',
  "export const functions = { book: () => 'b7', unbook: () => void process.stderr.write('undone\\n') };",
);

test('the launcher runs a pipeline from standard input and passes on result and exit code', () => {
  const launch = (input: string) => spawnSync(process.execPath, [launcher, 'exec'], { encoding: 'utf8', input });
  expect(launch('{"type":"choose","branches":[{"when":"1 < 2","then":{"type":"delay","duration":1}}]}')).toMatchObject({
    status: 0,
    stdout: 'null\n',
    stderr: '',
  });
  expect(launch('{"type":"call","function":"nothing"}').status).toBe(2);
});

test('Ctrl-C cancels a pipeline, which undoes what it did', async () => {
  const pipeline = folder.write(
    'trip.json',
    JSON.stringify({
      type: 'sequence',
      effects: [
        {
          type: 'with_compensation',
          effect: { type: 'call', function: 'book' },
          compensate: { type: 'call', function: 'unbook' },
        },
        { type: 'delay', duration: '1h' },
      ],
    }),
  );
  const child = spawn(process.execPath, [launcher, 'exec', pipeline, '--verbose', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let printed = '';
  child.stdout.on('data', (text) => {
    printed += text;
  });
  child.stderr.on('data', (text) => {
    const before = said;
    said += text;
    if (!before.includes('1 delay started') && said.includes('1 delay started')) child.kill('SIGINT');
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(130);
  expect(said).toContain('undone');
  expect(JSON.parse(printed)).toMatchObject({
    ok: false,
    error: { code: 'INTERRUPTED', details: { compensated: ['0'] } },
  });
});
