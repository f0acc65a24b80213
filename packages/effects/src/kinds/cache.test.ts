import { FsmError } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../registry.ts';
import { createServices } from '../services/services.ts';
import { Manual, start } from '../testing/start.ts';
import { codes, type Part, Together } from '../testing/together.ts';

const look = { type: 'call', function: 'look', params: { id: '{{ context.id }}' } };
const cached = { type: 'cache', name: 'customers', key: '{{ context.id }}', ttl: '1m', effect: look };

function looking(options: object = {}) {
  const manual = new Manual();
  const together = new Together({ functions: { look: manual.run }, ...options });
  const ask = (id: unknown = 1, effect: object = cached, tenant = 'acme') =>
    together.start(effect as never, { context: { id: id as never }, tenant });
  return { manual, together, ask };
}

async function answered({ manual, together }: ReturnType<typeof looking>, value: unknown = 'found'): Promise<void> {
  await together.advance(0);
  for (const call of manual.calls) call.resolve(value);
  await together.advance(0);
}

const outputs = (parts: readonly Part[]) => parts.map(({ settled }) => settled);

test('an output is kept for its time', async () => {
  const world = looking();
  const { manual, together, ask } = world;
  ask();
  await answered(world, { name: 'Ada' });
  await together.advance(60_000);
  const hit = ask();
  await together.advance(0);
  expect(hit.settled).toEqual({ output: { name: 'Ada' } });
  expect(manual.calls).toHaveLength(1);
  await together.advance(1);
  expect(together.services.view('acme', together.now())).toMatchObject([{ entries: 0, hits: 1, misses: 1 }]);
  ask();
  await together.advance(0);
  expect(manual.calls).toHaveLength(2);
});

test('keys, names and tenants do not mix, however they are made up', async () => {
  const world = looking();
  const { manual, ask } = world;
  for (const id of [1, '1', [1], { a: 1, b: 2 }, '__proto__', null, 'x'.repeat(2_000)]) ask(id);
  ask(1, { ...cached, name: 'customers 1' });
  ask(1, { ...cached, name: 'c', key: 'ustomers 1' });
  ask(1, cached, 'other');
  await answered(world);
  expect(manual.calls).toHaveLength(10);
  ask({ b: 2, a: 1 });
  await answered(world);
  expect(manual.calls).toHaveLength(10);
});

test('without a name, the same effect shares and another does not', async () => {
  const world = looking();
  const { name: _, ...unnamed } = cached;
  world.ask(1, unnamed);
  world.ask(1, { ...unnamed });
  world.ask(1, { ...unnamed, effect: { ...look, params: 'other' } });
  await answered(world);
  expect(world.manual.calls).toHaveLength(2);
});

describe('executions that ask for the same at once', () => {
  test('share one call', async () => {
    const world = looking();
    const parts = [1, 2, 3].map(() => world.ask());
    await answered(world);
    expect(world.manual.calls).toHaveLength(1);
    expect(outputs(parts)).toEqual(Array(3).fill({ output: 'found' }));
  });

  test('share its failure, each with a path of its own, and nothing is kept', async () => {
    const { manual, together, ask } = looking();
    const parts = [ask(), ask(1, { type: 'sequence', effects: [{ type: 'put_data', path: 'a', value: 1 }, cached] })];
    await together.advance(0);
    manual.calls[0]!.reject(new FsmError('DOWN', 'it is down', { next: 'retry', details: { since: 1 } }));
    await together.advance(0);
    expect(manual.calls).toHaveLength(1);
    expect(outputs(parts)).toMatchObject([
      { error: { code: 'DOWN', path: '0' } },
      { error: { code: 'DOWN', path: '1', next: 'retry', details: { since: 1 } } },
    ]);
    ask();
    await together.advance(0);
    expect(manual.calls).toHaveLength(2);
  });

  test('do not depend on the one that calls: when it is cancelled, the next one calls', async () => {
    const world = looking();
    const parts = [1, 2, 3].map(() => world.ask());
    await world.together.advance(0);
    parts[0]!.cancel();
    await world.together.advance(0);
    expect(world.manual.calls).toHaveLength(2);
    await answered(world);
    expect(codes(parts)).toEqual(['EXECUTION_CANCELLED', 'ok', 'ok']);
  });
});

