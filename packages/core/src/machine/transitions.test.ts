import { describe, expect, test } from 'vitest';
import type { StateDefinition } from '../definition/definition.ts';
import { Driver, say, traced } from './testing/driver.ts';

/** `outer` with the children `a` and `b`, beside `other`; the log is cleared after the start. */
function machine(outer: StateDefinition, a: StateDefinition = {}) {
  return new Driver({
    id: 'm',
    initial: 'outer',
    context: { log: '', n: 0 },
    on: { CLEAR: { actions: { assign: { log: '' } } } },
    ...traced('root'),
    states: {
      outer: {
        initial: 'a',
        ...traced('outer'),
        ...outer,
        states: { a: { ...traced('a'), ...a }, b: traced('b'), ...outer.states },
      },
      other: traced('other'),
    },
  }).send('CLEAR');
}

describe('what a transition leaves and enters', () => {
  test('to a sibling: the state and the sibling', () => {
    expect(machine({}, { on: { GO: 'b' } }).send('GO').context.log).toBe('-a +b ');
  });

  test('out of the parent: from the inside out, then from the outside in, with its actions between', () => {
    const driver = machine({}, { on: { GO: { target: '#m.other', actions: say('!') } } }).send('GO');
    expect(driver.context.log).toBe('-a -outer ! +other ');
  });

  test('of a parent to its child: keeps the parent', () => {
    expect(machine({ on: { GO: '.b' } }).send('GO').context.log).toBe('-a +b ');
  });

  test('of a parent to its child with reenter: leaves the parent too', () => {
    const driver = machine({ on: { GO: { target: '.b', reenter: true } } }).send('GO');
    expect(driver.context.log).toBe('-a -outer +outer +b ');
  });

  test('to the state itself: keeps it and begins again inside', () => {
    const driver = machine({ on: { GO: 'outer', B: '.b' } })
      .send('B')
      .send('CLEAR')
      .send('GO');
    expect(driver.context.log).toBe('-b +a ');
    expect(machine({}, { on: { GO: 'a' } }).send('GO').context.log).toBe('');
  });

  test('to the state itself with reenter: leaves and enters it', () => {
    expect(machine({}, { on: { GO: { target: 'a', reenter: true } } }).send('GO').context.log).toBe('-a +a ');
  });

  test('to an ancestor: leaves and enters the ancestor', () => {
    expect(machine({}, { on: { GO: '#m.outer' } }).send('GO').context.log).toBe('-a -outer +outer +a ');
  });

  test('to the root: keeps the root, and with reenter leaves it', () => {
    expect(machine({}, { on: { GO: '#m' } }).send('GO').context.log).toBe('-a -outer +outer +a ');
    const driver = machine({}, { on: { GO: { target: '#m', reenter: true } } }).send('GO');
    expect(driver.context.log).toBe('-a -outer -root +root +outer +a ');
  });

  test('without a target: nothing, only its actions run', () => {
    const driver = machine({}, { on: { GO: { actions: say('!') }, RE: { reenter: true, actions: say('?') } } });
    expect(driver.send('GO').send('RE').context.log).toBe('! ? ');
  });

  test('into a grandchild: enters everything on the way', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      states: {
        a: { on: { GO: 'b.c.d', ID: '#deep' } },
        b: {
          ...traced('b'),
          initial: 'x',
          states: {
            x: traced('x'),
            c: { ...traced('c'), initial: 'y', states: { y: traced('y'), d: { ...traced('d'), id: 'deep' } } },
          },
        },
      },
    });
    expect(driver.send('GO').context.log).toBe('+b +c +d ');
    expect(driver.configuration).toBe('b.c.d');
  });
});

describe('which transition takes an event', () => {
  test('the first whose guard passes, inside before outside', () => {
    const driver = machine(
      { on: { GO: [{ guard: 'context.n > 5', actions: say('outer!') }, { actions: say('outer') }] } },
      {
        on: {
          GO: [
            { guard: 'context.n === 1', actions: say('one') },
            { guard: 'context.n === 2', actions: say('two') },
          ],
        },
      },
    );
    expect(driver.send('GO').context.log).toBe('outer ');
    expect(driver.patch({ n: 2 }).send('GO').context.log).toBe('outer two ');
    expect(driver.patch({ n: 6 }).send('GO').context.log).toBe('outer two outer! ');
  });

  test('none: the instance is the same object and the sender is told', () => {
    const driver = machine({}, { on: { GO: { guard: 'context.n > 5', target: 'b' } } });
    const before = driver.snapshot;
    expect(driver.send('GO').taken).toBe(false);
    expect(driver.send('UNKNOWN').taken).toBe(false);
    expect(driver.snapshot).toBe(before);
    expect(driver.commands).toEqual([]);
  });

  test('a forbidden one keeps the event from the ancestors, and counts as not taken', () => {
    const driver = machine({ on: { GO: '.b', IF: '.b' } }, { on: { GO: {}, IF: { guard: 'context.n === 1' } } });
    const before = driver.snapshot;
    expect(driver.send('GO').taken).toBe(false);
    expect(driver.snapshot).toBe(before);
    expect(driver.patch({ n: 1 }).send('IF').taken).toBe(false);
    expect(driver.patch({ n: 2 }).send('IF').configuration).toBe('outer.b');
  });

  test('one that changes nothing is taken and gives back the same snapshot', () => {
    const driver = machine(
      {},
      { on: { GO: 'a', SET: { actions: { assign: { n: 0 } } }, LOG: { actions: { log: 'x' } } } },
    );
    const before = driver.snapshot;
    expect(driver.send('GO').taken).toBe(true);
    expect(driver.send('SET').taken).toBe(true);
    expect(driver.snapshot).toBe(before);
    driver.send('LOG');
    expect(driver.snapshot).toBe(before);
    expect(driver.commands).toEqual([{ type: 'log', level: 'info', message: 'x' }]);
  });

  test('array position decides, not the order of keys', () => {
    const driver = machine({}, { on: { '2': 'b', '1': {}, GO: [{ target: 'b' }, { target: 'a' }] } });
    expect(driver.send('GO').configuration).toBe('outer.b');
  });
});
