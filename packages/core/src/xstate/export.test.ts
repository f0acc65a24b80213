import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type AnyStateMachine, assign, createActor, SimulatedClock } from 'xstate';
import type { MachineDefinition, StateDefinition } from '../definition/definition.ts';
import { compile } from '../machine/machine.ts';
import { Driver } from '../machine/testing/driver.ts';
import { definitionOf, implementations, layoutOf, machineSpec } from '../machine/testing/random-machine.ts';
import { happening } from '../machine/testing/xstate-agreement.ts';
import { comparable } from '../machine/testing/xstate-comparable.ts';
import { Comparison, ourLimit, peerLimit } from '../machine/testing/xstate-comparison.ts';
import { exportXState, type XStateExport } from './export.ts';
import { importXState } from './import.ts';

interface Implementations {
  createMachineFrom(config: unknown): AnyStateMachine;
}

const folder = mkdtempSync(join(tmpdir(), 'fsm-xstate-'));
let modules = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load({ implementations: text }: XStateExport): Promise<Implementations> {
  const file = join(folder, `implementations-${modules++}.ts`);
  writeFileSync(file, text.replace("from 'xstate'", `from '${import.meta.resolve('xstate')}'`));
  return import(pathToFileURL(file).href);
}

async function machineOf(exported: XStateExport, more: object = {}): Promise<AnyStateMachine> {
  const { createMachineFrom } = await load(exported);
  return createMachineFrom({ ...JSON.parse(JSON.stringify(exported.config)), ...more });
}

const randomMachine = machineSpec({ invocations: true }).map((spec) =>
  comparable(layoutOf(spec), { wildcardsTakeFailures: true }),
);

interface Scope {
  readonly context: { readonly trace: string };
  readonly event: { readonly output?: unknown };
}

/** What the machine's author registers here, written for XState. */
const mark = ({ context }: Scope, params: string) => ({ trace: context.trace + params });
const output = ({ context, event }: Scope) => ({ trace: `${context.trace}=${event.output ?? ''} ` });
const actions = { mark: assign(mark as never), output: assign(output as never) };

