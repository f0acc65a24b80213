import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import type { Decision, Microstep } from './command.ts';
import { compile, type Machine } from './machine.ts';
import { complete, fire, navigate, patch, start } from './navigate.ts';
import type { Snapshot } from './snapshot.ts';
import { definitionOf, eventTypes, implementations, layoutOf, machineSpec } from './testing/random-machine.ts';

const happenings = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...eventTypes) },
    { weight: 2, arbitrary: fc.constantFrom('timer', 'output', 'error') },
  ),
  { minLength: 3, maxLength: 12 },
);

const machines = machineSpec({ invocations: true }).map((spec) => definitionOf(layoutOf(spec)));

/** Runs one machine; `between` sees every snapshot and gives the one to go on with. Ends where the machine refuses. */
function run(
  machine: Machine,
  steps: readonly string[],
  between = (snapshot: Snapshot): Snapshot => snapshot,
): Decision[] {
  const decisions: Decision[] = [];
  try {
    decisions.push(start(machine, { now: 0 }));
    for (const [index, step] of steps.entries()) {
      const snapshot = between(decisions.at(-1)!.snapshot);
      decisions.push(decide(machine, snapshot, step, index));
    }
  } catch (error) {
    if (!FsmError.is(error) || error.code !== 'MICROSTEP_LIMIT') throw error;
  }
  return decisions;
}

function decide(machine: Machine, snapshot: Snapshot, step: string, now: number): Decision {
  const [timer] = Object.entries(snapshot.timers ?? {});
  const [running] = Object.entries(snapshot.invocations ?? {});
  if (step === 'timer') {
    return timer === undefined ? untaken(snapshot) : fire(machine, snapshot, timer[0], timer[1].incarnation, { now });
  }
  if (step === 'output' || step === 'error') {
    if (running === undefined) return untaken(snapshot);
    const outcome = step === 'output' ? { output: 1 } : { error: 'broken' };
    return complete(machine, snapshot, running[0], running[1].incarnation, outcome, { now });
  }
  return navigate(machine, snapshot, { type: step }, { now });
}

function untaken(snapshot: Snapshot): Decision {
  return { snapshot, commands: [], taken: false };
}

const options = { implementations, maxMicrosteps: 60 };

