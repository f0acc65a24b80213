import { describe, expect, test } from 'vitest';
import {
  type AnyMachineSnapshot,
  assign,
  createActor,
  createMachine,
  fromPromise,
  raise,
  SimulatedClock,
} from 'xstate';
import { Driver, say, traced } from './testing/driver.ts';

/** XState's side, with the same trace. */
function actor(config: object, clock = new SimulatedClock()) {
  const running = createActor(createMachine(config), { clock });
  running.subscribe({ error: () => {} });
  running.start();
  return {
    clock,
    send: (type: string) => running.send({ type }),
    get snapshot(): AnyMachineSnapshot {
      return running.getSnapshot() as AnyMachineSnapshot;
    },
    get log(): string {
      return String((running.getSnapshot() as AnyMachineSnapshot).context.log);
    },
  };
}

interface Scope {
  readonly context: { readonly log: string };
}

const says = (word: string) => assign({ log: ({ context }: Scope) => `${context.log}${word} ` });
const traces = (name: string) => ({ entry: says(`+${name}`), exit: says(`-${name}`) });

describe('differences from XState, by row of xstate-differences.md', () => {
  test('1: eventless transitions of several regions run in document order', () => {
    const machine = (word: typeof say | typeof says, guard: unknown): object => {
      const region = (name: string) => ({
        initial: 'w',
        states: {
          w: { on: { [name]: 'r' } },
          r: { always: { guard, target: 'x', actions: word(name) } },
          x: {},
        },
      });
      return { id: 'm', type: 'parallel', states: { A: region('A'), B: region('B') } };
    };
    const theirs = actor({
      ...machine(says, ({ context }: { context: { open: boolean } }) => context.open),
      context: { log: '', open: false },
      on: { OPEN: { actions: assign({ open: true }) } },
    });
    const ours = new Driver({
      ...machine(say, 'context.open'),
      id: 'm',
      context: { log: '', open: false },
      on: { OPEN: { actions: { assign: { open: true } } } },
    });
    for (const event of ['B', 'A', 'OPEN']) {
      theirs.send(event);
      ours.send(event);
    }
    expect([theirs.log, ours.context.log]).toEqual(['B A ', 'A B ']);
  });

  test('2: actions of `initial` run whenever it chose the child', () => {
    const machine = (word: typeof say | typeof says): object => ({
      id: 'm',
      context: { log: '' },
      initial: 'a',
      states: {
        a: { on: { GO: 'p.l.l2' } },
        p: {
          type: 'parallel',
          states: {
            l: { initial: 'l1', states: { l1: {}, l2: {} } },
            r: { initial: { target: 'r1', actions: word('right') }, states: { r1: {} } },
          },
        },
      },
    });
    const theirs = actor(machine(says));
    theirs.send('GO');
    const ours = new Driver({ ...machine(say), id: 'm' }).send('GO');
    expect([theirs.log, ours.context.log]).toEqual(['', 'right ']);
  });

  test('3: what stays active is not entered again', () => {
    const root = { id: 'm', context: { log: '' }, initial: 'a', states: { a: { on: { GO: '#m' } } } };
    const theirs = actor({ ...root, ...traces('root') });
    theirs.send('GO');
    const ours = new Driver({ ...root, ...traced('root') }).send('GO');
    expect([theirs.log, ours.context.log]).toEqual(['+root +root ', '+root ']);
  });

  test('4: a delayed event replaces the one with the same id', () => {
    const states = <Action>(actions: Action) => ({ a: { on: { GO: { actions } } } });
    const theirs = actor({
      id: 'm',
      context: { log: '' },
      initial: 'a',
      on: { LATE: { actions: says('late') } },
      states: states(raise({ type: 'LATE' }, { delay: 10, id: 'x' })),
    });
    const ours = new Driver({
      id: 'm',
      context: { log: '' },
      initial: 'a',
      on: { LATE: { actions: say('late') } },
      states: states({ raise: 'LATE', delay: 10, id: 'x' }),
    });
    theirs.send('GO');
    theirs.send('GO');
    theirs.clock.increment(10);
    ours.send('GO').send('GO').advance(10);
    expect([theirs.log, ours.context.log]).toEqual(['late late ', 'late ']);
  });

  test('5 and 6: loops end', () => {
    const theirs = actor({
      id: 'm',
      context: { n: 0 },
      options: { maxIterations: 50 },
      initial: 'a',
      states: { a: { always: { guard: () => true, actions: assign({ n: 0 }) } } },
    });
    expect(theirs.snapshot.status).toBe('error');
    const same = { assign: { n: 0 } };
    const ours = new Driver({
      id: 'm',
      context: { n: 0 },
      initial: 'a',
      states: { a: { always: { guard: 'true', actions: same } } },
    });
    expect(ours.snapshot.status).toBe('active');
    const more = { assign: { n: '{{ context.n + 1 }}' } };
    const endless = {
      id: 'm',
      context: { n: 0 },
      initial: 'a',
      states: { a: { always: { guard: 'true', actions: more } } },
    };
    expect(() => new Driver(endless)).toThrow(expect.objectContaining({ code: 'MICROSTEP_LIMIT' }));
  });

  test('7: a failed effect does not vanish in a wildcard', async () => {
    const theirs = actor({
      id: 'm',
      context: { log: '' },
      initial: 'a',
      states: {
        a: {
          invoke: { src: fromPromise(() => Promise.reject(new Error('broken'))) },
          on: { '*': { actions: says('any') } },
        },
      },
    });
    await expect.poll(() => theirs.log).toBe('any ');
    expect(theirs.snapshot.status).toBe('active');
    const ours = new Driver({
      id: 'm',
      context: { log: '' },
      initial: 'a',
      states: { a: { invoke: { effect: { type: 'call' } }, on: { '*': { actions: say('any') } } } },
    }).failed('a', 'broken');
    expect([ours.snapshot.status, ours.context.log]).toEqual(['error', '']);
  });

  test('8: the output of the final state is the output of a machine that has none of its own', () => {
    const theirs = actor({ id: 'm', initial: 'f', states: { f: { type: 'final', output: 5 } } });
    const ours = new Driver({ id: 'm', initial: 'f', states: { f: { type: 'final', output: 5 } } });
    expect([theirs.snapshot.output, ours.snapshot.output]).toEqual([undefined, 5]);
  });

  test('9: an action that throws refuses the event', () => {
    const fails = () => {
      throw new Error('broken');
    };
    const theirs = actor({
      id: 'm',
      context: {},
      initial: 'a',
      states: { a: { on: { GO: { actions: assign(fails) } } } },
    });
    theirs.send('GO');
    expect(theirs.snapshot.status).toBe('error');
    const ours = new Driver({ id: 'm', initial: 'a', states: { a: { on: { GO: { actions: fails } } } } });
    expect(() => ours.send('GO')).toThrow(expect.objectContaining({ code: 'ACTION_FAILED' }));
    expect(ours.snapshot.status).toBe('active');
  });

  test('10: a dotted key of `assign` is a path', () => {
    const theirs = actor({ id: 'm', context: {}, initial: 'a', entry: assign({ 'x.y': 1 }), states: { a: {} } });
    const ours = new Driver({ id: 'm', initial: 'a', entry: { assign: { 'x.y': 1 } }, states: { a: {} } });
    expect([theirs.snapshot.context, ours.context]).toEqual([{ 'x.y': 1 }, { x: { y: 1 } }]);
  });

  test('11: targets that turn out to conflict are refused', () => {
    const machine = {
      id: 'm',
      initial: 'z',
      states: {
        z: { on: { GO: { target: ['p.h', 'p.a.a2'] } } },
        p: {
          type: 'parallel',
          states: { a: { initial: 'a1', states: { a1: {}, a2: {} } }, b: {}, h: { type: 'history', target: 'a' } },
        },
      },
    } as const;
    const theirs = actor(machine);
    theirs.send('GO');
    expect(theirs.snapshot._nodes.map(({ key }) => key)).toEqual(expect.arrayContaining(['a1', 'a2']));
    expect(() => new Driver(machine).send('GO')).toThrow(expect.objectContaining({ code: 'CONFLICTING_TARGETS' }));
  });
});
