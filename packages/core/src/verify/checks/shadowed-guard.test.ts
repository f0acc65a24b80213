import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../../definition/definition.ts';
import { found } from '../testing/replay.ts';

const listed = (first: string | undefined, second: string | undefined): MachineDefinition => ({
  id: 'm',
  context: { x: 0, ready: false },
  initial: 'a',
  states: {
    a: {
      on: {
        GO: [
          { ...(first !== undefined && { guard: first }), target: 'b' },
          { ...(second !== undefined && { guard: second }), target: 'c' },
        ],
      },
    },
    b: { on: { BACK: 'a' } },
    c: { on: { BACK: 'a' } },
  },
});

describe('a transition behind one that is always taken first', () => {
  test.each([
    ['context.x > 5', 'context.x > 10'],
    ['context.x >= 5', 'context.x === 7'],
    ['context.x !== 1', 'context.x === 2'],
    ['context.ready', 'context.ready && context.x > 3'],
    ['!context.ready', 'context.ready === false'],
    ['event.data.kind !== "a"', 'event.data.kind === "b"'],
    ['5 < context.x', 'context.x > 5'],
    ['context.x > 5 || context.ready', 'context.x > 6'],
    ['context.list.length > 2', 'context.list.length > 2 && context.ready'],
    ['context.x == null', 'context.x === undefined'],
  ])('%s hides %s', (first, second) => {
    expect(found(listed(first, second), 'SHADOWED_GUARD')).toMatchObject([
      { severity: 'error', evidence: 'proven', path: '$.states.a.on.GO[1]' },
    ]);
  });

  test.each([
    ['context.x > 10', 'context.x > 5'],
    ['context.x > 5', 'context.x >= 5'],
    ['context.x > 5', 'context.x <= 5'],
    // a text is neither above nor below
    ['context.x > 5', '!(context.x <= 5)'],
    ['context.ready === true', 'context.ready'],
    ['context.x < 1', 'context.x === null || context.y > 3'],
    ['event.data.kind === "a"', 'event.data.kind !== "b"'],
    ['context.x > 5', 'context.y > 10'],
    ['context.x === 5', 'context.x == "5"'],
    ['context.x === undefined', 'context.x == null'],
    ['context.x != null', 'context.x === undefined'],
    ['context.x === 7', 'context.x >= 7 && context.x <= 7'],
    ['context.x !== 0', '!context.x'],
    ['context.x', 'context.x >= 0'],
  ])('%s does not hide %s', (first, second) => {
    expect(found(listed(first, second), 'SHADOWED_GUARD')).toEqual([]);
  });

  test('two guards together may leave nothing to the third', () => {
    const machine: MachineDefinition = {
      id: 'm',
      initial: 'a',
      context: { open: false },
      states: {
        a: {
          on: {
            GO: [{ guard: 'context.open', target: 'b' }, { guard: '!context.open', target: 'b' }, { target: 'a' }],
          },
        },
        b: { on: { BACK: 'a' } },
      },
    };
    expect(found(machine, 'SHADOWED_GUARD')).toMatchObject([{ path: '$.states.a.on.GO[2]' }]);
  });

  const nested = (inner: StateDefinition['on'], other: StateDefinition['on']): MachineDefinition => ({
    id: 'm',
    initial: 'p',
    states: {
      p: {
        initial: 'x',
        on: { GO: 'end' },
        states: { x: { on: { ...inner, STEP: 'y' } }, y: { on: { ...other, STEP: 'x' } } },
      },
      end: { type: 'final' },
    },
  });

  test('every child takes the event, by its name or a wildcard, before the state around is asked', () => {
    const findings = found(nested({ GO: 'y' }, { '*': 'x' }), 'SHADOWED_GUARD');
    expect(findings).toMatchObject([{ path: '$.states.p.on.GO' }]);
    expect(found(nested({ GO: {} }, { GO: {} }), 'SHADOWED_GUARD')).toHaveLength(1);
  });

  test('one child that lets it pass is enough', () => {
    expect(found(nested({ GO: 'y' }, {}), 'SHADOWED_GUARD')).toEqual([]);
    expect(found(nested({ GO: 'y' }, { 'GO.*': { guard: 'context.x > 1', target: 'x' } }), 'SHADOWED_GUARD')).toEqual(
      [],
    );
  });

  test('a guard of the state itself is not asked before a more exact descriptor', () => {
    const machine: MachineDefinition = {
      id: 'm',
      initial: 'a',
      states: { a: { on: { '*': 'b', GO: 'c' } }, b: { on: { BACK: 'a' } }, c: { on: { BACK: 'a' } } },
    };
    expect(found(machine, 'SHADOWED_GUARD')).toEqual([]);
  });

  const regions = (always: boolean): MachineDefinition => {
    const outer = { guard: 'context.x > 10', target: '#m.end' };
    const inner = { guard: 'context.x > 5', target: '#m.other' };
    return {
      id: 'm',
      context: { x: 0 },
      initial: 'p',
      states: {
        p: {
          type: 'parallel',
          ...(always ? { always: outer } : { on: { GO: outer } }),
          states: { a: always ? { always: inner } : { on: { GO: inner } }, b: {} },
        },
        end: { type: 'final' },
        other: { on: { BACK: 'p' } },
      },
    };
  };

  test('one region that takes an event is enough; without event each region looks for itself', () => {
    expect(found(regions(false), 'SHADOWED_GUARD')).toMatchObject([{ path: '$.states.p.on.GO' }]);
    expect(found(regions(true), 'SHADOWED_GUARD')).toEqual([]);
  });
});

test('a transition that waits for an effect hides nothing: the effect may fail', () => {
  const machine = (before: object): MachineDefinition => ({
    id: 'm',
    initial: 'a',
    states: {
      a: {
        on: {
          GO: [
            { guard: 'event.data > 5', target: 'b', ...before },
            { guard: 'event.data > 6', target: 'c' },
          ],
        },
      },
      b: { on: { BACK: 'a' } },
      c: { on: { BACK: 'a' } },
    },
  });
  expect(found(machine({}), 'SHADOWED_GUARD')).toHaveLength(1);
  const waiting = machine({ before: { type: 'call', function: 'f' } });
  expect(found(waiting, 'SHADOWED_GUARD')).toEqual([]);
  expect(found(waiting, 'UNREACHABLE_STATE')).toEqual([]);
});
