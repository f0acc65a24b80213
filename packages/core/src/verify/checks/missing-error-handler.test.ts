import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../../definition/definition.ts';
import { found, shown } from '../testing/replay.ts';

const machine = (more: StateDefinition, on: StateDefinition['on'] = {}): MachineDefinition => ({
  id: 'm',
  initial: 'idle',
  on,
  states: {
    idle: { on: { GO: 'busy' } },
    busy: { effect: { type: 'call', function: 'f' }, onDone: 'end', ...more },
    end: { type: 'final' },
  },
});

describe('an effect whose failure nobody handles', () => {
  test('ends the instance with an error', () => {
    const { severity, evidence, path, replayed } = shown(machine({}), 'MISSING_ERROR_HANDLER');
    expect({ severity, evidence, path }).toEqual({ severity: 'warning', evidence: 'shown', path: '$.states.busy' });
    expect(replayed.path).toEqual(['idle', 'busy', 'busy']);
    expect(replayed.snapshot.status).toBe('error');
  });

  test.each([
    ['its own onError', machine({ onError: 'idle' })],
    ['a state around it', machine({}, { 'error.*': '.idle' })],
    [
      'guards that leave nothing out',
      machine({
        onError: [
          { guard: 'event.error.code === "A"', target: 'idle' },
          { guard: 'event.error.code !== "A"', target: 'end' },
        ],
      }),
    ],
  ])('is not one with %s', (_, definition) => {
    expect(found(definition, 'MISSING_ERROR_HANDLER')).toEqual([]);
  });

  test('`*` does not handle it', () => {
    expect(found(machine({}, { '*': '.idle' }), 'MISSING_ERROR_HANDLER')).toHaveLength(1);
  });

  test('is one whose guards leave an error out, and that error is found', () => {
    const definition = machine({ onError: { guard: 'event.error.code === "BUSY"', target: 'idle' } });
    const { replayed, steps } = shown(definition, 'MISSING_ERROR_HANDLER');
    expect(steps?.at(-1)).not.toMatchObject({ error: { code: 'BUSY' } });
    expect(replayed.snapshot.status).toBe('error');
  });

  test('is not one of a kind that cannot fail', () => {
    expect(found(machine({}), 'MISSING_ERROR_HANDLER', { mayFail: ({ type }) => type !== 'call' })).toEqual([]);
  });
});

test('a handler that waits for an effect may not handle the failure after all', () => {
  const before = { type: 'call', function: 'g' };
  expect(found(machine({ onError: { target: 'idle', before } }), 'MISSING_ERROR_HANDLER')).toHaveLength(1);
  expect(found(machine({ onError: [{ target: 'idle', before }, 'idle'] }), 'MISSING_ERROR_HANDLER')).toEqual([]);
});