describe('exportXState', () => {
  test('random machines behave on XState as they do here, also after coming back', async () => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(randomMachine, fc.array(happening, { maxLength: 10 }), async (layout, happenings) => {
        const definition = definitionOf(layout, { effect: { type: 'call', function: 'work' } });
        const exported = exportXState(definition);
        expect(exported.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        const peer = await machineOf(exported, { options: { maxIterations: peerLimit } });
        const returned = importXState(exported.config, exported.meanings);
        for (const each of [definition, withOutput(returned.definition, definition)]) {
          const machine = compile(each, { implementations, maxMicrosteps: ourLimit });
          const comparison = new Comparison(machine, peer.provide({ actions } as never));
          comparison.run(happenings);
          steps += comparison.steps;
        }
      }),
      { numRuns: 80 },
    );
    expect(steps).toBeGreaterThan(350);
  });

  test('a machine that comes back has the same structure', () => {
    fc.assert(
      fc.property(machineSpec({ invocations: true }).map(layoutOf), (layout) => {
        const definition = definitionOf(layout, { effect: { type: 'call', function: 'work' } });
        const { config, meanings } = exportXState(definition);
        const { definition: returned } = importXState(JSON.parse(JSON.stringify(config)), meanings);
        expect(canonicalState(returned)).toEqual(canonicalState(definition));
      }),
      { numRuns: 200 },
    );
  });

  test('expressions become functions named after their place', () => {
    const { config, implementations: text } = exportXState({
      id: 'loan',
      context: { count: 0 },
      initial: 'review',
      states: {
        review: {
          on: { APPROVE: { target: 'done', guard: 'context.count > 1 && event.data.ok == true' } },
          after: { '30s': 'done', 'context.count * 1000': 'done' },
        },
        done: { type: 'final' },
      },
    });
    expect(config).toEqual({
      id: 'loan',
      context: { count: 0 },
      initial: 'review',
      states: {
        review: {
          on: { APPROVE: { target: 'done', guard: 'states.review.on.APPROVE' } },
          after: { '30000': 'done', 'states.review.after.context.count * 1000': 'done' },
        },
        done: { type: 'final' },
      },
    });
    expect(text).toContain(
      '"states.review.on.APPROVE": ({ context, event }: any) => Boolean(context.count > 1 && event.data.ok === true),',
    );
  });

  test('what means something else in JavaScript is translated', async () => {
    const definition: MachineDefinition = {
      id: 'm',
      context: { list: [3, 1, 2], nothing: null, deep: { list: [{ n: 1 }] }, text: '', last: 0, same: false },
      initial: 'a',
      states: {
        a: {
          entry: [
            {
              assign: {
                text: 'n={{ context.list[0] }} {{ context.nothing }} {{ context.deep }}!',
                last: '{{ context.list.reverse()[0] }}',
                same: "{{ context.missing == context.nothing && !('1' == 1) && context.list.sort()[0] == 1 }}",
              },
            },
            { assign: { 'deep.list.0.n': '{{ context.list.length }}', 'deep.other.x': [1, '{{ context.missing }}'] } },
          ],
          on: { GO: { target: 'b', guard: { and: [{ not: { in: '#m.b' } }, "event.type.startsWith('G')"] } } },
        },
        b: {
          entry: { raise: { type: 'LATE', data: { list: '{{ context.list }}' } }, delay: "'1s'", id: 'late' },
          on: { LATE: { target: 'c', actions: { assign: { list: '{{ event.data.list.reverse() }}' } } } },
        },
        c: { type: 'final', output: { from: '{{ context.list[0] }}' } },
      },
    };
    const ours = new Driver(definition).send('GO').advance(1_000);
    const exported = exportXState(definition);
    const clock = new SimulatedClock();
    const actor = createActor(await machineOf(exported), { clock });
    actor.start();
    actor.send({ type: 'GO' });
    clock.increment(1_000);
    const theirs = actor.getSnapshot();
    expect(theirs.context).toEqual(ours.context);
    expect([theirs.status, theirs.output]).toEqual(['done', { from: 2 }]);
    expect([ours.snapshot.status, ours.snapshot.output]).toEqual(['done', { from: 2 }]);
  });

  test('input goes over the context, and params of effects and actions are computed', async () => {
    const definition: MachineDefinition = {
      id: 'm',
      context: { n: 1 },
      initial: 'a',
      states: {
        a: {
          entry: { type: 'add', params: { by: '{{ context.n + 1 }}' } },
          invoke: { effect: { type: 'call', function: 'work', params: { n: '{{ context.n }}' } }, onDone: 'b' },
        },
        b: { type: 'final' },
      },
    };
    const exported = exportXState(definition);
    expect(exported.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'NOT_IN_JSON $.states.a.invoke.input',
    ]);
    const machine = await machineOf(exported);
    const actor = createActor(
      machine.provide({
        actions: { add: assign(({ context }, { by }: { by: number }) => ({ n: context.n + by })) },
      } as never),
      { input: { n: 5 } },
    );
    expect(actor.getSnapshot().context).toEqual({ n: 11 });
    const [child] = Object.values(actor.getSnapshot().children) as unknown as { _snapshot: { input: unknown } }[];
    expect(child?._snapshot.input).toEqual({ n: 11 });
  });

  test('two equal delays both count, and a delayed event replaces the one with its id', async () => {
    const note = (word: string) => ({ assign: { log: `{{ context.log + '${word} ' }}` } });
    const definition: MachineDefinition = {
      id: 'm',
      context: { log: '' },
      initial: 'a',
      states: {
        a: {
          after: { '1s': { actions: note('one') }, '1000ms': { actions: note('two') } },
          on: { GO: { actions: { raise: 'LATE', delay: '2s', id: 'late' } }, LATE: { actions: note('late') } },
        },
      },
    };
    const ours = new Driver(definition).send('GO').advance(1_500).send('GO').advance(3_000);
    const clock = new SimulatedClock();
    const actor = createActor(await machineOf(exportXState(definition)), { clock });
    actor.start();
    actor.send({ type: 'GO' });
    clock.increment(1_500);
    actor.send({ type: 'GO' });
    clock.increment(3_000);
    expect([actor.getSnapshot().context.log, ours.context.log]).toEqual(['one two late ', 'one two late ']);
  });

  test('what XState has no form for is reported where it stands', () => {
    const { problems } = exportXState({
      id: 'm',
      events: { GO: {}, STOP: {} },
      subscriptions: [{ machine: 'other', event: 'X', send: 'GO' }],
      initial: 'a',
      states: {
        a: {
          entry: [{ send: 'PING', to: 'other-instance' }, () => ({}), { assign: { at: '{{ now }}' } }],
          effect: { type: 'retry', attempts: 3, effect: { type: 'call', function: 'work' } },
          on: {
            GO: { target: 'b', guard: () => true, before: { type: 'delay', for: '1s' } },
            STOP: { target: 'b', guard: 'tenant === "acme"' },
          },
        },
        b: { type: 'final', output: () => 1 },
      },
    });
    expect(problems.map(({ severity, code, path }) => `${severity} ${code} ${path}`).sort()).toEqual(
      [
        'error ACTION_NOT_SUPPORTED $.states.a.entry[0]',
        'error EFFECT_NOT_EXPORTED $.states.a.effect',
        'error EXPRESSION_NOT_EXPORTED $.states.a.entry[2]',
        'error EXPRESSION_NOT_EXPORTED $.states.a.on.STOP.guard',
        'error FUNCTION_NOT_EXPORTED $.states.a.entry[1]',
        'error FUNCTION_NOT_EXPORTED $.states.a.on.GO.guard',
        'error FUNCTION_NOT_EXPORTED $.states.b.output',
        'error KEY_NOT_SUPPORTED $.states.a.on.GO.before',
        'error KEY_NOT_SUPPORTED $.subscriptions',
        'warning KEY_NOT_SUPPORTED $.events',
        'warning NOT_IN_JSON $.output',
        'warning NOT_IN_JSON $.states.b.output',
      ].sort(),
    );
  });

  test('a guard that cannot be exported is not true: its stub throws', async () => {
    const machine = await machineOf(
      exportXState({ id: 'm', initial: 'a', states: { a: { on: { GO: { target: 'b', guard: () => true } } }, b: {} } }),
    );
    const actor = createActor(machine);
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    actor.send({ type: 'GO' });
    expect(actor.getSnapshot().value).toBe('a');
    expect(String(errors[0])).toContain('Write the guard.');
  });

  test('ids and targets with dots, and events of the engine, get XState’s names', () => {
    const { config } = exportXState({
      id: 'my.machine',
      initial: 'a',
      states: {
        a: {
          invoke: { effect: { type: 'call', function: 'work' } },
          after: { '1s': '#my.machine.b' },
          on: { 'done.invoke.a': '#my.machine.b', 'error.*': 'b', 'fsm.after.1s#a': 'b' },
        },
        b: { initial: 'c', onDone: 'a', states: { c: { type: 'final' } } },
      },
      on: { 'done.state.my.machine.b': '.a' },
    });
    expect(config).toMatchObject({
      on: { 'xstate.done.state.my.machine.b': '.a' },
      states: {
        a: {
          after: { '1000': '#my\\.machine.b' },
          on: {
            'xstate.done.actor.0.my.machine.a': '#my\\.machine.b',
            'xstate.error.*': 'b',
            'xstate.after.1000.my.machine.a': 'b',
          },
        },
      },
    });
  });
});

