import { type AnyStateMachine, assign, setup } from 'xstate';

/**
 * XState's side of `machines.ts`, written the way its documentation shows: `setup`, typed context and events, guards and
 * assignments as functions. Functions are XState's fastest form, so nothing here is slower than its users have it.
 */

type Step = { type: 'STEP' | 'NEXT'; data: { step: number } };

export const toggle: AnyStateMachine = setup({ types: { events: {} as { type: 'NEXT' } } }).createMachine({
  id: 'toggle',
  initial: 'off',
  states: { off: { on: { NEXT: 'on' } }, on: { on: { NEXT: 'off' } } },
});

const flatSetup = setup({
  types: { context: {} as { count: number }, events: {} as { type: 'NEXT' } },
  actions: { countUp: assign({ count: ({ context }) => context.count + 1 }) },
});

export const flat: AnyStateMachine = flatSetup.createMachine({
  id: 'flat',
  context: { count: 0 },
  initial: 'off',
  states: {
    off: { on: { NEXT: { target: 'on', actions: 'countUp' } } },
    on: { on: { NEXT: { target: 'off', actions: 'countUp' } } },
  },
});

const hierarchySetup = setup({
  types: { context: {} as { count: number; limit: number }, events: {} as Step },
  actions: { countUp: assign({ count: ({ context }) => context.count + 1 }) },
  guards: {
    negative: ({ context }) => context.count < 0,
    countedWithinLimit: ({ context, event }) => context.count >= 0 && event.data.step <= context.limit,
    aboveLimit: ({ context, event }) => event.data.step > context.limit,
    withinLimit: ({ context, event }) => event.data.step <= context.limit,
  },
});

function branch<Other extends string>(other: Other) {
  return hierarchySetup.createStateConfig({
    initial: 'middle',
    on: {
      NEXT: [
        { guard: 'negative', target: other },
        { guard: 'countedWithinLimit', target: other, actions: 'countUp' },
      ],
    },
    states: {
      middle: {
        initial: 'first',
        on: { NEXT: { guard: 'aboveLimit', target: 'aside' } },
        states: {
          first: {
            on: {
              STEP: [
                { guard: 'aboveLimit', target: 'first' },
                { guard: 'withinLimit', target: 'second' },
              ],
              NEXT: { guard: 'negative', target: 'second' },
            },
          },
          second: { on: { NEXT: { guard: 'negative', target: 'first' } } },
        },
      },
      aside: {},
    },
  });
}

export const hierarchy: AnyStateMachine = hierarchySetup.createMachine({
  id: 'hierarchy',
  context: { count: 0, limit: 1000 },
  initial: 'left',
  states: { left: branch('right'), right: branch('left') },
});

export const parallel: AnyStateMachine = setup({}).createMachine({
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
});
