import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const loan = folder.write(
  'loan.json',
  JSON.stringify({
    id: 'loan',
    context: { amount: 0 },
    initial: 'applying',
    states: {
      applying: {
        on: {
          SUBMIT: {
            guard: 'event.data.amount < 100',
            target: 'checking',
            actions: [{ assign: { amount: '{{ event.data.amount }}' } }, { log: 'got {{ event.data.amount }}' }],
          },
        },
        after: { '30d': 'expired' },
      },
      checking: { effect: { type: 'call', function: 'nowhere' }, onDone: 'approved', onError: 'review' },
      review: { entry: [{ send: 'LOOK', to: 'clerk' }, { emit: 'STUCK' }], on: { RETRY: 'checking' } },
      approved: { type: 'final' },
      expired: { type: 'final' },
    },
  }),
);

function typed(...lines: readonly string[]) {
  return { stdin: `${lines.join('\n')}\n` };
}

describe('fsm simulate by hand', () => {
  test('shows where the machine is and what each command does', async () => {
    const { code, stdout } = await fsm(
      ['simulate', loan],
      typed('SUBMIT {"amount":5}', 'fail checking {"code":"BUSY"}', 'RETRY', 'done checking', 'quit'),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^applying\n {2}events {2}SUBMIT\n {2}timers {2}fsm\.after\.30d#applying in 30d\n/);
    expect(stdout).toContain('took    $.states.applying.on.SUBMIT');
    expect(stdout).toContain('states  -applying +checking');
    expect(stdout).toContain('start   checking');
    expect(stdout).toContain('log     info got 5');
    expect(stdout).toContain('running checking');
    expect(stdout).toContain('send    LOOK to clerk');
    expect(stdout).toContain('emit    STUCK');
    expect(stdout).toMatch(/status {2}done\napproved \(done\)\n$/);
  });

  test('time passes on command; steps can be taken back and the context shown', async () => {
    const { stdout } = await fsm(
      ['simulate', loan],
      typed('SUBMIT {"amount":5}', 'undo', 'context', 'advance 29d', 'advance 1d'),
    );
    expect(stdout).toContain('{\n  "amount": 0\n}');
    expect(stdout).toContain('timers  fsm.after.30d#applying in 1d');
    expect(stdout).toMatch(/fired {3}fsm\.after\.30d#applying/);
    expect(stdout).toMatch(/expired \(done\)\n$/);
  });

  test('what is typed wrong is told, and the session goes on', async () => {
    const { code, stdout, stderr } = await fsm(
      ['simulate', loan],
      typed(
        'SUMBIT',
        'SUBMIT {amount}',
        'advance soon',
        'done cheking',
        '{"evnt":1}',
        'SUBMIT',
        'undo',
        'context',
        'help',
      ),
    );
    expect(code).toBe(0);
    expect(stdout).toContain('not taken');
    expect(stderr).toContain('did you mean "SUBMIT"?');
    expect(stderr).toContain('COMMAND_INVALID');
    expect(stdout).toContain('NOT_A_DURATION');
    expect(stderr).toContain('"cheking" is not running; running are none');
    expect(stderr).toContain('SCENARIO_INVALID');
    expect(stdout).toContain('GUARD_FAILED');
    expect(stdout).toContain('let time pass');
  });

  test('on a terminal it says how to begin and asks', async () => {
    const stdin = Object.assign(Readable.from(['quit\n']), { isTTY: true });
    const { stderr } = await fsm(['simulate', loan], { stdin, terminal: true });
    expect(stderr).toContain('type "help"');
    expect(stderr).toContain('> ');
  });

  test('records a scenario that fsm test passes', async () => {
    const record = `${folder.path}/recorded.jsonl`;
    const played = await fsm(
      ['simulate', loan, '--input', '{"amount":7}', '--record', record],
      typed('SUBMIT {"amount":500}', 'SUBMIT', 'SUBMIT {"amount":5}', 'undo', 'SUBMIT {"amount":6}', 'fail checking'),
    );
    expect(played.stderr).toContain(`recorded in ${record}`);
    const lines = readFileSync(record, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe(JSON.stringify({ machine: loan, input: { amount: 7 } }));
    expect(lines).toContain('{"expect":{"configuration":["applying"],"taken":false}}');
    expect(lines).toContain('{"expect":{"configuration":["applying"],"error":"GUARD_FAILED"}}');
    expect(lines).toContain('{"expect":{"configuration":["checking"],"context":{"amount":6}}}');
    expect((await fsm(['test', loan, record])).code).toBe(0);
  });

  test('with --json prints one object at the end', async () => {
    const { stdout, json } = await fsm(['simulate', loan, '--json'], typed('SUBMIT {"amount":5}'));
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(json).toMatchObject({
      machine: 'loan',
      passed: true,
      steps: [{ step: { event: { type: 'SUBMIT' } }, taken: true, configuration: ['checking'], started: ['checking'] }],
      snapshot: { configuration: ['checking'], context: { amount: 5 } },
    });
  });
});

describe('fsm simulate with a file', () => {
  const happy = folder.write(
    'happy.jsonl',
    `{"effects":{"checking":{"output":1,"after":"2s"}}}
{"event":{"type":"SUBMIT","data":{"amount":5}}}
{"advance":"2s"}
{"expect":{"configuration":["approved"],"status":"done"}}
`,
  );

  test('prints each step and what it did', async () => {
    const { code, stdout } = await fsm(['simulate', loan, '--events', happy]);
    expect(code).toBe(0);
    expect(stdout).toContain('SUBMIT {"amount":5}\n  took    $.states.applying.on.SUBMIT');
    expect(stdout).toContain('advance 2s\n');
    expect(stdout).toContain('done    checking 1');
    expect(stdout).toContain('✓ as expected');
  });

  test('reads standard input, and exits with 1 when something is not as expected', async () => {
    const stdin = '{"event":{"type":"SUBMIT","data":{"amount":5}}}\n{"expect":{"configuration":["approved"]}}\n';
    const { code, stdout } = await fsm(['simulate', loan, '--events', '-'], { stdin });
    expect(code).toBe(1);
    expect(stdout).toContain('✗ configuration is ["checking"]: without "approved", with "checking" besides');
    const { json } = await fsm(['simulate', loan, '--events', '-', '--json'], { stdin });
    expect(json).toMatchObject({ passed: false, failures: [{ line: 2, subject: 'configuration' }] });
  });

  test('wrong files and options are wrong use or clear failures', async () => {
    expect((await fsm(['simulate', loan, '--events', `${folder.path}/none.jsonl`])).code).toBe(2);
    expect((await fsm(['simulate', loan, '--input', '[1]'])).code).toBe(2);
    const broken = await fsm(['simulate', loan, '--events', folder.write('broken.jsonl', '\n{"event":')]);
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/broken\.jsonl: Line 2 is not JSON/) });
    const bad = folder.write(
      'bad.json',
      '{"id":"x","initial":"a","states":{"a":{"on":{"GO":{"guard":"missing","target":"a"}}}}}',
    );
    expect((await fsm(['simulate', bad], typed('quit'))).stderr).toContain('missing');
  });
});

test('registered guards and actions of a functions file are used', async () => {
  const machine = folder.write(
    'coded/machine.json',
    '{"id":"m","initial":"a","states":{"a":{"on":{"GO":{"guard":"open","target":"b"}}},"b":{}}}',
  );
  folder.write('coded/functions.js', 'export const guards = { open: ({ event }) => event.data === 1 };');
  const { json } = await fsm(['simulate', machine, '--json'], typed('GO 0', 'GO 1'));
  expect(json).toMatchObject({ steps: [{ taken: false }, { taken: true }] });
});