/** Comes from the implementations, which is no part of the configuration. */
function withOutput(returned: MachineDefinition, original: MachineDefinition): MachineDefinition {
  const states = (own: StateDefinition, other: StateDefinition): StateDefinition => ({
    ...own,
    ...(other.output !== undefined && { output: other.output }),
    ...(own.states && {
      states: Object.fromEntries(
        Object.entries(own.states).map(([key, child]) => [key, states(child, other.states![key]!)]),
      ),
    }),
  });
  return { ...states(returned, original), id: returned.id, ...(returned.context && { context: returned.context }) };
}

/** The same for all ways of writing the same state; without outputs, which a configuration cannot hold. */
function canonicalState({ output: _output, ...state }: StateDefinition): unknown {
  const lists = (table: object | undefined) =>
    Object.fromEntries(Object.entries(table ?? {}).map(([key, list]) => [key, canonicalList(list)]));
  const { states, on, after, always, onDone, entry, exit, initial, invoke, tags, ...rest } = state;
  // XState's `*` takes failures too, so ours is guarded there and comes back so
  const { '*': _any, 'error.*': _failure, ...descriptors } = lists(on) as Record<string, unknown>;
  return {
    ...rest,
    on: descriptors,
    after: lists(after),
    always: canonicalList(always),
    onDone: canonicalList(onDone),
    entry: toList(entry),
    exit: toList(exit),
    tags: toList(tags),
    initial:
      typeof initial === 'object'
        ? { target: initial.target, actions: toList(initial.actions) }
        : { target: initial, actions: [] },
    invoke: toList(invoke).map((each) => ({
      ...(each as object),
      ...lists({ onDone: (each as StateDefinition).onDone, onError: (each as StateDefinition).onError }),
    })),
    states: Object.entries(states ?? {}).map(([key, child]) => [key, canonicalState(child)]),
  };
}

function canonicalList(list: unknown): unknown[] {
  return toList(list).map((each) => {
    const { target, actions, ...rest } = (typeof each === 'string' ? { target: each } : each) as Record<
      string,
      unknown
    >;
    return { ...rest, target: toList(target), actions: toList(actions) };
  });
}

function toList(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
