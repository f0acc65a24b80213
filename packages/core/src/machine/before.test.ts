import { describe, expect, test } from 'vitest';
import type { MachineDefinition, MachineEvent } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import type { Json } from '../json.ts';
import { compile, type Machine } from './machine.ts';
import { complete, fire, navigate, patch, start, stop } from './navigate.ts';
import type { Snapshot } from './snapshot.ts';

const moment = { now: 0 };

function paying(more: object = {}, states: object = {}): Machine {
  return compile({
    id: 'order',
    context: { log: [] },
    initial: 'open',
    states: {
      open: {
        on: {
          PAY: [
            {
              target: 'paid',
              guard: 'event.data.amount > 0',
              before: { type: 'call', function: 'charge' },
              actions: { assign: { receipt: '{{ event.before.output }}', amount: '{{ event.data.amount }}' } },
            },
          ],
          LOOK: { actions: { assign: { looked: true } } },
          ...more,
        },
        after: { '1m': 'paid' },
        effect: { type: 'call', function: 'watch' },
        onDone: 'paid',
      },
      paid: {},
      ...states,
    },
  } as MachineDefinition);
}

const id = 'fsm.before#open';

function send(machine: Machine, snapshot: Snapshot, event: MachineEvent) {
  return navigate(machine, snapshot, event, moment);
}

function end(machine: Machine, snapshot: Snapshot, invocation: string, outcome: { output: Json } | { error: Json }) {
  const incarnation = snapshot.invocations?.[invocation]?.incarnation ?? 0;
  return complete(machine, snapshot, invocation, incarnation, outcome, moment);
}

function waiting(machine: Machine, data: Json = { amount: 5 }) {
  return send(machine, start(machine, moment).snapshot, { type: 'PAY', data });
}

describe('a transition with an effect before it', () => {
  const machine = paying();

  test('starts the effect when its guard passes, and moves nowhere yet', () => {
    const { snapshot, commands, taken } = waiting(machine);
    expect(taken).toBe(true);
    expect(snapshot.configuration).toEqual(['open']);
    expect(snapshot.pending).toEqual({
      event: { type: 'PAY', data: { amount: 5 } },
      transitions: ['$.states.open.on.PAY[0]'],
      before: [{ transition: '$.states.open.on.PAY[0]', invocation: id }],
    });
    const [start] = commands;
    expect(commands).toEqual([
      { type: 'start', invocation: id, state: 'open', index: 1, incarnation: 3, purpose: 'before' },
    ]);
    expect(start?.type === 'start' && machine.effect(start.state, start.index)).toEqual({
      type: 'call',
      function: 'charge',
    });
  });

  test('does nothing when its guard does not pass', () => {
    const { snapshot, taken } = waiting(machine, { amount: 0 });
    expect(taken).toBe(false);
    expect(snapshot.pending).toBeUndefined();
  });

  test('is taken when the effect succeeds, and its actions see the event and the output', () => {
    const { snapshot, commands, taken } = end(machine, waiting(machine).snapshot, id, { output: 'r1' });
    expect(taken).toBe(true);
    expect(snapshot.configuration).toEqual(['paid']);
    expect(snapshot.context).toMatchObject({ receipt: 'r1', amount: 5 });
    expect(snapshot.pending).toBeUndefined();
    expect(snapshot.invocations).toBeUndefined();
    expect(commands.map(({ type }) => type)).toEqual(['cancel', 'disarm']);
  });

  test('defers events, timers and outcomes of other effects as long as it waits', () => {
    const { snapshot } = waiting(machine);
    const [timer, { incarnation }] = Object.entries(snapshot.timers!)[0]!;
    const untouched = { snapshot, commands: [], taken: false, deferred: true };
    expect(send(machine, snapshot, { type: 'LOOK' })).toEqual(untouched);
    expect(fire(machine, snapshot, timer, incarnation, moment)).toEqual(untouched);
    expect(end(machine, snapshot, 'open', { output: 1 })).toEqual(untouched);
    expect(send(machine, snapshot, { type: 'LOOK' }).snapshot).toBe(snapshot);
  });

  test('goes on from a snapshot that was stored as JSON', () => {
    const stored: Snapshot = JSON.parse(JSON.stringify(waiting(machine).snapshot));
    expect(end(machine, stored, id, { output: 'r1' }).snapshot.configuration).toEqual(['paid']);
  });

  test('takes no outcome of an earlier incarnation, and none twice', () => {
    const { snapshot } = waiting(machine);
    expect(complete(machine, snapshot, id, 1, { output: 1 }, moment).taken).toBe(false);
    const after = end(machine, snapshot, id, { output: 'r1' }).snapshot;
    expect(complete(machine, after, id, 3, { output: 1 }, moment).snapshot).toBe(after);
  });

  test('is over when the instance is stopped', () => {
    const { snapshot, commands } = stop(machine, waiting(machine).snapshot, moment);
    expect(snapshot.pending).toBeUndefined();
    expect(snapshot.invocations).toBeUndefined();
    expect(commands.filter(({ type }) => type === 'cancel')).toHaveLength(2);
  });

  test('lets effects of states change the context, of which eventless transitions learn afterwards', () => {
    const patient = paying({}, { done: {} });
    const eager = compile({
      ...patient.definition,
      states: {
        ...patient.definition.states,
        open: { ...patient.definition.states!.open, always: { guard: 'context.hurry == true', target: 'done' } },
      },
    });
    const patched = patch(eager, waiting(eager).snapshot, { hurry: true }, moment).snapshot;
    expect(patched.configuration).toEqual(['open']);
    expect(patched.pending).toBeDefined();
    const failed = end(eager, patched, id, { error: { code: 'NO' } }).snapshot;
    expect(failed.configuration).toEqual(['done']);
  });
});

