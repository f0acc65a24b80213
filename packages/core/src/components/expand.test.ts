import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ComponentUse, MachineDefinition, StateDefinition } from '../definition/definition.ts';
import { parseMachine } from '../definition/parse-machine.ts';
import { at, formatPath, rootPath } from '../definition/path.ts';
import { validate } from '../definition/validate.ts';
import { compile } from '../machine/machine.ts';
import { Driver } from '../machine/testing/driver.ts';
import { type Component, type ComponentHost, defineComponent, type Fragment } from './component.ts';
import { expandComponents } from './expand.ts';
import { targetParameter } from './parameters.ts';

/** A component `Fragment` that adds a given fragment. */
function adding(fragment: Fragment | ((host: ComponentHost) => Fragment)): Component {
  return defineComponent({
    name: 'Fragment',
    description: 'Any fragment.',
    parameters: z.strictObject({}),
    build: (_, host) => (typeof fragment === 'function' ? fragment(host) : fragment),
  });
}

function door(use: Partial<ComponentUse>, keys: Partial<MachineDefinition> = {}): MachineDefinition {
  return {
    id: 'door',
    components: { one: { use: 'Fragment', ...use } },
    initial: 'closed',
    states: { closed: { on: { OPEN: 'open' } }, open: { on: { CLOSE: 'closed' }, tags: 'passable' } },
    ...keys,
  };
}

function expanded(definition: MachineDefinition, fragment: Fragment | ((host: ComponentHost) => Fragment)) {
  const { definition: result, problems } = expandComponents(definition, [adding(fragment)]);
  expect(problems).toEqual([]);
  return result;
}

function stateOf(definition: MachineDefinition, ...keys: string[]): StateDefinition {
  return keys.reduce<StateDefinition>((state, key) => state.states![key]!, definition);
}

