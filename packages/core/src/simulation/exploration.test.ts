import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../definition/definition.ts';
import { compile } from '../machine/machine.ts';
import { type Exploration, explore, stepsAlong, stepsTo } from './exploration.ts';
import { relevanceOf } from './relevance.ts';
import { simulate } from './simulation.ts';
import type { SimulationStep } from './step.ts';

const explored = (definition: MachineDefinition, options = {}) => explore(compile(definition), options);

function configurations({ states }: Exploration): string[] {
  return [...new Set(Array.from(states.values(), ({ snapshot }) => snapshot.configuration.join(' ')))].sort();
}

/** The steps tried in the state of this configuration. */
function tried({ states, edges }: Exploration, configuration: string): SimulationStep[] {
  return edges
    .filter(({ from }) => states.get(from)!.snapshot.configuration.join(' ') === configuration)
    .map((edge) => edge.step);
}

function dataOf(exploration: Exploration, type: string): unknown[] {
  return exploration.edges.flatMap(({ step }) =>
    'event' in step && typeof step.event === 'object' && step.event.type === type ? [step.event.data] : [],
  );
}

describe('exploring a machine without data', () => {
  const door: MachineDefinition = {
    id: 'door',
    initial: 'closed',
    states: {
      closed: { on: { OPEN: 'opening', LOCK: 'locked' } },
      opening: { effect: { type: 'call' }, onDone: 'open', onError: 'closed' },
      open: { on: { CLOSE: 'closed' }, after: { '10s': 'closed' } },
      locked: { on: { UNLOCK: 'closed' } },
      island: { on: { SWIM: 'closed' } },
    },
  };

  test('is exhaustive, and finds what can be reached through events, time and outcomes', () => {
    const exploration = explored(door);
    expect(exploration).toMatchObject({ exhaustive: true, limits: [] });
    expect(configurations(exploration)).toEqual(['closed', 'locked', 'open', 'opening']);
    expect(tried(exploration, 'open')).toEqual([{ event: 'CLOSE' }, { advance: '10s' }]);
    expect(tried(exploration, 'opening')).toMatchObject([{ done: 'opening' }, { failed: 'opening' }]);
  });

  test('every state knows a shortest way, and every edge its transitions', () => {
    const exploration = explored(door);
    const open = [...exploration.states.values()].find(({ snapshot }) => snapshot.configuration[0] === 'open')!;
    expect(open.depth).toBe(2);
    expect(stepsTo(exploration, open.key)).toEqual([{ event: 'OPEN' }, { done: 'opening' }]);
    const late = exploration.edges.find(({ step }) => 'advance' in step)!;
    expect(late.transitions).toEqual(['$.states.open.after["10s"]']);
    expect(stepsAlong(exploration, late)).toEqual([{ event: 'OPEN' }, { done: 'opening' }, { advance: '10s' }]);
  });

  test('stops at its bounds, and says so', () => {
    expect(explored(door, { maxStates: 2 }).limits).toMatchObject([{ kind: 'states' }]);
    expect(explored(door, { maxStates: 2 }).states.size).toBe(2);
    const shallow = explored(door, { maxDepth: 1 });
    expect(shallow).toMatchObject({ exhaustive: false, limits: [{ kind: 'depth' }] });
    expect(configurations(shallow)).toEqual(['closed', 'locked', 'opening']);
  });

  test('a bound that is just reached leaves nothing out', () => {
    expect(explored(door, { maxStates: 4, maxDepth: 3 }).exhaustive).toBe(true);
  });

  test('where nothing can happen any more, a bound on the way leaves nothing out either', () => {
    const dead: MachineDefinition = { id: 'm', initial: 'a', states: { a: { on: { GO: 'b' } }, b: { type: 'final' } } };
    expect(explored(dead, { maxDepth: 1 }).exhaustive).toBe(true);
  });

  test('tells apart what history states remember', () => {
    const exploration = explored({
      id: 'm',
      initial: 'on',
      states: {
        on: {
          initial: 'x',
          on: { OFF: 'off' },
          states: { x: { on: { GO: 'y' } }, y: {}, back: { type: 'history' } },
        },
        off: { on: { ON: 'on.back' } },
      },
    });
    expect(configurations(exploration)).toEqual(['off', 'on.x', 'on.y']);
    expect(exploration.edges.filter(({ step }) => 'event' in step && step.event === 'ON')).toHaveLength(2);
  });

  test('ends early when it has found what it looks for', () => {
    const exploration = explored(door, {
      until: ({ snapshot }: { snapshot: { configuration: readonly string[] } }) =>
        snapshot.configuration[0] === 'opening',
    });
    expect(exploration.limits).toMatchObject([{ kind: 'until' }]);
    expect(configurations(exploration)).toEqual(['closed', 'opening']);
  });

  test('tells apart how long timers still have, and which fires first', () => {
    const exploration = explored({
      id: 'm',
      type: 'parallel',
      states: {
        a: { initial: 'x', states: { x: { after: { '2s': 'y' } }, y: {} } },
        b: { initial: 'x', states: { x: { after: { '3s': 'y' } }, y: {} } },
      },
    });
    expect(configurations(exploration)).toEqual(['a.x b.x', 'a.y b.x', 'a.y b.y']);
    expect(exploration.edges.map(({ step }) => step)).toEqual([{ advance: '2s' }, { advance: '1s' }]);
  });

  test('a failing step is an edge that leads nowhere', () => {
    const exploration = explored({
      id: 'm',
      context: { list: null },
      initial: 'a',
      states: { a: { on: { GO: { guard: 'context.list.first === 1', target: 'b' } } }, b: {} },
    });
    const [edge] = exploration.edges;
    expect(edge).toMatchObject({ step: { event: 'GO' }, error: { code: 'GUARD_FAILED' }, taken: false });
    expect(edge!.to).toBe(edge!.from);
  });
});

