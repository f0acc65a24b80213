import { describe, expect, test } from 'vitest';
import { Driver, say, traced } from './testing/driver.ts';

describe('always', () => {
  test('is taken on entry, again and again, until no guard passes', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'count',
      context: { n: 0 },
      states: {
        count: {
          always: [
            { guard: 'context.n < 5', actions: { assign: { n: '{{ context.n + 1 }}' } } },
            { guard: 'context.n === 5', target: 'done' },
          ],
        },
        done: {},
      },
    });
    expect([driver.configuration, driver.context]).toEqual(['done', { n: 5 }]);
  });

  test('goes before events that were raised', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      on: { X: { actions: say('raised') } },
      states: { a: { entry: { raise: 'X' }, always: { target: 'b', actions: say('always') } }, b: traced('b') },
    });
    expect(driver.context.log).toBe('always +b raised ');
  });

  test('sees changes of the context by an event, by an effect and by another region', () => {
    const machine = {
      id: 'm',
      type: 'parallel',
      context: { n: 0 },
      states: {
        p: { on: { INC: { actions: { assign: { n: '{{ context.n + 1 }}' } } } } },
        q: { initial: 'low', states: { low: { always: { guard: 'context.n > 0', target: 'high' } }, high: {} } },
      },
    } as const;
    expect(new Driver(machine).send('INC').configuration).toBe('p q.high');
    expect(new Driver(machine).patch({ n: 3 }).configuration).toBe('p q.high');
  });

  test('is asked again after an event that nobody took, because its guard may look at the event or the time', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      states: { a: { always: { guard: "event.type === 'GO' || now >= 100", target: 'b' } }, b: {} },
    });
    expect(driver.send('NO').taken).toBe(false);
    expect(driver.send('GO').taken).toBe(true);
    expect(driver.configuration).toBe('b');
  });

  test('of several regions are taken together, in document order', () => {
    const region = (name: string) => ({
      initial: 'wait',
      states: {
        wait: { on: { GO: 'ready' } },
        ready: { always: { guard: 'context.open', target: 'gone', actions: say(name) } },
        gone: {},
      },
    });
    const driver = new Driver({
      id: 'm',
      type: 'parallel',
      context: { log: '', open: false },
      states: { p: region('p'), q: region('q') },
      on: { BACK: { target: ['#m.p.ready', '#m.q.ready'] } },
    });
    driver.send('GO').patch({ open: true });
    expect(driver.context.log).toBe('p q ');
  });

  test('one that changes nothing is taken once and not for ever', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { n: 1 },
      states: { a: { always: { guard: 'context.n === 1', actions: [{ assign: { n: 1 } }, { log: 'once' }] } } },
    });
    expect(driver.commands).toEqual([{ type: 'log', level: 'info', message: 'once' }]);
  });
});

describe('the limit of microsteps', () => {
  const endless = {
    id: 'm',
    initial: 'rest',
    context: { n: 0 },
    states: {
      rest: { on: { SPIN: 'a', RAISE: 'r' } },
      a: { entry: { assign: { n: '{{ context.n + 1 }}' } }, always: 'b' },
      b: { always: 'a' },
      r: { entry: { raise: 'R' }, on: { R: { target: 'r', reenter: true } } },
    },
  };

  test.each(['SPIN', 'RAISE'])('stops what would never end (%s), with a code, and nothing has changed', (event) => {
    const driver = new Driver(endless);
    const before = driver.snapshot;
    expect(() => driver.send(event)).toThrow(
      expect.objectContaining({
        code: 'MICROSTEP_LIMIT',
        next: 'reject',
        details: expect.objectContaining({ limit: 1_000 }),
      }),
    );
    expect(driver.snapshot).toBe(before);
    expect(driver.snapshot.context).toEqual({ n: 0 });
  });

  test('allows exactly as many microsteps as it says', () => {
    const counting = (bound: number) => ({
      id: 'm',
      initial: 'a',
      context: { n: 0 },
      states: {
        a: { always: { guard: `context.n < ${bound}`, actions: { assign: { n: '{{ context.n + 1 }}' } } } },
      },
    });
    expect(new Driver(counting(1_000)).context).toEqual({ n: 1_000 });
    expect(() => new Driver(counting(1_001))).toThrow(expect.objectContaining({ code: 'MICROSTEP_LIMIT' }));
    expect(new Driver(counting(10), { maxMicrosteps: 10 }).context).toEqual({ n: 10 });
    expect(() => new Driver(counting(10), { maxMicrosteps: 9 })).toThrow('within 9 microsteps');
  });
});
