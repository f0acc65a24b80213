import type { EffectDefinition } from '@fsm/core';
import { validate } from '@fsm/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineEffect, leaf } from './effect.ts';
import { builtInKinds } from './kinds.ts';
import { template } from './parameters.ts';
import { createRegistry } from './registry.ts';
import { run } from './run.ts';

const registry = createRegistry();
const log = { type: 'log', message: 'x' };

describe('checking', () => {
  test('finds everything that is wrong, each in its place, with what to try', () => {
    const problems = registry.check(
      {
        type: 'sequence',
        effects: [
          { type: 'retry', atempts: 3, effect: { type: 'cal', function: 'x' } },
          { type: 'log' },
          { type: 'log', message: ['{{ context. }}', { a: '{{ nope }}' }, 'fine'], level: 'loud' },
          'log',
          { message: 'x' },
          { type: 'put_data', path: 'a..b', value: 1 },
          { type: 'timeout', duration: 'soon', effect: log },
        ],
      },
      '$.states.work.effect',
    );
    expect(problems.map(({ code, path }) => [code, path.replace('$.states.work.effect', '')])).toEqual([
      ['WRONG_TYPE', '.effects[3]'],
      ['MISSING_KEY', '.effects[0]'],
      ['UNKNOWN_KEY', '.effects[0].atempts'],
      ['UNKNOWN_EFFECT', '.effects[0].effect.type'],
      ['MISSING_KEY', '.effects[1]'],
      ['INVALID_VALUE', '.effects[2].level'],
      ['MISSING_KEY', '.effects[4]'],
      ['INVALID_PATH', '.effects[5].path'],
      ['INVALID_DURATION', '.effects[6].duration'],
    ]);
    for (const problem of problems) {
      expect(problem.severity).toBe('error');
      expect(problem.message).not.toBe('');
      expect(problem.hint).toBeTypeOf('string');
    }
    expect(problems.find(({ code }) => code === 'UNKNOWN_KEY')!.hint).toMatch(
      /^Did you mean `attempts`\? Its parameters are `attempts`/,
    );
    expect(problems.find(({ code }) => code === 'UNKNOWN_EFFECT')!.hint).toMatch(
      /^Did you mean `call`\? There are `call`, /,
    );
  });

  test('finds every expression of a template that does not compile', () => {
    const problems = registry.check({
      type: 'log',
      message: ['{{ context. }}', { 'a b': '{{ nope }}' }, '{{ context.a }}'],
    });
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ['EXPRESSION_INVALID', '$.message[0]'],
      ['EXPRESSION_INVALID', '$.message[1]["a b"]'],
    ]);
  });

  test('says nothing about what is right', () => {
    expect(registry.check({ ...log, description: 'Tells what happened.' })).toEqual([]);
  });

  test.each([undefined, null, 42, 'log', [], () => 1, Object.create(null), { type: 7 }, { type: '__proto__' }])(
    'an effect cannot be %s',
    (effect) => {
      expect(registry.check(effect)).toHaveLength(1);
    },
  );

  test('hostile keys are refused wherever they stand', () => {
    for (const text of [
      '{"type":"log","message":"x","__proto__":{}}',
      '{"type":"log","message":{"__proto__":{}}}',
      '{"type":"call","function":"f","params":{"constructor":1}}',
      '{"type":"parallel","effects":{"__proto__":{"type":"log","message":"x"}}}',
    ]) {
      expect(registry.check(JSON.parse(text))).not.toEqual([]);
    }
  });

  test('effects stand inside each other at most 64 deep, also when one contains itself', () => {
    const nested = (depth: number): EffectDefinition =>
      Array.from({ length: depth - 1 }).reduce<EffectDefinition>(
        (effect) => ({ type: 'sequence', effects: [effect] }),
        log,
      );
    expect(registry.check(nested(64))).toEqual([]);
    expect(registry.check(nested(65))).toMatchObject([{ code: 'TOO_DEEP' }]);
    const circle: { type: string; effects: unknown[] } = { type: 'sequence', effects: [] };
    circle.effects.push(circle);
    expect(registry.check(circle)).toMatchObject([{ code: 'TOO_DEEP' }]);
  });

  test('a tree has at most 100,000 effects, also when the same object stands in it again and again', () => {
    let shared: EffectDefinition = log;
    for (let level = 0; level < 40; level += 1) shared = { type: 'sequence', effects: [shared, shared] };
    expect(registry.check(shared)).toMatchObject([{ code: 'TOO_MANY_EFFECTS' }]);
  });

  test('any value at all is answered with problems and never with an exception', () => {
    const kinds = fc.constantFrom(...builtInKinds.map(({ name }) => name), 'nope');
    const keys = fc.constantFrom(
      ...builtInKinds.flatMap(({ parameters }) => Object.keys(parameters.shape)),
      '__proto__',
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.oneof(
          fc.jsonValue({ maxDepth: 1 }),
          fc.constantFrom('{{ context.a }}', '{{', '30s', 'result > 1', Number.NaN, undefined),
        ),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.tuple(kinds, fc.dictionary(keys, tie('value'), { maxKeys: 4 })).map(([type, rest]) => ({ ...rest, type })),
      ),
    }));
    fc.assert(
      fc.property(value, (effect) => {
        const problems = registry.check(effect);
        for (const problem of problems)
          expect(problem).toMatchObject({ code: expect.any(String), path: expect.stringMatching(/^\$/) });
        if (problems.length === 0) expect(registry.prepare(effect as EffectDefinition)).toBeDefined();
        else
          expect(() => registry.prepare(effect as EffectDefinition)).toThrow(
            expect.objectContaining({ code: 'EFFECT_INVALID' }),
          );
      }),
      { numRuns: 2_000 },
    );
  });

  test('is what the validation of a machine calls', () => {
    const machine = { id: 'm', initial: 'a', states: { a: { effect: { type: 'delay', duration: 'soon' } } } };
    expect(validate(machine, { checkEffect: registry.check })).toMatchObject([
      { code: 'INVALID_DURATION', path: '$.states.a.effect.duration' },
    ]);
  });
});

