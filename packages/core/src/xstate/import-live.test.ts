import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { and, assign, cancel, createMachine, emit, log, not, raise, sendParent, stateIn } from 'xstate';
import { compile } from '../machine/machine.ts';
import { Driver } from '../machine/testing/driver.ts';
import { layoutOf, machineSpec } from '../machine/testing/random-machine.ts';
import { happening } from '../machine/testing/xstate-agreement.ts';
import { comparable } from '../machine/testing/xstate-comparable.ts';
import { Comparison, ourLimit, peerLimit } from '../machine/testing/xstate-comparison.ts';
import { xstateMachineOf } from '../machine/testing/xstate-machine.ts';
import { importXState } from './import.ts';
import { imported } from './testing/imported.ts';

describe('live machines of XState v5', () => {
  test('random machines behave after the import as they did, functions included', () => {
    let steps = 0;
    fc.assert(
      fc.property(
        machineSpec({ invocations: true }).map((spec) => comparable(layoutOf(spec), { wildcardsTakeFailures: true })),
        fc.array(happening, { maxLength: 10 }),
        (layout, happenings) => {
          const peer = xstateMachineOf(layout, peerLimit);
          const { definition, problems } = importXState(peer);
          expect(problems.filter(({ severity, code }) => severity === 'error' && code !== 'ACTOR_LOST')).toEqual([]);
          const comparison = new Comparison(compile(definition, { maxMicrosteps: ourLimit }), peer);
          comparison.run(happenings);
          steps += comparison.steps;
        },
      ),
      { numRuns: 200 },
    );
    expect(steps).toBeGreaterThan(450);
  });

  test('built-in actions and guards say what they do', () => {
    const machine = createMachine({
      id: 'm',
      initial: 'a',
      entry: [
        raise({ type: 'E', amount: 3 } as { type: 'E' }, { delay: 10, id: 'late' }),
        cancel('late'),
        log('hello'),
        emit({ type: 'SAID', data: 1 }),
        sendParent({ type: 'UP' }),
        assign({ n: 1 }),
      ],
      states: {
        a: { on: { GO: { target: 'b', guard: and(['g', not(stateIn('#m.b')), stateIn({ a: {} })]) } } },
        b: {},
      },
    });
    const definition = imported(machine);
    expect(definition.entry).toEqual([
      { raise: { type: 'E', data: { amount: 3 } }, delay: 10, id: 'late' },
      { cancel: 'late' },
      { log: 'hello' },
      { emit: { type: 'SAID', data: 1 } },
      { send: 'UP', to: 'parent' },
      { assign: { n: 1 } },
    ]);
    expect(definition.states?.a?.on?.GO).toEqual({
      target: 'b',
      guard: { and: ['g', { not: { in: '#m.b' } }, { in: '#m.a' }] },
    });
  });

  test('functions see events as XState has them', () => {
    const seen: unknown[] = [];
    const definition = imported({
      id: 'm',
      context: { total: 0 },
      initial: 'a',
      states: {
        a: {
          invoke: {
            id: 'job',
            src: 'work',
            onDone: { target: 'b', guard: ({ event }: { event: unknown }) => seen.push(event) > 0 },
          },
          on: {
            ADD: {
              actions: assign({ total: ({ context, event }) => context.total + event.amount }),
              guard: ({ event }: { event: { amount: number } }) => event.amount > 0,
            },
          },
        },
        b: {},
      },
    });
    const driver = new Driver(definition).send('ADD', { amount: 5 }).send('ADD', { amount: -1 }).done('job', 7);
    expect(driver.context).toEqual({ total: 5 });
    expect(seen).toEqual([{ type: 'xstate.done.actor.job', output: 7 }]);
  });

  test('a machine that was made text is turned back as far as that goes, and says so', () => {
    const states = {
      a: {
        entry: 'x',
        invoke: { src: 's', onDone: 'p' },
        after: { 100: 'p', SOON: { target: 'p', guard: 'g' } },
        on: { E: { target: 'p', actions: ['y'] } },
      },
      p: { initial: 'q', states: { q: { type: 'final' } }, onDone: 'end', id: 'own' },
      end: { type: 'final' },
    } as const;
    const machine = createMachine({ id: 'd', initial: 'a', states } as never);
    const { definition, problems } = importXState(JSON.parse(JSON.stringify(machine)), { delays: { SOON: '5s' } });
    expect(problems.map(({ severity, code, path }) => `${severity} ${code} ${path}`)).toEqual([
      'error RESOLVED_MACHINE $',
    ]);
    expect(definition).toEqual({
      id: 'd',
      initial: 'a',
      states: {
        a: {
          entry: 'x',
          invoke: { effect: { type: 'call', function: 's' } },
          after: { '100': '#own', '5s': { target: '#own', guard: 'g' } },
          on: { E: { target: '#own', actions: 'y' }, 'done.invoke.a': '#own' },
        },
        p: { id: 'own', initial: 'q', states: { q: { type: 'final' } }, onDone: '#d.end' },
        end: { type: 'final' },
      },
    });
  });
});
