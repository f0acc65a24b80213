import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../../definition/definition.ts';
import { found } from '../testing/replay.ts';

const machine = (b: object, a: object = {}): MachineDefinition => ({
  id: 'm',
  initial: 'a',
  states: { a: { on: { GO: 'c', ...a } }, b: b as MachineDefinition, c: { on: { BACK: 'a' } } },
});

describe('a state that nothing leads to', () => {
  test('is an error', () => {
    expect(found(machine({}), 'UNREACHABLE_STATE')).toMatchObject([
      { severity: 'error', evidence: 'proven', path: '$.states.b', states: ['b'] },
    ]);
  });

  test('takes what is inside it along, and is named alone', () => {
    const inner = { initial: 'x', states: { x: { on: { Y: 'y' } }, y: {} } };
    expect(found(machine(inner), 'UNREACHABLE_STATE').map(({ path }) => path)).toEqual(['$.states.b']);
  });

  test('is not one that a guard over data leads to, though no data tried pass', () => {
    const guarded = machine({}, { X: { guard: 'event.data.code.split("-").length === 7', target: 'b' } });
    expect(found(guarded, 'UNREACHABLE_STATE')).toMatchObject([
      { severity: 'info', evidence: 'possible', path: '$.states.b' },
    ]);
  });

  test('is not one that only a transient step passes', () => {
    const passed = machine({ always: 'c' }, { GO: 'b' });
    expect(found(passed, 'UNREACHABLE_STATE')).toEqual([]);
  });

  test('is one that only a guard which is never true leads to', () => {
    const never = machine({}, { X: { guard: 'context.n > 5 && context.n < 3', target: 'b' } });
    expect(found(never, 'UNREACHABLE_STATE')).toMatchObject([{ severity: 'error', path: '$.states.b' }]);
  });

  test('is known by exploring everything, where the definition alone does not tell', () => {
    const regions: MachineDefinition = {
      id: 'm',
      type: 'parallel',
      states: {
        left: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } },
        // it never sees `a` when GO is done
        right: {
          initial: 'x',
          states: { x: { on: { GO: { guard: { in: 'left.b' }, target: 'y' }, STOP: 'z' } }, y: {}, z: {} },
        },
      },
    };
    expect(found(regions, 'UNREACHABLE_STATE')).toEqual([]);
    const never: MachineDefinition = {
      ...regions,
      states: {
        left: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: { always: 'c' }, c: {} } },
        right: {
          initial: 'x',
          states: { x: { on: { GO: { guard: { in: 'left.b' }, target: 'y' }, STOP: 'z' } }, y: {}, z: {} },
        },
      },
    };
    expect(found(never, 'UNREACHABLE_STATE')).toMatchObject([{ evidence: 'proven', path: '$.states.right.states.y' }]);
  });

  test('is reached by history and by initial targets in several regions', () => {
    const history: MachineDefinition = {
      id: 'm',
      initial: 'off',
      states: {
        off: { on: { ON: 'on.back' } },
        on: {
          initial: 'low',
          on: { OFF: 'off' },
          states: { low: { on: { UP: 'high' } }, high: {}, back: { type: 'history', target: 'high' } },
        },
      },
    };
    // `low` is nobody's target: history leads to `high`, and nothing leads back
    expect(found(history, 'UNREACHABLE_STATE').map(({ path }) => path)).toEqual(['$.states.on.states.low']);
  });
});
