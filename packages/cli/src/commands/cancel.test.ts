import { createRegistry } from '@fsm/effects';
import { openRuntime } from '@fsm/runtime';
import { beforeEach, describe, expect, test } from 'vitest';
import { fsm } from '../testing/in-process.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const folder = temporaryFolder();
const order = {
  id: 'order',
  context: {},
  initial: 'working',
  states: {
    working: {
      effect: {
        type: 'sequence',
        effects: [
          {
            type: 'with_compensation',
            effect: { type: 'call', function: 'charge' },
            compensate: { type: 'call', function: 'refund' },
          },
          { type: 'call', function: 'ship' },
        ],
      },
      onError: { target: 'stopped', actions: { assign: { why: '{{ event.error.code }}' } } },
    },
    stopped: {},
  },
};
const code = (refund: string) => `
export const functions = {
  charge: () => 'again',
  ship: () => { throw new Error('was performed again'); },
  refund: ${refund},
};`;
const refunding = folder.write('refunding.mjs', code("() => 'refunded'"));
const refusing = folder.write('refusing.mjs', code("() => { throw new Error('the bank is closed'); }"));

describe.each(['orders.db', 'orders/'])('fsm cancel on %s', (name) => {
  let count = 0;
  let db = '';

  /** A process that stopped while it shipped. */
  beforeEach(async () => {
    count += 1;
    db = `${folder.path}/${count}-${name}`;
    const registry = createRegistry({
      functions: { charge: () => 'charged', refund: () => null, ship: () => new Promise<never>(() => {}) },
    });
    const runtime = await openRuntime({ store: db, registry });
    const tenant = runtime.tenant('default');
    await tenant.register(order);
    for (const instance of ['o1', 'o2']) await tenant.create('order', instance);
    while ((await tenant.get('o2')).executions[0]?.steps !== 1) await new Promise((resolve) => setImmediate(resolve));
    await runtime.close();
  });

  const get = async (instance: string) => (await fsm(['get', instance, '--db', db, '--json'])).json;

  test('cancels what runs, undoes what it did, and leaves other instances as they are', async () => {
    const before = await get('o2');
    const { code, stdout, stderr } = await fsm(['cancel', 'o1', '--db', db, '--functions', refunding]);
    expect(stderr).toBe('');
    expect(stdout).toBe('cancelled working\nundone    working: step 0\no1 is active in stopped\n');
    expect(code).toBe(0);
    expect(await get('o1')).toMatchObject({
      executions: [],
      compensations: [],
      snapshot: { configuration: ['stopped'], context: { why: 'EXECUTION_CANCELLED' } },
    });
    expect(await get('o2')).toEqual(before);
    const again = await fsm(['cancel', 'o1', '--db', db, '--functions', refunding]);
    expect(again).toMatchObject({ code: 0, stderr: 'o1 runs no effect\n', stdout: 'o1 is active in stopped\n' });
  });

  test('says what could not be undone, and that the work failed', async () => {
    const { code, json } = await fsm([
      'cancel',
      'o1',
      ...['--invocation', 'working', '--db', db, '--functions', refusing, '--json'],
    ]);
    expect(code).toBe(1);
    expect(json).toMatchObject({
      instance: 'o1',
      cancelled: ['working'],
      compensations: [{ invocation: 'working', compensated: [], failed: [{ path: '0' }] }],
      status: 'active',
      configuration: ['stopped'],
    });
    const { stdout } = await fsm(['cancel', 'o2', '--db', db, '--functions', refusing]);
    expect(stdout).toContain('failed    working: step 0 could not be undone: the bank is closed\n');
  });

  test('names what there is when something is not there', async () => {
    const none = await fsm(['cancel', 'o1', '--invocation', 'shipping', '--db', db, '--functions', refunding]);
    expect(none.code).not.toBe(0);
    expect(none.stderr).toContain('runs no effect "shipping"');
    expect(none.stderr).toContain('It runs working.');
    expect((await fsm(['cancel', 'o9', '--db', db])).stderr).toContain('no instance "o9"');
    expect((await fsm(['cancel', 'o1'])).stderr).toContain('--db');
    expect((await fsm(['cancel', 'o1', '--db', db])).code).not.toBe(0);
    expect(await get('o1')).toMatchObject({ snapshot: { configuration: ['working'] } });
  });
});
