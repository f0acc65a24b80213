import type { Json, MachineDefinition } from '@fsm/core';
import { createRegistry } from '@fsm/effects';
import { openRuntime, type Runtime, type Tenant } from '@fsm/runtime';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const keeper: MachineDefinition = {
  id: 'keeper',
  context: { values: [] },
  initial: 'on',
  states: {
    on: {
      on: {
        KEEP: { actions: { assign: { values: '{{ [...context.values, event.data] }}' } } },
        GROW: { actions: { assign: { values: '{{ [...context.values, ...context.values, event.data] }}' } } },
        BREAK: { actions: { assign: { values: '{{ context.nothing.there }}' } } },
        SPIN: 'spinning',
        WORK: 'working',
      },
    },
    spinning: { always: { target: 'reeling', guard: 'context.values.length >= 0' } },
    reeling: { always: { target: 'spinning', guard: 'context.values.length >= 0' } },
    working: { effect: { type: 'call', function: 'work' }, onDone: 'on', onError: 'on' },
  },
};

let runtime: Runtime;
let acme: Tenant;
let output: () => unknown;

beforeEach(async () => {
  output = () => 1;
  runtime = await openRuntime({ registry: createRegistry({ functions: { work: () => output() } }) });
  acme = runtime.tenant('acme');
  await acme.register(keeper);
  await acme.create('keeper', 'k');
});

afterEach(() => runtime.close());

async function refusal(promise: Promise<unknown>): Promise<{ code: string; hint: string | undefined }> {
  const before = JSON.stringify(await acme.get('k'));
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error, 'it was accepted').toBeDefined();
  expect(error.hint, 'every refusal says what to try').toBeTypeOf('string');
  expect(JSON.stringify(await acme.get('k')), 'the refusal changed something').toBe(before);
  return error;
}

describe('an event', () => {
  const cases: [string, unknown, string][] = [
    ['over 256 KB', 'x'.repeat(256 * 1024), 'EVENT_TOO_LARGE'],
    ['of 10 MB', 'x'.repeat(10 * 1024 * 1024), 'EVENT_TOO_LARGE'],
    ['nested 65 deep', nested(65), 'TOO_DEEP'],
    ['nested 10,000 deep', nested(10_000), 'TOO_DEEP'],
    ['with an own __proto__ key', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'KEY_REFUSED'],
    ['with a constructor key', { constructor: 1 }, 'KEY_REFUSED'],
    ['with NaN', { a: [Number.NaN] }, 'NOT_JSON'],
    ['with undefined', { a: undefined }, 'NOT_JSON'],
    ['with a function', { a: () => 1 }, 'NOT_JSON'],
    ['with a Date', { a: new Date(0) }, 'NOT_JSON'],
    ['with a BigInt', { a: 1n }, 'NOT_JSON'],
  ];

  test.each(cases)('%s is refused and changes nothing', async (_, data, code) => {
    expect((await refusal(acme.send('k', { type: 'KEEP', data: data as Json }))).code).toBe(code);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('that is a cycle is refused and changes nothing', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect((await refusal(acme.send('k', { type: 'KEEP', data: cycle as Json }))).code).toBe('TOO_DEEP');
  });

  test.each([
    ['', 'EVENT_INVALID'],
    ['x'.repeat(300), 'EVENT_INVALID'],
    ['done.invoke.work', 'EVENT_RESERVED'],
    ['error.invoke.work', 'EVENT_RESERVED'],
    ['fsm.after', 'EVENT_RESERVED'],
  ])('of type %j is refused', async (type, code) => {
    expect((await refusal(acme.send('k', { type }))).code).toBe(code);
  });

  test('with a type that is no text is refused', async () => {
    for (const type of [undefined, null, 7, {}, []]) {
      expect((await refusal(acme.send('k', { type: type as unknown as string }))).code).toBe('EVENT_INVALID');
    }
  });

  test.each(['', 'a b', 'a/b', 'ä', 'a\u0000', 'x'.repeat(257), '../etc'])('with the id %j is refused', async (id) => {
    expect((await refusal(acme.send('k', { type: 'KEEP', id }))).code).toBe('ID_INVALID');
  });

  test('that the machine fails on is refused, and with an id it is refused the same way again', async () => {
    expect((await refusal(acme.send('k', { type: 'BREAK' }))).code).toBe('ACTION_FAILED');
    const first = acme.send('k', { type: 'BREAK', id: 'b1' });
    await expect(first).rejects.toMatchObject({ code: 'ACTION_FAILED' });
    await expect(acme.send('k', { type: 'BREAK', id: 'b1' })).rejects.toMatchObject({ code: 'ACTION_FAILED' });
    await expect(acme.send('k', { type: 'KEEP', id: 'b1' })).rejects.toMatchObject({ code: 'EVENT_ID_REUSED' });
    expect((await acme.get('k')).snapshot.context).toEqual({ values: [] });
  });

  test('that would spin for ever is refused after a finite number of microsteps', async () => {
    expect((await refusal(acme.send('k', { type: 'SPIN' }))).code).toBe('MICROSTEP_LIMIT');
  });

  test('that would let the context outgrow its limit is refused', async () => {
    for (let round = 0; ; round += 1) {
      expect(round, 'the limit never came').toBeLessThan(40);
      const outcome = await acme.send('k', { type: 'GROW', data: 'x'.repeat(10_000) }).catch((error) => error);
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: expect.stringMatching(/^(CONTEXT_TOO_LARGE|ACTION_FAILED)$/) });
        break;
      }
    }
    expect((await acme.send('k', { type: 'NOISE' })).taken).toBe(false);
  });

  test('of any JSON shape is kept exactly as it was sent', async () => {
    const noHostileKeys = fc
      .jsonValue({ maxDepth: 8 })
      .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)));
    await fc.assert(
      fc.asyncProperty(noHostileKeys, async (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as Json;
        const { sequence } = await acme.send('k', { type: 'SEEN', data: plain });
        const [entry] = await acme.history('k', { from: sequence, limit: 1 });
        expect(entry).toMatchObject({ kind: 'event', data: plain });
      }),
      { numRuns: 200 },
    );
  });
});

