import type { MachineDefinition } from '@fsm/core';

/**
 * The machines of the benchmarks as plain JSON: guards and assignments are expressions, as a machine written by a
 * person, a model or the designer has them. `peers/xstate-machines.ts` holds the same machines for XState, whose
 * guards and assignments are JavaScript functions.
 */

export const toggle: MachineDefinition = {
  id: 'toggle',
  initial: 'off',
  states: { off: { on: { NEXT: 'on' } }, on: { on: { NEXT: 'off' } } },
};

const countUp = { assign: { count: '{{ context.count + 1 }}' } };

export const flat: MachineDefinition = {
  id: 'flat',
  context: { count: 0 },
  initial: 'off',
  states: {
    off: { on: { NEXT: { target: 'on', actions: countUp } } },
    on: { on: { NEXT: { target: 'off', actions: countUp } } },
  },
};

/**
 * Three levels. `STEP` moves the leaf after one guard failed and one passed. `NEXT` finds a failing guard on the leaf
 * and on its parent, then on the grandparent one that fails and one that passes; it leaves and enters three levels.
 */
export const hierarchy: MachineDefinition = {
  id: 'hierarchy',
  context: { count: 0, limit: 1000 },
  initial: 'left',
  states: { left: branch('right'), right: branch('left') },
};

function branch(other: string) {
  return {
    initial: 'middle',
    on: {
      NEXT: [
        { guard: 'context.count < 0', target: other },
        { guard: 'context.count >= 0 && event.data.step <= context.limit', target: other, actions: countUp },
      ],
    },
    states: {
      middle: {
        initial: 'first',
        on: { NEXT: { guard: 'event.data.step > context.limit', target: 'aside' } },
        states: {
          first: {
            on: {
              STEP: [
                { guard: 'event.data.step > context.limit', target: 'first' },
                { guard: 'event.data.step <= context.limit', target: 'second' },
              ],
              NEXT: { guard: 'context.count < 0', target: 'second' },
            },
          },
          second: { on: { NEXT: { guard: 'context.count < 0', target: 'first' } } },
        },
      },
      aside: {},
    },
  };
}

/** Four regions; `NEXT` moves all of them, `MOVE_0` to `MOVE_3` one each. */
export const parallel: MachineDefinition = {
  id: 'parallel',
  type: 'parallel',
  states: Object.fromEntries(
    [0, 1, 2, 3].map((region) => [
      `region${region}`,
      {
        initial: 'off',
        states: {
          off: { on: { NEXT: 'on', [`MOVE_${region}`]: 'on' } },
          on: { on: { NEXT: 'off', [`MOVE_${region}`]: 'off' } },
        },
      },
    ]),
  ),
};
