import { type AnyStateMachine, createMachine } from 'xstate-next';

/**
 * The machines of `machines.ts` for the alpha of XState 6, in its own style: a transition that changes the context, or
 * that depends on it, is one function that returns where to go and the new values, or nothing when it does not apply.
 */

export const toggle: AnyStateMachine = createMachine({
  id: 'toggle',
  initial: 'off',
  states: { off: { on: { NEXT: { target: 'on' } } }, on: { on: { NEXT: { target: 'off' } } } },
});

interface Scope {
  readonly context: { readonly count: number; readonly limit: number };
  readonly event: { readonly data: { readonly step: number } };
}

function countTo(target: string) {
  return ({ context }: Scope) => ({ target, context: { count: context.count + 1 } });
}

export const flat: AnyStateMachine = machine({
  id: 'flat',
  context: { count: 0 },
  initial: 'off',
  states: { off: { on: { NEXT: countTo('on') } }, on: { on: { NEXT: countTo('off') } } },
});

export const hierarchy: AnyStateMachine = machine({
  id: 'hierarchy',
  context: { count: 0, limit: 1000 },
  initial: 'left',
  states: { left: branch('right'), right: branch('left') },
});

function branch(other: string) {
  return {
    initial: 'middle',
    on: {
      NEXT: ({ context, event }: Scope) => {
        if (context.count < 0) return { target: other };
        if (context.count >= 0 && event.data.step <= context.limit) {
          return { target: other, context: { count: context.count + 1 } };
        }
        return undefined;
      },
    },
    states: {
      middle: {
        initial: 'first',
        on: {
          NEXT: ({ context, event }: Scope) => (event.data.step > context.limit ? { target: 'aside' } : undefined),
        },
        states: {
          first: {
            on: {
              STEP: ({ context, event }: Scope) => ({
                target: event.data.step > context.limit ? 'first' : 'second',
              }),
              NEXT: ({ context }: Scope) => (context.count < 0 ? { target: 'second' } : undefined),
            },
          },
          second: {
            on: { NEXT: ({ context }: Scope) => (context.count < 0 ? { target: 'first' } : undefined) },
          },
        },
      },
      aside: {},
    },
  };
}

export const parallel: AnyStateMachine = machine({
  id: 'parallel',
  type: 'parallel',
  states: Object.fromEntries(
    [0, 1, 2, 3].map((region) => [
      `region${region}`,
      {
        initial: 'off',
        states: {
          off: { on: { NEXT: { target: 'on' }, [`MOVE_${region}`]: { target: 'on' } } },
          on: { on: { NEXT: { target: 'off' }, [`MOVE_${region}`]: { target: 'off' } } },
        },
      },
    ]),
  ),
});

/** Its types want a schema for every value, which would be code that runs only there. */
function machine(config: object): AnyStateMachine {
  return (createMachine as (config: object) => AnyStateMachine)(config);
}
