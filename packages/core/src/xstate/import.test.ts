import { describe, expect, test } from 'vitest';
import { validate } from '../definition/validate.ts';
import { compile } from '../machine/machine.ts';
import { Driver } from '../machine/testing/driver.ts';
import { importXState } from './import.ts';
import { imported, importedState, problemsOf } from './testing/imported.ts';

describe('importXState', () => {
  test('every key of XState v5 with plain JSON has its place', () => {
    const definition = imported({
      id: 'loan',
      version: '1.2.0',
      description: 'a loan',
      context: { amount: 0, deep: { list: [1, null] } },
      output: { ok: true },
      types: {},
      schemas: { context: {} },
      initial: { target: 'work', actions: 'begin' },
      entry: ['first', { type: 'second', params: { n: 1, text: 'a {{ b }}' } }],
      exit: 'last',
      on: { 'pay.*': { target: '.work', reenter: true, meta: { a: 1 }, description: 'again' }, '*': {} },
      states: {
        work: {
          id: 'working',
          type: 'parallel',
          tags: ['busy', 'human'],
          meta: { color: 'red' },
          description: 'at work',
          onDone: 'end',
          states: {
            l: {
              initial: 'x',
              states: { x: { always: [{ target: 'y', guard: 'isReady' }] }, y: { type: 'final', output: 5 } },
            },
            r: {
              initial: 'u',
              states: {
                u: { after: { 1000: 'v', 250: { target: 'v', actions: ['late'] } } },
                v: { type: 'final' },
                h: { type: 'history', history: 'deep', target: 'v' },
                g: { history: true },
                k: { type: 'history' },
              },
            },
          },
          invoke: [
            {
              id: 'one',
              src: 'fetch',
              input: { id: 7 },
              onDone: 'end',
              onError: [{ target: 'end', guard: { type: 'isBad', params: 1 } }],
            },
            { src: 'poll' },
          ],
          on: { BACK: { target: ['#working.l.y', '#loan.work.r.h'] } },
        },
        end: { type: 'final', output: { total: 3 } },
      },
    });
    expect(definition).toEqual({
      id: 'loan',
      version: '1.2.0',
      description: 'a loan',
      context: { amount: 0, deep: { list: [1, null] } },
      output: { ok: true },
      initial: { target: 'work', actions: 'begin' },
      entry: ['first', { type: 'second', params: { n: 1, text: "a {{ '{{' }} b }}" } }],
      exit: 'last',
      on: {
        'pay.*': { target: '.work', reenter: true, meta: { a: 1 }, description: 'again' },
        '*': {},
        'error.*': {},
      },
      states: {
        work: {
          id: 'working',
          type: 'parallel',
          tags: ['busy', 'human'],
          meta: { color: 'red' },
          description: 'at work',
          onDone: 'end',
          states: {
            l: {
              initial: 'x',
              states: { x: { always: { target: 'y', guard: 'isReady' } }, y: { type: 'final', output: 5 } },
            },
            r: {
              initial: 'u',
              states: {
                u: { after: { '250': { target: 'v', actions: 'late' }, '1000': 'v' } },
                v: { type: 'final' },
                h: { type: 'history', history: 'deep', target: 'v' },
                g: { type: 'history', history: 'shallow' },
                k: { type: 'history', history: 'shallow' },
              },
            },
          },
          invoke: [
            {
              id: 'one',
              effect: { type: 'call', function: 'fetch', params: { id: 7 } },
              onDone: 'end',
              onError: { target: 'end', guard: { type: 'isBad', params: 1 } },
            },
            { effect: { type: 'call', function: 'poll' } },
          ],
          on: { BACK: { target: ['#loan.work.l.y', '#loan.work.r.h'] } },
        },
        end: { type: 'final', output: { total: 3 } },
      },
    });
    const names = { guards: ['isReady', 'isBad'], actions: ['begin', 'first', 'second', 'last', 'late'] };
    expect(validate(definition, names)).toEqual([]);
  });

  test('the shorthands of transitions mean what they mean', () => {
    const on = {
      A: 'b',
      B: { target: 'b' },
      C: ['b'],
      D: [{ target: 'b', guard: 'g' }, 'b'],
      E: {},
      F: '',
      G: undefined,
      H: { target: '' },
      I: [],
      J: { target: ['b'] },
      K: { actions: 'x' },
    };
    expect(importedState({ on })?.on).toEqual({
      A: 'b',
      B: 'b',
      C: 'b',
      D: [{ target: 'b', guard: 'g' }, 'b'],
      E: {},
      F: {},
      G: {},
      H: {},
      I: [],
      J: 'b',
      K: { actions: 'x' },
    });
  });

  test('forbidden transitions keep ancestors from taking an event, an empty list does not', () => {
    const states = { a: { on: { X: {}, Y: undefined, Z: [] } } };
    const config = {
      id: 'm',
      initial: 'p',
      states: { p: { initial: 'a', states, on: { X: 'b', Y: 'b', Z: 'b' } }, b: {} },
    };
    for (const [event, expected] of [
      ['X', 'p.a'],
      ['Y', 'p.a'],
      ['Z', 'b'],
    ] as const) {
      expect(new Driver(imported(config)).send(event).configuration).toBe(expected);
    }
  });

  test('targets with escaped dots lead to the state that was meant, under its new key', () => {
    const { definition, problems } = importXState({
      id: 'my.machine',
      initial: 'v1.0',
      states: {
        'v1.0': {
          on: { A: 'v1\\.1', B: '#an\\.id', C: '#my\\.machine.v1\\.1', D: '#my.machine' },
          initial: 'x',
          states: { x: {} },
        },
        v1_0: { on: { A: 'v1\\.0.x', B: 'v1_0' } },
        'v1.1': { id: 'an.id' },
      },
    });
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'NAME_CHANGED $.states["v1.0"]',
      'NAME_CHANGED $.states.v1_0',
      'NAME_CHANGED $.states["v1.1"]',
      'NAME_CHANGED $.states["v1.1"].id',
    ]);
    expect(definition.initial).toBe('v1_0');
    expect(Object.keys(definition.states ?? {})).toEqual(['v1_0', 'v1_0-2', 'v1_1']);
    expect(definition.states?.v1_0?.on).toEqual({ A: 'v1_1', B: '#an_id', C: '#an_id', D: '#my.machine' });
    expect(definition.states?.['v1_0-2']?.on).toEqual({ A: 'v1_0.x', B: 'v1_0-2' });
    expect(validate(definition)).toEqual([]);
  });

  test('a machine without id is called `machine`, in its events too', () => {
    const states = { p: { initial: 'f', states: { f: { type: 'final' } } }, b: {} };
    const definition = imported({ initial: 'p', on: { 'xstate.done.state.(machine).p': '.b' }, states });
    expect(definition.id).toBe('machine');
    expect(new Driver(definition).configuration).toBe('b');
  });

  test('events of the engine get their names here', () => {
    const on = {
      'xstate.done.state.m.b': 'b',
      'xstate.done.actor.0.m.a': 'b',
      'xstate.error.actor.1.m.a': 'b',
      'xstate.done.actor.mine': 'b',
      'xstate.after.100.m.a': 'b',
      'xstate.done.*': 'b',
      'xstate.error.actor.*': 'b',
      'xstate.*': 'b',
    };
    const invoke = [{ src: 'x' }, { src: 'y' }, { id: 'mine', src: 'z' }];
    expect(Object.keys(importedState({ on, invoke, after: { 100: 'b' } })?.on ?? {})).toEqual([
      'done.state.m.b',
      'done.invoke.a:0',
      'error.invoke.a:1',
      'done.invoke.mine',
      'fsm.after.100#a',
      'done.*',
      'error.invoke.*',
      'error.*',
      'fsm.*',
    ]);
  });

  test('an invocation without id goes by the name it has here', () => {
    const config = {
      id: 'm',
      initial: 'a',
      states: { a: { invoke: { src: 'x' }, on: { 'xstate.done.actor.0.m.a': 'b' } }, b: {} },
    };
    expect(new Driver(imported(config)).done('a').configuration).toBe('b');
  });

  test('`*` takes failures, as it does there', () => {
    const config = { id: 'm', initial: 'a', states: { a: { invoke: { src: 'x' }, on: { '*': 'b' } }, b: {} } };
    expect(new Driver(imported(config)).failed('a', 'broken').configuration).toBe('b');
    expect(importedState({ on: { '*': 'b' } })?.on).toEqual({ '*': 'b' });
  });

  test('a route becomes an event of the whole machine', () => {
    const { definition, problems } = importXState({
      id: 'm',
      initial: 'a',
      states: { a: {}, b: { id: 'there', route: { guard: 'g', actions: 'x' } } },
    });
    expect(definition.on).toEqual({
      route: { target: '#there', guard: { and: ['event.data?.to === "#there"', 'g'] }, actions: 'x' },
    });
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(['EVENT_CHANGED $.states.b.route']);
  });

  test('named delays get the duration they are given, and keep the machine from compiling without one', () => {
    expect(importedState({ after: { SOON: 'b' } }, { delays: { SOON: '30s' } })?.after).toEqual({ '30s': 'b' });
    const { definition, problems } = importXState({ initial: 'a', states: { a: { after: { SOON: 'a' } } } });
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(['DELAY_UNKNOWN $.states.a.after.SOON']);
    expect(() => compile(definition)).toThrow(expect.objectContaining({ code: 'MACHINE_INVALID' }));
    expect(problemsOf({ initial: 'a', states: { a: { after: { '1s': 'a' } } } })).toEqual([
      'warning DELAY_GUESSED $.states.a.after["1s"]',
    ]);
  });

  test('names get the meanings they are given', () => {
    const state = { entry: ['x', 'y'], invoke: { src: 's' }, always: { target: 'b', guard: 'g' } };
    const meanings = {
      actions: { x: [{ log: '1' }, { log: '2' }] },
      guards: { g: 'context.n > 1' },
      effects: { s: { type: 'delay', for: '1s' } },
    };
    expect(importedState(state, meanings)).toEqual({
      entry: [{ log: '1' }, { log: '2' }, 'y'],
      invoke: { effect: { type: 'delay', for: '1s' } },
      always: { target: 'b', guard: 'context.n > 1' },
    });
  });

  test('keys that XState ignores are warned of', () => {
    expect(
      problemsOf({ initial: 'a', timeuot: 5, states: { a: { onn: {}, on: { E: { target: 'a', gaurd: 'x' } } } } }),
    ).toEqual([
      'warning KEY_UNKNOWN $.timeuot',
      'warning KEY_UNKNOWN $.states.a.onn',
      'warning KEY_UNKNOWN $.states.a.on.E.gaurd',
    ]);
  });
});