describe('a kept output is dropped', () => {
  test('by its tag, by an effect or through the services', async () => {
    const world = looking();
    const { manual, together, ask } = world;
    const tagged = { ...cached, tags: ['customer:{{ context.id }}', 'all'] };
    ask(1, tagged);
    ask(2, tagged);
    await answered(world);
    const drop = together.start({ type: 'invalidate_cache', tags: ['customer:{{ context.id }}'] } as never, {
      context: { id: 1 },
    });
    await together.advance(0);
    expect(drop.settled).toEqual({ output: 1 });
    ask(1, tagged);
    ask(2, tagged);
    await answered(world);
    expect(manual.calls).toHaveLength(3);
    expect(together.services.invalidate('other', ['all'])).toBe(0);
    expect(together.services.invalidate('acme', ['all'])).toBe(2);
    expect(together.services.view('acme')).toMatchObject([{ kind: 'cache', name: 'customers', entries: 0 }]);
  });

  test('also when it is on its way while that happens', async () => {
    const world = looking();
    const part = world.ask(1, { ...cached, tags: ['all'] });
    await world.together.advance(0);
    world.together.services.invalidate('acme', ['all']);
    await answered(world);
    expect(codes([part])).toEqual(['ok']);
    expect(world.together.services.view('acme')).toMatchObject([{ entries: 0 }]);
  });

  test('by an operator', async () => {
    const world = looking();
    world.ask();
    await answered(world);
    world.together.services.override('acme', 'customers', { invalidate: true });
    expect(world.together.services.view('acme')).toMatchObject([{ entries: 0 }]);
  });

  test('when there is no room: the least recently used first, within each tenant', async () => {
    const world = looking({ services: createServices({ entries: 2 }) });
    const { manual, ask, together } = world;
    ask(1, cached, 'other');
    for (const id of [1, 2]) ask(id);
    await answered(world);
    ask(1);
    ask(3);
    await answered(world);
    expect(manual.calls).toHaveLength(4);
    ask(1);
    ask(1, cached, 'other');
    await answered(world);
    expect(manual.calls).toHaveLength(4);
    ask(2);
    await together.advance(0);
    expect(manual.calls).toHaveLength(5);
  });

  test('when it is larger than all that may be kept', async () => {
    const world = looking({ services: createServices({ characters: 1_000 }) });
    const part = world.ask();
    await answered(world, 'x'.repeat(2_000));
    expect(codes([part])).toEqual(['ok']);
    expect(world.together.services.view('acme')).toMatchObject([{ entries: 0 }]);
  });
});

test('an effect that writes or owes may not stand inside', () => {
  const registry = createRegistry();
  const write = { type: 'put_data', path: 'a', value: 1 };
  const owe = {
    type: 'with_compensation',
    effect: { type: 'log', message: 1 },
    compensate: { type: 'log', message: 2 },
  };
  for (const effect of [write, owe]) {
    expect(registry.check({ ...cached, effect })).toMatchObject([{ code: 'CACHED_CHANGE', path: '$.effect' }]);
  }
});

test('what was found in the cache is the same after a restart, when the cache is empty', async () => {
  const services = createServices();
  const functions = { look: () => 'first' };
  const context = { id: 1 };
  await start(cached as never, { functions, services, context }).host.rest();
  const whole = { type: 'sequence', effects: [cached, { type: 'delay', duration: '1h' }] };
  const life = start(whole as never, { functions: { look: () => 'second' }, services, context });
  await life.host.rest();
  const next = life.restart();
  await next.host.finish();
  expect(next.output()).toBe('first');
});