test('preparing an effect with problems throws all of them', () => {
  expect(() => registry.prepare({ type: 'lgo' })).toThrow(
    expect.objectContaining({
      code: 'EFFECT_INVALID',
      message: expect.stringContaining('$.type'),
      details: { problems: [expect.objectContaining({ code: 'UNKNOWN_EFFECT' })] },
    }),
  );
});

test('only functions can be registered as functions', () => {
  for (const given of [undefined, 'text', {}, { run: 1 }]) {
    expect(() => createRegistry({ functions: { broken: given as never } })).toThrow(
      expect.objectContaining({ code: 'FUNCTION_INVALID', details: { name: 'broken' } }),
    );
  }
});

describe('a kind of your own', () => {
  const shout = defineEffect({
    name: 'shout',
    summary: 'Says something loudly.',
    category: 'basic',
    icon: 'megaphone',
    output: 'What was said.',
    repeat: 'pure',
    parameters: z.strictObject({ text: template.describe('What to say.') }),
    prepare({ text }, compile) {
      const words = compile.template(text, 'text');
      return leaf((step) => String(words(step)).toUpperCase());
    },
  });

  test('is checked and performed like the built-in ones', () => {
    const own = createRegistry({ kinds: [shout] });
    expect(own.kinds().at(-1)).toBe(shout);
    expect(own.check({ type: 'shout' })).toMatchObject([{ code: 'MISSING_KEY', hint: '`text`: What to say.' }]);
    const effects = [{ type: 'shout', text: 'hey {{ context.name }}' }];
    expect(run({ type: 'sequence', effects }, { registry: own, context: { name: 'ann' } })).toBe('HEY ANN');
  });

  test('cannot take the name of another', () => {
    expect(() => createRegistry({ kinds: [shout, shout] })).toThrow(expect.objectContaining({ code: 'KIND_EXISTS' }));
  });
});
