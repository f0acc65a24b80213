import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../../definition/definition.ts';
import { found, shown } from '../testing/replay.ts';

const machine = (left: object, right: object): MachineDefinition => ({
  id: 'm',
  initial: 'both',
  states: {
    both: {
      type: 'parallel',
      states: { left: { on: { NEXT: { actions: { log: 'n' } }, OUT: left } }, right: { on: { OUT: right } } },
    },
    one: { on: { AGAIN: 'both' } },
    two: { on: { AGAIN: 'both' } },
  },
});
const leftOut = '$.states.both.states.left.on.OUT';
const rightOut = '$.states.both.states.right.on.OUT';

describe('two regions that want different things of one event', () => {
  test('are shown, with the one that wins', () => {
    const { severity, evidence, path, replayed } = shown(
      machine({ target: '#m.one' }, { target: '#m.two' }),
      'REGION_CONFLICT',
    );
    expect({ severity, evidence, path }).toEqual({ severity: 'warning', evidence: 'shown', path: rightOut });
    expect(replayed.transitions.at(-1)).toEqual([leftOut]);
    expect(replayed.path).toEqual(['both.left both.right', 'one']);
  });

  test('do not collide where each stays in its region, or where only one moves', () => {
    expect(found(machine({ actions: { log: 'l' } }, { target: '#m.two' }), 'REGION_CONFLICT')).toEqual([]);
    const apart: MachineDefinition = {
      id: 'm',
      type: 'parallel',
      states: {
        left: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: { on: { GO: 'a' } } } },
        right: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: { on: { GO: 'a' } } } },
      },
    };
    expect(found(apart, 'REGION_CONFLICT')).toEqual([]);
  });

  test('are shown with data for which both guards pass', () => {
    const both = machine(
      { guard: 'event.data.n > 10', target: '#m.one' },
      { guard: 'event.data.n < 12', target: '#m.two' },
    );
    const { steps, replayed } = shown(both, 'REGION_CONFLICT');
    expect(steps).toEqual([{ event: { type: 'OUT', data: { n: 11 } } }]);
    expect(replayed.transitions.at(-1)).toEqual([leftOut]);
  });

  test('are only possible where no such data were found', () => {
    const apart = machine(
      { guard: 'event.data.n > 10', target: '#m.one' },
      { guard: 'event.data.n < 5', target: '#m.two' },
    );
    expect(found(apart, 'REGION_CONFLICT')).toMatchObject([{ evidence: 'possible' }]);
    expect(found(apart, 'REGION_CONFLICT')[0]).not.toHaveProperty('steps');
  });
});
