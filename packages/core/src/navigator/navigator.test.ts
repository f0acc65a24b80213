import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { contentHash } from '../definition/content-hash.ts';
import type { MachineDefinition, StateDefinition } from '../definition/definition.ts';
import { validate } from '../definition/validate.ts';
import { FsmError } from '../error.ts';
import { Driver } from '../machine/testing/driver.ts';
import type { Mistake } from './known.ts';
import { type NavigatorEvent, type NavigatorState, navigator } from './navigator.ts';

describe('navigator', () => {
  test('builds the value that a person would write', () => {
    const built = navigator('loan')
      .description('How a bank handles an application.')
      .version('1.0.0')
      .context({ amount: 0, largeLoan: 50_000, score: null, grade: null, decidedAt: null })
      .event('SUBMIT', { description: 'The customer asks.', data: { type: 'object', required: ['amount'] } })
      .event('DECLINE')
      .event('ACCEPT')
      .event('REGISTER')
      .initial('undecided')
      .state('undecided', (s) =>
        s
          .description('Being worked on.')
          .initial('new')
          .navigateTo('declined', { when: 'DECLINE' })
          .state('new', (n) =>
            n.navigateTo('assessing', {
              when: 'SUBMIT',
              if: 'event.data.amount > 0',
              do: { assign: { amount: '{{ event.data.amount }}' } },
              description: 'The form arrives.',
            }),
          )
          .state('assessing', (a) =>
            a
              .tags('assessing', 'automatic')
              .effect({ type: 'retry', attempts: 3, effect: { type: 'call', function: 'credit.score' } })
              .onDone('large', { if: 'context.amount >= context.largeLoan' })
              .onDone('closing', { do: { assign: { score: '{{ event.output.score }}' } } })
              .onError({ do: [{ assign: { grade: 'unknown' } }, { log: 'no score' }] })
              .after('30d')
              .navigateTo('#declined'),
          )
          .state('large', (l) =>
            l.always('closing', { if: 'context.score > 600' }).stay({ when: 'ACCEPT', do: 'note' }),
          )
          .state('closing', (c) =>
            c
              .parallel()
              .state('approval', (r) =>
                r
                  .initial('pending')
                  .state('pending', (p) => p.navigateTo('given', { when: ['ACCEPT', 'REGISTER'] }))
                  .state('given', (p) => p.final()),
              )
              .state('books', (r) =>
                r
                  .initial('open')
                  .state('open')
                  .state('made', (m) => m.final('{{ context.score }}')),
              )
              .state('last', (h) => h.history('deep', 'approval'))
              .onDone('#approved'),
          ),
      )
      .state('approved', (s) =>
        s
          .id('approved')
          .tags('decided')
          .onEnter({ assign: { decidedAt: '{{ now }}' } })
          .onExit({ log: 'reopened' }, { emit: 'reopened' })
          .after('1d', 'undecided', { if: 'context.grade == null', reenter: true }),
      )
      .state('declined', (s) => s.id('declined').meta({ colour: 'red' }).final())
      .onEnter({ log: 'begun' })
      .navigateTo('declined', { when: 'DECLINE', if: 'context.amount == 0' })
      .effect({ type: 'wait_for_event', event: 'END' })
      .output('{{ context.grade }}')
      .useComponent('Timer', { duration: '90d', target: 'declined' }, { name: 'expiry' })
      .usePlugin('Logger')
      .usePlugin('Audit', { level: 'info' })
      .subscribe({ machine: 'bank', entered: 'closed', send: 'DECLINE' })
      .build();
    const written: MachineDefinition = {
      id: 'loan',
      description: 'How a bank handles an application.',
      version: '1.0.0',
      context: { amount: 0, largeLoan: 50_000, score: null, grade: null, decidedAt: null },
      events: {
        SUBMIT: { description: 'The customer asks.', data: { type: 'object', required: ['amount'] } },
        DECLINE: {},
        ACCEPT: {},
        REGISTER: {},
      },
      components: { expiry: { use: 'Timer', with: { duration: '90d', target: 'declined' } } },
      plugins: ['Logger', { use: 'Audit', with: { level: 'info' } }],
      subscriptions: [{ machine: 'bank', entered: 'closed', send: 'DECLINE' }],
      initial: 'undecided',
      entry: { log: 'begun' },
      on: { DECLINE: { target: '.declined', guard: 'context.amount == 0' } },
      invoke: { effect: { type: 'wait_for_event', event: 'END' } },
      output: '{{ context.grade }}',
      states: {
        undecided: {
          description: 'Being worked on.',
          initial: 'new',
          on: { DECLINE: 'declined' },
          states: {
            new: {
              on: {
                SUBMIT: {
                  target: 'assessing',
                  guard: 'event.data.amount > 0',
                  actions: { assign: { amount: '{{ event.data.amount }}' } },
                  description: 'The form arrives.',
                },
              },
            },
            assessing: {
              tags: ['assessing', 'automatic'],
              effect: { type: 'retry', attempts: 3, effect: { type: 'call', function: 'credit.score' } },
              onDone: [
                { target: 'large', guard: 'context.amount >= context.largeLoan' },
                { target: 'closing', actions: { assign: { score: '{{ event.output.score }}' } } },
              ],
              onError: { actions: [{ assign: { grade: 'unknown' } }, { log: 'no score' }] },
              after: { '30d': '#declined' },
            },
            large: {
              always: { target: 'closing', guard: 'context.score > 600' },
              on: { ACCEPT: { actions: 'note' } },
            },
            closing: {
              type: 'parallel',
              onDone: '#approved',
              states: {
                approval: {
                  initial: 'pending',
                  states: { pending: { on: { ACCEPT: 'given', REGISTER: 'given' } }, given: { type: 'final' } },
                },
                books: {
                  initial: 'open',
                  states: { open: {}, made: { type: 'final', output: '{{ context.score }}' } },
                },
                last: { type: 'history', history: 'deep', target: 'approval' },
              },
            },
          },
        },
        approved: {
          id: 'approved',
          tags: 'decided',
          entry: { assign: { decidedAt: '{{ now }}' } },
          exit: [{ log: 'reopened' }, { emit: 'reopened' }],
          after: { '1d': { target: 'undecided', guard: 'context.grade == null', reenter: true } },
        },
        declined: { id: 'declined', type: 'final', meta: { colour: 'red' } },
      },
    };
    expect(built).toEqual(written);
    expect(contentHash(built)).toBe(contentHash(written));
    expect(validate(built).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('tries transitions of the same event in the order they are written', () => {
    const { states } = navigator('m')
      .initial('a')
      .state('a', (s) =>
        s
          .navigateTo('b', { when: 'GO', if: 'context.x' })
          .navigateTo('b', { when: 'GO' })
          .after(5, 'b', { if: 'context.x' })
          .after(5)
          .stay({ do: { log: 'x' } })
          .always('b', { if: 'context.y' })
          .navigateTo('b', { if: 'context.z' }),
      )
      .state('b')
      .build();
    expect(states!.a).toEqual({
      on: { GO: [{ target: 'b', guard: 'context.x' }, 'b'] },
      after: { 5: [{ target: 'b', guard: 'context.x' }, { actions: { log: 'x' } }] },
      always: [
        { target: 'b', guard: 'context.y' },
        { target: 'b', guard: 'context.z' },
      ],
    });
  });

  test('never changes a builder: machines can share a beginning', () => {
    const start = navigator('door').initial('closed').state('closed');
    const before = structuredClone(start.build());
    const more = start.state('open').usePlugin('Logger').onEnter({ log: 'x' });
    expect(start.build()).toEqual(before);
    expect(Object.keys(more.build().states!)).toEqual(['closed', 'open']);
  });

  test('runs functions as guards and actions', () => {
    const machine = navigator('door')
      .context({ opened: 0 })
      .initial('closed')
      .state('closed', (s) =>
        s.navigateTo('open', {
          when: 'open_command',
          if: ({ context }) => context.opened < 1,
          do: ({ context }) => ({ opened: context.opened + 1 }),
        }),
      )
      .state('open', (s) => s.navigateTo('closed', { when: 'close_command' }));
    const driver = new Driver(machine.build()).send('open_command').send('close_command').send('open_command');
    expect(driver.configuration).toBe('closed');
    expect(driver.context).toEqual({ opened: 1 });
  });

  test('uses a component twice only under two names', () => {
    const once = navigator('m').useComponent('Timer', { duration: '1s', event: 'X' });
    expect(() => once.useComponent('Timer', {})).toThrow(FsmError);
    expect(() => once.useComponent('Timer', {})).toThrow(/has a component `timer` already/);
    expect(once.useComponent('Timer', {}, { name: 'second', at: 'a', prefix: 'p_' }).build().components).toEqual({
      timer: { use: 'Timer', with: { duration: '1s', event: 'X' } },
      second: { use: 'Timer', with: {}, at: 'a', prefix: 'p_' },
    });
  });

  test('asks a model in a state of its own', () => {
    const machine = navigator('mail')
      .context({ summary: '' })
      .initial('summing_up')
      .aiWorkflow('summing_up', {
        prompt: 'Sum up: {{ context.text }}',
        model: 'small',
        system: 'You are brief.',
        options: { temperature: 0 },
        saveAs: 'summary',
        done: 'done',
        failed: 'stuck',
      })
      .state('done', (s) => s.final())
      .state('stuck');
    expect(machine.build().states!.summing_up).toEqual({
      effect: {
        type: 'call_llm',
        model: 'small',
        system: 'You are brief.',
        prompt: 'Sum up: {{ context.text }}',
        temperature: 0,
      },
      onDone: { target: 'done', actions: { assign: { summary: '{{ event.output }}' } } },
      onError: 'stuck',
    });
    expect(validate(machine.build())).toEqual([]);
    expect(new Driver(machine.build()).done('summing_up', 'short').context).toEqual({ summary: 'short' });
    expect(new Driver(machine.build()).failed('summing_up', 'busy').configuration).toBe('stuck');
  });

  test('compiles to a machine, or says what is wrong', () => {
    expect(navigator('m').initial('a').state('a').compile().id).toBe('m');
    expect(() =>
      navigator('m')
        .initial('a')
        .state('a', (s) => s.navigateTo('#b', { when: 'GO' }))
        .compile(),
    ).toThrow(/`#b`/);
  });
});

describe('a validation', () => {
  const door = navigator('door')
    .context({ broken: false, visitors: 0 })
    .validate('!context.broken', 'The door is broken: {{ event.type }} is refused.')
    .initial('closed')
    .state('closed', (s) =>
      s
        .navigateTo('open', { when: 'open_command' })
        .navigateTo('closed', { when: 'break', do: { assign: { broken: true } } }),
    )
    .state('open', (s) =>
      s
        .validate(({ event }) => event.data !== 'cat', 'Cats stay.')
        .navigateTo('closed', { when: 'close_command' })
        .stay({ when: 'visit', do: { assign: { visitors: '{{ context.visitors + 1 }}' } } })
        .after('10s', 'closed'),
    );

  test('that holds changes nothing', () => {
    const driver = new Driver(door.build()).send('open_command').send('visit', 'dog');
    expect(driver.configuration).toBe('open');
    expect(driver.context.visitors).toBe(1);
  });

  test('that does not hold refuses the event and says why', () => {
    const driver = new Driver(door.build()).send('break').send('open_command');
    expect(driver.configuration).toBe('closed');
    expect(driver.taken).toBe(true);
    const message = 'The door is broken: open_command is refused.';
    expect(driver.commands).toEqual([
      { type: 'log', level: 'warn', message },
      { type: 'emit', event: { type: 'navigation.refused', data: { message, event: 'open_command' } } },
    ]);
  });

  test('of a state holds there only', () => {
    const driver = new Driver(door.build()).send('open_command', 'cat');
    expect(driver.configuration).toBe('open');
    expect(driver.send('visit', 'cat').context.visitors).toBe(0);
    expect(driver.send('close_command', 'cat').configuration).toBe('open');
  });

  test('does not keep time from passing', () => {
    const driver = new Driver(door.build(), { input: { broken: true } });
    driver.patch({ broken: false });
    driver.send('open_command').patch({ broken: true });
    expect(driver.advance(10_000).configuration).toBe('closed');
  });

  test('holds wherever in the machine it was said', () => {
    const late = navigator('m')
      .initial('a')
      .state('a', (s) => s.navigateTo('b', { when: 'GO' }))
      .state('b');
    const driver = new Driver(late.validate('false', 'Never.').build()).send('GO');
    expect(driver.configuration).toBe('a');
  });

  test('leaves a forbidden event forbidden', () => {
    const forbidding = navigator('m')
      .initial('a')
      .state('a', (s) => s.stay({ when: 'GO' }))
      .validate('false', 'Never.');
    expect(forbidding.build().states!.a!.on).toEqual({ GO: {} });
  });
});

describe('a list of words', () => {
  const keys = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 2, maxLength: 6 });
  const arrows = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('A', 'B', 'C'), fc.boolean()), {
    maxLength: 12,
  });

  test('gives the same machine as the JSON it stands for', () => {
    fc.assert(
      fc.property(keys, arrows, (states, list) => {
        const written: Record<string, StateDefinition> = {};
        let builder = navigator('m').initial(states[0]! as string);
        for (const [index, key] of states.entries()) {
          const own = list.filter(([from]) => from % states.length === index);
          const on: Record<string, (string | object)[]> = {};
          for (const [, to, when, guarded] of own) {
            const target = states[to % states.length]!;
            on[when] = [...(on[when] ?? []), guarded ? { target, guard: 'context.x' } : target];
          }
          const single = Object.entries(on).map(([when, all]) => [when, all.length === 1 ? all[0] : all]);
          written[key] = own.length === 0 ? {} : { on: Object.fromEntries(single) };
          builder = builder.state(key, (s) =>
            own.reduce(
              (state, [, to, when, guarded]) =>
                state.navigateTo(states[to % states.length]! as string, {
                  when: when as string,
                  ...(guarded && { if: 'context.x' }),
                }) as unknown as typeof state,
              s,
            ),
          ) as unknown as typeof builder;
        }
        expect(builder.build()).toEqual({ id: 'm', initial: states[0], states: written });
      }),
      { numRuns: 100 },
    );
  });
});

