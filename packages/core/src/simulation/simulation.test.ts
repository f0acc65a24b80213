import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../definition/definition.ts';
import { compile } from '../machine/machine.ts';
import { simulate } from './simulation.ts';

const loan: MachineDefinition = {
  id: 'loan',
  context: { amount: 0, score: null },
  initial: 'applying',
  states: {
    applying: {
      on: {
        SUBMIT: {
          target: 'checking',
          guard: 'event.data.amount <= 50000',
          actions: [{ assign: { amount: '{{ event.data.amount }}' } }, { log: 'submitted' }, { emit: 'SUBMITTED' }],
        },
      },
      after: { '30d': 'expired' },
    },
    checking: {
      effect: { type: 'call' },
      onDone: [
        { guard: 'event.output > 600', target: 'approved', actions: { assign: { score: '{{ event.output }}' } } },
        { target: 'review' },
      ],
      onError: 'review',
      on: { CANCEL: 'expired' },
    },
    review: { on: { RETRY: 'checking' }, entry: { send: { type: 'LOOK' }, to: 'clerk' } },
    approved: { type: 'final', output: '{{ context.score }}' },
    expired: { type: 'final' },
  },
};

const submit = { event: { type: 'SUBMIT', data: { amount: 5 } } };

describe('a simulation', () => {
  test('tells what an event did: transitions, states, messages, effects', () => {
    const result = simulate(compile(loan)).apply(submit);
    expect(result).toMatchObject({
      taken: true,
      transitions: ['$.states.applying.on.SUBMIT'],
      left: ['applying'],
      entered: ['checking'],
      logs: [{ message: 'submitted', level: 'info' }],
      emits: [{ type: 'SUBMITTED' }],
      started: ['checking'],
      cancelled: [],
    });
    expect(result.snapshot).toMatchObject({ configuration: ['checking'], context: { amount: 5 } });
  });

  test('says which of several transitions was taken', () => {
    const simulation = simulate(compile(loan));
    simulation.apply(submit);
    expect(simulation.fork().apply({ done: 'checking', output: 601 }).transitions).toEqual([
      '$.states.checking.onDone[0]',
    ]);
    expect(simulation.apply({ done: 'checking', output: 600 }).transitions).toEqual(['$.states.checking.onDone[1]']);
    expect(simulation.snapshot.configuration).toEqual(['review']);
  });

  test('shows what is sent to others and does not send it', () => {
    const simulation = simulate(compile(loan));
    simulation.apply(submit);
    expect(simulation.apply({ failed: 'checking' }).sends).toMatchObject([{ to: 'clerk', event: { type: 'LOOK' } }]);
  });

  test('an effect that is left behind is cancelled, and its late outcome not taken', () => {
    const simulation = simulate(compile(loan));
    simulation.apply(submit);
    expect(simulation.apply({ event: 'CANCEL' }).cancelled).toEqual(['checking']);
    expect(simulation.apply({ done: 'checking', output: 700 })).toMatchObject({ taken: false, transitions: [] });
  });

  test('a step that fails is a value, and changes nothing', () => {
    const simulation = simulate(compile(loan));
    const before = simulation.snapshot;
    const result = simulation.apply({ event: { type: 'SUBMIT', data: null } });
    expect(result).toMatchObject({ taken: false, error: { code: 'GUARD_FAILED' }, commands: [], transitions: [] });
    expect(simulation.snapshot).toBe(before);
    expect(simulation.apply({ advance: 'soon' }).error).toMatchObject({ code: 'NOT_A_DURATION' });
    expect(simulation.apply({ expect: { error: 'NOT_A_DURATION' } }).differences).toEqual([]);
  });

  test('a step that fails on its way is taken back as a whole', () => {
    const machine = compile({
      id: 'm',
      initial: 'a',
      states: {
        a: { on: { GO: { target: 'b', actions: [{ send: 'OWN', to: '{{ instance }}' }, { emit: 'LEFT' }] } } },
        b: { on: { OWN: { guard: 'event.data.missing', target: 'a' } } },
      },
    });
    const simulation = simulate(machine);
    expect(simulation.apply({ event: 'GO' })).toMatchObject({
      error: { code: 'GUARD_FAILED' },
      snapshot: { configuration: ['a'] },
      entered: [],
      transitions: [],
      emits: [],
    });
    expect(simulation.snapshot.configuration).toEqual(['a']);
  });

  test('an effect writes into the context', () => {
    const simulation = simulate(compile(loan));
    expect(simulation.apply({ patch: { score: 3 } })).toMatchObject({
      taken: true,
      snapshot: { context: { score: 3 } },
    });
  });
});