describe('expandComponents', () => {
  test('gives back the very definition when it uses no components', () => {
    const definition = { id: 'm', initial: 'a', states: { a: {} } };
    expect(expandComponents(definition).definition).toBe(definition);
  });

  test('adds to the machine itself when no state is named', () => {
    const result = expanded(door({}), {
      states: { alarm: {} },
      on: { PANIC: '.alarm' },
      entry: { log: 'in' },
      exit: { log: 'out' },
      context: { panics: 0 },
    });
    expect(result).toEqual({
      id: 'door',
      initial: 'closed',
      context: { panics: 0 },
      on: { PANIC: '.alarm' },
      entry: { log: 'in' },
      exit: { log: 'out' },
      states: {
        closed: { on: { OPEN: 'open' } },
        open: { on: { CLOSE: 'closed' }, tags: 'passable' },
        alarm: {},
      },
    });
  });

  test('puts its actions, tags and transitions behind the author’s', () => {
    const definition = door(
      { at: 'open' },
      {
        states: {
          closed: {},
          open: {
            entry: { log: 'mine' },
            tags: ['passable'],
            on: { GO: { guard: 'context.ready', target: 'closed' } },
            always: { guard: 'context.broken', target: 'closed' },
            invoke: { effect: { type: 'call' } },
          },
        },
      },
    );
    const result = expanded(definition, {
      entry: [{ log: 'yours' }],
      tags: 'watched',
      on: { GO: 'closed' },
      always: { guard: 'context.worn', target: 'closed' },
      invoke: { id: 'own', effect: { type: 'call' } },
    });
    expect(stateOf(result, 'open')).toEqual({
      entry: [{ log: 'mine' }, { log: 'yours' }],
      tags: ['passable', 'watched'],
      on: { GO: [{ guard: 'context.ready', target: 'closed' }, 'closed'] },
      always: [
        { guard: 'context.broken', target: 'closed' },
        { guard: 'context.worn', target: 'closed' },
      ],
      invoke: [{ effect: { type: 'call' } }, { id: 'own', effect: { type: 'call' } }],
    });
  });

  test('changes nothing of the definition it is given', () => {
    const definition = door({ at: 'open' });
    const before = structuredClone(definition);
    expanded(definition, { on: { X: 'closed' }, states: { a: {} }, initial: 'a', context: { x: 1 } });
    expect(definition).toEqual(before);
  });

  test('makes an atomic state compound, beginning where the fragment says', () => {
    const result = expanded(door({ at: 'open' }), { initial: 'wide', states: { wide: {}, ajar: {} } });
    expect(stateOf(result, 'open')).toEqual({
      on: { CLOSE: 'closed' },
      tags: 'passable',
      initial: 'wide',
      states: { wide: {}, ajar: {} },
    });
  });

  test('leaves a compound state beginning where it did', () => {
    expect(expanded(door({}), { initial: 'alarm', states: { alarm: {} } }).initial).toBe('closed');
  });

  test('adds regions to a parallel state', () => {
    const definition: MachineDefinition = {
      id: 'house',
      components: { one: { use: 'Fragment' } },
      type: 'parallel',
      states: { door: {} },
    };
    const driver = new Driver(definition, {
      components: [adding({ states: { bell: { initial: 'quiet', states: { quiet: {} } } } })],
    });
    expect(driver.snapshot.configuration).toEqual(['door', 'bell.quiet']);
  });

  test('tells the component what kind of state it is used in', () => {
    const hosts: ComponentHost[] = [];
    const look = (host: ComponentHost): Fragment => {
      hosts.push(host);
      return {};
    };
    expanded(door({}), look);
    expanded(door({ at: 'open' }), look);
    expect(hosts).toEqual([
      { name: 'one', kind: 'compound', initial: 'closed' },
      { name: 'one', kind: 'atomic', initial: undefined },
    ]);
  });

  test('adds declarations of events only where events are declared', () => {
    const fragment = { events: { PANIC: { description: 'Help!' } } };
    expect(expanded(door({}), fragment).events).toBeUndefined();
    const declared = expanded(door({}, { events: { OPEN: {}, PANIC: {} } }), fragment);
    expect(declared.events).toEqual({ OPEN: {}, PANIC: {} });
    expect(expanded(door({}, { events: { OPEN: {} } }), fragment).events).toEqual({ OPEN: {}, ...fragment.events });
  });

  test('shares a key of the context that the author declares with the same value, and no other', () => {
    const shared = { context: { count: [0] } };
    expect(expanded(door({}, { context: { count: [0] } }), shared).context).toEqual({ count: [0] });
    const twice = door({}, { components: { one: { use: 'Fragment' }, two: { use: 'Fragment' } } });
    const { problems } = expandComponents(twice, [adding(shared)]);
    expect(problems).toMatchObject([{ code: 'COMPONENT_CONFLICT', path: '$.components.two' }]);
    expect(problems[0]!.message).toContain('the component `one`');
    expect(expanded({ ...twice, context: { count: [0] } }, shared).context).toEqual({ count: [0] });
  });

  test('leaves a use with a problem out and goes on with the others', () => {
    const definition = door({}, { components: { bad: { use: 'Nothing' }, good: { use: 'Fragment', at: 'open' } } });
    const { definition: result, problems } = expandComponents(definition, [adding({ on: { X: 'closed' } })]);
    expect(problems).toHaveLength(1);
    expect(stateOf(result, 'open').on).toHaveProperty('X');
  });

  test('lets a component of the program stand for a built-in one of the same name', () => {
    const own = defineComponent({
      name: 'Timer',
      description: 'Another timer.',
      parameters: z.strictObject({}),
      build: () => ({ context: { mine: true } }),
    });
    const machine = compile(door({ use: 'Timer' }), { components: [own] });
    expect(machine.definition.context).toEqual({ mine: true });
    expect(validate(door({ use: 'Timer' }))).not.toEqual([]);
  });

  test('gives the machine the hash of what it became, and expands nothing twice', () => {
    const machine = compile(door({ use: 'Timer', at: 'open', with: { duration: '5s', target: 'closed' } }));
    const byHand = compile({
      id: 'door',
      initial: 'closed',
      states: {
        closed: { on: { OPEN: 'open' } },
        open: { on: { CLOSE: 'closed' }, tags: 'passable', after: { '5s': { target: '#door.closed' } } },
      },
    });
    expect(machine.hash).toBe(byHand.hash);
    expect(compile(machine.definition).hash).toBe(machine.hash);
  });
});

