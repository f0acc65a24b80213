import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition, TransitionDefinition } from '../../definition/definition.ts';
import { definitionOf, layoutOf, machineSpec } from '../../machine/testing/random-machine.ts';
import { exportScxml } from './export.ts';
import { importScxml } from './import.ts';

const native = (states: Record<string, StateDefinition>, more: Partial<MachineDefinition> = {}): MachineDefinition => ({
  id: 'm',
  initial: Object.keys(states)[0]!,
  states,
  ...more,
});

function exported(definition: MachineDefinition, lossy = false) {
  const { text, problems } = exportScxml(definition, { lossy });
  return { text, codes: problems.map(({ severity, code, path }) => `${severity} ${code} ${path}`) };
}

/** What a machine without problems becomes, as a machine again. */
function rewritten(definition: MachineDefinition): MachineDefinition {
  const { text, problems } = exportScxml(definition);
  expect(problems).toEqual([]);
  const imported = importScxml(text!);
  expect(imported.problems).toEqual([]);
  return imported.definition;
}

const stateOf = (state: StateDefinition, more: Partial<MachineDefinition> = {}) =>
  rewritten(native({ a: state, b: {} }, more)).states!.a!;

describe('native machines', () => {
  test('have their context as the data `context`', () => {
    expect(rewritten(native({ a: {} }, { context: { n: 1, text: '{{ x }}' } })).data).toEqual({
      context: '{{ { "n": 1, "text": "{{ x }}" } }}',
    });
  });

  test('have expressions about `_event`', () => {
    const guard = 'event.data.n > 1 && event.type === "e" && [1].some((event) => event.data) && context.event.data';
    expect(stateOf({ on: { e: { target: 'b', guard } } }).on).toEqual({
      e: {
        target: '#b',
        guard: '_event.data.n > 1 && _event.name === "e" && [1].some((event) => event.data) && context.event.data',
      },
    });
  });

  test('change the context as it was before', () => {
    const assign = (change: Record<string, string>) =>
      stateOf({ entry: { assign: change } }, { context: { a: 1, b: {} } }).entry as object[];
    expect(assign({ a: '{{ context.a + 1 }}', 'b.c': '{{ event.data }}' })).toEqual([
      { assign: { 'context.a': '{{ context.a + 1 }}' } },
      { assign: { 'context.b.c': '{{ _event.data }}' } },
    ]);
    expect(assign({ a: '{{ context.b }}', b: '{{ context.a }}' })).toEqual([
      { assign: { fsm_values: '{{ [context.b, context.a] }}' } },
      { assign: { 'context.a': '{{ fsm_values[0] }}' } },
      { assign: { 'context.b': '{{ fsm_values[1] }}' } },
    ]);
    expect(assign({ 'x.0.y z': '{{ 1 }}' })).toEqual([
      { if: [{ guard: 'context.x == null', actions: [{ assign: { 'context.x': '{{ {} }}' } }] }] },
      { if: [{ guard: 'context.x[0] == null', actions: [{ assign: { 'context.x[0]': '{{ {} }}' } }] }] },
      { assign: { 'context.x[0]["y z"]': '{{ 1 }}' } },
    ]);
  });

  test('raise, send, cancel and log', () => {
    const entry: StateDefinition['entry'] = [
      { raise: 'a' },
      { raise: { type: 'b', data: { x: '{{ context.x }}' } } },
      { raise: 'c', delay: '1s', id: 'i' },
      { send: 'd', to: 'parent' },
      { cancel: 'i' },
      { log: 'at {{ event.type }}', level: 'warn' },
    ];
    expect(stateOf({ entry }).entry).toEqual([
      { raise: 'a' },
      { send: { type: 'b', data: { x: '{{ context.x }}' } }, to: '#_internal' },
      { cancel: 'i' },
      { send: 'c', id: 'i', delay: '1s' },
      { send: 'd', to: '#_parent' },
      { cancel: 'i' },
      { log: '{{ "at " + (_event.name ?? "") }}', label: 'warn' },
    ]);
  });

  test('wait with delayed events that are cancelled on exit', () => {
    const { entry, exit, on } = stateOf({
      entry: { raise: 'x' },
      after: { '30d': 'b', 250: { guard: 'context.n', target: 'b' } },
    });
    expect(entry).toEqual([
      { block: [{ raise: 'x' }] },
      {
        block: [
          { send: 'fsm.after.0.a', id: 'fsm.after.0.a', delay: '250ms' },
          { send: 'fsm.after.1.a', id: 'fsm.after.1.a', delay: '30d' },
        ],
      },
    ]);
    expect(exit).toEqual([{ cancel: 'fsm.after.0.a' }, { cancel: 'fsm.after.1.a' }]);
    expect(on).toEqual({ 'fsm.after.0.a': { target: '#b', guard: 'context.n' }, 'fsm.after.1.a': { target: '#b' } });
  });

  test('run effects, and take their outcomes', () => {
    const effect = {
      type: 'call',
      function: 'f',
      params: { n: '{{ context.n }}', e: '{{ event.data }}', r: '{{ result }}' },
    };
    const done = [{ guard: 'event.output > 1', target: 'b' }];
    expect(stateOf({ effect, onDone: done, onError: 'b' })).toMatchObject({
      invoke: {
        id: 'a',
        effect: { ...effect, params: { n: '{{ context.n }}', e: '{{ _event.data }}', r: '{{ result }}' } },
      },
      on: { 'done.invoke.a': { target: '#b', guard: '_event.data > 1' }, 'error.invoke.a': { target: '#b' } },
    });
  });

  test('are done as states and as machines', () => {
    const inner: StateDefinition = {
      initial: 'x',
      states: { x: { type: 'final', output: { n: '{{ context.n }}' } } },
      onDone: 'b',
    };
    expect(stateOf(inner)).toMatchObject({
      on: { 'done.state.a': { target: '#b' } },
      states: { x: { type: 'final', output: { n: '{{ context.n }}' } } },
    });
    const final: StateDefinition = { type: 'final', output: { n: '{{ context.n }}' } };
    expect(rewritten(native({ a: final, b: {} }, { output: '{{ event.output.n + 1 }}' }))).toMatchObject({
      name: 'm',
      initial: 'm',
      states: {
        m: {
          always: { target: '#m.end', guard: "In('a')" },
          states: { a: { entry: [{ assign: { fsm_output: '{{ ({ "n": context.n }).n + 1 }}' } }] } },
        },
        m_end: { id: 'm.end', type: 'final', output: '{{ fsm_output }}' },
      },
    });
    const region: StateDefinition = { initial: 'x', states: { x: {}, y: { type: 'final' }, z: { type: 'final' } } };
    const parallel = { id: 'm', type: 'parallel', states: { p: region, q: { type: 'final' } } } as const;
    expect(rewritten(parallel).states!.m!.always).toEqual({
      target: '#m.end',
      guard: "(In('y') || In('z')) && (In('q'))",
    });
    const endless = { ...parallel, states: { ...parallel.states, r: {} } };
    expect(rewritten(endless).states!.m!.always).toBeUndefined();
  });

  test('try descriptors from the most to the least specific', () => {
    const { on } = stateOf({ on: { '*': 'b', 'a.*': 'b', 'a.b.*': 'b', a: 'b', 'a.b': 'b', c: 'b' } });
    expect(Object.entries(on!).map(([event, list]) => [event, (list as TransitionDefinition).guard])).toEqual([
      // alone, `a` would match `a.b`, too
      ['a', "_event.name === 'a'"],
      ['a.b', "_event.name === 'a.b'"],
      ['c', undefined],
      ['a.b.*', undefined],
      ['a.*', undefined],
      ['*', "!_event.name.startsWith('error.')"],
    ]);
  });

  test('stay in a state that is its own target', () => {
    const self = (state: StateDefinition, more: TransitionDefinition = {}) =>
      stateOf({ ...state, on: { e: { target: 'a', ...more } } }).on!.e;
    const inside: StateDefinition = { initial: { target: 'x', actions: { raise: 'i' } }, states: { x: {} } };
    expect(self({})).toEqual({});
    expect(self({}, { reenter: true })).toEqual({ target: '#a', reenter: true });
    expect(self(inside)).toEqual({ target: '#x' });
    expect(self(inside, { reenter: true })).toEqual({ target: '#a', reenter: true });
  });

  test('history states have a default', () => {
    const state = (more: StateDefinition): StateDefinition => ({
      ...more,
      states: { x: {}, y: {}, h: { type: 'history' } },
    });
    expect(stateOf(state({ initial: 'y' })).states!.h).toMatchObject({ target: '#y' });
    expect(stateOf(state({ type: 'parallel' })).states!.h).toMatchObject({ target: ['#x', '#y'] });
    const initial = { target: 'y', actions: { raise: 'e' } };
    expect(stateOf(state({ initial })).states!.h).toMatchObject({
      initial: { target: '#y', actions: [{ raise: 'e' }] },
    });
  });

  test('ids are unique and legal in XML', () => {
    const states = { '1 a': { initial: 'x', states: { x: {} } }, b: { initial: 'x', states: { x: {} } } };
    expect(exportScxml(native(states)).text!.match(/ id="[^"]*"/g)).toEqual([
      ' id="context"',
      ' id="_1_a"',
      ' id="_1_a.x"',
      ' id="b"',
      ' id="b.x"',
    ]);
  });

  test('a final region becomes a region that ends at once', () => {
    const { states } = stateOf({ type: 'parallel', states: { x: { type: 'final', entry: { raise: 'e' } }, y: {} } });
    expect(states!.x).toMatchObject({
      id: 'x',
      entry: [{ raise: 'e' }],
      initial: 'x_end',
      states: { x_end: { type: 'final' } },
    });
  });
});

