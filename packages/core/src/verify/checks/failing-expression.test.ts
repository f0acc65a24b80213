import { describe, expect, test } from 'vitest';
import type { MachineDefinition, TransitionDefinition } from '../../definition/definition.ts';
import { found, shown } from '../testing/replay.ts';

const machine = (go: TransitionDefinition, events?: MachineDefinition['events']): MachineDefinition => ({
  id: 'm',
  context: { n: 0, person: null },
  ...(events && { events }),
  initial: 'a',
  states: { a: { on: { GO: { target: 'b', ...go } } }, b: { on: { GO: 'a' } } },
});

describe('a guard that fails', () => {
  const guard = { guard: 'event.data.amount > 5' };

  test('is shown by an event without data', () => {
    const { severity, path, steps, replayed } = shown(machine(guard), 'GUARD_MAY_FAIL');
    expect({ severity, path }).toEqual({ severity: 'warning', path: '$.states.a.on.GO.guard' });
    expect(steps).toEqual([{ event: { type: 'GO' } }]);
    expect(replayed.refused).toBe('GUARD_FAILED');
  });

  test('is none when the event says what data it has, or the guard can do without', () => {
    const data = { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } };
    expect(found(machine(guard, { GO: { data } }), 'GUARD_MAY_FAIL')).toEqual([]);
    expect(found(machine({ guard: 'event.data?.amount > 5' }), 'GUARD_MAY_FAIL')).toEqual([]);
  });
});

describe('an action that fails', () => {
  test('is shown, and worse where nobody is told', () => {
    const actions = { assign: { n: '{{ context.person.age }}' } };
    const { severity, replayed } = shown(machine({ actions }), 'ACTION_MAY_FAIL');
    expect({ severity, refused: replayed.refused }).toEqual({ severity: 'warning', refused: 'ACTION_FAILED' });
    const timed: MachineDefinition = {
      id: 'm',
      context: { person: null },
      initial: 'a',
      states: { a: { after: { '1s': { target: 'b', actions } } }, b: {} },
    };
    const worse = shown(timed, 'ACTION_MAY_FAIL');
    expect({ severity: worse.severity, steps: worse.steps }).toEqual({
      severity: 'error',
      steps: [{ advance: 1_000 }],
    });
    expect(worse.replayed.refused).toBe('ACTION_FAILED');
  });

  test('is shown where no instance can start', () => {
    const broken: MachineDefinition = {
      id: 'm',
      context: { person: null },
      initial: 'a',
      states: { a: { entry: { log: '{{ context.person.name }}' } } },
    };
    const { severity, steps, replayed } = shown(broken, 'ACTION_MAY_FAIL');
    expect({ severity, steps, refused: replayed.refused }).toEqual({
      severity: 'error',
      steps: [],
      refused: 'ACTION_FAILED',
    });
    expect(found(machine({ actions: { assign: { n: '{{ context.person?.age ?? 0 }}' } } }), 'ACTION_MAY_FAIL')).toEqual(
      [],
    );
  });
});

describe('targets that turn out to exclude each other', () => {
  // the history of the parallel state stands for both regions, so also for the one that the second target names
  const resuming = (targets: string[]): MachineDefinition => ({
    id: 'm',
    initial: 'off',
    states: {
      off: { on: { BACK: { target: targets }, START: 'p' } },
      p: {
        type: 'parallel',
        on: { OUT: 'off' },
        states: {
          a: { initial: 'x', states: { x: { on: { NEXT: 'y' } }, y: {}, h: { type: 'history' } } },
          b: { initial: 'u', states: { u: { on: { NEXT: 'v' } }, v: {} } },
          h: { type: 'history', history: 'deep' },
        },
      },
    },
  });

  test('are shown', () => {
    const { severity, steps, replayed } = shown(resuming(['#m.p.h', '#m.p.b.v']), 'CONFLICTING_TARGETS');
    expect({ severity, steps: steps?.length }).toEqual({ severity: 'error', steps: 1 });
    expect(replayed.refused).toBe('CONFLICTING_TARGETS');
  });

  test('are none where every target has its own region', () => {
    expect(found(resuming(['#m.p.a.h', '#m.p.b.v']), 'CONFLICTING_TARGETS')).toEqual([]);
  });
});