describe('when the effect before a transition fails', () => {
  const error = { code: 'DECLINED', message: 'No money.' };

  test('the next candidate is asked, and sees why', () => {
    const machine = compile({
      id: 'm',
      context: {},
      initial: 'open',
      states: {
        open: {
          on: {
            PAY: [
              { target: 'paid', before: { type: 'call', function: 'charge' } },
              { target: 'never', guard: 'event.before.error.code == "BROKEN"' },
              { target: 'declined', actions: { assign: { why: '{{ event.before.error.code }}' } } },
            ],
          },
        },
        paid: {},
        never: {},
        declined: {},
      },
    });
    const { snapshot } = end(machine, send(machine, start(machine, moment).snapshot, { type: 'PAY' }).snapshot, id, {
      error,
    });
    expect(snapshot.configuration).toEqual(['declined']);
    expect(snapshot.context).toEqual({ why: 'DECLINED' });
    expect(snapshot.pending).toBeUndefined();
  });

  test('the next candidate may have an effect before it too', () => {
    const machine = compile({
      id: 'm',
      context: {},
      initial: 'open',
      states: {
        open: {
          on: {
            PAY: [
              { target: 'card', before: { type: 'call', function: 'card' } },
              { target: 'bank', before: { type: 'call', function: 'bank' } },
            ],
          },
        },
        card: {},
        bank: {},
      },
    });
    const first = send(machine, start(machine, moment).snapshot, { type: 'PAY' }).snapshot;
    const second = end(machine, first, id, { error });
    const [begun] = second.commands;
    expect(begun?.type === 'start' && machine.effect(begun.state, begun.index)).toMatchObject({ function: 'bank' });
    expect(second.snapshot.pending?.refused).toEqual(['$.states.open.on.PAY[0]']);
    expect(end(machine, second.snapshot, id, { output: 1 }).snapshot.configuration).toEqual(['bank']);
    const neither = end(machine, second.snapshot, id, { error });
    expect(neither.snapshot.configuration).toEqual(['open']);
    expect(neither.taken).toBe(false);
    expect(neither.snapshot.pending).toBeUndefined();
    expect(neither.commands).toMatchObject([{ type: 'log', level: 'error', message: { event: 'PAY', error } }]);
  });

  test('an error that only that transition handled fails the instance', () => {
    const machine = compile({
      id: 'm',
      context: {},
      initial: 'open',
      states: {
        open: {
          effect: { type: 'call', function: 'work' },
          onError: { target: 'saved', before: { type: 'call', function: 'save' } },
        },
        saved: {},
      },
    });
    const failed = end(machine, start(machine, moment).snapshot, 'open', { error: { code: 'FIRST' } }).snapshot;
    expect(failed.status).toBe('active');
    const after = end(machine, failed, id, { error }).snapshot;
    expect(after.status).toBe('error');
    expect(after.error).toEqual({ code: 'FIRST' });
  });
});