describe('where SCXML means something else', () => {
  const regions = (transition: TransitionDefinition): MachineDefinition =>
    native({
      p: { type: 'parallel', states: { q: { on: { e: transition } }, r: { initial: 'x', states: { x: {} } } } },
    });

  test.each<[string, TransitionDefinition, boolean]>([
    ['between regions', { target: '#m.p.r.x' }, true],
    ['of a region that is entered again', { target: '#m.p.q', reenter: true }, true],
    ['of a region that stays', { target: '#m.p.q' }, false],
    ['out of the parallel state', { target: '#m.p' }, false],
    ['without target', {}, false],
  ])('a transition %s', (_, transition, differs) => {
    expect(exported(regions(transition)).codes).toEqual(
      differs ? ['warning MEANING_DIFFERS $.states.p.states.q.on.e'] : [],
    );
  });

  test.each<[string, TransitionDefinition, TransitionDefinition, boolean]>([
    ['neither of which moves', {}, {}, true],
    ['of which the outer moves', { target: 'p', reenter: true }, {}, true],
    ['of which the inner moves', {}, { target: '#m.p.r' }, true],
    ['both of which move', { target: 'p', reenter: true }, { target: '#m.other' }, false],
  ])('two transitions around and in a region, %s', (_, outer, inner, differs) => {
    const on = (descriptor: string): StateDefinition['on'] => ({ [descriptor]: inner });
    const machine = (descriptor: string) =>
      native({
        p: { type: 'parallel', on: { 'a.*': outer }, states: { q: { on: on(descriptor) }, r: {} } },
        other: {},
      });
    const codes = (descriptor: string) =>
      exported(machine(descriptor)).codes.filter((code) => code.endsWith('$.states.p.on["a.*"]'));
    for (const descriptor of ['a.*', 'a', 'a.b', '*', 'a.b.*']) {
      expect(codes(descriptor)).toEqual(differs ? ['warning MEANING_DIFFERS $.states.p.on["a.*"]'] : []);
    }
    expect(codes('b')).toEqual([]);
    expect(codes('ab')).toEqual([]);
  });

  test('a computed delay, and another instance as receiver', () => {
    const entry: StateDefinition['entry'] = [
      { raise: 'e', delay: 'context.n * 1000' },
      { send: 'e', to: 'door-1' },
      { send: 'e', to: '{{ context.door }}' },
    ];
    const { text, codes } = exported(native({ a: { entry } }));
    expect(codes).toEqual([
      'warning MEANING_DIFFERS $.states.a.entry[0].delay',
      'warning MEANING_DIFFERS $.states.a.entry[1].to',
      'warning MEANING_DIFFERS $.states.a.entry[2].to',
    ]);
    expect(text).toContain(`delayexpr="(context.n * 1000) + 'ms'"`);
    expect(text).toContain('target="#_scxml_door-1"');
    expect(text).toContain(`targetexpr="'#_scxml_' + (context.door)"`);
  });
});

