import { describe, expect, test } from 'vitest';
import { fire, navigate } from './navigate.ts';
import { Driver, say, traced } from './testing/driver.ts';

const review = {
  id: 'm',
  initial: 'review',
  context: { patience: 5, log: '' },
  states: {
    review: { on: { AGAIN: { target: 'review', reenter: true }, LEAVE: 'left' }, after: { '30s': 'expired' } },
    left: { on: { BACK: 'review' } },
    expired: {},
  },
} as const;

describe('after', () => {
  test('arms a timer on entry, with the absolute time it is due', () => {
    const driver = new Driver(review);
    expect(driver.snapshot.timers).toEqual({
      'fsm.after.30s#review': {
        due: 30_000,
        incarnation: 1,
        event: { type: 'fsm.after.30s#review' },
        state: 'review',
      },
    });
    expect(driver.commands).toEqual([{ type: 'arm', timer: 'fsm.after.30s#review', due: 30_000, incarnation: 1 }]);
  });

  test('takes its transition when the timer fires, and tells nobody to disarm what has fired', () => {
    const driver = new Driver(review).advance(30_000);
    expect(driver.configuration).toBe('expired');
    expect(driver.snapshot.timers).toBeUndefined();
    expect(driver.commands).toEqual([]);
  });

  test('is disarmed when its state is left', () => {
    const driver = new Driver(review).send('LEAVE');
    expect(driver.commands).toEqual([{ type: 'disarm', timer: 'fsm.after.30s#review', incarnation: 1 }]);
    expect(driver.advance(60_000).configuration).toBe('left');
  });

  test('starts anew, as another incarnation, when its state is entered again', () => {
    const driver = new Driver(review).advance(20_000).send('AGAIN');
    expect(driver.commands).toEqual([
      { type: 'disarm', timer: 'fsm.after.30s#review', incarnation: 1 },
      { type: 'arm', timer: 'fsm.after.30s#review', due: 50_000, incarnation: 2 },
    ]);
    expect(driver.advance(29_999).configuration).toBe('review');
    expect(driver.advance(1).configuration).toBe('expired');
  });

  test('ignores a timer that fired before its state was left and is handled after it was entered again', () => {
    const driver = new Driver(review).send('LEAVE').send('BACK');
    const decision = fire(driver.machine, driver.snapshot, 'fsm.after.30s#review', 1, { now: 30_000 });
    expect(decision.taken).toBe(false);
    expect(decision.snapshot).toBe(driver.snapshot);
    expect(fire(driver.machine, driver.snapshot, 'fsm.after.30s#review', 2, { now: 30_000 }).taken).toBe(true);
    expect(fire(driver.machine, driver.snapshot, 'unknown', 2, { now: 30_000 }).taken).toBe(false);
  });

  test('is gone after firing, also when no guard lets it through', () => {
    const driver = new Driver({
      ...review,
      states: { ...review.states, review: { after: { '10': { target: 'expired', guard: 'context.patience < 0' } } } },
    }).advance(10);
    expect(driver.configuration).toBe('review');
    expect(driver.taken).toBe(true);
    expect(driver.snapshot.timers).toBeUndefined();
  });

  test('computes a delay from the context as entry actions left it, in milliseconds or as a duration', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { patience: 5 },
      states: {
        a: {
          entry: { assign: { patience: 7, text: '2h' } },
          after: { 'context.patience * 100': 'b', 'context.text': 'b' },
        },
        b: {},
      },
    });
    expect(driver.timers).toEqual({ 'fsm.after.context.patience * 100#a': 700, 'fsm.after.context.text#a': 7_200_000 });
  });

  test('refuses the event when a delay turns out to be no duration', () => {
    const machine = {
      id: 'm',
      initial: 'a',
      context: { delay: 'soon' },
      states: { a: { on: { GO: 'b' } }, b: { after: { 'context.delay': 'a' } } },
    };
    const driver = new Driver(machine);
    expect(() => driver.send('GO')).toThrow(
      expect.objectContaining({ code: 'ACTION_FAILED', path: '$.states.b.after["context.delay"]' }),
    );
    expect(driver.configuration).toBe('a');
  });

  test('tries several transitions of one delay in order, and keeps several delays apart', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      states: {
        a: {
          ...traced('a'),
          after: {
            '1s': [{ guard: 'context.log === ""', target: 'b' }, { actions: say('first') }],
            '2s': { actions: say('second') },
            '3s': 'b',
          },
        },
        b: traced('b'),
      },
    });
    expect(driver.advance(2_000).context.log).toBe('+a first second ');
    expect(driver.advance(1_000).context.log).toBe('+a first second -a +b ');
  });

  test('of timers due at the same instant, fires the one that was armed first', () => {
    const driver = new Driver({
      id: 'm',
      type: 'parallel',
      context: { log: '' },
      states: {
        p: { after: { '1000': { actions: say('p') } } },
        q: { after: { '1s': { actions: say('q') } } },
      },
    });
    expect(driver.advance(1_000).context.log).toBe('p q ');
  });

  test('a timer that is armed and disarmed within one step never reaches the host', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { after: { '1s': 'a' }, always: 'c' }, c: {} },
    }).send('GO');
    expect(driver.configuration).toBe('c');
    expect(driver.commands).toEqual([]);
    expect(driver.snapshot.timers).toBeUndefined();
  });

  test('a step that ends where it began gives back the same snapshot, whatever was armed and disarmed on the way', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { after: { '1s': 'a' }, effect: { type: 'call' }, always: 'a' } },
    });
    const before = driver.snapshot;
    expect(driver.send('GO').taken).toBe(true);
    expect(driver.snapshot).toBe(before);
    expect(driver.commands).toEqual([]);
  });

  test('an event that leaves the state alone leaves its timers alone', () => {
    const driver = new Driver({
      ...review,
      states: { ...review.states, review: { ...review.states.review, on: { NOTE: { actions: say('n') } } } },
    });
    const { timers } = driver.snapshot;
    driver.send('NOTE');
    expect(driver.snapshot.timers).toBe(timers);
    expect(driver.commands).toEqual([]);
    expect(navigate(driver.machine, driver.snapshot, { type: 'NOPE' }, { now: 1 }).snapshot).toBe(driver.snapshot);
  });
});

