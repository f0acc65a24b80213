import { describe, expect, test } from 'vitest';
import { Driver, say, traced } from './testing/driver.ts';

const door = {
  id: 'm',
  initial: 'home',
  context: { log: '' },
  states: {
    home: { on: { IN: 'p', MIX: { target: ['p.a.a2', 'p.c.c2'] }, A2: 'p.a.a2' } },
    p: {
      type: 'parallel',
      ...traced('p'),
      on: { OUT: 'home', ALL: { actions: say('all') }, P: { actions: say('P') } },
      states: {
        a: {
          ...traced('a'),
          initial: 'a1',
          on: { CROSS: '#m.p.b.b2' },
          states: {
            a1: { ...traced('a1'), on: { GO: { target: 'a2', actions: say('a!') }, ONLY: 'a2', EXIT: '#m.home' } },
            a2: traced('a2'),
          },
        },
        b: {
          ...traced('b'),
          initial: 'b1',
          states: {
            b1: { ...traced('b1'), on: { GO: { target: 'b2', actions: say('b!') }, ALL: {}, EXIT: 'b2' } },
            b2: traced('b2'),
          },
        },
        c: {
          ...traced('c'),
          initial: 'c1',
          on: { RESET: { target: '.c1', reenter: true } },
          states: { c1: { ...traced('c1'), on: { EXIT: 'c2', P: { actions: say('c1') } } }, c2: traced('c2') },
        },
      },
    },
  },
} as const;

function inside() {
  return new Driver(door).send('IN').patch({ log: '' });
}

describe('parallel states', () => {
  test('are entered with all regions in document order, and left in reverse', () => {
    const driver = new Driver(door).send('IN');
    expect(driver.configuration).toBe('p.a.a1 p.b.b1 p.c.c1');
    expect(driver.context.log).toBe('+p +a +a1 +b +b1 +c +c1 ');
    expect(driver.patch({ log: '' }).send('OUT').context.log).toBe('-c1 -c -b1 -b -a1 -a -p ');
  });

  test('let every region take the event: exits, actions and entries of all of them in turn', () => {
    const driver = inside().send('GO');
    expect(driver.configuration).toBe('p.a.a2 p.b.b2 p.c.c1');
    expect(driver.context.log).toBe('-b1 -a1 a! b! +a2 +b2 ');
  });

  test('let one region move alone', () => {
    expect(inside().send('ONLY').context.log).toBe('-a1 +a2 ');
  });

  test('ask the states around only when no region takes the event, as XState does', () => {
    expect(inside().send('P').context.log).toBe('c1 ');
    expect(inside().send('ALL').context.log).toBe('');
    const driver = inside().send('GO').patch({ log: '' }).send('ALL');
    expect(driver.context.log).toBe('all ');
  });

  test('a region that leaves them wins over later regions that would only move', () => {
    const driver = inside().send('EXIT');
    expect(driver.configuration).toBe('home');
  });

  test('a transition from one region into another starts all regions again', () => {
    const driver = inside().send('GO').patch({ log: '' }).send('CROSS');
    expect(driver.configuration).toBe('p.a.a1 p.b.b2 p.c.c1');
    expect(driver.context.log).toBe('-c1 -c -b2 -b -a2 -a +a +a1 +b +b2 +c +c1 ');
  });

  test('a region that enters itself again leaves with all its neighbours', () => {
    const driver = inside().send('RESET');
    expect(driver.context.log).toBe('-c1 -c -b1 -b -a1 -a +a +a1 +b +b1 +c +c1 ');
  });

  test('may be entered at several places at once; the other regions begin at their initial states', () => {
    expect(new Driver(door).send('MIX').configuration).toBe('p.a.a2 p.b.b1 p.c.c2');
    expect(new Driver(door).send('A2').configuration).toBe('p.a.a2 p.b.b1 p.c.c1');
  });

  test('in each other: the inner transition wins over the outer one', () => {
    const region = { initial: 'x', states: { x: { on: { GO: 'y' } }, y: {} } };
    const driver = new Driver({
      id: 'm',
      initial: 'p',
      states: {
        p: {
          type: 'parallel',
          states: {
            a: { type: 'parallel', on: { GO: '#m.z' }, states: { a1: region, a2: { ...region, initial: 'y' } } },
            b: region,
          },
        },
        z: {},
      },
    }).send('GO');
    expect(driver.configuration).toBe('p.a.a1.y p.a.a2.y p.b.y');
  });

  test('targets that turn out to conflict are refused with a code, and nothing has changed', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'z',
      states: {
        z: { on: { GO: { target: ['p.back', 'p.a.a2'] } } },
        p: {
          type: 'parallel',
          states: {
            a: { initial: 'a1', states: { a1: {}, a2: {} } },
            b: {},
            back: { type: 'history', target: 'a' },
          },
        },
      },
    });
    const before = driver.snapshot;
    expect(() => driver.send('GO')).toThrow(expect.objectContaining({ code: 'CONFLICTING_TARGETS' }));
    expect(driver.snapshot).toBe(before);
  });
});