describe('virtual time', () => {
  const timers: MachineDefinition = {
    id: 'timers',
    context: { log: '' },
    initial: 'waiting',
    entry: [
      { raise: { type: 'TICK', data: 'late' }, delay: '2s' },
      { send: { type: 'TICK', data: 'own' }, to: '{{ instance }}', delay: '1s' },
      { raise: { type: 'TICK', data: 'second' }, delay: '1s' },
    ],
    on: { TICK: { actions: { assign: { log: "{{ context.log + event.data + '@' + now + ' ' }}" } } } },
    states: { waiting: { after: { '3s': 'over' } }, over: {} },
  };

  test('timers fire in due order at their own time, and what the instance sends to itself arrives', () => {
    const simulation = simulate(compile(timers), { now: 100 });
    const result = simulation.apply({ advance: '2s' });
    expect(simulation.snapshot.context.log).toBe('own@1100 second@1100 late@2100 ');
    expect(result.fired).toHaveLength(3);
    expect(simulation.now).toBe(2100);
    expect(simulation.apply({ advance: 999 })).toMatchObject({ taken: false, fired: [] });
    expect(simulation.apply({ advance: 1 })).toMatchObject({ taken: true, fired: ['fsm.after.3s#waiting'] });
  });

  test('another receiver gets nothing', () => {
    const simulation = simulate(compile({ ...timers, entry: { send: 'TICK', to: 'somebody', delay: '1s' } }));
    const result = simulation.apply({ advance: '1s' });
    expect(result.sends).toMatchObject([{ to: 'somebody' }]);
    expect(simulation.snapshot.context.log).toBe('');
  });

  test('a machine of SCXML sends to itself without saying so', () => {
    const simulation = simulate(
      compile({
        id: 'scxml',
        semantics: 'scxml',
        initial: 'a',
        states: { a: { entry: { send: 'own', delay: '1s' }, on: { own: 'b' } }, b: {} },
      }),
    );
    expect(simulation.apply({ advance: '1s' }).snapshot.configuration).toEqual(['b']);
  });

  test('timers that arm each other for ever are refused', () => {
    const endless: MachineDefinition = {
      id: 'm',
      initial: 'a',
      states: { a: { after: { 0: { target: 'a', reenter: true } } } },
    };
    const simulation = simulate(compile(endless));
    expect(simulation.apply({ advance: 0 }).error).toMatchObject({ code: 'SIMULATION_ENDLESS' });
    expect(simulation.now).toBe(0);
  });
});

describe('scripted effects', () => {
  const start = (effects: NonNullable<Parameters<typeof simulate>[1]>['effects']) => {
    const simulation = simulate(compile(loan), { effects: effects! });
    return { simulation, result: simulation.apply(submit) };
  };

  test('end at once, or after their time', () => {
    const { result } = start({ checking: { output: 640 } });
    expect(result).toMatchObject({ outcomes: [{ invocation: 'checking', output: 640 }] });
    expect(result.snapshot).toMatchObject({ status: 'done', output: 640 });

    const { simulation } = start({ checking: { error: 'busy', after: '2s' } });
    expect(simulation.apply({ advance: 1999 }).snapshot.configuration).toEqual(['checking']);
    expect(simulation.apply({ advance: 1 }).snapshot.configuration).toEqual(['review']);
  });

  test('have an outcome for each run, or a function that knows the run', () => {
    const { simulation } = start({ checking: [{ error: 'busy' }, { output: 700 }] });
    expect(simulation.snapshot.configuration).toEqual(['review']);
    expect(simulation.apply({ event: 'RETRY' }).snapshot.configuration).toEqual(['approved']);

    const { result } = start({
      checking: ({ context, effect, attempt }) => ({
        output: effect.type === 'call' ? Number(context.amount) * 200 * attempt : 0,
      }),
    });
    expect(result.snapshot.output).toBe(1000);
  });

  test('are dropped when their state is left first', () => {
    const { simulation } = start({ checking: { output: 640, after: '2s' } });
    simulation.apply({ event: 'CANCEL' });
    expect(simulation.apply({ advance: '1h' })).toMatchObject({ taken: false, outcomes: [] });
  });

  test('belong to one run: a state that is entered anew starts another', () => {
    const again: MachineDefinition = {
      id: 'again',
      initial: 'a',
      states: { a: { effect: { type: 'call' }, onDone: 'b', on: { RESET: { target: 'a', reenter: true } } }, b: {} },
    };
    const simulation = simulate(compile(again), { effects: { a: { output: 1, after: '2s' } } });
    simulation.replay([{ advance: '1s' }, { event: 'RESET' }]);
    expect(simulation.apply({ advance: '1999ms' })).toMatchObject({ taken: false, outcomes: [] });
    expect(simulation.apply({ advance: '1ms' })).toMatchObject({ snapshot: { configuration: ['b'] } });
  });

  test('a timer and an effect that are due together take their turns as they were started', () => {
    const race: MachineDefinition = {
      id: 'race',
      initial: 'a',
      states: { a: { after: { '1s': 'timer' }, effect: { type: 'call' }, onDone: 'effect' }, timer: {}, effect: {} },
    };
    const simulation = simulate(compile(race), { effects: { a: { output: 1, after: '1s' } } });
    expect(simulation.apply({ advance: '1s' }).snapshot.configuration).toEqual(['timer']);
  });
});