describe('an instance', () => {
  test.each(['', 'a b', 'ä', 'e\u0301', '../../x', 'x'.repeat(257)])('named %j is refused', async (name) => {
    expect((await refusal(acme.create('keeper', name))).code).toBe('ID_INVALID');
  });

  test.each(['__proto__', 'constructor', 'toString'])('named %j is an instance like any other', async (name) => {
    if (!/^[A-Za-z0-9._:-]+$/.test(name)) {
      expect((await refusal(acme.create('keeper', name))).code).toBe('ID_INVALID');
      return;
    }
    await acme.create('keeper', name);
    await acme.send(name, { type: 'KEEP', data: 1 });
    expect((await acme.get(name)).snapshot.context).toEqual({ values: [1] });
    expect((await acme.get('k')).snapshot.context).toEqual({ values: [] });
  });

  test('with a hostile context is refused', async () => {
    const context = JSON.parse('{"__proto__":{"admin":true}}');
    expect((await refusal(acme.create('keeper', 'x', { context }))).code).toBe('KEY_REFUSED');
    await expect(acme.get('x')).rejects.toMatchObject({ code: 'INSTANCE_UNKNOWN' });
  });
});

describe('a tenant', () => {
  test.each(['', 'a b', '../x', 'ä'])('named %j is refused', (id) => {
    expect(() => runtime.tenant(id)).toThrow(expect.objectContaining({ code: 'ID_INVALID' }));
  });
});

describe('an effect', () => {
  test.each<[string, () => unknown]>([
    [
      'throws a text',
      () => {
        throw 'no error at all';
      },
    ],
    ['returns a function', () => () => 1],
    ['returns more than 256 KB', () => 'x'.repeat(300_000)],
    ['rejects with nothing', () => Promise.reject()],
    ['returns a hostile object', () => JSON.parse('{"__proto__":{"admin":true}}')],
  ])('that %s ends as an error event, not as a broken runtime', async (_, work) => {
    output = work;
    await acme.send('k', { type: 'WORK' });
    await runtime.settled();
    expect((await acme.get('k')).snapshot).toMatchObject({ status: 'active', configuration: ['on'] });
    const kinds = (await acme.history('k')).map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(['create', 'event']);
    expect(kinds.at(-1)).toBe('failed');
  });
});

describe('a mailbox', () => {
  test('that is full refuses further events as temporary, and none of the accepted ones is lost', async () => {
    const gate = Promise.withResolvers<number>();
    output = () => gate.promise;
    const { VirtualClock } = await import('@fsm/runtime');
    const small = await openRuntime({
      clock: new VirtualClock(0),
      limits: { mailbox: 5 },
      registry: createRegistry({ functions: { work: () => output() } }),
    });
    const tenant = small.tenant('acme');
    await tenant.register(keeper);
    await tenant.create('keeper', 'k');
    await tenant.send('k', { type: 'WORK' });
    const sends = Array.from({ length: 8 }, (_, data) => tenant.send('k', { type: 'KEEP', data }));
    const settled = Promise.allSettled(sends);
    gate.resolve(1);
    const results = await settled;
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    for (const result of results.slice(5)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'MAILBOX_FULL', next: 'retry' } });
    }
    expect((await tenant.get('k')).snapshot.context).toEqual({ values: [0, 1, 2, 3, 4] });
    await small.close();
  });
});

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}
