import type { EffectDefinition } from '@fsm/core';
import { expect, test } from 'vitest';
import { execute } from '../execute.ts';
import { createRegistry } from '../registry.ts';
import { type FunctionScript, type Scripted, scripted } from './scripted.ts';
import { TestHost } from './test-host.ts';

const call = (name: string): EffectDefinition => ({ type: 'call', function: name });

function perform(world: Scripted, effect: EffectDefinition, host: TestHost) {
  const registry = createRegistry({ functions: world.functions(host) });
  return host.outcome(() => execute(registry.prepare(effect), host));
}

async function end(script: { readonly [name: string]: FunctionScript }, effect: EffectDefinition) {
  const host = new TestHost();
  const world = scripted(script);
  const watched = perform(world, effect, host);
  await host.finish();
  return { host, world, settled: watched.settled };
}

test('each attempt has its behaviour, and the last one is for all that follow', async () => {
  const script = { a: [{ fails: 'BUSY', takes: '1s' }, { fails: { code: 'BROKEN', message: 'no' } }, { returns: 3 }] };
  const { world, settled } = await end(script, { type: 'retry', attempts: 4, delay: 10, jitter: 0, effect: call('a') });
  expect(settled).toEqual({ output: 3 });
  expect(world.calls.map(({ attempt, at, end }) => [attempt, at, end])).toEqual([
    [1, 0, 'failed'],
    [2, 1_010, 'failed'],
    [3, 1_030, 'returned'],
  ]);
  expect(world.performed).toEqual(['a', 'a', 'a']);
});

test('what hangs ends when it is aborted, and what is deaf not even then', async () => {
  const limited = (name: string): EffectDefinition => ({ type: 'timeout', duration: '5s', effect: call(name) });
  const script: { [name: string]: FunctionScript } = {
    hangs: { hangs: 'aborted' },
    deaf: { hangs: 'deaf' },
    late: { takes: '9s', deaf: true },
    plain: ({ n = 2 }) => n * 2,
  };
  for (const [name, how] of [
    ['hangs', 'aborted'],
    ['deaf', undefined],
    ['late', 'returned'],
  ] as const) {
    const { world, settled } = await end(script, limited(name));
    expect(settled).toMatchObject({ error: { code: 'EFFECT_TIMEOUT' } });
    expect(world.calls[0]).toMatchObject({ name, end: how });
    expect(world.calls[0]!.signal.aborted).toBe(true);
  }
  expect((await end(script, limited('plain'))).settled).toEqual({ output: 4 });
});

test('asked again with the same key after a crash, a job ends when it would have ended', async () => {
  const world = scripted({ a: { takes: '10s', returns: 'done' } });
  const effect: EffectDefinition = { type: 'sequence', effects: [call('a')] };
  const first = new TestHost();
  perform(world, effect, first);
  await first.advance(4_000);
  const second = first.nextLife();
  const watched = perform(world, effect, second);
  await second.finish();
  expect(watched.settled).toEqual({ output: 'done' });
  expect(second.now()).toBe(10_000);
  expect(new Set(world.calls.map(({ key }) => key)).size).toBe(1);
});

test('without a clock nothing takes time, and a time that is none is refused', async () => {
  const registry = createRegistry({ functions: scripted({ a: { takes: '1h', returns: 1 } }).functions() });
  expect(execute(registry.prepare(call('a')), new TestHost())).toBe(1);
  expect(() => scripted({ a: { takes: 'soon' } })).toThrow(expect.objectContaining({ code: 'SCRIPT_INVALID' }));
});