describe('several regions', () => {
  const region = (name: string) => ({
    initial: 'a',
    states: {
      a: {
        on: {
          GO: {
            target: 'b',
            before: { type: 'call', function: name },
            actions: { assign: { [name]: '{{ event.before.output }}' } },
          },
        },
      },
      b: {},
    },
  });
  const machine = compile({
    id: 'm',
    context: {},
    type: 'parallel',
    states: {
      left: region('left'),
      right: region('right'),
      plain: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } },
    },
  });
  const begin = () => send(machine, start(machine, moment).snapshot, { type: 'GO' }).snapshot;
  const [left, right] = ['fsm.before#left.a', 'fsm.before#right.a'] as const;

  test('wait for each other and are taken together, each with its own output', () => {
    const both = begin();
    expect(Object.keys(both.invocations!)).toEqual([left, right]);
    const one = end(machine, both, right, { output: 'R' }).snapshot;
    expect(one.configuration).toEqual(['left.a', 'right.a', 'plain.a']);
    const all = end(machine, one, left, { output: 'L' }).snapshot;
    expect(all.configuration).toEqual(['left.b', 'right.b', 'plain.b']);
    expect(all.context).toEqual({ left: 'L', right: 'R' });
  });

  test('take none of the waiting ones when one effect fails, and stop the others', () => {
    const { snapshot, commands } = end(machine, begin(), right, { error: { code: 'NO' } });
    expect(snapshot.configuration).toEqual(['left.a', 'right.a', 'plain.b']);
    expect(commands).toEqual([{ type: 'cancel', invocation: left, incarnation: 1 }]);
  });
});

test('raised events that were due afterwards keep their turn', () => {
  const machine = compile({
    id: 'm',
    context: { seen: '' },
    initial: 'a',
    states: {
      a: { on: { GO: { target: 'b', actions: [{ raise: 'X' }, { raise: 'Y' }] } } },
      b: {
        on: {
          X: { actions: { assign: { seen: '{{ context.seen + "x" }}' } }, before: { type: 'call', function: 'f' } },
          Y: { actions: { assign: { seen: '{{ context.seen + "y" }}' } } },
        },
      },
    },
  });
  const held = send(machine, start(machine, moment).snapshot, { type: 'GO' }).snapshot;
  expect(held.configuration).toEqual(['b']);
  expect(held.pending?.raised).toEqual([{ type: 'Y' }]);
  expect(end(machine, held, 'fsm.before#b', { output: 1 }).snapshot.context).toEqual({ seen: 'xy' });
});

test('a candidate after one with `before` is not unreachable, and may be told as possible', () => {
  const machine = compile({
    id: 'm',
    initial: 'a',
    states: { a: { on: { GO: [{ target: 'b', before: { type: 'x' } }, 'c'] } }, b: {}, c: {} },
  });
  const transitions = [...machine.transitions()];
  expect(transitions.map(({ guarded, forbidden }) => [guarded, forbidden])).toEqual([
    [true, false],
    [false, false],
  ]);
});

test('SCXML and eventless transitions have no `before`', () => {
  const always = { id: 'm', initial: 'a', states: { a: { always: { target: 'b', before: { type: 'x' } } }, b: {} } };
  const scxml = {
    id: 'm',
    semantics: 'scxml',
    initial: 'a',
    states: { a: { on: { go: { target: 'b', before: { type: 'x' } } } }, b: {} },
  };
  for (const definition of [always, scxml]) {
    try {
      compile(definition as MachineDefinition);
      expect.fail('it compiles');
    } catch (error) {
      expect(FsmError.is(error) && JSON.stringify(error.details)).toContain('MISPLACED_KEY');
    }
  }
});
