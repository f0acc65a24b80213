import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../definition/definition.ts';
import { Driver, say } from './testing/driver.ts';

const loan: MachineDefinition = {
  id: 'm',
  initial: 'checking',
  context: { score: 0, why: '', log: '' },
  states: {
    checking: {
      effect: { type: 'call', function: 'credit.score' },
      onDone: [
        { guard: 'event.output > 600', target: 'approved', actions: { assign: { score: '{{ event.output }}' } } },
        { target: 'review' },
      ],
      onError: { target: 'review', actions: { assign: { why: '{{ event.error.code }}' } } },
      on: { SKIP: 'review', AGAIN: { target: 'checking', reenter: true } },
      after: { '1m': 'review' },
    },
    review: { on: { BACK: 'checking' } },
    approved: { type: 'final' },
  },
};

describe('invocations', () => {
  test('start when their state is entered', () => {
    const driver = new Driver(loan);
    expect(driver.snapshot.invocations).toEqual({ checking: { state: 'checking', index: 0, incarnation: 2 } });
    expect(driver.commands.at(-1)).toEqual({
      type: 'start',
      invocation: 'checking',
      state: 'checking',
      index: 0,
      incarnation: 2,
    });
    expect(driver.machine.effect('checking', 0)).toEqual({ type: 'call', function: 'credit.score' });
  });

  test('hand their output to onDone', () => {
    const driver = new Driver(loan).done('checking', 700);
    expect(driver.snapshot).toMatchObject({ status: 'done', configuration: ['approved'], context: { score: 700 } });
    expect(driver.commands.map(({ type }) => type)).toEqual(['disarm']);
    expect(new Driver(loan).done('checking', 500).configuration).toBe('review');
  });

  test('hand their error to onError', () => {
    const driver = new Driver(loan).failed('checking', { code: 'TIMEOUT', message: 'too slow' });
    expect([driver.configuration, driver.context.why]).toEqual(['review', 'TIMEOUT']);
    expect(driver.running).toEqual([]);
  });

  test('are cancelled when their state is left, and started anew when it is entered again', () => {
    expect(new Driver(loan).send('SKIP').commands).toEqual([
      { type: 'cancel', invocation: 'checking', incarnation: 2 },
      { type: 'disarm', timer: 'fsm.after.1m#checking', incarnation: 1 },
    ]);
    expect(new Driver(loan).send('AGAIN').commands).toEqual([
      { type: 'cancel', invocation: 'checking', incarnation: 2 },
      { type: 'disarm', timer: 'fsm.after.1m#checking', incarnation: 1 },
      { type: 'arm', timer: 'fsm.after.1m#checking', due: 60_000, incarnation: 3 },
      { type: 'start', invocation: 'checking', state: 'checking', index: 0, incarnation: 4 },
    ]);
  });

  test('the outcome of one that was cancelled is ignored, also when the state runs another by now', () => {
    const driver = new Driver(loan).send('SKIP').send('BACK');
    const before = driver.snapshot;
    expect(driver.outcome('checking', { output: 700 }, 2).taken).toBe(false);
    expect(driver.outcome('checking', { error: 'x' }, 2).taken).toBe(false);
    expect(driver.outcome('nobody', { output: 700 }, 4).taken).toBe(false);
    expect(driver.snapshot).toBe(before);
    expect(driver.outcome('checking', { output: 700 }, 4).snapshot.status).toBe('done');
  });

  test('end without a word when nobody waits for their output', () => {
    const driver = new Driver({ id: 'm', initial: 'a', states: { a: { invoke: { effect: { type: 'call' } } } } });
    expect(driver.running).toEqual(['a']);
    driver.done('a');
    expect([driver.taken, driver.running, driver.commands]).toEqual([true, [], []]);
    expect(driver.done('a').taken).toBe(false);
  });

  test('end the machine with their error when nobody handles it, and everything else stops', () => {
    const driver = new Driver({
      id: 'm',
      type: 'parallel',
      context: { log: '' },
      states: {
        p: { effect: { type: 'call' }, exit: say('never'), on: { '*': { actions: say('any') } } },
        q: {
          effect: { type: 'call' },
          after: { '1s': {} },
          always: { guard: "event.type === 'error.invoke.p'", actions: say('no') },
        },
      },
    }).failed('p', { code: 'BROKEN' });
    expect(driver.snapshot).toMatchObject({
      status: 'error',
      error: { code: 'BROKEN' },
      context: { log: '' },
      configuration: ['p', 'q'],
    });
    expect(driver.commands).toEqual([
      { type: 'cancel', invocation: 'q', incarnation: 3 },
      { type: 'disarm', timer: 'fsm.after.1s#q', incarnation: 2 },
    ]);
    expect(driver.send('X').taken).toBe(false);
  });

  test('an error may be handled anywhere around, or forbidden to matter', () => {
    const machine = (on: StateDefinition['on']) =>
      new Driver({
        id: 'm',
        initial: 'a',
        context: { log: '' },
        ...(on && { on }),
        states: { a: { initial: 'b', states: { b: { effect: { type: 'call' } } } } },
      });
    expect(machine({ 'error.*': { actions: say('e') } }).failed('a.b', 1).context.log).toBe('e ');
    expect(machine({ 'error.invoke.a.b': {} }).failed('a.b', 1).snapshot.status).toBe('active');
  });

  test('never start when their state is left within the same step', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { effect: { type: 'call' }, always: 'c' }, c: {} },
    }).send('GO');
    expect(driver.configuration).toBe('c');
    expect(driver.commands).toEqual([]);
    expect(driver.running).toEqual([]);
  });

  test('are named by their id, else by the path of their state, with an index when there are several', () => {
    const call = { type: 'call' };
    const driver = new Driver({
      id: 'm',
      type: 'parallel',
      invoke: { effect: call },
      states: {
        a: { invoke: [{ effect: call }, { id: 'mine', effect: call }, { effect: call }] },
        b: { effect: call },
      },
    });
    expect(driver.running).toEqual(['m', 'a:0', 'mine', 'a:2', 'b']);
    expect(driver.machine.effect('', 0)).toEqual(call);
    expect(() => driver.machine.effect('a', 3)).toThrow(
      expect.objectContaining({ code: 'EFFECT_UNKNOWN', hint: expect.stringContaining('a[0]') }),
    );
  });
});
