import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../../definition/definition.ts';
import { found, shown } from '../testing/replay.ts';

describe('steps that never come to rest', () => {
  const pingPong = (guard?: string): MachineDefinition => ({
    id: 'm',
    context: { n: 0 },
    initial: 'idle',
    states: {
      idle: { on: { GO: 'ping' } },
      ping: { always: { ...(guard && { guard }), target: 'pong', actions: { assign: { n: '{{ context.n + 1 }}' } } } },
      pong: { always: 'ping' },
    },
  });

  test('are eventless transitions in a circle', () => {
    const { severity, steps, replayed } = shown(pingPong(), 'EVENTLESS_LOOP');
    expect({ severity, steps }).toEqual({ severity: 'error', steps: [{ event: { type: 'GO' } }] });
    expect(replayed.refused).toBe('MICROSTEP_LIMIT');
  });

  test('are none that count to an end', () => {
    expect(found(pingPong('context.n < 10'), 'EVENTLESS_LOOP')).toEqual([]);
  });

  test('are events that raise each other', () => {
    const machine = (again: string): MachineDefinition => ({
      id: 'm',
      initial: 'a',
      states: {
        a: {
          on: {
            PING: { actions: { raise: 'PONG' } },
            PONG: { actions: { raise: again } },
            DONE: { actions: { log: 'x' } },
          },
        },
      },
    });
    const [first] = found(machine('PING'), 'EVENTLESS_LOOP');
    expect(first?.steps).toHaveLength(1);
    expect(shown(machine('PING'), 'EVENTLESS_LOOP').replayed.refused).toBe('MICROSTEP_LIMIT');
    expect(found(machine('DONE'), 'EVENTLESS_LOOP')).toEqual([]);
  });

  test('are timers of no length', () => {
    const machine = (delay: string): MachineDefinition => ({
      id: 'm',
      initial: 'a',
      states: { a: { after: { [delay]: 'b' } }, b: { after: { 0: 'a' }, on: { STOP: 'a' } } },
    });
    const { severity, replayed } = shown(machine('0'), 'EVENTLESS_LOOP');
    expect({ severity, refused: replayed.refused }).toEqual({ severity: 'error', refused: 'TIMERS_ENDLESS' });
    expect(found(machine('1ms'), 'EVENTLESS_LOOP')).toEqual([]);
  });

  test('are possible where guards that no data tried made true would stay true', () => {
    const machine = (second: string): MachineDefinition => ({
      id: 'm',
      context: { x: 0 },
      initial: 'a',
      states: {
        a: { always: { guard: 'context.x > 5', target: 'b' }, on: { GO: 'b' } },
        b: { always: { guard: second, target: 'a' }, on: { GO: 'a' } },
      },
    });
    expect(found(machine('context.x < 10'), 'EVENTLESS_LOOP')).toMatchObject([
      { severity: 'warning', evidence: 'possible' },
    ]);
    expect(found(machine('context.x < 5'), 'EVENTLESS_LOOP')).toEqual([]);
  });
});
