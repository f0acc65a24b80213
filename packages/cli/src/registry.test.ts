import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fsm } from './testing/in-process.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const server = createServer(
  (_request, response) => void response.setHeader('content-type', 'application/json').end('{"open":true}'),
);
const folder = temporaryFolder();
let url = '';

beforeAll(async () => {
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`;
  folder.write('pipeline.json', JSON.stringify({ type: 'call_api', url }));
  folder.write('open.ts', `export const http = { allow: ['127.0.0.1'] };`);
  folder.write('wrong.ts', 'export const http = true;');
});

afterAll(() => void server.close());

test('call_api reaches nothing on this machine unless the code beside the pipeline allows it', async () => {
  const { code, stderr } = await fsm(['exec', join(folder.path, 'pipeline.json')]);
  expect(code).toBe(1);
  expect(stderr).toContain('HTTP_BLOCKED');
});

test('what the code allows is reached', async () => {
  const { code, stdout } = await fsm([
    'exec',
    join(folder.path, 'pipeline.json'),
    '--functions',
    join(folder.path, 'open.ts'),
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ status: 200, body: { open: true } });
});

test('an `http` that is no object is wrong use', async () => {
  const { code, stderr } = await fsm([
    'exec',
    join(folder.path, 'pipeline.json'),
    '--functions',
    join(folder.path, 'wrong.ts'),
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('"http" is no object');
});