describe('delayed raise', () => {
  const machine = {
    id: 'm',
    initial: 'a',
    context: { log: '', n: 1 },
    states: {
      a: {
        on: {
          PING: { actions: { raise: { type: 'PONG', data: { n: '{{ context.n }}' } }, delay: '1s', id: 'pong' } },
          ZERO: { actions: [{ raise: 'PONG', delay: 0 }, { assign: { n: 2 } }] },
          ANON: { actions: { raise: 'PONG', delay: 'context.n * 10' } },
          STOP: { actions: { cancel: 'pong' } },
          STOP_COMPUTED: { actions: { cancel: '{{ "po" + "ng" }}' } },
          NEXT: 'b',
          PONG: { actions: say('a') },
        },
      },
      b: { on: { PONG: { actions: { assign: { log: '{{ context.log + "b" + event.data.n }}' } } } } },
    },
  };

  test('is handled later, with the data of the moment it was raised, and survives leaving the state', () => {
    const driver = new Driver(machine).send('PING').patch({ n: 9 }).send('NEXT').advance(1_000);
    expect(driver.context.log).toBe('b1');
  });

  test('is stopped by cancel, whose id may be computed', () => {
    expect(new Driver(machine).send('PING').send('STOP').timers).toEqual({});
    const driver = new Driver(machine).send('PING').send('STOP_COMPUTED');
    expect(driver.commands).toEqual([{ type: 'disarm', timer: 'pong', incarnation: 1 }]);
    expect(driver.send('STOP').taken).toBe(true);
  });

  test('with an id replaces the one before it', () => {
    const driver = new Driver(machine).send('PING').advance(400).send('PING');
    expect(driver.timers).toEqual({ pong: 1_000 });
    expect(driver.commands).toEqual([
      { type: 'disarm', timer: 'pong', incarnation: 1 },
      { type: 'arm', timer: 'pong', due: 1_400, incarnation: 2 },
    ]);
  });

  test('without an id stands beside the one before it', () => {
    const driver = new Driver(machine).send('ANON').send('ANON');
    expect(driver.timers).toEqual({ 'fsm.timer.1': 10, 'fsm.timer.2': 10 });
    expect(driver.advance(10).context.log).toBe('a a ');
  });

  test('with a delay of 0 waits for the clock all the same', () => {
    const driver = new Driver(machine).send('ZERO');
    expect(driver.context.log).toBe('');
    expect(driver.advance(0).context.log).toBe('a ');
  });

  test('ends with the machine', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      states: { a: { entry: { raise: 'X', delay: 10 }, after: { '20': 'z' }, on: { END: 'z' } }, z: { type: 'final' } },
    }).send('END');
    expect(driver.snapshot.timers).toBeUndefined();
    expect(driver.commands.map(({ type }) => type)).toEqual(['disarm', 'disarm']);
  });
});
