import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../definition/definition.ts';
import { compile } from '../machine/machine.ts';
import { simulate } from '../simulation/simulation.ts';
import { replay } from './testing/replay.ts';
import { verify } from './verify.ts';

const door: MachineDefinition = {
  id: 'door',
  initial: 'shut',
  states: {
    shut: { on: { OPEN: 'open' } },
    open: { on: { SHUT: 'shut' }, after: { '10s': 'shut' } },
  },
};

const withOpen = (open: StateDefinition): MachineDefinition => ({
  ...door,
  context: { n: 0, code: 7 },
  states: { ...door.states, open: { ...door.states!.open, ...open } },
});

describe('what was explored', () => {
  test('is everything, for a finite machine whose way depends on no data', () => {
    expect(verify(door)).toEqual({
      machine: 'door',
      ok: true,
      findings: [],
      exploration: { states: 2, configurations: 2, steps: 4, depth: 1, exhaustive: true, limits: [] },
      invariants: [],
    });
  });

  test('is everything also where data grow, as long as nothing depends on them', () => {
    const counting = withOpen({ on: { SHUT: { target: 'shut', actions: { assign: { n: '{{ context.n + 1 }}' } } } } });
    expect(verify(counting).exploration).toMatchObject({ exhaustive: true, states: 2 });
  });

  test.each<[string, RegExp, StateDefinition]>([
    ['a guard reads data', /context\.n/, { on: { SHUT: { guard: 'context.n >= 0', target: 'shut' } } }],
    ['a delay reads data', /context\.n/, { after: { 'context.n + 1000': 'shut' } }],
    [
      'a guard computes with the type',
      /event\.type/,
      { on: { '*': { guard: 'event.type.startsWith("S")', target: 'shut' } } },
    ],
    ['timers run side by side', /side by side/, { after: { '10s': 'shut', '20s': 'shut' } }],
    [
      'a step fails whatever the data',
      /failed/,
      { on: { SHUT: { target: 'shut', actions: { log: '{{ context.a.b }}' } } } },
    ],
  ])('is not everything when %s', (_, limit, open) => {
    const { exploration } = verify(withOpen(open));
    expect(exploration?.exhaustive).toBe(false);
    expect(exploration?.limits.join()).toMatch(limit);
  });

  test('stops at its bounds and says so', () => {
    const counting = withOpen({
      on: { SHUT: { guard: 'context.n > -1', target: 'shut', actions: { assign: { n: '{{ context.n + 1 }}' } } } },
    });
    expect(verify(counting, { maxStates: 50 }).exploration).toMatchObject({
      states: 50,
      limits: [expect.stringContaining('50 states'), expect.stringContaining('context.n')],
    });
    expect(verify(counting, { maxDepth: 5 }).exploration).toMatchObject({ depth: 5, exhaustive: false });
  });

  test('is only the definition where code is not at hand', () => {
    const named = withOpen({ on: { SHUT: { guard: 'mayShut', target: 'shut', actions: 'count' } } });
    const without = verify({ ...named, states: { ...named.states, lost: {} } });
    expect(without.exploration).toBeUndefined();
    expect(without.unexplored).toContain('mayShut, count');
    expect(without.findings.map(({ code }) => code)).toEqual(['UNREACHABLE_STATE']);
    const implementations = {
      guards: { mayShut: () => true },
      actions: { count: ({ context }: { context: { n?: unknown } }) => ({ n: Number(context.n) + 1 }) },
    };
    expect(verify(named, { implementations, maxStates: 20 }).exploration?.limits.join()).toContain('guard');
  });

  test('may be a machine that is compiled already', () => {
    expect(verify(compile(door))).toEqual(verify(door));
  });

  test('is refused for a definition with errors', () => {
    expect(() => verify({ ...door, initial: 'ajar' })).toThrow(/ajar/);
  });
});

