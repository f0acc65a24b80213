import { describe, expect, test } from 'vitest';
import { validate } from '../definition/validate.ts';
import { compile, type Machine } from './machine.ts';
import { complete, navigate, start, stop } from './navigate.ts';
import type { Snapshot } from './snapshot.ts';

const moment = { now: 0 };
const mail = { type: 'call', function: 'mail' };

const machine = compile({
  id: 'shop',
  context: { answers: 0 },
  initial: 'open',
  on: { 'done.invoke.ask': { actions: { assign: { answers: '{{ context.answers + event.output }}' } } } },
  states: {
    open: {
      effect: { type: 'call', function: 'watch' },
      onDone: 'closed',
      exit: { effect: mail },
      on: {
        CLOSE: 'closed',
        ASK: { actions: { effect: { type: 'call', function: 'ask' }, id: 'ask' } },
        MAIL: { actions: { effect: mail } },
      },
    },
    closed: { on: { END: 'ended' } },
    ended: { type: 'final', entry: { effect: { type: 'call', function: 'goodbye' } } },
  },
});

function after(...types: string[]): Snapshot {
  return types.reduce(
    (snapshot, type) => navigate(machine, snapshot, { type }, moment).snapshot,
    start(machine, moment).snapshot,
  );
}

function started(of: Machine, snapshot: Snapshot): unknown[] {
  return Object.values(snapshot.invocations ?? {}).map(({ state, index }) => of.effect(state, index));
}

function end(snapshot: Snapshot, invocation: string, outcome: { output: number } | { error: string }) {
  const { incarnation } = snapshot.invocations![invocation]!;
  return complete(machine, snapshot, invocation, incarnation, outcome, moment);
}

describe('an effect that an action starts', () => {
  test('is found again by the machine and goes on when its state is left', () => {
    const { snapshot, commands } = navigate(machine, start(machine, moment).snapshot, { type: 'CLOSE' }, moment);
    expect(commands).toEqual([
      { type: 'cancel', invocation: 'open', incarnation: 1 },
      { type: 'start', invocation: 'fsm.effect.2', state: 'open', index: 1, incarnation: 2, purpose: 'action' },
    ]);
    expect(started(machine, snapshot)).toEqual([mail]);
    expect(Object.keys(after('CLOSE').invocations!)).toEqual(['fsm.effect.2']);
  });

  test('runs as often as it is started when it has no id', () => {
    expect(Object.keys(after('MAIL', 'MAIL', 'MAIL').invocations!)).toHaveLength(4);
  });

  test('replaces the one with its id', () => {
    const { commands } = navigate(machine, after('ASK'), { type: 'ASK' }, moment);
    expect(commands).toMatchObject([
      { type: 'cancel', invocation: 'ask', incarnation: 2 },
      { type: 'start', invocation: 'ask', incarnation: 3 },
    ]);
  });

  test('tells its outcome under its id, wherever the machine is by then', () => {
    const { snapshot, taken } = end(after('ASK', 'CLOSE'), 'ask', { output: 42 });
    expect(taken).toBe(true);
    expect(snapshot.context).toEqual({ answers: 42 });
    expect(snapshot.invocations).not.toHaveProperty('ask');
  });

  test('logs a failure that nobody handles, and the instance goes on', () => {
    for (const invocation of ['ask', 'fsm.effect.3']) {
      const { snapshot, commands } = end(after('ASK', 'MAIL'), invocation, { error: 'gone' });
      expect(snapshot.status).toBe('active');
      expect(commands).toMatchObject([{ type: 'log', level: 'error', message: { invocation, error: 'gone' } }]);
    }
  });

  test('makes no event of its end when it has no id', () => {
    const all = compile({
      id: 'm',
      context: { seen: 0 },
      initial: 'a',
      on: { '*': { actions: { assign: { seen: '{{ context.seen + 1 }}' } } } },
      states: { a: { entry: { effect: mail } } },
    });
    const { snapshot } = start(all, moment);
    expect(complete(all, snapshot, 'fsm.effect.1', 1, { output: 1 }, moment).snapshot.context).toEqual({ seen: 0 });
  });

  test('goes on after the machine is done, and its end changes nothing but that', () => {
    const done = after('CLOSE', 'END');
    expect(done.status).toBe('done');
    expect(started(machine, done)).toEqual([mail, { type: 'call', function: 'goodbye' }]);
    const one = end(done, 'fsm.effect.2', { output: 1 });
    expect(one.snapshot.status).toBe('done');
    expect(Object.keys(one.snapshot.invocations!)).toEqual(['fsm.effect.3']);
    const none = end(one.snapshot, 'fsm.effect.3', { error: 'gone' });
    expect(none.snapshot.invocations).toBeUndefined();
    expect(none.commands).toMatchObject([{ type: 'log', level: 'error' }]);
  });

  test('is stopped with the instance', () => {
    const { snapshot, commands } = stop(machine, after('MAIL'), moment);
    expect(snapshot.invocations).toBeUndefined();
    expect(commands).toContainEqual({ type: 'cancel', invocation: 'fsm.effect.2', incarnation: 2 });
  });
});

describe('validation', () => {
  const inEntry = (entry: unknown) => ({ id: 'm', initial: 'a', states: { a: { entry }, b: { effect: mail } } });

  test('knows the ids of such effects as sources of events', () => {
    const problems = validate({
      ...inEntry({ effect: mail, id: 'later' }),
      on: { 'done.invoke.later': {}, 'done.invoke.latr': {} },
    });
    expect(problems.map(({ path }) => path)).toEqual(['$.on["done.invoke.latr"]']);
  });

  test('refuses an id that a state uses, and effects without type', () => {
    const codes = (entry: unknown) => validate(inEntry(entry)).map(({ code, path }) => `${code} ${path}`);
    expect(codes({ effect: mail, id: 'b' })).toEqual(['DUPLICATE_ID $.states.a.entry.id']);
    expect(codes({ effect: mail, id: 'b c' })).toEqual(['INVALID_ID $.states.a.entry.id']);
    expect(codes({ effect: {} })).toEqual(['MISSING_KEY $.states.a.entry.effect']);
    expect(codes({ effect: mail, delay: 5 })).toEqual(['MISPLACED_KEY $.states.a.entry.delay']);
  });
});
