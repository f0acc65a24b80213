import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../../definition/definition.ts';
import { navigate } from '../../machine/navigate.ts';
import { found, shown } from '../testing/replay.ts';

const machine = (stuck: StateDefinition): MachineDefinition => ({
  id: 'm',
  context: { n: 0 },
  initial: 'a',
  states: { a: { on: { GO: 'b', LOOK: 'a' } }, b: { on: { GO: 'stuck' } }, stuck, out: { type: 'final' } },
});

describe('a configuration that nothing can change', () => {
  test('is shown by the shortest way there, and nothing moves it', () => {
    const { severity, path, steps, replayed } = shown(machine({}), 'DEADLOCK');
    expect({ severity, path }).toEqual({ severity: 'error', path: '$.states.stuck' });
    expect(steps).toEqual([{ event: { type: 'GO' } }, { event: { type: 'GO' } }]);
    expect(replayed.snapshot).toMatchObject({ status: 'active', configuration: ['stuck'] });
    for (const type of ['GO', 'LOOK', 'ANY']) {
      const { taken } = navigate(replayed.machine, replayed.snapshot, { type }, { now: 9 });
      expect(taken).toBe(false);
    }
  });

  test('a guard over a context that nobody can change any more does not help', () => {
    expect(found(machine({ on: { GO: { guard: 'context.n > 5', target: 'out' } } }), 'DEADLOCK')).toHaveLength(1);
    expect(found(machine({ on: { GO: {} } }), 'DEADLOCK')).toHaveLength(1);
  });

  test('an effect whose end nobody awaits only puts it off', () => {
    const { steps, replayed } = shown(machine({ effect: { type: 'call' } }), 'DEADLOCK');
    expect(steps?.at(-1)).toEqual({ done: 'stuck' });
    expect(replayed.snapshot).toMatchObject({ status: 'active', configuration: ['stuck'] });
  });

  test.each<[string, StateDefinition]>([
    ['an event', { on: { OUT: 'out' } }],
    ['a timer', { after: { '1s': 'out' } }],
    ['an effect', { effect: { type: 'call' }, onDone: 'out' }],
    ['the end', { type: 'final' }],
    [
      'an event whose data nobody could guess',
      { on: { GO: { guard: 'event.data.x.length === 1234', target: 'out' } } },
    ],
    ['an event that stays', { on: { COUNT: { actions: { assign: { n: 1 } } } } }],
  ])('is not one with %s', (_, stuck) => {
    expect(found(machine(stuck), 'DEADLOCK')).toEqual([]);
  });

  test('lies in all regions together, not in one of them', () => {
    const regions = (right: StateDefinition): MachineDefinition => ({
      id: 'm',
      type: 'parallel',
      states: { left: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } }, right },
    });
    expect(found(regions({ on: { PING: { actions: { log: 'x' } } } }), 'DEADLOCK')).toEqual([]);
    expect(shown(regions({}), 'DEADLOCK').replayed.path).toEqual(['left.a right', 'left.b right']);
  });
});
