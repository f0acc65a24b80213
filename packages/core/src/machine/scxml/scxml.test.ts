import { describe, expect, test } from 'vitest';
import type { MachineDefinition, MachineEvent } from '../../definition/definition.ts';
import type { Decision } from '../command.ts';
import { compile } from '../machine.ts';
import { complete, fire, navigate, start, stop } from '../navigate.ts';
import type { Snapshot } from '../snapshot.ts';

const at = { now: 0, instance: 'one' };

function scxml(definition: Omit<MachineDefinition, 'id'>) {
  return compile({ id: 'm', semantics: 'scxml', ...definition });
}

function send(
  machine: ReturnType<typeof scxml>,
  snapshot: Snapshot,
  ...events: readonly (string | MachineEvent)[]
): Decision {
  let decision: Decision = { snapshot, commands: [], taken: false };
  for (const event of events) {
    decision = navigate(machine, decision.snapshot, typeof event === 'string' ? { type: event } : event, at);
  }
  return decision;
}

describe('a machine with the semantics of SCXML', () => {
  test('leaves and enters a parallel state again when a transition inside it leads to its own source', () => {
    const regions = {
      a: { id: 'a', on: { again: { target: '#a', reenter: true } } },
      b: { id: 'b', entry: { assign: { entered: '{{ entered + 1 }}' } } },
    };
    const definition = {
      data: { entered: '{{ 0 }}' },
      initial: 'p',
      states: { p: { id: 'p', type: 'parallel', states: regions } },
    } as const;
    const machine = scxml(definition);
    expect(send(machine, start(machine, at).snapshot, 'again').snapshot.context).toEqual({ entered: 2 });
  });

  test('takes the first transition in document order, whichever of its descriptors matches', () => {
    const on = { '*': { target: '#any' }, 'order.paid': { target: '#paid' } };
    const machine = scxml({ initial: 'a', states: { a: { on }, any: { id: 'any' }, paid: { id: 'paid' } } });
    expect(send(machine, start(machine, at).snapshot, 'order.paid').snapshot.configuration).toEqual(['any']);
  });

  test('matches events by their tokens, several descriptors at once', () => {
    const on = { 'x order': { target: '#b' } };
    const machine = scxml({ initial: 'a', states: { a: { on }, b: { id: 'b' } } });
    const { snapshot } = start(machine, at);
    expect(send(machine, snapshot, 'order.paid.late').taken).toBe(true);
    expect(send(machine, snapshot, 'orders').taken).toBe(false);
  });

  test('an error ends its block only, is told where it was, and a failing guard is false', () => {
    const machine = scxml({
      data: { log: '{{ [] }}' },
      initial: 'a',
      states: {
        a: {
          entry: [
            {
              block: [
                { assign: { log: '{{ log.concat("one") }}' } },
                { script: 'nowhere()' },
                { assign: { log: '{{ [] }}' } },
              ],
            },
            { block: [{ assign: { log: '{{ log.concat("two") }}' } }] },
          ],
          on: {
            'error.execution': { actions: { assign: { log: '{{ log.concat(_event.data.tagname) }}' } } },
            go: { guard: 'missing.thing', target: '#b' },
          },
        },
        b: { id: 'b' },
      },
    });
    const { snapshot } = start(machine, at);
    expect(snapshot.context).toEqual({ log: ['one', 'two', 'script'] });
    const asked = send(machine, snapshot, 'go').snapshot;
    expect(asked.configuration).toEqual(['a']);
    expect(asked.context).toEqual({ log: ['one', 'two', 'script', 'transition'] });
  });

  test('a delayed event survives the exit of its state, and is cancelled by its id', () => {
    const machine = scxml({
      initial: 'a',
      states: {
        a: { entry: { send: 'late', delay: '1s', id: 'x' }, on: { go: { target: '#b' } } },
        b: { id: 'b', on: { stop: { actions: { cancel: 'x' } } } },
      },
    });
    const b = send(machine, start(machine, at).snapshot, 'go').snapshot;
    const [timer] = Object.entries(b.timers ?? {});
    expect(timer?.[1]).toMatchObject({ due: 1_000, to: 'one', event: { type: 'late', delivery: { sendid: 'x' } } });
    expect(send(machine, b, 'stop').commands).toMatchObject([{ type: 'disarm' }]);
    expect(fire(machine, b, timer![0], timer![1].incarnation, at).commands).toMatchObject([
      { type: 'send', to: 'one' },
    ]);
  });

  test('invocations start when the step is at rest, with their arguments evaluated', () => {
    const child: MachineDefinition = { id: 'child', semantics: 'scxml', initial: 'c', states: { c: {} } };
    const invoke = {
      idLocation: 'id',
      effect: { type: 'invoke_fsm', machine: child as never, input: { amount: '{{ amount }}' } },
      finalize: { assign: { amount: '{{ _event.data.amount }}' } },
    };
    const machine = scxml({
      data: { amount: '{{ 1 }}', id: '{{ undefined }}' },
      initial: 'passed',
      states: {
        passed: { invoke: { effect: { type: 'invoke_fsm', machine: child as never } }, always: { target: '#a' } },
        a: { id: 'a', invoke, on: { told: { guard: 'amount == 7', target: '#b' }, 'done.invoke': { target: '#b' } } },
        b: { id: 'b' },
      },
    });
    const { snapshot, commands } = start(machine, at);
    expect(commands.map(({ type }) => type)).toEqual(['start']);
    const [id, running] = Object.entries(snapshot.invocations!)[0]!;
    expect(snapshot.context.id).toBe(id);
    expect(running.effect).toMatchObject({ machine: child, input: { amount: 1 } });

    const told = { type: 'told', data: { amount: 7 }, delivery: { invokeid: id } };
    expect(send(machine, snapshot, told).snapshot).toMatchObject({ configuration: ['b'], context: { amount: 7 } });
    expect(send(machine, snapshot, { type: 'told', data: { amount: 7 } }).taken).toBe(false);
    const done = complete(machine, snapshot, id, running.incarnation, { output: { amount: 2 } }, at);
    expect(done.snapshot).toMatchObject({ configuration: ['b'], context: { amount: 2 } });
  });

  test('data given from outside count for the root only', () => {
    const states = { a: { data: { inner: '{{ 1 }}' } } };
    const machine = scxml({ data: { outer: '{{ 1 }}' }, initial: 'a', states });
    expect(start(machine, at, { outer: 5, inner: 5, other: 5 }).snapshot.context).toEqual({ outer: 5, inner: 1 });
  });

  test('with late binding data get their values when their state is first entered', () => {
    const machine = scxml({
      binding: 'late',
      initial: 'a',
      states: {
        a: { on: { go: { target: '#b' } } },
        b: {
          id: 'b',
          data: { n: '{{ 1 }}' },
          entry: { assign: { n: '{{ n + 1 }}' } },
          on: { go: { target: '#b', reenter: true } },
        },
      },
    });
    const { snapshot } = start(machine, at);
    expect(snapshot.context).toEqual({});
    expect(send(machine, snapshot, 'go').snapshot.context).toEqual({ n: 2 });
    expect(send(machine, snapshot, 'go', 'go').snapshot.context).toEqual({ n: 3 });
  });

  test('a state with native `after` waits for it, also when its path has spaces', () => {
    const machine = scxml({ initial: 'a b', states: { 'a b': { after: { '1s': '#c' } }, c: { id: 'c' } } });
    const { snapshot } = start(machine, at);
    const [timer, { incarnation }] = Object.entries(snapshot.timers!)[0]!;
    expect(fire(machine, snapshot, timer, incarnation, at).snapshot.configuration).toEqual(['c']);
  });
});

test('an instance that is stopped leaves its states from the inside out and ends what runs', () => {
  const machine = compile({
    id: 'm',
    context: { left: '' },
    initial: 'a',
    states: {
      a: {
        initial: 'b',
        exit: { assign: { left: '{{ context.left + "a" }}' } },
        states: {
          b: { effect: { type: 'x' }, after: { '1s': 'c' }, exit: { assign: { left: '{{ context.left + "b" }}' } } },
          c: {},
        },
      },
    },
  });
  const { snapshot, commands } = stop(machine, start(machine, at).snapshot, at);
  expect(snapshot).toMatchObject({ status: 'done', context: { left: 'ba' } });
  expect(snapshot.timers).toBeUndefined();
  expect(commands.map(({ type }) => type)).toEqual(['cancel', 'disarm']);
  expect(stop(machine, snapshot, at).snapshot).toBe(snapshot);
});
