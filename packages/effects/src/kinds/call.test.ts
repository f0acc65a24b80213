import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineFunction } from '../function.ts';
import { createRegistry } from '../registry.ts';
import { start } from '../testing/start.ts';

const add = defineFunction({
  parameters: z.strictObject({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => a + b,
});

test('calls the function with its evaluated parameters', () => {
  const life = start(
    { type: 'call', function: 'add', params: { a: '{{ context.a }}', b: 2 } },
    { functions: { add }, context: { a: 40 } },
  );
  expect(life.output()).toBe(42);
});

test('calls a function without parameters with an empty object', () => {
  const life = start(
    { type: 'call', function: 'echo' },
    { functions: { echo: (params: unknown) => params as object } },
  );
  expect(life.output()).toEqual({});
});

test('waits for a promise, of whatever make', async () => {
  // biome-ignore lint/suspicious/noThenProperty: promises of other libraries are such objects
  const thenable = { then: (resolve: (value: number) => void) => resolve(7) };
  const life = start({ type: 'call', function: 'later' }, { functions: { later: () => thenable } });
  await life.host.rest();
  expect(life.output()).toBe(7);
});

test('refuses parameters that the function does not take', () => {
  const life = start(
    { type: 'call', function: 'add', params: { a: '{{ context.a }}', b: 2 } },
    { functions: { add }, context: { a: 'forty' } },
  );
  expect(life.error()).toMatchObject({ code: 'EFFECT_PARAMETERS', details: { function: 'add' } });
  expect(life.error().message).toContain('a: ');
});

test('finds constant parameters that the function does not take before anything runs', () => {
  const registry = createRegistry({ functions: { add } });
  expect(registry.check({ type: 'call', function: 'add', params: { a: 1 } })).toMatchObject([
    { code: 'INVALID_VALUE', path: '$.params' },
  ]);
  expect(registry.check({ type: 'call', function: 'add', params: { a: 1, b: '{{ result }}' } })).toEqual([]);
});

test('an unknown function is a problem that names the one that was probably meant', () => {
  const registry = createRegistry({ functions: { 'credit.score': () => 1, 'letter.print': () => 1 } });
  expect(registry.check({ type: 'call', function: 'credit.scor' }, '$.states.a.effect')).toEqual([
    {
      code: 'UNKNOWN_FUNCTION',
      severity: 'error',
      path: '$.states.a.effect.function',
      message: 'No function `credit.scor` is registered.',
      hint: 'Did you mean `credit.score`? There are `credit.score`, `letter.print`.',
    },
  ]);
  expect(registry.check({ type: 'call', function: 'constructor' })).toHaveLength(1);
});

test('without any functions in the registry the name is looked up only when it is called', () => {
  const registry = createRegistry();
  expect(registry.check({ type: 'call', function: 'credit.score' })).toEqual([]);
  expect(start({ type: 'call', function: 'credit.score' }).error()).toMatchObject({
    code: 'UNKNOWN_FUNCTION',
    path: '',
  });
});