describe('wildcards', () => {
  test('are tried with a type that they alone stand for', () => {
    const exploration = explored({
      id: 'm',
      initial: 'a',
      states: { a: { on: { 'order.paid': 'b', 'order.*': 'c', '*': 'd' } }, b: {}, c: {}, d: {} },
    });
    expect(configurations(exploration)).toEqual(['a', 'b', 'c', 'd']);
    expect(exploration.exhaustive).toBe(true);
  });

  test('are tried with declared types, as far as nothing nearer takes them', () => {
    const exploration = explored({
      id: 'm',
      events: { 'order.paid': {}, 'door.open': {} },
      initial: 'a',
      states: { a: { on: { 'order.*': 'b', '*': 'c' } }, b: {}, c: {} },
    });
    expect(exploration.edges.map(({ step }) => step)).toEqual([{ event: 'order.paid' }, { event: 'door.open' }]);
  });

  test('a guard that asks for the type gets it', () => {
    const exploration = explored({
      id: 'm',
      initial: 'a',
      states: {
        a: { on: { '*': [{ guard: "event.type === 'SECRET'", target: 'b' }, { target: 'c' }] } },
        b: {},
        c: {},
      },
    });
    expect(configurations(exploration)).toEqual(['a', 'b', 'c']);
  });

  test('an eventless transition that looks at the event is woken by any', () => {
    const exploration = explored({
      id: 'm',
      initial: 'a',
      states: { a: { always: { guard: "event.type === 'SECRET'", target: 'b' } }, b: {} },
    });
    expect(configurations(exploration)).toEqual(['a', 'b']);
  });
});

