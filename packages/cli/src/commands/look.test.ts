import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const machine = folder.write(
  'door.json',
  JSON.stringify({
    id: 'door',
    version: '3',
    context: { opened: 0 },
    initial: 'shut',
    states: {
      shut: { on: { OPEN: { target: 'open', actions: { assign: { opened: '{{ context.opened + 1 }}' } } } } },
      open: { on: { SHUT: 'shut' }, after: { '30s': 'shut' } },
    },
  }),
);
const at = '2030-01-01T10:00:00Z';
const log = ['d1', 'd2', 'd3'].map((instance) => JSON.stringify({ instance, type: 'OPEN', at, data: { by: 'me' } }));

const stores = ['doors.db', 'doors/'].map((name) => `${folder.path}/${name}`);
for (const db of stores) {
  await fsm(['run', machine, '--db', db, '--tenant', 'home'], { stdin: log.join('\n') });
}

describe.each(stores)('looking into %s', (db) => {
  const look = (...args: readonly string[]) => fsm([...args, '--db', db, '--tenant', 'home']);

  test('list shows instances by name, a page at a time', async () => {
    const { stdout, stderr, code } = await look('list', '--limit', '2');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['instance', 'status', 'lines', 'last', 'states'],
      ['d1', 'active', '2', '2030-01-01 10:00:00.000', 'open'],
      ['d2', 'active', '2', '2030-01-01 10:00:00.000', 'open'],
      [''],
    ]);
    expect(stderr).toBe('there are more: --after d2\n');
    const { json } = await look('list', '--after', 'd2', '--json');
    expect(json).toMatchObject({
      instances: [{ instance: 'd3', status: 'active', configuration: ['open'] }],
      next: null,
    });
    expect((await look('list', '--after', 'd3')).stderr).toBe('no more instances\n');
  });

  test('get shows states, context and timers', async () => {
    const { stdout } = await look('get', 'd1');
    expect(stdout).toMatch(/^d1\nmachine {2}door 3 \(.{12}\)\nstatus {3}active\nstates {3}open\n/);
    expect(stdout).toMatch(/context {2}\{\n {11}"opened": 1\n {9}\}\ntimers {3}2030-01-01 10:00:30\.000 {2}\S+/);
    const { json } = await look('get', 'd1', '--json');
    expect(json).toMatchObject({
      instance: 'd1',
      status: 'active',
      sequence: 2,
      snapshot: { configuration: ['open'] },
    });
  });

  test('history tells what happened and where it led', async () => {
    const { stdout } = await look('history', 'd1');
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['line', 'at', 'what happened', 'led to'],
      ['1', '2030-01-01 10:00:00.000', 'created as door', 'shut'],
      ['2', '2030-01-01 10:00:00.000', 'OPEN {"by":"me"}', 'open (arm)'],
      [''],
    ]);
    const { json } = await look('history', 'd1', '--from', '2', '--json');
    expect(json).toMatchObject({
      instance: 'd1',
      entries: [{ sequence: 2, kind: 'event', type: 'OPEN', to: ['open'] }],
    });
    expect((await look('history', 'd1', '--limit', '1')).stderr).toBe('there may be more: --from 2\n');
  });

  test('an unknown instance and an unknown tenant are told apart', async () => {
    const instance = await look('get', 'd9', '--json');
    expect(instance).toMatchObject({ code: 1, json: { error: { code: 'INSTANCE_UNKNOWN' } } });
    const tenant = await fsm(['get', 'd1', '--db', db, '--json']);
    expect(tenant.json).toMatchObject({ error: { hint: 'The store has the tenants home: name one with --tenant.' } });
    expect((await fsm(['list', '--db', db])).stderr).toContain('no instances');
  });

  test('verify-journal reads every line, and repair finds nothing to do', async () => {
    expect(await fsm(['verify-journal', db])).toMatchObject({
      code: 0,
      stdout: `✓ ${db}: 6 lines of 3 instances are whole\n`,
    });
    expect((await fsm(['verify-journal', db, '--json'])).json).toMatchObject({ whole: true, lines: 6, problems: [] });
    const { code, json } = await fsm(['repair', db, '--json']);
    expect([code, json]).toMatchObject([0, { kept: 6, lost: 0, repaired: false }]);
  });
});

describe('a store that is not there', () => {
  test.each(['list', 'get d1', 'history d1'])('fsm %s says so, and makes none', async (command) => {
    const db = `${folder.path}/nowhere.db`;
    for (let time = 0; time < 2; time += 1) {
      const { code, stderr } = await fsm([...command.split(' '), '--db', db]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('[STORE_NOT_FOUND]')]);
    }
  });
});
