import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ComponentUse, MachineDefinition } from '../definition/definition.ts';
import { at, formatPath, type Path, rootPath } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import { stateTree } from '../definition/state-tree.ts';
import { validate } from '../definition/validate.ts';
import { FsmError } from '../error.ts';
import { compile, type Machine } from '../machine/machine.ts';
import { navigate, start } from '../machine/navigate.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import { definitionOf, eventTypes, implementations, layoutOf, machineSpec } from '../machine/testing/random-machine.ts';
import { expandComponents } from './expand.ts';

const machines = machineSpec({ invocations: true }).map((spec) => definitionOf(layoutOf(spec)));

const parameters = fc.constantFrom<Pick<ComponentUse, 'use' | 'with'>[]>(
  { use: 'Timer', with: { duration: '1s', target: 's0' } },
  { use: 'Timer', with: { duration: '1s', event: 'tick', restartOn: ['E', 'F'] } },
  { use: 'Timer', with: { duration: 10, actions: { log: 'up' } } },
  { use: 'Security', with: { code: 'false' } },
  { use: 'Security', with: { failure: 'a.b', alarm: 's0', forgetAfter: '1h' } },
);

/** Machines with up to three uses in any of their states. */
const withUses = fc
  .tuple(machines, fc.array(fc.tuple(parameters, fc.nat({ max: 20 })), { minLength: 1, maxLength: 3 }))
  .map(([machine, uses]): MachineDefinition => {
    const paths = stateTree({ ...machine }).states.map((state) => state.path);
    const entries = uses.map(([use, place], index): [string, ComponentUse] => {
      const path = paths[place % paths.length]!;
      return [`use${index}`, { ...use, prefix: `c${index}_`, ...(path !== '' && { at: path }) }];
    });
    return { ...machine, components: Object.fromEntries(entries) };
  });

/** Every value that holds no other, by its place. */
function leaves(value: unknown, path: Path = rootPath): [Path, unknown][] {
  const entries = Array.isArray(value) ? [...value.entries()] : isPlainObject(value) ? Object.entries(value) : [];
  return entries.length === 0 ? [[path, value]] : entries.flatMap(([key, item]) => leaves(item, at(path, key)));
}

describe('expansion of any machine with any uses', () => {
  test('keeps every value the author wrote, and knows where it was written', () => {
    fc.assert(
      fc.property(withUses, (definition) => {
        const { components: _uses, ...written } = definition;
        const { definition: expanded, origins } = expandComponents(definition);
        const kept = leaves(expanded).flatMap(([path, value]) => {
          const origin = origins.of(path);
          return origin.use === undefined ? [[formatPath(origin.path), value]] : [];
        });
        // a place that was empty and got something is no leaf any more
        const before = leaves(written).map(([path, value]) => [formatPath(path), value]);
        const isEmpty = (value: unknown) => typeof value === 'object' && value !== null;
        const filled = (list: unknown[][]) => list.filter(([, value]) => !isEmpty(value)).sort();
        expect(filled(kept)).toEqual(filled(before));
      }),
      { numRuns: 150 },
    );
  });

  test('with prefixes, no state meets another one', () => {
    fc.assert(
      fc.property(withUses, (definition) => {
        const { problems } = expandComponents(definition);
        expect(problems.filter(({ message }) => message.includes('adds a state'))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test('gives a machine that compiles, or says which use is to blame', () => {
    fc.assert(
      fc.property(withUses, (definition) => {
        const { components: _uses, ...written } = definition;
        const without = validate(written).filter(({ severity }) => severity === 'error');
        fc.pre(without.length === 0);
        for (const problem of validate(definition)) {
          if (problem.severity === 'error') expect(problem.path).toMatch(/^\$\.components\.use\d/);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('is the same every time, and of an expanded machine nothing is left to expand', () => {
    fc.assert(
      fc.property(withUses, (definition) => {
        const { definition: expanded } = expandComponents(definition);
        expect(expandComponents(definition).definition).toEqual(expanded);
        expect(expandComponents(expanded).definition).toBe(expanded);
      }),
      { numRuns: 50 },
    );
  });

  test('never throws, whatever stands in `components` and around them', () => {
    const text = fc.constantFrom('Timer', 'Security', 'a', 's0', 's0.s1', '#m', '', 'E', '1s', '.');
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.jsonValue({ maxDepth: 0 }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom('use', 'with', 'at', 'prefix', 'duration', 'code', 'target', 'states'),
          tie('value'),
        ),
      ),
    })).value;
    const keys = fc.dictionary(fc.constantFrom('on', 'states', 'context', 'events', 'entry', 'after'), json);
    fc.assert(
      fc.property(machines, json, keys, (machine, components, others) => {
        for (const definition of [
          { ...machine, components },
          { id: 'm', components, ...others },
        ]) {
          expect(() => validate(definition)).not.toThrow();
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('a machine with components that nobody uses', () => {
  // without states: in a state that was atomic, they would begin anew with every transition of the state to itself
  const quiet = fc.constantFrom<Pick<ComponentUse, 'use' | 'with'>[]>(
    { use: 'Timer', with: { duration: '1s', event: 'tick', restartOn: 'again', stopOn: 'stop' } },
    { use: 'Security', with: { failure: 'wrong', success: 'right', granted: 's0', alarm: 's0', forgetAfter: '1s' } },
  );

  test('does what it does without them', () => {
    fc.assert(
      fc.property(
        machines,
        quiet,
        fc.nat({ max: 20 }),
        fc.array(fc.constantFrom(...eventTypes), { maxLength: 10 }),
        (machine, use, place, events) => {
          const states = stateTree({ ...machine }).states;
          const { path } = states[place % states.length]!;
          const definition = { ...machine, components: { one: { ...use, ...(path !== '' && { at: path }) } } };
          fc.pre(validate(definition).every(({ severity }) => severity === 'warning'));
          const options = { implementations, maxMicrosteps: 60 };
          const plain = history(compile(machine, options), events);
          const extended = history(compile(definition, options), events);
          const own = new Set(states.map((state) => state.path));
          expect(extended.map((moment) => moment.filter((text) => own.has(text) || text.startsWith('trace')))).toEqual(
            plain,
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  /** The active states and the trace after every event. */
  function history(machine: Machine, events: readonly string[]): string[][] {
    const moments: string[][] = [];
    const keep = (snapshot: Snapshot): Snapshot => {
      const active = [...machine.states()].map(({ path }) => path).filter((path) => machine.matches(snapshot, path));
      moments.push([...active, `trace ${snapshot.context.trace}`]);
      return snapshot;
    };
    try {
      let snapshot = keep(start(machine, { now: 0 }).snapshot);
      for (const type of events) snapshot = keep(navigate(machine, snapshot, { type }, { now: 0 }).snapshot);
    } catch (error) {
      if (!FsmError.is(error) || error.code !== 'MICROSTEP_LIMIT') throw error;
    }
    return moments;
  }
});
