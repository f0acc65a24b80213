import { describe, expect, test } from 'vitest';
import { EventClasses } from './event-classes.ts';
import { Driver, say } from './testing/driver.ts';

function taken(descriptors: Record<string, object>, event: string): unknown {
  const on = Object.fromEntries(
    Object.entries(descriptors).map(([descriptor, extra]) => [descriptor, { ...extra, actions: say(descriptor) }]),
  );
  return new Driver({ id: 'm', initial: 'a', context: { log: '', n: 0 }, on, states: { a: {} } }).send(event).context
    .log;
}

describe('event descriptors', () => {
  test.each([
    ['a', 'a '],
    ['a.b', 'a.b.* '],
    ['a.b.c', 'a.b.* '],
    ['a.b.c.d', 'a.b.* '],
    ['a.bb', 'a.* '],
    ['ab', '* '],
    ['.', '* '],
  ])('%s is taken by the closest descriptor', (event, log) => {
    expect(taken({ '*': {}, 'a.*': {}, a: {}, 'a.b.*': {}, 'a.bc.*': {} }, event)).toBe(log);
  });

  test('`a.*` also takes `a`', () => {
    expect(taken({ 'a.*': {} }, 'a')).toBe('a.* ');
    expect(taken({ 'a.*': {} }, 'ab')).toBe('');
  });

  test('when the guards of the exact one fail, wildcards are tried, the longer first', () => {
    const fails = { guard: 'context.n > 0' };
    expect(taken({ '*': {}, 'a.*': {}, 'a.b': fails }, 'a.b')).toBe('a.* ');
    expect(taken({ '*': {}, 'a.*': fails, 'a.b': fails }, 'a.b')).toBe('* ');
    expect(taken({ 'a.b': fails }, 'a.b')).toBe('');
  });

  test('a wildcard of an inner state goes before the exact descriptor of an outer one', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      on: { GO: { actions: say('outer') } },
      states: { a: { on: { '*': { actions: say('inner') } } } },
    });
    expect(driver.send('GO').context.log).toBe('inner ');
  });

  test('`*` takes the engine’s own events, as in XState, but never a failed effect', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      states: {
        a: {
          initial: 'b',
          states: { b: { invoke: { id: 'work', effect: { type: 'call' } }, on: { '*': { actions: say('any') } } } },
          after: { '10': 'c' },
        },
        c: {},
      },
    });
    driver.advance(10);
    expect([driver.configuration, driver.context.log]).toEqual(['a.b', 'any ']);
    expect(driver.failed('work', 'broken').snapshot.status).toBe('error');
    expect(driver.context.log).toBe('any ');
  });

  test('an event without a type is refused', () => {
    const driver = new Driver({ id: 'm', initial: 'a', on: { GO: {} }, states: { a: {} } });
    // @ts-expect-error what a caller without types may send
    expect(() => driver.send({ kind: 'GO' })).toThrow(expect.objectContaining({ code: 'EVENT_INVALID' }));
  });

  test('however many types the world sends, there are few classes of them', () => {
    const classes = new EventClasses(['GO', 'a.*', 'a.b.*', '*']);
    const seen = new Set<number>();
    for (let index = 0; index < 1_000; index++) {
      for (const prefix of ['', 'a.', 'a.b.', 'GO.']) seen.add(classes.of(`${prefix}${index}`));
    }
    expect(seen.size).toBe(3);
    expect(classes.descriptors(classes.of('a.b.1'))).toEqual(['a.b.*', 'a.*', '*']);
    expect(new EventClasses(['GO']).of('STOP')).toBe(-1);
  });
});