describe('what has no form', () => {
  test.each<[string, TransitionDefinition['guard']]>([
    ['a registered guard', 'isOpen'],
    ['a registered guard with parameters', { type: 'isOpen', params: 1 }],
    ['a function', () => true],
    ['a guard about the clock', 'now > 1'],
    ['a combination with one of them', { and: ['context.n', { not: 'isOpen' }] }],
  ])('%s', (_, guard) => {
    const machine = native({ a: { on: { e: { target: 'b', guard: guard! } } }, b: {} });
    expect(exported(machine)).toEqual({ text: undefined, codes: ['error NO_GUARD_FORM $.states.a.on.e.guard'] });
    const { text, codes } = exported(machine, true);
    expect(codes).toEqual(['warning NO_GUARD_FORM $.states.a.on.e.guard']);
    expect(text).toMatch(/<!-- never taken: .*-->\n\s*<transition event="e" cond="false" target="b"\/>/);
  });

  test('`before` and components are errors', () => {
    const before = native({ a: { on: { e: { target: 'a', before: { type: 'call' } } } } });
    expect(exported(before).codes).toEqual(['error NO_FORM $.states.a.on.e.before']);
    expect(exported(before, true).text).toContain('cond="false"');
    const components = native({ a: {} }, { components: { t: { use: 'Timer' } } });
    expect(exported(components).codes).toEqual(['error NO_FORM $.components']);
  });

  test('actions, outputs and plugins are left out with a warning', () => {
    const entry: StateDefinition['entry'] = [
      'beep',
      { emit: 'e' },
      { assign: () => ({}) },
      { assign: { at: '{{ now }}' } },
    ];
    const machine = native(
      { a: { entry }, b: { type: 'final', output: () => 1 } },
      { plugins: ['Logger'], events: { e: {} }, subscriptions: [] },
    );
    const { text, codes } = exported(machine);
    expect(codes).toEqual([
      'warning NO_FORM $.events',
      'warning NO_FORM $.plugins',
      'warning NO_FORM $.subscriptions',
      ...[0, 1, 2, 3].map((index) => `warning NO_FORM $.states.a.entry[${index}]`),
      'warning NO_FORM $.states.b.output',
    ]);
    expect(text).toContain('<!-- left out: an action that uses `now` -->');
  });
});

test('random native machines become documents that are read back, and written the same again', () => {
  fc.assert(
    fc.property(machineSpec({ invocations: true }), (spec) => {
      const { text, problems } = exportScxml(definitionOf(layoutOf(spec)));
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      const imported = importScxml(text!);
      expect(imported.problems).toEqual([]);
      const again = exportScxml(imported.definition);
      expect(again.problems).toEqual([]);
      expect(importScxml(again.text!).definition).toEqual(imported.definition);
    }),
    { numRuns: 50 },
  );
});