describe('laws of random machines', () => {
  test('snapshots and decisions survive JSON between all steps', () => {
    fc.assert(
      fc.property(machines, happenings, (definition, steps) => {
        const machine = compile(definition, options);
        const straight = run(machine, steps);
        const throughJson = run(machine, steps, (snapshot) => JSON.parse(JSON.stringify(snapshot)));
        expect(throughJson).toStrictEqual(straight);
        expect(JSON.parse(JSON.stringify(straight))).toStrictEqual(straight);
      }),
      { numRuns: 100 },
    );
  });

  test('the same run gives the same decisions, whatever the machine has learned or forgotten before', () => {
    fc.assert(
      fc.property(machines, happenings, fc.nat({ max: 12 }), (definition, steps, memoLimit) => {
        const machine = compile(definition, options);
        const first = run(machine, steps);
        expect(run(machine, steps)).toStrictEqual(first);
        expect(run(compile(definition, { ...options, memoLimit: 0 }), steps)).toStrictEqual(first);
        const forgetful = compile(definition, { ...options, memoLimit });
        run(forgetful, steps);
        expect(run(forgetful, steps)).toStrictEqual(first);
      }),
      { numRuns: 150 },
    );
  });

  test('what goes in is never changed', () => {
    fc.assert(
      fc.property(machines, happenings, (definition, steps) => {
        expect(() => run(compile(deepFreeze(definition), options), steps, deepFreeze)).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });

  test('every configuration is legal: one child of a compound state, all regions of a parallel one', () => {
    fc.assert(
      fc.property(machines, happenings, (definition, steps) => {
        const machine = compile(definition, options);
        const states = new Map([...machine.states()].map((state) => [state.path, state]));
        for (const { snapshot } of run(machine, steps)) {
          const active = new Set<string>();
          for (const leaf of snapshot.configuration) {
            expect(['atomic', 'final']).toContain(states.get(leaf)?.type);
            for (let path: string | undefined = leaf; path !== undefined; path = states.get(path)?.parent)
              active.add(path);
          }
          for (const path of active) {
            const children = [...states.values()].filter(({ parent, type }) => parent === path && type !== 'history');
            const inside = children.filter((child) => active.has(child.path)).length;
            const { type } = states.get(path)!;
            expect(inside).toBe(type === 'compound' ? 1 : type === 'parallel' ? children.length : 0);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a state is entered only when it is not active and left only when it is, children inside their parents', () => {
    fc.assert(
      fc.property(machines, happenings, (definition, steps) => {
        for (const { snapshot } of run(compile(definition, options), steps)) {
          const active = new Set<string>();
          const parentOf = (path: string) =>
            path === '' ? undefined : path.slice(0, Math.max(0, path.lastIndexOf('.')));
          for (const mark of String(snapshot.context.trace).split(' ').slice(0, -1)) {
            const path = mark.slice(0, -1);
            const parent = parentOf(path);
            if (mark.endsWith('+')) {
              expect(active.has(path), `${mark} in ${snapshot.context.trace}`).toBe(false);
              expect(parent === undefined || active.has(parent)).toBe(true);
              active.add(path);
            } else if (mark.endsWith('-')) {
              expect(active.delete(path), `${mark} in ${snapshot.context.trace}`).toBe(true);
              expect([...active].some((other) => parentOf(other) === path)).toBe(false);
            }
          }
          if (snapshot.status === 'active') {
            const shown = new Set<string>();
            for (const leaf of snapshot.configuration) {
              for (let path: string | undefined = leaf; path !== undefined; path = parentOf(path)) shown.add(path);
            }
            expect(active).toEqual(shown);
          }
        }
      }),
      { numRuns: 120 },
    );
  });

  test('deep history brings back the very configuration that was left, shallow history the child that was active', () => {
    let restored = 0;
    fc.assert(
      fc.property(machines, happenings, fc.boolean(), (inner, steps, deep) => {
        const machine = compile(withWayOut(inner, deep), options);
        const { snapshot } = run(machine, steps).at(-1) ?? {};
        if (snapshot?.status !== 'active' || snapshot.configuration.includes('outside')) return;
        try {
          const left = patch(machine, snapshot, { outside: true }, { now: 100 }).snapshot;
          if (left.configuration.join() !== 'outside') return;
          const trace: Microstep[] = [];
          patch(machine, left, { outside: false }, { now: 101, trace });
          const found = trace[0]!.configuration;
          if (deep) expect(found).toEqual(snapshot.configuration);
          else expect(childrenOf('inside', found)).toEqual(childrenOf('inside', snapshot.configuration));
          restored++;
        } catch (error) {
          if (!FsmError.is(error) || error.code !== 'MICROSTEP_LIMIT') throw error;
        }
      }),
      { numRuns: 200 },
    );
    expect(restored).toBeGreaterThan(40);
  });

  test('timers and invocations of the snapshot are what the commands started and did not stop', () => {
    fc.assert(
      fc.property(machines, happenings, (definition, steps) => {
        const machine = compile(definition, options);
        const live = new Map<string, number>(); // `t <timer>` and `i <invocation>` to incarnation
        let before: Snapshot | undefined;
        for (const { snapshot, commands } of run(machine, steps)) {
          for (const command of commands) {
            if (command.type === 'arm') live.set(`t ${command.timer}`, command.incarnation);
            else if (command.type === 'start') live.set(`i ${command.invocation}`, command.incarnation);
            else if (command.type === 'disarm') expect(live.get(`t ${command.timer}`)).toBe(command.incarnation);
            else if (command.type === 'cancel') expect(live.get(`i ${command.invocation}`)).toBe(command.incarnation);
            if (command.type === 'disarm') live.delete(`t ${command.timer}`);
            else if (command.type === 'cancel') live.delete(`i ${command.invocation}`);
          }
          const shown = new Map<string, number>([
            ...Object.entries(snapshot.timers ?? {}).map(([id, { incarnation }]) => [`t ${id}`, incarnation] as const),
            ...Object.entries(snapshot.invocations ?? {}).map(
              ([id, { incarnation }]) => [`i ${id}`, incarnation] as const,
            ),
          ]);
          for (const [id, incarnation] of shown) expect(live.get(id)).toBe(incarnation);
          // at most the one that fired or ended by itself is gone without a command
          const gone = [...live.keys()].filter((id) => !shown.has(id));
          expect(gone.length).toBeLessThanOrEqual(1);
          for (const id of gone) live.delete(id);
          expect(snapshot.counter).toBeGreaterThanOrEqual(before?.counter ?? 0);
          if (snapshot.status !== 'active') expect(shown.size).toBe(0);
          before = snapshot;
        }
      }),
      { numRuns: 120 },
    );
  });
});

/** The machine as one state, which is left for another one and come back to through history when the context says so. */
function withWayOut(inner: MachineDefinition, deep: boolean): MachineDefinition {
  const { id, context, type, initial, states, ...rest } = inner;
  const history = { type: 'history', history: deep ? 'deep' : 'shallow' } as const;
  const inside: StateDefinition = {
    ...rest,
    id,
    ...(type !== undefined && { type }),
    ...(initial !== undefined && { initial }),
    states: { ...states, back: history },
    always: [
      ...(Array.isArray(rest.always) ? rest.always : rest.always === undefined ? [] : [rest.always]),
      { guard: 'context.outside', target: 'outside' },
    ],
  };
  return {
    id: 'around',
    context: { ...context, outside: false },
    initial: 'inside',
    states: { inside, outside: { always: { guard: '!context.outside', target: 'inside.back' } } },
  };
}

function childrenOf(state: string, leaves: readonly string[]): readonly string[] {
  return [
    ...new Set(
      leaves.map((leaf) =>
        leaf
          .split('.')
          .slice(0, state.split('.').length + 1)
          .join('.'),
      ),
    ),
  ];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
