import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../definition/definition.ts';
import { navigate, patch } from './navigate.ts';
import { Driver, say, traced } from './testing/driver.ts';

describe('final states', () => {
  test('complete their parent, whose onDone sees the output as it was on entry', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { score: 7, got: 0, log: '' },
      states: {
        a: {
          ...traced('a'),
          initial: 'x',
          states: {
            x: { on: { END: 'f' } },
            f: { type: 'final', entry: { assign: { score: 8 } }, output: { score: '{{ context.score }}' } },
          },
          onDone: {
            target: 'b',
            actions: [{ assign: { got: '{{ event.output.score }}' } }, { log: '{{ event.type }}' }],
          },
        },
        b: {},
      },
    }).send('END');
    expect([driver.configuration, driver.context.got]).toEqual(['b', 8]);
    expect(driver.commands).toEqual([{ type: 'log', level: 'info', message: 'done.state.m.a' }]);
  });

  test('name the done event by the id of the state when it has one', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      on: { 'done.state.mine': { actions: say('mine') }, 'done.state.*': { actions: say('any') } },
      states: { a: { id: 'mine', initial: 'f', states: { f: { type: 'final' } } } },
    });
    expect(driver.context.log).toBe('mine ');
  });

  test('complete a parallel state when all of its regions are complete', () => {
    const region = (name: string) => ({
      initial: 'x',
      states: { x: { on: { [name]: 'f' } }, f: { type: 'final' as const } },
      onDone: { actions: say(name) },
    });
    const driver = new Driver({
      id: 'm',
      initial: 'p',
      context: { log: '' },
      states: { p: { type: 'parallel', states: { A: region('A'), B: region('B') }, onDone: 'q' }, q: traced('q') },
    });
    expect(driver.send('A').configuration).toBe('p.A.f p.B.x');
    expect(driver.send('B').configuration).toBe('q');
    expect(driver.context.log).toBe('A B +q ');
  });

  test('complete parallel states in each other from the inside out', () => {
    const done = { type: 'final' as const };
    const driver = new Driver({
      id: 'm',
      initial: 'p',
      context: { log: '' },
      on: { 'done.state.m.p.inner': { actions: say('inner') }, 'done.state.m.p': { actions: say('outer') } },
      states: {
        p: {
          type: 'parallel',
          states: {
            inner: { type: 'parallel', states: { a: { initial: 'f', states: { f: done } }, b: done } },
            c: { initial: 'x', states: { x: { on: { GO: 'f' } }, f: done } },
          },
        },
      },
    });
    expect(driver.context.log).toBe('inner ');
    expect(driver.send('GO').context.log).toBe('inner outer ');
  });
});

describe('a machine that is done', () => {
  const machine: MachineDefinition = {
    id: 'm',
    initial: 'a',
    context: { log: '', n: 1 },
    ...traced('root'),
    invoke: { id: 'watch', effect: { type: 'call' } },
    after: { '1h': '.f' },
    states: {
      a: { ...traced('a'), on: { END: 'f' } },
      f: {
        type: 'final',
        entry: [say('+f'), { raise: 'DROPPED' }, { raise: 'LATER', delay: 5 }],
        exit: say('-f'),
        output: '{{ context.n + 1 }}',
      },
    },
    on: { DROPPED: { actions: say('dropped') } },
    output: { result: '{{ event.output }}', by: '{{ event.type }}' },
  };

  test('leaves its states in order, stops everything, keeps showing where it ended, and has an output', () => {
    const driver = new Driver(machine).send('END');
    expect(driver.snapshot).toMatchObject({
      status: 'done',
      configuration: ['f'],
      context: { log: '+root +a -a +f -f -root ' },
      output: { result: 2, by: 'done.state.m.f' },
    });
    expect(driver.snapshot.timers).toBeUndefined();
    expect(driver.snapshot.invocations).toBeUndefined();
    expect(driver.commands).toEqual([
      { type: 'cancel', invocation: 'watch', incarnation: 2 },
      { type: 'disarm', timer: 'fsm.after.1h#', incarnation: 1 },
    ]);
  });

  test('takes no event, no timer, no outcome and no change of its context', () => {
    const { machine: compiled, snapshot } = new Driver(machine).send('END');
    expect(navigate(compiled, snapshot, { type: 'END' }, { now: 0 })).toEqual({ snapshot, commands: [], taken: false });
    expect(patch(compiled, snapshot, { n: 2 }, { now: 0 })).toEqual({ snapshot, commands: [], taken: false });
  });

  test('has the output of its final state when it says nothing itself', () => {
    const { output: _, ...silent } = machine;
    expect(new Driver(silent).send('END').snapshot.output).toBe(2);
  });

  test('may be done from the start, or by all of its regions', () => {
    expect(new Driver({ id: 'm', initial: 'f', states: { f: { type: 'final' } } }).snapshot.status).toBe('done');
    const region = { initial: 'x', states: { x: { on: { GO: 'f' } }, f: { type: 'final' as const } } };
    const driver = new Driver({
      id: 'm',
      type: 'parallel',
      states: { a: region, b: region },
      output: '{{ event.type }}',
    });
    expect(driver.send('GO').snapshot).toMatchObject({ status: 'done', output: 'done.state.m' });
  });
});
