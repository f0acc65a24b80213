import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { main } from '../main.ts';
import { fakeIo } from '../testing/fake-io.ts';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();

const orderMachine = {
  id: 'order',
  context: { amount: 0, score: null },
  initial: 'open',
  states: {
    open: {
      on: {
        PAY: {
          target: 'scoring',
          guard: 'event.data.amount > 0',
          actions: { assign: { amount: '{{ event.data.amount }}' } },
        },
      },
      after: { '1h': 'expired' },
    },
    scoring: {
      effect: { type: 'call', function: 'score', params: { amount: '{{ context.amount }}' } },
      onDone: { target: 'paid', actions: { assign: { score: '{{ event.output }}' } } },
    },
    paid: { on: { SHIP: 'shipped', NOTE: { actions: { assign: { noted: true } } } } },
    shipped: { type: 'final' },
    expired: { type: 'final' },
  },
};
const machine = folder.write('order/machine.json', JSON.stringify(orderMachine));
folder.write('order/functions.mjs', 'export const functions = { score: ({ amount }) => amount * 2 };');

const pay = (instance: string, at: string, amount = 5) => ({ instance, type: 'PAY', at, data: { amount } });
const ship = (instance: string, at: string) => ({ instance, type: 'SHIP', at });

const log = [
  pay('a', '2030-01-01T10:00:00Z'),
  pay('b', '2030-01-01T10:10:00Z', 0),
  ship('a', '2030-01-01T10:20:00Z'),
  { instance: 'c', type: 'UNHEARD_OF', at: '2030-01-01T12:00:00Z' },
];
const lines = (events: readonly unknown[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const logFile = folder.write('log.ndjson', lines(log));

const summaryOfLog = {
  machine: 'order',
  instances: 3,
  events: 4,
  taken: 2,
  ignored: 2,
  rejected: 0,
  timers: 1,
  states: { expired: 1, open: 1, shipped: 1 },
  status: { active: 1, done: 2, error: 0 },
  seconds: expect.any(Number),
  eventsPerSecond: expect.any(Number),
};

let databases = 0;
const newDatabase = () => `${folder.path}/${++databases}.db`;
const run = (...args: readonly string[]) => fsm(['run', machine, ...args, '--json']);
const runLines = (events: string, ...args: readonly string[]) =>
  fsm(['run', machine, '--events', '-', '--json', ...args], { stdin: events });

describe('fsm run', () => {
  test('prints one JSON object on the last line, with exactly the promised keys in order', async () => {
    const { code, stdout, json } = await run('--events', logFile);
    expect(code).toBe(0);
    expect(json).toEqual(summaryOfLog);
    expect(Object.keys(json as object)).toEqual(Object.keys(summaryOfLog));
    expect(stdout.split('\n')).toHaveLength(2);
  });

  test('plain, gzipped and standard input give the same summary, in memory, SQLite and JSON lines', async () => {
    const zipped = folder.write('log.ndjson.gz', gzipSync(lines(log)));
    for (const db of [[], ['--db', newDatabase()], ['--db', `${folder.path}/journal${databases}/`]]) {
      expect((await run('--events', zipped, ...db)).json).toEqual(summaryOfLog);
    }
    expect((await runLines(lines(log))).json).toEqual(summaryOfLog);
  });

  test('for people it prints a table, and says where the functions come from', async () => {
    const { stdout, stderr } = await fsm(['run', machine, '--events', logFile]);
    expect(stdout).toMatch(/^order {2}3 instances, 4 events in /);
    expect(stdout).toMatch(/ {2}shipped {2}1 {2}33\.3 % {2}█+/);
    expect(stderr).toBe(`functions come from ${folder.path}/order/functions.mjs\n`);
  });

  test('times in the log drive the clock: the timer of b fires between two lines, that of c not yet', async () => {
    const db = newDatabase();
    await run('--events', logFile, '--db', db);
    const { json } = await fsm(['history', 'b', '--db', db, '--json']);
    const { entries } = json as { entries: { kind: string; at: number }[] };
    expect(entries.map(({ kind, at }) => [kind, new Date(at).toISOString()])).toEqual([
      ['create', '2030-01-01T10:10:00.000Z'],
      ['event', '2030-01-01T10:10:00.000Z'],
      ['timer', '2030-01-01T11:10:00.000Z'],
    ]);
  });

  test('without times the log runs on the real clock', async () => {
    const { json } = await runLines(
      '{"instance":"a","type":"PAY","data":{"amount":1}}\n{"instance":"a","type":"SHIP"}\n',
    );
    expect(json).toMatchObject({ taken: 1, ignored: 1, states: { paid: 1 } });
  });

  test('an empty log is a run of nothing', async () => {
    expect(await runLines('\n\r\n')).toMatchObject({ code: 0, json: { instances: 0, events: 0, rejected: 0 } });
  });
});

describe('running again', () => {
  test('the same log on the same store gives the same summary and applies nothing twice', async () => {
    for (const db of [newDatabase(), `${folder.path}/again/`]) {
      const first = await run('--events', logFile, '--db', db);
      const before = await fsm(['history', 'a', '--db', db, '--json']);
      const second = await run('--events', logFile, '--db', db);
      expect(second.json).toEqual(first.json && summaryOfLog);
      expect(second.stderr).toContain('nothing was applied twice');
      expect((await fsm(['history', 'a', '--db', db, '--json'])).json).toEqual(before.json);
    }
  });

  test('a log that has grown goes on where it stopped', async () => {
    const db = newDatabase();
    await runLines(lines(log.slice(0, 2)), '--db', db);
    const { json, stderr } = await runLines(lines(log), '--db', db);
    expect(json).toEqual(summaryOfLog);
    expect(stderr).toContain('2 events were applied by an earlier run');
  });

  test('the same content twice in one log is two events, the same id twice is one', async () => {
    const note = { instance: 'a', type: 'NOTE', at: '2030-01-01T10:30:00Z' };
    const log = [pay('a', '2030-01-01T10:00:00Z'), note, note, { ...note, id: 'n' }, { ...note, id: 'n' }];
    const db = newDatabase();
    for (let time = 0; time < 2; time += 1) {
      expect((await runLines(lines(log), '--db', db)).json).toMatchObject({ events: 5, taken: 5 });
      const { json } = await fsm(['history', 'a', '--db', db, '--json']);
      const events = (json as { entries: { kind: string; type: string }[] }).entries.filter(
        ({ kind }) => kind === 'event',
      );
      expect(events.map(({ type }) => type)).toEqual(['PAY', 'NOTE', 'NOTE', 'NOTE']);
    }
  });

  test('tenants do not see each other', async () => {
    const db = newDatabase();
    await run('--events', logFile, '--db', db, '--tenant', 'acme');
    const { stderr } = await run('--events', logFile, '--db', db, '--tenant', 'other');
    expect(stderr).not.toContain('earlier run');
    expect((await fsm(['list', '--db', db, '--json'])).json).toEqual({ instances: [], next: null });
  });

  test('instances stay on the version of the machine they started with, and it is said', async () => {
    const db = newDatabase();
    await run('--events', logFile, '--db', db);
    const changed = folder.write('order/changed.json', JSON.stringify({ ...orderMachine, version: '2' }));
    const { stderr } = await fsm(['run', changed, '--events', logFile, '--db', db]);
    expect(stderr).toContain('3 instances run another version of the machine and stay on it');
  });

  test('Ctrl-C ends with what is committed, says where it stopped, and the same command goes on', async () => {
    const db = newDatabase();
    const stdin = new PassThrough();
    const io = fakeIo({ stdin });
    const finished = main(['run', machine, '--events', '-', '--db', db], io);
    stdin.write(lines(log.slice(0, 2)));
    for (let applied = 0; applied < 2; await setImmediate()) {
      const { json } = await fsm(['list', '--db', db, '--json']);
      applied = (json as { instances?: unknown[] } | undefined)?.instances?.length ?? 0;
    }
    io.interrupt();
    expect(await finished).toBe(130);
    expect(io.err()).toMatch(
      /Stopped at line 2 of standard input, after 2 events\. \[INTERRUPTED\]\n {2}try Run the same command again/,
    );
    expect((await runLines(lines(log), '--db', db)).json).toEqual(summaryOfLog);
  });
});

describe('malformed input', () => {
  const good = lines([pay('a', '2030-01-01T10:00:00Z')]);

  test.each([
    ['no JSON', '{"instance":"a",'],
    ['a missing field', '{"instance":"a"}'],
    ['a wrong type', '{"instance":"a","type":5}'],
    ['a list', '[]'],
    ['an instance id that is none', '{"instance":"a b","type":"SHIP"}'],
    ['an event type of the engine', '{"instance":"a","type":"done.invoke.x"}'],
    ['a hostile key', '{"instance":"a","type":"NOTE","data":{"__proto__":{"polluted":true}}}'],
    ['10,000 levels', `{"instance":"a","type":"NOTE","data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['65 levels', `{"instance":"a","type":"NOTE","data":${'['.repeat(65)}${']'.repeat(65)}}`],
    ['300 KB of data', `{"instance":"a","type":"NOTE","data":"${'x'.repeat(300 * 1024)}"}`],
    ['10 MB', `{"instance":"a","type":"NOTE","data":"${'x'.repeat(10 * 1024 * 1024)}"}`],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ])('a line with %s is rejected with its number, and the rest goes on', async (_name, line) => {
    const file = folder.write(
      'bad.ndjson',
      Buffer.concat([
        Buffer.from(good),
        Buffer.from(line),
        Buffer.from(`\n${lines([ship('a', '2030-01-01T10:05:00Z')])}`),
      ]),
    );
    const { code, json, stderr } = await run('--events', file);
    expect(json).toMatchObject({ instances: 1, events: 2, taken: 2, rejected: 1, states: { shipped: 1 } });
    expect(stderr).toMatch(/^line 2 rejected: .+ \[[A-Z0-9_]+\] \S/m);
    expect(code).toBe(0);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('carriage returns, empty lines and a byte order mark are no mistakes', async () => {
    const { json } = await runLines(`\u{feff}${lines(log).replaceAll('\n', '\r\n\r\n')}`);
    expect(json).toEqual(summaryOfLog);
  });

  test('of many rejected lines twenty are shown and the others counted', async () => {
    const { json, stderr } = await runLines(good + 'nonsense\n'.repeat(30));
    expect(json).toMatchObject({ taken: 1, rejected: 30 });
    expect(stderr.match(/^line \d+ rejected/gm)).toHaveLength(20);
    expect(stderr).toContain('and 10 more lines rejected: 10 LINE_NOT_JSON');
  });

  test('keys that mean nothing are pointed out, for data may be lost there', async () => {
    const { stderr } = await runLines('{"instance":"a","type":"PAY","amount":5}\n');
    expect(stderr).toContain('1 lines have "amount", which is not used: what an event carries belongs in "data"');
  });

  test('an archive that is cut off is applied as far as it goes, and the run has failed', async () => {
    const many = Array.from({ length: 5000 }, (_, n) => pay(`i${n}`, '2030-01-01T10:00:00Z', n + Math.random()));
    const whole = gzipSync(lines(many));
    const cut = folder.write('cut.ndjson.gz', whole.subarray(0, whole.length / 2));
    const { code, json, stderr } = await run('--events', cut);
    expect(code).toBe(1);
    expect(stderr).toContain('[FILE_TRUNCATED]');
    expect((json as { events: number }).events).toBeGreaterThan(1000);
  });
});

describe('what cannot be run', () => {
  const inFolder = (name: string) => `${folder.path}/${name}`;

  test.each([
    [
      'a missing log',
      () => run('--events', inFolder('log.ndjsn')),
      2,
      'FILE_NOT_FOUND',
      `Did you mean ${inFolder('log.ndjson')}?`,
    ],
    ['a directory as a log', () => run('--events', folder.path), 2, 'FILE_IS_DIRECTORY', 'Name a file'],
    [
      'a missing machine',
      () => fsm(['run', inFolder('order/machin.json'), '--json']),
      2,
      'FILE_NOT_FOUND',
      'Did you mean',
    ],
    ['a directory as a machine', () => fsm(['run', folder.path, '--json']), 2, 'FILE_IS_DIRECTORY', 'Name a file'],
    ['a tenant id that is none', () => run('--events', logFile, '--tenant', 'a b'), 2, 'ID_INVALID', 'Use 1 to'],
    [
      'a store in a folder that is not there',
      () => run('--events', logFile, '--db', inFolder('no/where.db')),
      2,
      'STORE_NOT_FOUND',
      'directory',
    ],
    [
      'another program’s file',
      () => run('--events', logFile, '--db', logFile),
      2,
      'STORE_FOREIGN',
      'Give the path of a store',
    ],
  ])('%s is named with what to try', async (_name, attempt, code, error, hint) => {
    const finished = await attempt();
    expect(finished.code).toBe(code);
    expect(finished.json).toMatchObject({ error: { code: error, hint: expect.stringContaining(hint) } });
  });

  test('an invalid machine fails with its first problem and its place, before any store is made', async () => {
    const broken = folder.write(
      'broken.json',
      '{\n  "id": "m", "initial": "a",\n  "states": { "a": { "on": { "GO": "bb" } }, "b": {} }\n}',
    );
    const db = newDatabase();
    const { code, stderr } = await fsm(['run', broken, '--events', logFile, '--db', db]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/broken\.json:3:\d+ .*\[MACHINE_INVALID\]/);
    expect(stderr).toContain(`fsm validate ${broken}`);
    expect((await fsm(['list', '--db', db])).code).toBe(2);
  });

  test('a JSON machine that calls a function nobody brings is refused before it starts', async () => {
    const alone = folder.write('alone/machine.json', JSON.stringify(orderMachine));
    const { code, stderr } = await fsm(['run', alone, '--events', logFile]);
    expect(code).toBe(1);
    expect(stderr).toContain('score');
  });

  test('a log that vanishes leaves no store behind', async () => {
    const db = newDatabase();
    await run('--events', inFolder('gone.ndjson'), '--db', db);
    expect((await fsm(['list', '--db', db])).code).toBe(2);
  });
});

describe('on a terminal', () => {
  test('progress is shown while it runs and wiped away; elsewhere there is none', async () => {
    const many = lines(Array.from({ length: 30_000 }, (_, n) => pay(`i${n % 500}`, '2030-01-01T10:00:00Z', n)));
    const file = folder.write('many.ndjson', many);
    const onTerminal = await fsm(['run', machine, '--events', file], { terminal: true });
    expect(onTerminal.stderr).toMatch(/[█░]+ +\d+ % {2}[\d,]+ events/);
    expect(onTerminal.stderr.endsWith('\r\u001b[K')).toBe(true);
    expect((await fsm(['run', machine, '--events', file])).stderr).not.toContain('\r');
  });

  test('--verbose prints what machines log', async () => {
    const talking = folder.write(
      'talking.json',
      JSON.stringify({ id: 't', initial: 'a', states: { a: { entry: { log: 'hello from {{ instance }}' } } } }),
    );
    const { stderr } = await fsm(['run', talking, '--verbose'], { stdin: '{"instance":"i1","type":"GO"}\n' });
    expect(stderr).toContain('i1 info hello from i1');
  });
});
