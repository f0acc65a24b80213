// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import type { retry } from '../kinds/retry.ts';
import { builtInKinds, kinds } from '../kinds.ts';
import { template } from '../parameters.ts';
import { createRegistry } from '../registry.ts';
import { builderOf, type EffectInput } from './builder.ts';
import { effect } from './effect.ts';

const registry = createRegistry();

test('make the definitions that stand in machines', () => {
  expect(effect.call('credit.score', { params: { of: '{{ context.id }}' } })).toEqual({
    type: 'call',
    function: 'credit.score',
    params: { of: '{{ context.id }}' },
  });
  expect(effect.call('ping')).toEqual({ type: 'call', function: 'ping' });
  expect(effect.delay('30s', { description: 'Let them think.' })).toEqual({
    type: 'delay',
    duration: '30s',
    description: 'Let them think.',
  });
  expect(effect.sequence(effect.log('a'), effect.putData('b', 1))).toEqual({
    type: 'sequence',
    effects: [
      { type: 'log', message: 'a' },
      { type: 'put_data', path: 'b', value: 1 },
    ],
  });
});

test('leave out what is not given', () => {
  expect(Object.keys(effect.log('a', {}))).toEqual(['type', 'message']);
  expect(JSON.parse(JSON.stringify(effect.call('ping')))).toEqual(effect.call('ping'));
});

test('what they make of every composition passes the check', () => {
  const all = effect.sequence(
    effect.parallel({ a: effect.log('a'), b: effect.delay(5) }, { concurrency: 1 }),
    effect.parallel([effect.log('a')]),
    effect.race([effect.log('a'), effect.timeout(effect.log('b'), '5s')], { first: 'success' }),
    effect.choose([{ when: 'result > 1', then: effect.log('a') }], { otherwise: effect.log('b') }),
    effect.forEach('context.lines', effect.updateData('n', 'params.value + params.item'), { collect: 'none' }),
    effect.retry(effect.getData('a', { default: 1 }), { attempts: 3, backoff: 'fixed' }),
    effect.withCompensation(effect.mergeData({ a: 1 }), effect.emit('UNDONE')),
    effect.saga([{ name: 'one', effect: effect.sendEvent('other', { type: 'GO', data: { a: 1 } }) }]),
    effect.fallback(effect.log('a'), [effect.log('b')]),
    effect.requestApproval('Refund?', { escalate: { after: '1d', to: 'boss' } }),
    effect.waitForEvent({ event: 'PAID', timeout: '2d' }),
    effect.spawnFsm('delivery', { input: { order: 7 } }),
    effect.circuitBreaker('payments', effect.call('pay'), { failures: 3 }),
  );
  expect(registry.check(all)).toEqual([]);
});

test('there is one for every built-in kind, that makes its type', () => {
  expect(Object.keys(effect).sort()).toEqual(Object.keys(kinds).sort());
  expect(builtInKinds).toEqual(Object.values(kinds));
  for (const [name, build] of Object.entries(effect)) {
    const camelCase = (build as () => { type: string })().type.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    expect(camelCase).toBe(name);
  }
});

describe('a kind of somebody else', () => {
  const shout = defineEffect({
    name: 'acme.shout',
    summary: 'Says something loudly.',
    category: 'basic',
    icon: 'megaphone',
    output: 'What was said.',
    repeat: 'pure',
    parameters: z.strictObject({
      text: template.describe('What to say.'),
      times: z.int().default(1).describe('How often.'),
    }),
    prepare: ({ text }, compile) => leaf(compile.template(text, 'text')),
  });

  test('has a builder too, with parameters in front or not', () => {
    expect(builderOf(shout)({ text: 'hi' })).toEqual({ type: 'acme.shout', text: 'hi' });
    expect(builderOf(shout, 'text')('hi', { times: 2 })).toEqual({ type: 'acme.shout', text: 'hi', times: 2 });
    // @ts-expect-error it has no such parameter
    builderOf(shout, 'words');
    // @ts-expect-error a parameter is missing
    builderOf(shout)({ times: 1 });
    // @ts-expect-error a parameter is of another type
    builderOf(shout, 'text')('hi', { times: 'twice' });
  });
});

test('what is missing, wrong or unknown does not compile', () => {
  // @ts-expect-error how many attempts there are must be said
  effect.retry(effect.call('a'));
  // @ts-expect-error a number is not a text
  effect.retry(effect.call('a'), { attempts: '3' });
  // @ts-expect-error it is called `attempts`
  effect.retry(effect.call('a'), { attempts: 3, tries: 3 });
  // @ts-expect-error there is no such backoff
  effect.retry(effect.call('a'), { attempts: 3, backoff: 'linear' });
  // @ts-expect-error an effect has a type
  effect.retry({ function: 'a' }, { attempts: 3 });
  // @ts-expect-error the function has a name
  effect.call();
  // @ts-expect-error it is called `params`
  effect.call('a', { parameters: {} });
  // @ts-expect-error a function is not JSON
  effect.call('a', { params: () => 1 });
  // @ts-expect-error text is not an effect
  effect.sequence('a');
  // @ts-expect-error a step has an effect
  effect.saga([{ name: 'a' }]);
  // @ts-expect-error a duration is milliseconds or a text
  effect.delay(true);
  // @ts-expect-error a time limit needs its duration
  effect.timeout(effect.call('a'));
  // @ts-expect-error there is no such kind
  effect.shout;
  // @ts-expect-error a branch needs a guard
  effect.choose([{ then: effect.log('a') }]);
  expectTypeOf<EffectInput<typeof retry>['attempts']>().toEqualTypeOf<number>();
  expectTypeOf<EffectInput<typeof retry>['delay']>().toEqualTypeOf<number | string | undefined>();
});