describe('data that nobody knows', () => {
  const guarded = (guard: string, rest: Partial<MachineDefinition> = {}): MachineDefinition => ({
    id: 'm',
    initial: 'a',
    states: { a: { on: { GO: { guard, target: 'b' } } }, b: {} },
    ...rest,
  });

  test.each([
    'event.data.amount > 50000',
    '50000 < event.data.amount',
    'event.data.amount <= 3 && event.data.kind === "x"',
    'event.data.kind !== "x"',
    '["x", "y"].includes(event.data.kind)',
    'event.data.ok',
    '!event.data.ok',
    'event.data === 5',
    'event.data?.applicant?.age >= 18',
    'event.data.delta < -4',
    'event.data["the amount"] > 7',
    'event.data.amount >= context.limit',
    'event.data.ok ? event.data.n > 1 : false',
    'event.data.first < event.data.second',
    'event.data.pin === context.pin',
  ])('values on both sides of %s are found, and that they are not all', (guard) => {
    const exploration = explored(guarded(guard, { context: { limit: 12, pin: null } }));
    expect(configurations(exploration)).toEqual(['a', 'b']);
    expect(exploration.limits).toMatchObject([{ kind: 'event-data', path: '$.states.a.on.GO.guard' }]);
  });

  test('reach guards through the context', () => {
    const exploration = explored({
      id: 'm',
      context: { amount: 0, large: 500 },
      initial: 'a',
      states: {
        a: { on: { GO: { target: 'b', actions: { assign: { amount: '{{ event.data.sum }}' } } } } },
        b: { on: { NEXT: [{ guard: 'context.amount > context.large', target: 'c' }, { target: 'd' }] } },
        c: {},
        d: {},
      },
    });
    expect(configurations(exploration)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('may be compared with what came before', () => {
    const exploration = explored({
      id: 'm',
      context: { pin: null },
      events: { LOCK: { data: { type: 'string' } }, UNLOCK: { data: { type: 'string' } } },
      initial: 'open',
      states: {
        open: { on: { LOCK: { target: 'locked', actions: { assign: { pin: '{{ event.data }}' } } } } },
        locked: { on: { UNLOCK: [{ guard: 'event.data === context.pin', target: 'open' }, { target: 'alarm' }] } },
        alarm: {},
      },
    });
    expect(new Set(exploration.edges.flatMap(({ transitions }) => transitions)).size).toBe(3);
  });

  test('outcomes of effects, too', () => {
    const exploration = explored({
      id: 'm',
      initial: 'a',
      states: {
        a: {
          invoke: {
            id: 'score',
            effect: { type: 'call' },
            onDone: [{ guard: 'event.output.points > 600', target: 'b' }, { target: 'c' }],
            onError: [{ guard: "event.error.code === 'BUSY'", target: 'd' }, { target: 'e' }],
          },
        },
        b: {},
        c: {},
        d: {},
        e: {},
      },
    });
    expect(configurations(exploration)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(exploration.limits.map(({ kind }) => kind)).toEqual(['outcome']);
  });

  test('a schema says what there is; all values of an enumeration are tried, and then nothing is left out', () => {
    const events = (data: object) =>
      ({
        events: { GO: { data: { type: 'object', required: ['x'], properties: { x: data } } } },
      }) as Partial<MachineDefinition>;
    const listed = explored(guarded("event.data.x === 'b'", events({ enum: ['a', 'b', 'c'] })));
    expect(dataOf(listed, 'GO')).toContainEqual({ x: 'b' });
    expect(listed.exhaustive).toBe(true);
    const either = explored(guarded('event.data.x', events({ type: 'boolean' })));
    expect(either).toMatchObject({ exhaustive: true });
    expect(configurations(either)).toEqual(['a', 'b']);
    const bounded = explored(guarded('event.data.x >= 9', events({ type: 'integer', minimum: 1, maximum: 9 })));
    expect(configurations(bounded)).toEqual(['a', 'b']);
    expect(bounded.exhaustive).toBe(false);
    for (const data of dataOf(bounded, 'GO') as { x: number }[]) {
      expect(data.x).toBeGreaterThanOrEqual(1);
      expect(data.x).toBeLessThanOrEqual(9);
    }
  });

  test('may be given', () => {
    const exploration = explored(guarded('event.data.n * 3 === 21'), { events: { GO: [{ n: 7 }] } });
    expect(configurations(exploration)).toEqual(['a', 'b']);
    const outcomes = explored(
      { id: 'm', initial: 'a', states: { a: { effect: { type: 'call' }, onDone: 'b' }, b: {} } },
      { outcomes: { a: [{ error: 'no' }] } },
    );
    expect(configurations(outcomes)).toEqual(['a']);
  });

  test('that only end up in logs leave nothing out', () => {
    const exploration = explored({
      id: 'm',
      context: { by: '', count: 0 },
      initial: 'a',
      states: {
        a: {
          on: {
            GO: {
              target: 'b',
              actions: [
                { assign: { by: '{{ event.data.name }}', count: '{{ context.count + 1 }}' } },
                { log: '{{ context.by }}' },
              ],
            },
          },
        },
        b: { on: { BACK: 'a' } },
      },
    });
    expect(exploration.exhaustive).toBe(true);
    expect(exploration.states.size).toBe(2);
    expect(dataOf(exploration, 'GO')).toHaveLength(1);
  });

  test('code and the time of day make it not exhaustive', () => {
    const coded = compile(guarded('allowed'), { implementations: { guards: { allowed: () => true } } });
    expect(explore(coded).limits).toMatchObject([{ kind: 'code', path: '$.states.a.on.GO.guard' }]);
    expect(explored(guarded('now > 5')).limits).toMatchObject([{ kind: 'clock' }]);
  });
});

describe('what of the context matters', () => {
  const counting: MachineDefinition = {
    id: 'm',
    context: { n: 0, step: 1, total: 0, seen: 0 },
    initial: 'a',
    states: {
      a: {
        on: {
          GO: [
            {
              guard: 'context.n < 2',
              actions: { assign: { n: '{{ context.n + context.step }}', seen: '{{ context.seen + 1 }}' } },
            },
            { target: 'b' },
          ],
        },
      },
      b: {},
    },
  };

  test('is what decides, directly or through other keys', () => {
    expect(relevanceOf(counting).context).toEqual(new Set(['n', 'step']));
    expect(explored(counting)).toMatchObject({ exhaustive: true });
    expect(explored(counting).states.size).toBe(4);
  });

  test('less than that is an abstraction, which is told; all of it is none', () => {
    const rough = explored(counting, { context: [] });
    expect(rough.states.size).toBe(1);
    expect(rough.limits).toMatchObject([{ kind: 'abstraction' }]);
    expect(explored(counting, { context: 'all' })).toMatchObject({ exhaustive: true });
    expect(explored(counting, { distinguish: () => 0 }).limits).toMatchObject([{ kind: 'abstraction' }]);
  });
});

test('a shortest way really leads there', () => {
  const machine = compile({
    id: 'm',
    initial: 'a',
    states: {
      a: { on: { GO: { guard: 'event.data.n > 3', target: 'b' } } },
      b: { effect: { type: 'call' }, after: { '5s': 'c' } },
      c: { entry: { send: 'OWN', to: '{{ instance }}' }, on: { OWN: 'd' } },
      d: {},
    },
  });
  const exploration = explore(machine);
  const last = [...exploration.states.values()].find(({ snapshot }) => snapshot.configuration[0] === 'd')!;
  const simulation = simulate(machine);
  simulation.replay(stepsTo(exploration, last.key));
  expect(simulation.snapshot.configuration).toEqual(['d']);
});