describe('forks', () => {
  test('go on by themselves, scripted effects included', () => {
    const simulation = simulate(compile(loan), { effects: { checking: { output: 640, after: '2s' } } });
    simulation.apply(submit);
    const fork = simulation.fork();
    expect(fork.apply({ advance: '2s' }).snapshot.configuration).toEqual(['approved']);
    expect(simulation.snapshot.configuration).toEqual(['checking']);
    expect(fork.steps).toEqual([{ advance: '2s' }]);
  });

  test('start from any moment', () => {
    const simulation = simulate(compile(loan), { effects: { checking: { output: 640, after: '2s' } } });
    const { snapshot } = simulation.apply(submit);
    simulation.apply({ event: 'CANCEL' });
    const back = simulation.at(snapshot, 5_000);
    expect(back.apply({ advance: '2s' })).toMatchObject({ now: 7_000, snapshot: { configuration: ['approved'] } });
    expect(() => simulation.at({ ...snapshot, configuration: ['nowhere'] })).toThrow('nowhere');
  });
});

describe('expectations', () => {
  const check = (expected: object) => {
    const simulation = simulate(compile(loan));
    simulation.apply(submit);
    return simulation.apply({ expect: expected }).differences!.map(({ message }) => message);
  };

  test('hold, and do not look at what they do not name', () => {
    expect(check({ configuration: ['checking'], active: ['checking'], status: 'active', taken: true })).toEqual([]);
    expect(check({ context: { amount: 5 }, running: ['checking'] })).toEqual([]);
    expect(check({})).toEqual([]);
  });

  test('each difference is told with what was expected and what is', () => {
    expect(check({ configuration: ['review'] })).toEqual([
      'configuration is ["checking"]: without "review", with "checking" besides',
    ]);
    expect(check({ active: ['aproved'] })[0]).toContain('did you mean "approved"?');
    expect(check({ status: 'done' })).toEqual(['status is "active", expected "done"']);
    expect(check({ context: { amount: 6, 'a.b': 1 } })).toEqual([
      'context.amount is 5, expected 6',
      'context.a.b is absent, expected 1',
    ]);
    expect(check({ output: null })).toEqual(['output is absent, expected null']);
    expect(check({ taken: false })).toEqual(['taken is true, expected false']);
    expect(check({ running: [] })).toEqual(['running is ["checking"]: with "checking" besides']);
    expect(check({ error: 'GUARD_FAILED' })).toEqual(['there was no error, expected GUARD_FAILED']);
  });
});

describe('an effect before a transition', () => {
  const machine = compile({
    id: 'order',
    context: { looks: 0 },
    initial: 'open',
    states: {
      open: {
        on: { PAY: [{ target: 'paid', before: { type: 'call', function: 'charge' } }, { target: 'declined' }] },
        after: { '1m': 'late' },
      },
      paid: { on: { LOOK: { actions: { assign: { looks: '{{ context.looks + 1 }}' } } } } },
      declined: {},
      late: {},
    },
  });

  test('is ended by a step like any other effect', () => {
    const simulation = simulate(machine);
    expect(simulation.apply({ event: 'PAY' }).taken).toBe(true);
    expect(simulation.snapshot.configuration).toEqual(['open']);
    simulation.apply({ failed: 'fsm.before#open' });
    expect(simulation.snapshot.configuration).toEqual(['declined']);
  });

  test('keeps events and timers waiting', () => {
    const simulation = simulate(machine);
    simulation.apply({ event: 'PAY' });
    simulation.apply({ event: 'LOOK' });
    simulation.apply({ advance: '2m' });
    expect(simulation.snapshot.configuration).toEqual(['open']);
    simulation.apply({ done: 'fsm.before#open' });
    expect(simulation.snapshot).toMatchObject({ configuration: ['paid'], context: { looks: 1 } });
  });

  test('may have a script', () => {
    const simulation = simulate(machine, { effects: { 'fsm.before#open': { output: 1, after: '10s' } } });
    simulation.apply({ event: 'PAY' });
    simulation.apply({ advance: '10s' });
    expect(simulation.snapshot.configuration).toEqual(['paid']);
  });
});