describe('what the compiler knows', () => {
  const door = navigator('door')
    .context({ opened: 0, reason: null, items: ['x'] })
    .event('knock')
    .initial('closed')
    .state('closed', (s) => s.navigateTo('open', { when: 'open_command' }))
    .state('open', (s) =>
      s
        .navigateTo('closed', { when: ['close_command', 'slam'] })
        .initial('wide')
        .state('wide', (w) => w.navigateTo('ajar', { when: 'push' }).after('1s').navigateTo('#open'))
        .state('ajar'),
    );

  test('are the states and events', () => {
    expectTypeOf<NavigatorState<typeof door>>().toEqualTypeOf<'closed' | 'open'>();
    expectTypeOf<NavigatorEvent<typeof door>>().toEqualTypeOf<
      'knock' | 'open_command' | 'close_command' | 'slam' | 'push'
    >();
  });

  test('is the type of the context in functions', () => {
    door.state('other', (s) =>
      s.stay({
        when: 'X',
        if: ({ context }) => {
          expectTypeOf(context).toEqualTypeOf<{
            readonly opened: number;
            readonly reason: unknown;
            readonly items: readonly string[];
          }>();
          return true;
        },
      }),
    );
    // @ts-expect-error the context has no such key
    door.state('other', (s) => s.stay({ when: 'X', if: ({ context }) => context.closed > 1 }));
    // @ts-expect-error a guard says yes or no
    door.state('other', (s) => s.stay({ when: 'X', if: ({ context }) => context.opened }));
  });

  test('is whether every target is a state', () => {
    const begun = navigator('m').initial('a');
    const event = begun.state('a', (s) => s.navigateTo('opne', { when: 'GO' }));
    const time = begun.state('a', (s) => s.after('1s').navigateTo('b'));
    const outcome = begun.state('a', (s) => s.effect({ type: 'x' }).onDone('a').onError('b'));
    const inside = begun.state('a', (s) => s.initial('x').state('x', (x) => x.navigateTo('a', { when: 'GO' })));
    const machine = begun.state('a').navigateTo('b', { when: 'GO' });
    const model = begun.aiWorkflow('a', { prompt: '', done: 'a', failed: 'b' });
    door.build();
    // @ts-expect-error there is no state `opne`
    event.build();
    // @ts-expect-error there is no state `a` to begin with
    begun.build();
    // @ts-expect-error nor one after a time
    time.build();
    // @ts-expect-error nor after an effect
    outcome.build();
    // @ts-expect-error nor beside a state inside
    inside.build();
    // @ts-expect-error nor from the machine itself
    machine.build();
    // @ts-expect-error nor after a model
    model.build();
    // @ts-expect-error `compile` knows as well
    expect(() => event.compile()).toThrow(/`opne`/);
    expectTypeOf<Parameters<typeof event.build>[0]>().toEqualTypeOf<Mistake<'There is no state `opne`'>>();
  });

  test('leaves other forms of targets, and the states of components, to the validation', () => {
    navigator('m')
      .initial('a')
      .state('a', (s) =>
        s.navigateTo('b.c', { when: 'A' }).navigateTo('#x', { when: 'B' }).navigateTo('.y', { when: 'C' }),
      )
      .state('b')
      .build();
    const secured = navigator('m').initial('a').useComponent('Security', { failure: 'WRONG' });
    secured.state('a', (s) => s.navigateTo('locked_out', { when: 'LOCK' })).build();
  });

  test('are the words and their values', () => {
    // @ts-expect-error an event is needed to stay
    navigator('m').state('a', (s) => s.stay({ do: { log: 'x' } }));
    // @ts-expect-error no such option
    navigator('m').state('a', (s) => s.navigateTo('a', { on: 'GO' }));
    // @ts-expect-error a subscription says what to send
    navigator('m').subscribe({ machine: 'x', entered: 'y' });
    // @ts-expect-error a model needs a prompt
    navigator('m').aiWorkflow('a', { done: 'a', failed: 'a' });
    // @ts-expect-error only the machine uses components
    expect(() => navigator('m').state('a', (s) => s.useComponent('Timer'))).toThrow();
  });
});
