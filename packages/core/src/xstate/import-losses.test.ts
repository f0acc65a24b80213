import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enqueueActions, fromPromise, raise, sendTo, spawnChild } from 'xstate';
import { validate } from '../definition/validate.ts';
import { compile } from '../machine/machine.ts';
import { importXState } from './import.ts';
import { xstateProblemCodes } from './problems.ts';
import { problemsOf } from './testing/imported.ts';

describe('what has no JSON form', () => {
  const transition = (part: object) => ({
    id: 'm',
    initial: 'a',
    states: { a: { on: { GO: { target: 'b', ...part } } }, b: {} },
  });
  const state = (part: object) => ({ id: 'm', initial: 'a', states: { a: part, b: {} } });
  const lost: readonly (readonly [what: string, config: object, code: string, path: string])[] = [
    ['a guard that became null', transition({ guard: null }), 'GUARD_LOST', '$.states.a.on.GO.guard'],
    ['a guard without a type', transition({ guard: { params: 1 } }), 'GUARD_LOST', '$.states.a.on.GO.guard'],
    ['a built-in guard', transition({ guard: { type: 'xstate.and' } }), 'GUARD_LOST', '$.states.a.on.GO.guard'],
    ['an empty guard', transition({ guard: '' }), 'GUARD_LOST', '$.states.a.on.GO.guard'],
    [
      'params of a guard',
      transition({ guard: { type: 'g', params: () => 1 } }),
      'GUARD_LOST',
      '$.states.a.on.GO.guard',
    ],
    ['an action that became null', transition({ actions: ['x', null] }), 'ACTION_LOST', '$.states.a.on.GO.actions[1]'],
    ['a raise without its event', state({ entry: { type: 'xstate.raise' } }), 'ACTION_LOST', '$.states.a.entry'],
    [
      'a raise that XState does not interpret',
      state({ entry: { type: 'xstate.raise', params: { event: 'E' } } }),
      'ACTION_LOST',
      '$.states.a.entry',
    ],
    [
      'an assign without its functions',
      state({ exit: [{ type: 'xstate.assign' }] }),
      'ACTION_LOST',
      '$.states.a.exit[0]',
    ],
    ['a name of XState', state({ exit: 'xstate.raise' }), 'ACTION_LOST', '$.states.a.exit'],
    ['an action that is a function', state({ exit: [() => {}] }), 'ACTION_LOST', '$.states.a.exit[0]'],
    ['several actions at once', state({ exit: enqueueActions(() => {}) }), 'ACTION_NOT_SUPPORTED', '$.states.a.exit'],
    ['an actor that is spawned', state({ exit: spawnChild('x') }), 'ACTION_NOT_SUPPORTED', '$.states.a.exit'],
    ['an event for an actor', state({ exit: sendTo('x', { type: 'E' }) }), 'ACTION_NOT_SUPPORTED', '$.states.a.exit'],
    ['an event that is computed', state({ exit: raise(() => ({ type: 'E' })) }), 'ACTION_LOST', '$.states.a.exit'],
    [
      'a delay that is computed',
      state({ exit: raise({ type: 'E' }, { delay: () => 5 }) }),
      'DELAY_UNKNOWN',
      '$.states.a.exit.delay',
    ],
    [
      'an input that is computed',
      state({ invoke: { src: 'x', input: () => 1 } }),
      'VALUE_LOST',
      '$.states.a.invoke.input',
    ],
    [
      'an expression in another language',
      transition({ guard: { '@expr': 'a.b', '@lang': 'jsonata' } }),
      'EXPRESSION_NOT_TRANSLATED',
      '$.states.a.on.GO.guard',
    ],
    [
      'code with statements',
      transition({ guard: { '@code': 'return 1' } }),
      'EXPRESSION_NOT_TRANSLATED',
      '$.states.a.on.GO.guard',
    ],
    ['a target that is nowhere', state({ on: { GO: 'c' } }), 'TARGET_UNKNOWN', '$.states.a.on.GO'],
    ['an initial state that is nowhere', { id: 'm', initial: 'x', states: { a: {} } }, 'TARGET_UNKNOWN', '$.initial'],
  ];

  test.each(lost)('%s is reported and does not compile', (_what, config, code, path) => {
    const { definition, problems } = importXState(config);
    expect(problems.map((problem) => `${problem.severity} ${problem.code} ${problem.path}`)).toContain(
      `error ${code} ${path}`,
    );
    const registered = { guards: {}, actions: { x: () => undefined } };
    expect(() => compile(definition, { implementations: registered })).toThrow(
      expect.objectContaining({ code: 'MACHINE_INVALID' }),
    );
  });

  const reported: readonly (readonly [what: string, config: object, problem: string])[] = [
    ['a transition that is null', state({ on: { GO: null } }), 'error TRANSITION_LOST $.states.a.on.GO'],
    ['a context that is a function', { ...state({}), context: () => ({}) }, 'error VALUE_LOST $.context'],
    [
      'a value that JSON does not have',
      { ...state({}), context: { at: new Date(0) } },
      'error VALUE_LOST $.context.at',
    ],
    [
      'an actor that is a live object',
      state({ invoke: { src: fromPromise(async () => 1) } }),
      'error ACTOR_LOST $.states.a.invoke.src',
    ],
    ['an invocation without src', state({ invoke: { onDone: 'b' } }), 'error ACTOR_LOST $.states.a.invoke.src'],
    [
      'snapshots of an actor',
      state({ invoke: { src: 'x', onSnapshot: 'b' } }),
      'error KEY_NOT_SUPPORTED $.states.a.invoke.onSnapshot',
    ],
    [
      'names of actors in a system',
      state({ invoke: { src: 'x', systemId: 'y' } }),
      'warning KEY_NOT_SUPPORTED $.states.a.invoke.systemId',
    ],
    [
      'an event that only XState has',
      state({ on: { 'xstate.snapshot.x': 'b' } }),
      'error EVENT_NOT_SUPPORTED $.states.a.on["xstate.snapshot.x"]',
    ],
    ['a limit of iterations', { ...state({}), options: { maxIterations: 5 } }, 'warning BEHAVIOUR_DIFFERS $.options'],
    ['no machine', [], 'error NOT_A_MACHINE $'],
  ];

  test.each(reported)('%s is reported', (_what, config, problem) => {
    expect(problemsOf(config)).toEqual([problem]);
  });

  test('a transition never loses its guard', () => {
    const { definition } = importXState(JSON.parse(JSON.stringify(transition({ guard: [1] }))));
    expect(definition.states?.a?.on?.GO).toEqual({
      target: 'b',
      guard: { type: 'unnamed guard at states.a.on.GO.guard' },
    });
  });

  test('nothing makes it throw, and every problem has a code of the catalogue', () => {
    const key = fc.constantFrom(
      ...[
        'id',
        'initial',
        'states',
        'on',
        'always',
        'after',
        'entry',
        'invoke',
        'src',
        'target',
        'guard',
        'type',
        'params',
      ],
      ...[
        'actions',
        'output',
        'context',
        'history',
        'tags',
        'meta',
        'route',
        'a',
        '__proto__',
        'cond',
        'in',
        '@expr',
        'choice',
      ],
    );
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6, depthSize: 'medium' },
        fc.constantFrom(
          undefined,
          null,
          '',
          'a',
          '#a',
          '.a',
          'x.y',
          '*',
          0,
          Number.NaN,
          true,
          'xstate.raise',
          () => 1,
          Symbol('s'),
          5n,
        ),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(anything, (config) => {
        const { definition, problems } = importXState(config);
        validate(definition);
        for (const { code } of problems) expect(Object.keys(xstateProblemCodes)).toContain(code);
      }),
      { numRuns: 1_000 },
    );
    const cyclic: Record<string, unknown> = { initial: 'a', states: { a: {} } };
    cyclic.context = cyclic;
    expect(problemsOf(cyclic)).toEqual(['error TOO_DEEP $']);
    cyclic.states = { a: cyclic, b: cyclic };
    expect(problemsOf(cyclic)).toEqual(['error TOO_DEEP $']);
  });
});
