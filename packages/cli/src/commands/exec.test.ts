import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { main } from '../main.ts';
import { fakeIo } from '../testing/fake-io.ts';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const call = (name: string, params?: object) => ({ type: 'call', function: name, ...(params && { params }) });
const sequence = (...effects: readonly object[]) => ({ type: 'sequence', effects });

const functions = folder.write(
  'order/functions.mjs',
  `export const functions = {
    double: ({ n }) => n * 2,
    fail: () => { throw new Error('no stock'); },
    reserve: () => 'r1',
    release: async ({ id }) => void globalThis.released?.push(id),
    hang: () => new Promise(() => {}),
  };`,
);
const reserve = {
  type: 'with_compensation',
  effect: call('reserve'),
  compensate: call('release', { id: '{{ result }}' }),
};
const exec = (pipeline: unknown, ...args: readonly string[]) =>
  fsm(['exec', '--functions', functions, ...args], { stdin: JSON.stringify(pipeline) });

/** Where the test functions note what they released. */
function released(): string[] {
  const ids: string[] = [];
  Object.assign(globalThis, { released: ids });
  return ids;
}

describe('fsm exec', () => {
  test('runs an effect from a file, with the functions beside it, and prints its result as JSON', async () => {
    const file = folder.write('order/pipeline.json', JSON.stringify(call('double', { n: '{{ context.n }}' })));
    expect(await fsm(['exec', file, '--context', '{"n":21}'])).toMatchObject({ code: 0, stdout: '42\n' });
  });

  test('runs an effect from standard input', async () => {
    expect(await exec(call('double', { n: 4 }))).toMatchObject({ code: 0, stdout: '8\n', stderr: '' });
  });

  test('a pipeline may bring context and params, and the command line goes over them', async () => {
    const pipeline = {
      effect: call('double', { n: '{{ context.a + context.b + params.c }}' }),
      context: { a: 1, b: 10 },
      params: { c: 100 },
    };
    expect((await exec(pipeline)).json).toBe(undefined);
    expect((await exec(pipeline)).stdout).toBe('222\n');
    expect((await exec(pipeline, '--context', '{"b":20}', '--params', '{"c":0}')).stdout).toBe('42\n');
  });

  test('--json prints one object with the output, the steps and the time', async () => {
    const { code, json } = await exec(sequence(call('double', { n: 1 }), { type: 'delay', duration: 5 }), '--json');
    expect([code, json]).toEqual([0, { ok: true, output: 2, steps: 2, seconds: expect.any(Number) }]);
    expect((json as { seconds: number }).seconds).toBeGreaterThan(0);
  });

  test('a failure ends with 1, and says what failed where and what was undone', async () => {
    const ids = released();
    const pipeline = sequence(reserve, call('fail'));
    expect(await exec(pipeline)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'error no stock [EFFECT_FAILED]\n  at  1\n  undone: 0\n',
    });
    expect(ids).toEqual(['r1']);
    expect((await exec(pipeline, '--json')).json).toMatchObject({
      ok: false,
      error: { code: 'EFFECT_FAILED', path: '1', details: { compensated: ['0'] } },
      steps: 2,
    });
  });

  test('a tree with problems is wrong use: all of them are told, with line and column', async () => {
    const file = folder.write(
      'wrong.json',
      '{ "effect": {\n  "type": "sequence",\n  "effects": [{ "type": "dely" }, { "type": "call", "function": "dubble" }] },\n  "contxt": {} }',
    );
    const { code, stdout, stderr } = await fsm(['exec', file, '--functions', functions]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`${file}:3:25 error There is no kind of effect \`dely\`.`);
    expect(stderr).toContain('Did you mean `double`?');
    expect(stderr).toContain('has no key `contxt`');
    const told = await fsm(['exec', file, '--functions', functions, '--json']);
    expect(told).toMatchObject({
      code: 2,
      json: { ok: false, error: { code: 'PIPELINE_INVALID', details: { problems: [{}, {}, {}] } }, steps: 0 },
    });
  });

  test.each([
    [['exec', 'nowhere.json'], '', 'There is no file nowhere.json.'],
    [['exec'], '{"type":', '[MACHINE_SYNTAX]'],
    [['exec'], '', '[MACHINE_SYNTAX]'],
    [['exec'], '{"type":"log","message":{"__proto__":1}}', '[HOSTILE_KEY]'],
    [['exec', '--context', '[1]'], '{}', 'Give a JSON object'],
    [['exec', '--context', '{'], '{}', 'error'],
    [['exec', '--params', '{"__proto__":1}'], '{}', 'not allowed'],
    [['exec', '--timeout', 'soon'], '{}', 'Give a duration'],
  ])('%j with %j is wrong use', async (args, stdin, message) => {
    const { code, stdout, stderr } = await fsm(args, { stdin });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  test('--timeout cancels what takes longer, undoes it and ends with 1', async () => {
    const ids = released();
    const { code, json } = await exec(
      sequence(reserve, { type: 'delay', duration: '1h' }),
      '--timeout',
      '10ms',
      '--json',
    );
    expect([code, json]).toMatchObject([1, { error: { code: 'EXECUTION_TIMEOUT', details: { compensated: ['0'] } } }]);
    expect(ids).toEqual(['r1']);
  });

  test('--verbose prints a line for each thing that happens, and what effects log and emit', async () => {
    const pipeline = sequence(
      call('double', { n: 1 }),
      { type: 'log', message: 'half way' },
      { type: 'emit', event: 'OVER' },
    );
    const { stderr } = await exec(pipeline, '--verbose');
    expect(stderr.replace(/\d+ ms/g, '_ ms').split('\n')).toEqual([
      'sequence started',
      '0 call started',
      '0 call finished after _ ms',
      '1 log started',
      'info half way',
      '1 log finished after _ ms',
      '2 emit started',
      'emits {"type":"OVER"}',
      '2 emit finished after _ ms',
      'sequence finished after _ ms',
      '',
    ]);
  });

  test('on a terminal it draws the tree of effects, and the last picture stays', async () => {
    const io = fakeIo({
      stdin: JSON.stringify(sequence(call('double', { n: 1 }), call('fail'))),
      terminal: true,
      env: { NO_COLOR: '1' },
    });
    expect(await main(['exec', '--functions', functions], io)).toBe(1);
    expect(io.err().replace(/\d+ ms/g, '_ ms')).toContain(
      '✗ sequence  _ ms  EFFECT_FAILED\n  ✓ call  0  _ ms\n  ✗ call  1  _ ms  EFFECT_FAILED\n',
    );
  });
});

describe('fsm exec, interrupted', () => {
  async function interrupted(pipeline: unknown, times: number) {
    const io = fakeIo({ stdin: JSON.stringify(pipeline) });
    const finished = main(['exec', '--functions', functions, '--verbose'], io);
    while (!io.err().includes('1 delay started')) await setImmediate();
    for (let time = 0; time < times; time += 1) io.interrupt();
    return { code: await finished, out: io.out(), err: io.err() };
  }

  test('cancels it, undoes what it did and ends with 130', async () => {
    const ids = released();
    const { code, out, err } = await interrupted(sequence(reserve, { type: 'delay', duration: '1h' }), 1);
    expect([code, out, ids]).toEqual([130, '', ['r1']]);
    expect(err).toContain('error The pipeline was interrupted. [INTERRUPTED]');
    expect(err).toContain('undone: 0');
  });

  test('a second time, it does not wait for what undoes', async () => {
    const stuck = { ...reserve, compensate: call('hang') };
    const { code, err } = await interrupted(sequence(stuck, { type: 'delay', duration: '1h' }), 2);
    expect(code).toBe(130);
    expect(err).toContain('interrupted twice');
  });
});
