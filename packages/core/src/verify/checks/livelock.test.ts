import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../../definition/definition.ts';
import { found, replay, shown } from '../testing/replay.ts';

describe('a circle without end', () => {
  const machine = (way: object): MachineDefinition => ({
    id: 'm',
    initial: 'start',
    states: {
      start: { on: { END: 'end', ENTER: 'trap' } },
      trap: { on: { STEP: 'inner' } },
      inner: { on: { STEP: 'trap', ...way } },
      end: { type: 'final' },
    },
  });

  test('is an error in a machine that has an end', () => {
    const { severity, evidence, steps, replayed, states } = shown(machine({}), 'LIVELOCK');
    expect({ severity, evidence, states }).toEqual({ severity: 'error', evidence: 'shown', states: ['trap', 'inner'] });
    expect(steps).toEqual([{ event: { type: 'ENTER' } }]);
    expect(replayed.snapshot.configuration).toEqual(['trap']);
    const { visited } = replay(machine({}), [...steps!, ...Array.from({ length: 9 }, () => ({ event: 'STEP' }))]);
    expect([...visited]).toEqual(['start', 'trap', 'inner']);
  });

  test('is none with a way to the end, or where data that nobody knows may lead there', () => {
    expect(found(machine({ OUT: 'end' }), 'LIVELOCK')).toEqual([]);
    const guess = { OUT: { guard: 'event.data.code.slice(3) === event.data.key', target: 'end' } };
    expect(found(machine(guess), 'LIVELOCK')).toMatchObject([{ severity: 'warning', evidence: 'possible' }]);
  });

  test('is one also where only a failure leads out', () => {
    const { trap: _, ...others } = machine({}).states!;
    const failing: MachineDefinition = {
      ...machine({}),
      states: { ...others, trap: { on: { STEP: 'inner' }, effect: { type: 'call' }, onDone: 'inner' } },
    };
    expect(shown(failing, 'LIVELOCK').steps).toEqual([{ event: { type: 'ENTER' } }]);
  });

  test('is none in a machine that has no end', () => {
    const { end: _, ...states } = machine({}).states!;
    const endless: MachineDefinition = { ...machine({}), states: { ...states, start: { on: { ENTER: 'trap' } } } };
    expect(found(endless, 'LIVELOCK')).toEqual([]);
  });

  const blinker = (on: StateDefinition['on'] & object): MachineDefinition => ({
    id: 'm',
    initial: 'off',
    states: {
      off: { on: { START: 'red' } },
      red: { after: { '1s': 'green' }, on },
      green: { effect: { type: 'call' }, onDone: 'red', onError: 'red' },
    },
  });

  test('of timers and effects alone is a warning: no event is ever taken again', () => {
    const { severity, steps, replayed } = shown(blinker({}), 'LIVELOCK');
    expect({ severity, steps }).toEqual({ severity: 'warning', steps: [{ event: { type: 'START' } }] });
    expect(replayed.snapshot.configuration).toEqual(['red']);
    expect(found(blinker({ STOP: 'off' }), 'LIVELOCK')).toEqual([]);
  });
});