describe('a prefix', () => {
  const fragment: Fragment = {
    initial: 'idle',
    states: {
      idle: {
        id: 'rest',
        on: {
          A: 'busy',
          B: '#rest',
          C: '#working.deep',
          D: 'elsewhere',
          E: { target: ['busy.deep'], guard: { in: 'busy' } },
        },
        always: { guard: { and: [{ not: { in: '#rest' } }, 'context.x'] }, target: 'busy' },
      },
      busy: {
        id: 'working',
        initial: 'deep',
        states: {
          deep: { on: { F: 'busy', G: '.idle' } },
          last: { type: 'history', target: 'deep' },
        },
        onDone: 'idle',
        invoke: { effect: { type: 'call' }, onDone: 'idle', onError: [{ target: 'busy' }] },
        after: { '1s': 'idle' },
      },
    },
    on: { H: '.busy.deep', I: 'busy', 'done.state.working': '.idle' },
  };

  test('stands before the outermost states, all ids, and whatever names them', () => {
    const { definition } = expandComponents(door({ at: 'open', prefix: 'p_' }), [adding(fragment)]);
    expect(stateOf(definition, 'open')).toEqual({
      tags: 'passable',
      initial: 'p_idle',
      on: { CLOSE: 'closed', H: '.p_busy.deep', I: 'busy', 'done.state.p_working': '.p_idle' },
      states: {
        p_idle: {
          id: 'p_rest',
          on: {
            A: 'p_busy',
            B: '#p_rest',
            C: '#p_working.deep',
            D: 'elsewhere',
            E: { target: ['p_busy.deep'], guard: { in: 'open.p_busy' } },
          },
          always: { guard: { and: [{ not: { in: '#p_rest' } }, 'context.x'] }, target: 'p_busy' },
        },
        p_busy: {
          id: 'p_working',
          initial: 'deep',
          states: {
            deep: { on: { F: 'busy', G: '.idle' } },
            last: { type: 'history', target: 'deep' },
          },
          onDone: 'p_idle',
          invoke: { effect: { type: 'call' }, onDone: 'p_idle', onError: [{ target: 'p_busy' }] },
          after: { '1s': 'p_idle' },
        },
      },
    });
  });

  test('lets the same component be used twice in one state', () => {
    const states = { states: { lamp: { initial: 'off', states: { off: {}, on: {} } } } };
    const definition = door(
      {},
      { components: { left: { use: 'Fragment', prefix: 'left_' }, right: { use: 'Fragment', prefix: 'right_' } } },
    );
    expect(Object.keys(expanded(definition, states).states!)).toEqual(['closed', 'open', 'left_lamp', 'right_lamp']);
  });
});

describe('a target of the author’s', () => {
  const go = defineComponent({
    name: 'Go',
    description: 'Goes somewhere.',
    parameters: z.strictObject({ to: targetParameter.describe('Where to.').optional() }),
    build: ({ to }) => ({ initial: 'in', states: { in: { on: { GO: to! } } } }),
  });

  test.each([
    ['a sibling of the state', 'open', 'closed', '#door.closed'],
    ['a child of the state', '', 'open', '#door.open'],
    ['an id', 'open', '#shut', '#shut'],
    ['a path from the root', 'hall.light', 'closed', '#shut'],
    ['a path into another state', 'open', 'hall.light', '#door.hall.light'],
  ])('may be %s', (_, at, to, expected) => {
    const id = expected === '#shut' ? { id: 'shut' } : {};
    const definition: MachineDefinition = {
      id: 'door',
      components: { one: { use: 'Go', with: { to }, ...(at !== '' && { at }) } },
      initial: 'closed',
      states: { closed: id, open: {}, hall: { initial: 'light', states: { light: {} } } },
    };
    const { definition: result, problems } = expandComponents(definition, [go]);
    expect(problems).toEqual([]);
    expect(stateOf(result, ...(at === '' ? [] : at.split('.')), 'in').on).toEqual({ GO: expected });
  });
});

