import { describe, expect, test } from 'vitest';
import { validate } from '../definition/validate.ts';
import { importXState } from './import.ts';
import { imported, problemsOf } from './testing/imported.ts';

describe('XState v4', () => {
  test('its keys are translated, and its transitions leave their source', () => {
    const { definition, problems } = importXState({
      id: 'm',
      initial: 'a',
      predictableActionArguments: true,
      schema: {},
      states: {
        a: {
          onEntry: 'x',
          entry: [
            { type: 'xstate.raise', event: { type: 'E' } },
            { type: 'greet', name: 'Ann' },
          ],
          activities: ['beep'],
          invoke: { src: { type: 'load', url: '/' }, data: { n: 1 }, onDone: 'b' },
          on: {
            '': [{ target: 'b', cond: 'isDone' }],
            SELF: 'a',
            INSIDE: { target: '.c', cond: { type: 'least', min: 3 } },
            STAY: { target: 'a', internal: true },
            OUT: { target: 'b', in: '#m.a.c' },
            'done.invoke.0.m.a': 'b',
          },
          initial: 'c',
          states: { c: {} },
        },
        b: { type: 'final', data: { ok: true }, after: [{ delay: 100, target: 'a' }] },
      },
    });
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['warning XSTATE_V4']);
    expect(definition.states?.a).toEqual({
      entry: ['x', { raise: 'E' }, { type: 'greet', params: { name: 'Ann' } }],
      invoke: [
        { effect: { type: 'call', function: 'load', params: { n: 1 } }, onDone: 'b' },
        { effect: { type: 'call', function: 'beep' } },
      ],
      on: {
        SELF: { target: 'a', reenter: true },
        INSIDE: { target: '.c', guard: { type: 'least', params: { min: 3 } } },
        STAY: 'a',
        OUT: { target: 'b', guard: { in: '#m.a.c' } },
        'done.invoke.a:0': 'b',
      },
      always: { target: 'b', guard: 'isDone' },
      initial: 'c',
      states: { c: {} },
    });
    expect(definition.states?.b).toEqual({ type: 'final', output: { ok: true }, after: { '100': 'a' } });
  });
});

describe('XState v6', () => {
  test('expressions, built-ins, choices, timeouts and named parts are translated', () => {
    const definition = imported({
      id: 'm',
      '@exprLang': 'javascript',
      context: { count: 1 },
      guards: { big: { when: { '@expr': 'context.count > 2' } } },
      actions: { bump: { type: '@xstate.assign', context: { count: { '@expr': 'context.count + event.by' } } } },
      delays: { soon: 'PT1M30S' },
      initial: 'a',
      states: {
        a: {
          entry: [
            { type: '@xstate.log', args: ['n', { '@expr': 'context.count' }] },
            { type: '@xstate.cancel', id: 'x' },
          ],
          on: {
            ADD: { actions: ['bump'], guard: { '@expr': "event['by'] > 0 || event?.all" } },
            SET: { target: 'b', context: { count: 5 }, matches: { kind: 'hard', n: 3 } },
            GO: [{ target: 'b', guard: { type: 'big' } }],
          },
          after: { soon: { target: 'b' } },
          timeout: 'PT2S',
          onTimeout: { target: 'b' },
        },
        b: { choice: [{ when: { '@expr': 'context.count' }, target: 'c' }, { target: 'a' }] },
        c: { invoke: { src: 'work', timeout: 500, onTimeout: { target: 'a' }, onError: { target: 'b' } } },
      },
    });
    const bump = { assign: { count: '{{ context.count + event.data?.by }}' } };
    expect(definition.states).toEqual({
      a: {
        entry: [{ log: ['n', '{{ context.count }}'] }, { cancel: 'x' }],
        on: {
          ADD: { guard: "event.data?.['by'] > 0 || event.data?.all", actions: bump },
          SET: {
            target: 'b',
            guard: { and: ['event.data?.["kind"] === "hard"', 'event.data?.["n"] === 3'] },
            actions: { assign: { count: 5 } },
          },
          GO: { target: 'b', guard: 'context.count > 2' },
        },
        after: { '90000': 'b', '2000': 'b' },
      },
      b: { always: [{ target: 'c', guard: 'context.count' }, 'a'] },
      c: {
        invoke: {
          effect: { type: 'timeout', duration: 500, effect: { type: 'call', function: 'work' } },
          onError: [{ target: 'a', guard: "event.error.code === 'EFFECT_TIMEOUT'" }, 'b'],
        },
      },
    });
    expect(validate(definition)).toEqual([]);
  });

  test('an expression that passes the whole event on is refused', () => {
    expect(
      problemsOf({ initial: 'a', states: { a: { on: { E: { guard: { '@expr': 'Object.keys(event).length' } } } } } }),
    ).toEqual(['error EXPRESSION_NOT_TRANSLATED $.states.a.on.E.guard']);
  });
});
