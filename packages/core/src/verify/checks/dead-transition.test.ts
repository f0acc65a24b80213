import { describe, expect, test } from 'vitest';
import type { MachineDefinition, TransitionList } from '../../definition/definition.ts';
import { found } from '../testing/replay.ts';

const guarded = (guard: string): MachineDefinition => ({
  id: 'm',
  context: { n: 0, open: false },
  initial: 'a',
  states: { a: { on: { GO: { guard, target: 'b' }, OTHER: 'b' } }, b: { on: { BACK: 'a' } } },
});

describe('a transition that can never be taken', () => {
  test.each([
    'context.n > 5 && context.n < 3',
    'context.n === 1 && context.n === 2',
    'context.open && !context.open',
    "event.type === 'STOP'",
    'false',
    'context.n === "a" && context.n > 5',
    '!(context.n > 5 || context.n <= 5) && typeof context.n === "number" && context.n === 5',
  ])('has the guard %s', (guard) => {
    expect(found(guarded(guard), 'DEAD_TRANSITION')).toMatchObject([
      { severity: 'error', evidence: 'proven', path: '$.states.a.on.GO' },
    ]);
  });

  test.each([
    'context.n > 3 && context.n < 5',
    // no number is neither, but a text is
    '!(context.n > 5 || context.n <= 5)',
    'context.n == null && context.n === undefined',
    "event.type === 'GO' && context.n > 100",
    'context.open && !context.n',
    // one text may stand for different values where a function is called
    'context.n >= 0 && context.n <= 0 && context.n !== 0',
  ])('is not claimed of %s', (guard) => {
    expect(found(guarded(guard), 'DEAD_TRANSITION').filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('waits for a completion that never comes', () => {
    const machine = (inside: TransitionList): MachineDefinition => ({
      id: 'm',
      initial: 'a',
      states: {
        a: {
          initial: 'x',
          states: { x: { on: { GO: 'y', END: inside } }, y: { on: { GO: 'x' } }, z: { type: 'final' } },
          onDone: 'b',
        },
        b: { type: 'final' },
      },
    });
    expect(found(machine('y'), 'DEAD_TRANSITION')).toMatchObject([{ evidence: 'proven', path: '$.states.a.onDone' }]);
    expect(found(machine('z'), 'DEAD_TRANSITION')).toEqual([]);
  });

  test('is found by exploring everything: the region beside it always wins', () => {
    const machine = (event: string): MachineDefinition => ({
      id: 'm',
      initial: 'both',
      states: {
        both: {
          type: 'parallel',
          states: {
            first: { on: { OUT: '#m.one' } },
            second: { on: { [event]: '#m.two' } },
          },
        },
        one: { on: { AGAIN: 'both' } },
        two: { on: { AGAIN: 'both' } },
      },
    });
    expect(found(machine('OUT'), 'DEAD_TRANSITION')).toMatchObject([
      { evidence: 'proven', path: '$.states.both.states.second.on.OUT' },
    ]);
    expect(found(machine('AWAY'), 'DEAD_TRANSITION')).toEqual([]);
  });

  test('is none that only forbids', () => {
    const machine: MachineDefinition = {
      id: 'm',
      initial: 'a',
      on: { RESET: '.a' },
      states: { a: { on: { GO: 'b' } }, b: { on: { RESET: {}, BACK: 'a' } } },
    };
    expect(found(machine, 'DEAD_TRANSITION')).toEqual([]);
  });
});