describe('data for guards', () => {
  const guarded = (guard: string, events?: MachineDefinition['events']): MachineDefinition => ({
    id: 'm',
    context: { limit: 100, names: ['ann', 'bob'] },
    ...(events && { events }),
    initial: 'a',
    states: {
      a: { on: { GO: [{ guard, target: 'yes' }, { target: 'no' }] } },
      yes: { type: 'final' },
      no: { type: 'final' },
    },
  });
  const reached = (definition: MachineDefinition, options = {}) => {
    const { findings } = verify(definition, options);
    const missed = findings.filter(({ code }) => code === 'UNREACHABLE_STATE').map(({ states }) => states![0]);
    return ['yes', 'no'].filter((state) => !missed.includes(state));
  };

  test.each([
    'event.data.amount > 5000',
    'event.data.amount === 17 && event.data.kind === "loan"',
    'event.data.amount > context.limit',
    'event.data.applicant.age >= 18 && event.data.applicant.age < 21',
    'event.data.items.length > 3',
    'event.data.open',
    '["gold", "silver"].includes(event.data.grade)',
    'event.data.tags.includes("vip")',
    'event.data.word.startsWith("ab")',
    'event.data.a > event.data.b',
    'event.data?.n === -3',
    'event.data.items.some((item) => item)',
    'event.data.first !== null && event.data.first.second === true',
  ])('are found on both sides of %s', (guard) => {
    expect(reached(guarded(guard))).toEqual(['yes', 'no']);
  });

  test('keep to the schema of the event', () => {
    const data = { type: 'object', required: ['n'], properties: { n: { type: 'integer', minimum: 1, maximum: 9 } } };
    expect(reached(guarded('event.data.n > 5', { GO: { data } }))).toEqual(['yes', 'no']);
    expect(reached(guarded('event.data.n > 50', { GO: { data } }))).toEqual(['no']);
    const grades = { type: 'object', required: ['g'], properties: { g: { enum: ['A', 'B'] } } };
    expect(reached(guarded('event.data.g === "B"', { GO: { data: grades } }))).toEqual(['yes', 'no']);
    expect(reached(guarded('event.data.g === "C"', { GO: { data: grades } }))).toEqual(['no']);
  });

  test('come from the user where nobody could guess', () => {
    const guard = 'event.data?.code?.split("-").length === 4';
    expect(reached(guarded(guard))).toEqual(['no']);
    expect(reached(guarded(guard), { data: { GO: [{ code: 'a-b-c-d' }] } })).toEqual(['yes', 'no']);
  });

  test('reach guards that ask later, by way of the context', () => {
    const later: MachineDefinition = {
      id: 'm',
      context: { amount: 0, large: 50_000 },
      initial: 'a',
      states: {
        a: { on: { GO: { target: 'b', actions: { assign: { amount: '{{ event.data.amount }}' } } } } },
        b: { on: { NEXT: [{ guard: 'context.amount >= context.large', target: 'yes' }, { target: 'no' }] } },
        yes: { type: 'final' },
        no: { type: 'final' },
      },
    };
    expect(reached(later)).toEqual(['yes', 'no']);
  });

  test('are followed from key to key of the context', () => {
    const copied: MachineDefinition = {
      id: 'm',
      context: { a: 0, b: 0, unread: 0 },
      initial: 'start',
      states: {
        start: {
          on: {
            SET: { actions: { assign: { b: 1 } } },
            COPY: { actions: { assign: { a: '{{ context.b }}' } } },
            COUNT: { actions: { assign: { unread: '{{ context.unread + 1 }}' } } },
            GO: { guard: 'context.a === 1', target: 'yes' },
            END: 'no',
          },
        },
        yes: { type: 'final' },
        no: { type: 'final' },
      },
    };
    expect(reached(copied)).toEqual(['yes', 'no']);
    expect(verify(copied).exploration!.states).toBeLessThan(20);
  });

  test('are made for outcomes of effects', () => {
    const checked: MachineDefinition = {
      id: 'm',
      initial: 'check',
      states: {
        check: {
          effect: { type: 'call' },
          onDone: [{ guard: 'event.output.score > 600', target: 'yes' }, { target: 'no' }],
          onError: [{ guard: 'event.error.code === "BUSY"', target: 'busy' }, { target: 'no' }],
        },
        busy: { type: 'final' },
        yes: { type: 'final' },
        no: { type: 'final' },
      },
    };
    expect(verify(checked).findings).toEqual([]);
  });
});

test('an event may come just before a timer is due, so that another one outlasts it', () => {
  const racing: MachineDefinition = {
    id: 'm',
    type: 'parallel',
    states: {
      left: { initial: 'a', states: { a: { after: { '10s': 'b' } }, b: {} } },
      right: {
        initial: 'idle',
        states: {
          idle: { on: { GO: { guard: { in: 'left.a' }, target: 'run' } } },
          run: { after: { '5s': 'idle' }, always: { guard: { in: 'left.b' }, target: 'both' } },
          both: {},
        },
      },
    },
  };
  const { findings } = verify(racing, { invariants: ["!active('right.both')"] });
  const [first] = findings;
  expect(first).toMatchObject({
    code: 'INVARIANT_VIOLATED',
    steps: [{ advance: 9_999 }, { event: { type: 'GO' } }, { advance: 1 }],
  });
  expect(replay(racing, first!.steps!).snapshot.configuration).toEqual(['left.b', 'right.both']);
});

test('an instance that sends to itself is followed as a simulation has it', () => {
  const talking: MachineDefinition = {
    id: 'm',
    initial: 'a',
    states: {
      a: { on: { GO: { target: 'b', actions: { send: 'HELLO', to: '{{ instance }}' } } } },
      b: { on: { HELLO: 'c' } },
      c: {},
    },
  };
  const [deadlock] = verify(talking).findings.filter(({ code }) => code === 'DEADLOCK');
  expect(deadlock?.steps).toEqual([{ event: { type: 'GO' } }]);
  const simulation = simulate(compile(talking));
  simulation.replay(deadlock!.steps!);
  expect(simulation.snapshot.configuration).toEqual(['c']);
});
