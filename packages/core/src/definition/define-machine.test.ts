import { describe, expect, expectTypeOf, test } from 'vitest';
import { type ContextOf, defineMachine, type EventType, type StatePath } from './define-machine.ts';

const loan = defineMachine({
  id: 'loan',
  context: { amount: 0, name: 'x', open: true, reason: null, items: [{ price: 1 }], nested: { deep: [''] } },
  events: { SUBMIT: {}, CANCEL: { description: 'by the customer' } },
  initial: 'applying',
  on: { CANCEL: '.closed' },
  states: {
    applying: { on: { SUBMIT: { target: 'review', guard: ({ context }) => context.amount > 0 } } },
    review: {
      initial: 'manual',
      states: {
        manual: { on: { APPROVE: '#loan.closed', '*': {}, 'note.*': {}, 'done.invoke.score': 'automatic' } },
        automatic: { effect: { type: 'call', function: 'score' }, onDone: 'manual' },
      },
    },
    closed: { type: 'final' },
  },
});

describe('defineMachine', () => {
  test('returns the definition it was given', () => {
    const definition = { id: 'door', initial: 'closed', states: { closed: {} } } as const;
    expect(defineMachine(definition)).toBe(definition);
  });

  test('knows the paths of the states', () => {
    expectTypeOf<StatePath<typeof loan>>().toEqualTypeOf<
      'applying' | 'review' | 'review.manual' | 'review.automatic' | 'closed'
    >();
  });

  test('knows the events that can be sent, without wildcards and events of the engine', () => {
    expectTypeOf<EventType<typeof loan>>().toEqualTypeOf<'SUBMIT' | 'CANCEL' | 'APPROVE'>();
  });

  test('knows the type of the context, not only its first value', () => {
    expectTypeOf<ContextOf<typeof loan>>().toEqualTypeOf<{
      readonly amount: number;
      readonly name: string;
      readonly open: boolean;
      readonly reason: unknown;
      readonly items: { readonly price: number }[];
      readonly nested: { readonly deep: string[] };
    }>();
  });

  test('refuses mistakes at compile time', () => {
    // @ts-expect-error a misspelt key of a state
    defineMachine({ id: 'm', initial: 'a', states: { a: { onn: { GO: 'a' } } } });
    // @ts-expect-error a misspelt key of the machine
    defineMachine({ id: 'm', initial: 'a', contxt: {}, states: { a: {} } });
    // @ts-expect-error a key that only the machine has
    defineMachine({ id: 'm', initial: 'a', states: { a: { context: {} } } });
    // @ts-expect-error an initial state that is no child
    defineMachine({ id: 'm', initial: 'b', states: { a: {} } });
    // @ts-expect-error the same one level down
    defineMachine({ id: 'm', initial: 'a', states: { a: { initial: 'c', states: { b: {} } } } });
    // @ts-expect-error no id
    defineMachine({ initial: 'a', states: { a: {} } });
    // @ts-expect-error a value of the wrong type
    defineMachine({ id: 'm', initial: 'a', states: { a: { tags: 5 } } });
    // @ts-expect-error not a kind of state
    defineMachine({ id: 'm', initial: 'a', states: { a: { type: 'finale' } } });
    // @ts-expect-error a date is not JSON
    defineMachine({ id: 'm', context: { at: new Date() }, initial: 'a', states: { a: {} } });
  });
});
