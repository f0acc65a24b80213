import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Json } from '../json.ts';
import { compile, type Machine } from '../machine/machine.ts';
import { navigate, start } from '../machine/navigate.ts';
import { type ContextOf, defineMachine, type EventOf, type EventType, type StatePath } from './define-machine.ts';
import type { MachineDefinition, MachineEvent } from './definition.ts';
import type { SchemaType } from './schema-type.ts';

const loan = defineMachine({
  id: 'loan',
  context: { amount: 0, name: 'x', open: true, reason: null, items: [{ price: 1 }], nested: { deep: [''] } },
  events: {
    SUBMIT: {
      data: {
        type: 'object',
        properties: { amount: { type: 'number' }, note: { type: 'string' } },
        required: ['amount'],
      },
    },
    CANCEL: { description: 'by the customer' },
    APPROVE: { data: { type: 'object', properties: { by: { enum: ['clerk', 'system'] } } } },
  },
  initial: 'applying',
  on: { CANCEL: '.closed' },
  states: {
    applying: { on: { SUBMIT: { target: 'review', guard: ({ context }) => context.amount > 0 } } },
    review: {
      initial: 'manual',
      states: {
        manual: { on: { APPROVE: '#loan.closed', '*': {} } },
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

  test('knows the data of the events from their schemas', () => {
    expectTypeOf<EventOf<typeof loan>>().toEqualTypeOf<
      | { readonly type: 'SUBMIT'; readonly data: { readonly amount: number; readonly note?: string } }
      | { readonly type: 'CANCEL'; readonly data?: Json }
      | { readonly type: 'APPROVE'; readonly data?: { readonly by?: 'clerk' | 'system' } }
    >();
  });

  test('knows the events of a machine that declares none', () => {
    const door = defineMachine({ id: 'door', initial: 'a', states: { a: { on: { GO: 'a', '*': {} } } } });
    expectTypeOf<EventOf<typeof door>>().toEqualTypeOf<{ readonly type: 'GO'; readonly data?: Json }>();
  });

  test('hands functions the context and the event of the transition they stand at', () => {
    defineMachine({
      id: 'm',
      context: { count: 0, name: 'x' },
      events: {
        ADD: { data: { type: 'object', properties: { by: { type: 'number' } }, required: ['by'] } },
        RESET: {},
      },
      initial: 'a',
      states: {
        a: {
          entry: ({ context, event }) => {
            expectTypeOf(context).toEqualTypeOf<{ readonly count: number; readonly name: string }>();
            expectTypeOf(event).toEqualTypeOf<MachineEvent>();
          },
          on: {
            ADD: [
              {
                guard: { not: { and: [({ event }) => event.data.by > 1, 'registered'] } },
                actions: [
                  'registered',
                  { assign: ({ context, event }) => ({ count: context.count + event.data.by }) },
                  ({ event }) => {
                    expectTypeOf(event.type).toEqualTypeOf<'ADD'>();
                    return undefined;
                  },
                ],
              },
            ],
            RESET: { guard: ({ event }) => event.type === 'RESET' },
            'done.*': { guard: ({ event }) => event.output === 1 },
          },
          after: { '5s': { guard: ({ context }) => context.count > 0, target: 'b' } },
        },
        b: {
          invoke: { effect: { type: 'log' }, onDone: { guard: ({ event }) => event.output === true } },
          always: { target: 'a', guard: ({ context }) => context.name === '' },
        },
      },
    });
  });

  test('lets a machine compiled from it take only its events', () => {
    const machine = compile(loan);
    expectTypeOf(machine).toExtend<Machine<typeof loan>>();
    expectTypeOf(machine).toExtend<Machine>();
    const { snapshot } = start(machine, { now: 0 });
    const moment = { now: 1 };
    expect(navigate(machine, snapshot, { type: 'CANCEL' }, moment).taken).toBe(true);
    // @ts-expect-error an event the machine does not have
    expect(navigate(machine, snapshot, { type: 'SUBMITT', data: { amount: 1 } }, moment).taken).toBe(false);
    // @ts-expect-error no data where data is required
    expect(() => navigate(machine, snapshot, { type: 'SUBMIT' }, moment)).toThrow('not what "loan" declares');
    // @ts-expect-error data of another type than the schema says
    expect(() => navigate(machine, snapshot, { type: 'SUBMIT', data: { amount: '1' } }, moment)).toThrow('amount');
    // @ts-expect-error a key that the schema does not have
    navigate(machine, snapshot, { type: 'SUBMIT', data: { amount: 1, sum: 2 } }, moment);
    // @ts-expect-error not one of the values of an enum
    expect(() => navigate(machine, snapshot, { type: 'APPROVE', data: { by: 'nobody' } }, moment)).toThrow('by');
  });

  test('lets a machine that nothing is known about take any event', () => {
    const machine = compile(loan as MachineDefinition);
    expectTypeOf(machine).toEqualTypeOf<Machine>();
    const { snapshot } = start(machine, { now: 0 });
    expect(navigate(machine, snapshot, { type: 'ANYTHING' }, { now: 1 }).taken).toBe(false);
  });

  test('accepts every way to name a state that exists', () => {
    defineMachine({
      id: 'm',
      initial: { target: 'a', actions: 'begin' },
      on: { INTO: '.a.b.c', DEEP: '#own.c' },
      states: {
        a: {
          onDone: ['d', { target: '#m.d.e' }],
          initial: 'b',
          states: {
            b: {
              id: 'own',
              initial: 'c',
              states: { c: { always: '#m', after: { 5: { target: ['#own', '#m.a.b'] } } } },
            },
            h: { type: 'history', target: 'b.c' },
          },
        },
        d: {
          initial: 'e',
          on: { UP: 'a.b' },
          states: { e: { effect: { type: 'log' }, onDone: '#own', onError: 'e' } },
        },
      },
    });
    const anywhere: string = 'a';
    defineMachine({ id: 'm', initial: anywhere, states: { a: { on: { GO: anywhere } } } });
  });

  test('cannot know the states that components bring', () => {
    defineMachine({
      id: 'm',
      components: { lock: { use: 'Security' } },
      initial: 'a',
      states: { a: { on: { LOCK: 'locked' } } },
    });
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
    // @ts-expect-error a sibling that does not exist
    defineMachine({ id: 'm', initial: 'a', states: { a: { on: { GO: 'b' } } } });
    // @ts-expect-error the same as a transition with more in it
    defineMachine({ id: 'm', initial: 'a', states: { a: { on: { GO: { target: 'b', actions: 'ring' } } } } });
    // @ts-expect-error the same in a list
    defineMachine({ id: 'm', initial: 'a', states: { a: { on: { GO: [{ target: 'a', guard: 'x' }, 'b'] } } } });
    // @ts-expect-error one of several targets
    defineMachine({ id: 'm', initial: 'a', states: { a: { on: { GO: { target: ['a', 'b'] } } } } });
    // @ts-expect-error a child of a sibling
    defineMachine({ id: 'm', initial: 'a', states: { a: { on: { GO: 'a.b' } } } });
    // @ts-expect-error an own child
    defineMachine({ id: 'm', initial: 'a', states: { a: { on: { GO: '.b' } } } });
    // @ts-expect-error an id
    defineMachine({ id: 'm', initial: 'a', states: { a: { on: { GO: '#b' } } } });
    // @ts-expect-error a path behind the id of the machine
    defineMachine({ id: 'm', initial: 'a', states: { a: { on: { GO: '#m.b' } } } });
    // @ts-expect-error a path behind the id of a state
    defineMachine({ id: 'm', initial: 'a', states: { a: { id: 'x', on: { GO: '#x.b' } } } });
    defineMachine({
      id: 'm',
      initial: 'a',
      // @ts-expect-error a state of another parent
      states: { a: { on: { GO: 'c' } }, b: { initial: 'c', states: { c: {} } } },
    });
    // @ts-expect-error a target of `always`
    defineMachine({ id: 'm', initial: 'a', states: { a: { always: { guard: 'x', target: 'b' } } } });
    // @ts-expect-error a target of `after`
    defineMachine({ id: 'm', initial: 'a', states: { a: { after: { '5s': 'b' } } } });
    // @ts-expect-error a target of `onDone`
    defineMachine({ id: 'm', initial: 'a', states: { a: { effect: { type: 'log' }, onDone: 'b' } } });
    // @ts-expect-error a target of an invocation
    defineMachine({ id: 'm', initial: 'a', states: { a: { invoke: { effect: { type: 'log' }, onError: 'b' } } } });
    // @ts-expect-error a target of the machine itself
    defineMachine({ id: 'm', initial: 'a', on: { GO: '.b' }, states: { a: {} } });
    // @ts-expect-error the default of a history state
    defineMachine({ id: 'm', initial: 'a', states: { a: {}, h: { type: 'history', target: 'b' } } });
    // @ts-expect-error an initial transition
    defineMachine({ id: 'm', initial: { target: 'b' }, states: { a: {} } });
    // @ts-expect-error an event that is not declared
    defineMachine({ id: 'm', events: { GO: {} }, initial: 'a', states: { a: { on: { WALK: 'a' } } } });
    // @ts-expect-error a key that the context does not have
    defineMachine({ id: 'm', context: { n: 0 }, initial: 'a', states: { a: { entry: { assign: { m: 1 } } } } });
    defineMachine({
      id: 'm',
      context: { n: 0, o: { p: 0 } },
      initial: 'a',
      states: {
        a: {
          on: {
            RIGHT: { actions: ['x', { assign: { 'o.p': 1, 'o[0]': 1, n: 1 } }] },
            // @ts-expect-error the same at a transition, in a list
            WRONG: { actions: ['x', { assign: { m: 1 } }] },
          },
        },
      },
    });
    defineMachine({
      id: 'm',
      context: { n: 0 },
      initial: 'a',
      // @ts-expect-error a function that asks for what the context does not have
      states: { a: { always: { guard: (s) => s.context.m } } },
    });
    defineMachine({
      id: 'm',
      context: { n: 0 },
      initial: 'a',
      // @ts-expect-error a function that assigns another type
      states: { a: { entry: { assign: () => ({ n: 'one' }) } } },
    });
    defineMachine({
      id: 'm',
      events: { ADD: { data: { type: 'object', properties: { by: { type: 'number' } } } } },
      initial: 'a',
      // @ts-expect-error a function that asks for what the data of its event does not have
      states: { a: { on: { ADD: { guard: ({ event }) => event.data?.of === 1 } } } },
    });
    // @ts-expect-error a guard that is neither true nor false
    defineMachine({ id: 'm', initial: 'a', states: { a: { always: { guard: () => 'yes', target: 'a' } } } });
  });
});

describe('SchemaType', () => {
  test('is the type of what a JSON Schema allows', () => {
    expectTypeOf<SchemaType<{ readonly type: 'string' }>>().toEqualTypeOf<string>();
    expectTypeOf<SchemaType<{ readonly type: 'integer' }>>().toEqualTypeOf<number>();
    expectTypeOf<SchemaType<{ readonly type: readonly ['string', 'null'] }>>().toEqualTypeOf<string | null>();
    expectTypeOf<SchemaType<{ readonly enum: readonly ['a', 1, null] }>>().toEqualTypeOf<'a' | 1 | null>();
    expectTypeOf<SchemaType<{ readonly const: 5 }>>().toEqualTypeOf<5>();
    expectTypeOf<
      SchemaType<{ readonly anyOf: readonly [{ readonly type: 'boolean' }, { readonly const: 'x' }] }>
    >().toEqualTypeOf<boolean | 'x'>();
    expectTypeOf<SchemaType<{ readonly type: 'array'; readonly items: { readonly type: 'number' } }>>().toEqualTypeOf<
      readonly number[]
    >();
    expectTypeOf<
      SchemaType<{
        readonly type: 'object';
        readonly properties: { readonly a: { readonly type: 'null' }; readonly b: true };
        readonly required: readonly ['a'];
      }>
    >().toEqualTypeOf<{ readonly a: null; readonly b?: Json }>();
    expectTypeOf<SchemaType<true>>().toEqualTypeOf<Json>();
  });
});
