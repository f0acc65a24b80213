import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../../definition/definition.ts';
import { found, replay } from '../testing/replay.ts';

const machine = (handled: string): MachineDefinition => ({
  id: 'm',
  initial: 'a',
  states: {
    a: { on: { GO: { target: 'b', actions: { raise: 'PING' } } } },
    b: { on: { BACK: 'a', [handled]: 'a' } },
  },
});

describe('an event that nobody takes', () => {
  test('is one the machine raises', () => {
    expect(found(machine('PONG'), 'UNHANDLED_EVENT')).toMatchObject([
      { severity: 'warning', evidence: 'proven', path: '$.states.a.on.GO.actions.raise' },
    ]);
    expect(found(machine('PING'), 'UNHANDLED_EVENT')).toEqual([]);
    expect(found(machine('PING.*'), 'UNHANDLED_EVENT')).toEqual([]);
  });

  test('is one that is declared, though a dead transition mentions it', () => {
    const declared = (guard: string): MachineDefinition => ({
      id: 'm',
      context: { n: 0 },
      events: { GO: {}, STOP: {} },
      initial: 'a',
      states: { a: { on: { GO: 'b', STOP: { guard, target: 'b' } } }, b: { on: { GO: 'a' } } },
    });
    expect(found(declared('context.n > 1 && context.n < 0'), 'UNHANDLED_EVENT')).toMatchObject([
      { path: '$.events.STOP' },
    ]);
    expect(found(declared('context.n > 1'), 'UNHANDLED_EVENT')).toEqual([]);
  });

  test('is told by configuration when asked for, with the steps to the first', () => {
    const door: MachineDefinition = {
      id: 'door',
      initial: 'shut',
      states: { shut: { on: { OPEN: 'open' } }, open: { on: { SHUT: 'shut', OPEN: {} } } },
    };
    expect(found(door, 'UNHANDLED_EVENT')).toEqual([]);
    const findings = found(door, 'UNHANDLED_EVENT', { unhandledByState: true });
    expect(findings.map(({ severity, steps }) => ({ severity, steps }))).toEqual([
      // a forbidden event is not taken either
      { severity: 'info', steps: [{ event: { type: 'OPEN' } }, { event: { type: 'OPEN' } }] },
      { severity: 'info', steps: [{ event: { type: 'SHUT' } }] },
    ]);
    for (const { steps } of findings)
      expect(replay(door, steps!).transitions.at(-1)).not.toContain('$.states.shut.on.OPEN');
    expect(replay(door, findings[1]!.steps!).path).toEqual(['shut', 'shut']);
  });
});