describe('what a component watches', () => {
  const watching = adding({ watch: { PING: { log: 'seen' } } });

  function logs(states: { readonly [key: string]: StateDefinition }, at: string | undefined, on: object = {}) {
    const definition = {
      id: 'm',
      components: { one: { use: 'Fragment', ...(at && { at }) } },
      initial: 'a',
      states,
      on,
    };
    const driver = new Driver(definition as MachineDefinition, { components: [watching] }).send('PING');
    return { count: driver.commands.filter(({ type }) => type === 'log').length, in: driver.configuration };
  }

  test('is seen where nobody else handles it', () => {
    expect(logs({ a: {} }, 'a')).toEqual({ count: 1, in: 'a' });
    expect(logs({ a: {} }, undefined)).toEqual({ count: 1, in: 'a' });
  });

  test('is seen where a state inside takes it, whose transition stays as it is', () => {
    expect(logs({ a: { on: { PING: 'b' } }, b: {} }, undefined)).toEqual({ count: 1, in: 'b' });
    expect(logs({ a: { on: { PING: { actions: { log: 'mine' } } } } }, undefined)).toEqual({ count: 2, in: 'a' });
    expect(logs({ a: { on: { PING: [{ guard: 'false', target: 'b' }, 'b'] } }, b: {} }, undefined)).toEqual({
      count: 1,
      in: 'b',
    });
  });

  test('is not seen by a transition that leaves the state, or that forbids the event', () => {
    expect(logs({ a: { on: { PING: 'b' } }, b: {} }, 'a')).toEqual({ count: 0, in: 'b' });
    expect(logs({ a: { on: { PING: {} } } }, undefined)).toEqual({ count: 0, in: 'a' });
  });

  test('is a warning where a wildcard inside takes it', () => {
    const definition = door({}, { states: { closed: { on: { '*': 'open' } }, open: {} } });
    expect(validate(definition, { components: [watching] })).toMatchObject([
      { code: 'COMPONENT_SHADOWED', severity: 'warning', path: '$.components.one' },
    ]);
  });

  test.each([['PING'], ['*']])('is refused where `%s` around the state would not be reached any more', (descriptor) => {
    const definition = door({ at: 'open' }, { on: { [descriptor]: '.closed' } });
    expect(expandComponents(definition, [watching]).problems).toMatchObject([{ code: 'COMPONENT_CONFLICT' }]);
    const handled = { open: { on: { PING: { actions: { log: 'mine' } } } }, closed: {} };
    expect(expandComponents({ ...definition, states: handled }, [watching]).problems).toEqual([]);
  });
});

describe('where a problem is shown', () => {
  test('stays where the author wrote it, when a component extends the transition', () => {
    const definition = door({}, { states: { closed: { on: { PING: 'open' } }, open: {} } });
    const { definition: result, origins } = expandComponents(definition, [adding({ watch: { PING: { log: 'x' } } })]);
    expect(stateOf(result, 'closed').on).toEqual({ PING: { target: 'open', actions: { log: 'x' } } });
    const transition = at(rootPath, 'states', 'closed', 'on', 'PING');
    expect(formatPath(origins.of(at(transition, 'target')).path)).toBe('$.states.closed.on.PING');
    expect(origins.of(at(transition, 'actions'))).toMatchObject({ use: { name: 'one', component: 'Fragment' } });
  });

  test('has the line of the use in the text', () => {
    const text =
      '{ "id": "m", "initial": "a",\n"components": {\n"one": { "use": "Fragment" } },\n"states": { "a": {} } }';
    const { definition, locate } = parseMachine(text);
    const components = [adding({ on: { GO: '.nowhere' } })];
    expect(validate(definition, { locate, components })).toMatchObject([
      { code: 'UNKNOWN_TARGET', path: '$.components.one', line: 3, column: 8 },
    ]);
  });
});
