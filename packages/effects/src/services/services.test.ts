import { describe, expect, test } from 'vitest';
import { MemoryHost } from '../memory-host.ts';
import { codes, Together } from '../testing/together.ts';
import { createServices, servicesOf } from './services.ts';
import { Timeline } from './timeline.ts';

const hostile = ['__proto__', 'constructor', 'toString', 'a b', 'circuit_breaker x', '\u0000', '💥', 'x'.repeat(256)];
const log = { type: 'log', message: 'hello' };
const bulkhead = { type: 'bulkhead', name: '{{ context.name }}', slots: 1, effect: log };

test('names of any make are names, and nothing else', async () => {
  const together = new Together();
  for (const name of hostile) {
    together.start(bulkhead, { context: { name } });
    together.start({ ...bulkhead, type: 'rate_limit', slots: undefined, limit: 1 } as never, { context: { name } });
    together.start(bulkhead, { context: { name }, tenant: name });
  }
  await together.advance(0);
  const names = together.services.view('acme').map(({ name }) => name);
  expect(new Set(names)).toEqual(new Set(hostile));
  for (const tenant of hostile) expect(together.services.view(tenant)).toMatchObject([{ name: tenant }]);
  expect(together.services.view('nobody')).toEqual([]);
});

test.each([[''], ['x'.repeat(257)], [null], [{ a: 1 }]])('%j is not a name', async (name) => {
  const together = new Together();
  const part = together.start(bulkhead, { context: { name } });
  await together.advance(0);
  expect(codes([part])).toEqual(['NAME_INVALID']);
});

describe('room for names', () => {
  const waiting = { ...bulkhead, effect: { type: 'delay', duration: '1h' } };

  test('is made by those that nobody would miss', async () => {
    const together = new Together({ services: createServices({ names: 3 }) });
    for (let number = 0; number < 50; number += 1) together.start(bulkhead, { context: { name: `n${number}` } });
    await together.advance(0);
    expect(together.services.view('acme').length).toBeLessThanOrEqual(3);
  });

  test('is refused when all are in use, and only to the tenant that uses them', async () => {
    const together = new Together({ services: createServices({ names: 2 }) });
    const parts = ['a', 'b', 'c'].map((name) => together.start(waiting, { context: { name } }));
    const other = together.start(bulkhead, { context: { name: 'a' }, tenant: 'other' });
    await together.advance(0);
    expect(codes([...parts, other])).toEqual([undefined, undefined, 'DEPENDENCIES_FULL', 'ok']);
  });

  test('is not made by what an operator forced, by an open breaker or by a spent rate', async () => {
    const fail = () => {
      throw new Error('down');
    };
    const together = new Together({ services: createServices({ names: 4 }), functions: { fail } });
    const named = (name: string) => ({ context: { name } });
    together.start(bulkhead, named('forced'));
    together.start({ type: 'rate_limit', name: 'spent', limit: 1, per: '1h', effect: log } as never);
    together.start({
      type: 'circuit_breaker',
      name: 'open',
      failures: 1,
      openFor: '1h',
      effect: { type: 'call', function: 'fail' },
    } as never);
    await together.advance(0);
    together.services.override('acme', 'forced', { slots: 7 });
    for (let number = 0; number < 9; number += 1) together.start(bulkhead, named(`n${number}`));
    await together.advance(0);
    const names = together.services.view('acme').map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['forced', 'open', 'spent']));
  });
});

describe('an override', () => {
  test('of an unknown name says which there are', async () => {
    const together = new Together();
    together.start(bulkhead, { context: { name: 'printer' } });
    await together.advance(0);
    expect(() => together.services.override('acme', 'printr', { slots: 1 })).toThrow(
      expect.objectContaining({ code: 'DEPENDENCY_UNKNOWN', hint: expect.stringContaining('printer') }),
    );
    expect(() => together.services.override('other', 'printer', { slots: 1 })).toThrow(
      expect.objectContaining({ code: 'DEPENDENCY_UNKNOWN' }),
    );
  });

  test.each([
    [{}],
    [{ circuit: 'open' }],
    [{ slots: -1 }],
    [{ slots: 1.5 }],
    [{ limit: 0 }],
    [{ invalidate: 'tag' }],
    [{ reset: false }],
    [{ slot: 1 }],
  ])('%j is refused and changes nothing', async (change) => {
    const together = new Together();
    together.start(bulkhead, { context: { name: 'printer' } });
    await together.advance(0);
    const before = together.services.view('acme');
    expect(() => together.services.override('acme', 'printer', change as never)).toThrow(
      expect.objectContaining({ code: 'OVERRIDE_INVALID' }),
    );
    expect(together.services.view('acme')).toEqual(before);
  });

  test('reaches each kind that has the name, and is announced', async () => {
    const together = new Together();
    together.start({
      ...bulkhead,
      name: 'x',
      effect: { type: 'rate_limit', name: 'x', limit: 1, effect: log },
    } as never);
    await together.advance(0);
    expect(together.services.override('acme', 'x', { slots: 3, limit: 5 })).toMatchObject([
      { kind: 'bulkhead', slots: 3, forced: true },
      { kind: 'rate_limit', limit: 5, forced: true },
    ]);
    expect(together.services.override('acme', 'x', { reset: true })).toMatchObject([
      { forced: false },
      { forced: false },
    ]);
    expect(together.changes.filter(({ change }) => change === 'overridden')).toHaveLength(4);
  });
});

test('a listener that throws changes nothing', async () => {
  const together = new Together();
  together.services.watch(() => {
    throw new Error('broken');
  });
  const effect = { ...bulkhead, name: 'x', queue: 0, effect: { type: 'delay', duration: 1 } };
  const parts = together.startAll(2, effect as never);
  await together.finish();
  expect(codes(parts)).toEqual(['ok', 'BULKHEAD_FULL']);
  expect(together.changes).toMatchObject([{ tenant: 'acme', kind: 'bulkhead', name: 'x', change: 'refused', at: 0 }]);
});

test('a host without services has some of its own', () => {
  const [one, two] = [new MemoryHost(), new MemoryHost()];
  expect(servicesOf(one)).toBe(servicesOf(one));
  expect(servicesOf(one)).not.toBe(servicesOf(two));
});

test('a shared resource is made once and disposed of with the services', async () => {
  const services = createServices();
  const disposed: unknown[] = [];
  const key = { make: () => ({}), dispose: (pool: object) => void disposed.push(pool) };
  const pool = services.resource(key);
  expect(services.resource(key)).toBe(pool);
  await services.close();
  expect(disposed).toEqual([pool]);
  expect(() => services.resource(key)).toThrow(expect.objectContaining({ code: 'SERVICES_CLOSED' }));
});

test('time goes on when a clock is set back, and stands still for one that is a little behind', () => {
  const time = new Timeline();
  expect([0, 100, 90, 120].map((now) => time.at(now))).toEqual([0, 100, 100, 120]);
  const day = 86_400_000;
  expect(time.at(day)).toBe(day);
  expect(time.at(1_000)).toBe(day);
  expect(time.at(3_000)).toBe(day + 2_000);
  expect(time.toClock(day + 2_500)).toBe(3_500);
});
