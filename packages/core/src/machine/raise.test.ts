import { describe, expect, test } from 'vitest';
import { Driver, say } from './testing/driver.ts';

describe('raise', () => {
  test('is handled in the same step, in order, before anything else', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      states: {
        a: {
          on: {
            GO: { target: 'b', actions: [{ raise: 'ONE' }, { raise: { type: 'TWO', data: { n: 2 } } }, say('go')] },
          },
        },
        b: {
          entry: [say('+b'), { raise: 'THREE' }],
          on: {
            ONE: { actions: [say('one'), { raise: 'FOUR' }] },
            TWO: { actions: { assign: { log: '{{ context.log + "two" + event.data.n + " " }}' } } },
            THREE: { actions: say('three') },
            FOUR: { actions: say('four') },
          },
        },
      },
    }).send('GO');
    expect(driver.context.log).toBe('go +b one two2 three four ');
    expect(driver.commands).toEqual([]);
  });

  test('one that nobody takes is dropped', () => {
    const driver = new Driver({ id: 'm', initial: 'a', states: { a: { entry: { raise: 'NOBODY' } } } });
    expect(driver.configuration).toBe('a');
    expect(driver.send('NOBODY').taken).toBe(false);
  });
});

describe('send, emit and log', () => {
  const machine = {
    id: 'm',
    initial: 'a',
    context: { friend: 'loan-2', n: 1 },
    states: {
      a: {
        on: {
          GO: {
            actions: [
              {
                send: { type: 'HELLO', data: { n: '{{ context.n }}', from: '{{ instance }}' } },
                to: '{{ context.friend }}',
                id: 'h',
              },
              { assign: { n: 2 } },
              { emit: { type: 'moved', data: '{{ context.n }}' } },
              { log: 'n is {{ context.n }}', level: 'warn' },
              { send: 'PING', to: 'parent' },
            ],
          },
          LATER: {
            actions: {
              send: { type: 'HELLO', data: '{{ context.n }}' },
              to: 'loan-{{ context.n }}',
              delay: '1m',
              id: 'later',
            },
          },
          BAD: { actions: { send: 'HELLO', to: '{{ context.nobody }}' } },
          N: { actions: { assign: { n: '{{ context.n + 1 }}' } } },
        },
      },
    },
  } as const;

  test('leave as commands in the order they were said, with what was true at that moment', () => {
    expect(new Driver(machine).send('GO').commands).toEqual([
      { type: 'send', to: 'loan-2', event: { type: 'HELLO', data: { n: 1, from: 'one' } }, id: 'h' },
      { type: 'emit', event: { type: 'moved', data: 2 } },
      { type: 'log', level: 'warn', message: 'n is 2' },
      { type: 'send', to: 'parent', event: { type: 'PING' } },
    ]);
  });

  test('a delayed send waits in the snapshot and leaves when its timer fires', () => {
    const driver = new Driver(machine).send('LATER').send('N');
    expect(driver.snapshot.timers).toEqual({
      later: { due: 60_000, incarnation: 1, event: { type: 'HELLO', data: 1 }, to: 'loan-1' },
    });
    driver.advance(60_000);
    expect(driver.commands).toEqual([{ type: 'send', to: 'loan-1', event: { type: 'HELLO', data: 1 } }]);
    expect(driver.snapshot.timers).toBeUndefined();
  });

  test('a receiver that is no name refuses the event', () => {
    const driver = new Driver(machine);
    expect(() => driver.send('BAD')).toThrow(
      expect.objectContaining({
        code: 'ACTION_FAILED',
        path: '$.states.a.on.BAD.actions',
        message: expect.stringContaining('null'),
      }),
    );
  });
});
