import { describe, expect, test } from 'vitest';
import type { StateDefinition } from '../definition/definition.ts';
import type { CompiledMachine } from './compiled-machine.ts';
import { compile } from './machine.ts';
import { navigate, start } from './navigate.ts';

/** 4,096 configurations. */
function manyRegions(): StateDefinition['states'] {
  const region = (name: number) => ({
    initial: 's0',
    states: Object.fromEntries(
      [0, 1, 2, 3].map((state) => [
        `s${state}`,
        { on: { [`N${name}`]: `s${(state + 1) % 4}`, 'ALL.*': `s${(state * 2 + 1) % 4}` } },
      ]),
    ),
  });
  return Object.fromEntries([0, 1, 2, 3, 4, 5].map((name) => [`r${name}`, region(name)]));
}

describe('what a machine remembers of its configurations', () => {
  test('stays within its limit, and whatever is forgotten is learned again the same', () => {
    const definition = { id: 'm', type: 'parallel', states: manyRegions() } as const;
    const forgetful = compile(definition, { memoLimit: 300 }) as CompiledMachine;
    const reference = compile(definition, { memoLimit: 0 });
    let { snapshot } = start(forgetful, { now: 0 });
    let expected = start(reference, { now: 0 }).snapshot;
    let random = 1;
    let largest = 0;
    for (let step = 0; step < 3_000; step++) {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      const event = { type: step % 10 === 0 ? `ALL.${step}` : `N${(random >> 8) % 6}` };
      snapshot = navigate(forgetful, snapshot, event, { now: 0 }).snapshot;
      expected = navigate(reference, expected, event, { now: 0 }).snapshot;
      expect(snapshot).toStrictEqual(expected);
      largest = Math.max(largest, forgetful.configurations.size);
    }
    expect(largest).toBeGreaterThan(250);
    expect(largest).toBeLessThanOrEqual(300);
    expect((reference as CompiledMachine).configurations.size).toBe(0);
  });

  test('is not kept alive by the snapshots of instances', () => {
    const machine = compile({ id: 'm', type: 'parallel', states: manyRegions() }, { memoLimit: 10 }) as CompiledMachine;
    let { snapshot } = start(machine, { now: 0 });
    const first = machine.configurationOf(snapshot);
    const events = ['N0', 'N1', 'N2', 'N3', 'N4', 'N5'];
    snapshot = navigate(machine, snapshot, { type: 'N0' }, { now: 0 }).snapshot;
    expect(first.selections.length).toBeGreaterThan(0);
    for (const type of events) snapshot = navigate(machine, snapshot, { type }, { now: 0 }).snapshot;
    expect(first.selections).toEqual([]);
  });

  test('tells combinations of transitions apart whose hashes are the same', () => {
    // transitions are numbered in document order: 0 and 1 here, from 2 below; 31 apart is what the hash confuses
    const first = [0, 1].map((n) => ({ guard: `context.first === ${n}`, target: `a${n}` }));
    const second = Array.from({ length: 40 }, (_, n) => ({ guard: `context.second === ${n}`, target: `b${n}` }));
    const states = (name: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`${name}${n}`, {}]));
    const machine = compile({
      id: 'm',
      type: 'parallel',
      context: { first: 0, second: 0 },
      states: {
        a: { initial: 'start', states: { start: { on: { GO: first } }, ...states('a', 2) } },
        b: { initial: 'start', states: { start: { on: { GO: second } }, ...states('b', 40) } },
      },
    });
    const go = (first: number, second: number) => {
      const { snapshot } = start(machine, { now: 0 }, { first, second });
      return navigate(machine, snapshot, { type: 'GO' }, { now: 0 }).snapshot.configuration;
    };
    for (let round = 0; round < 2; round++) {
      for (let n = 31; n < 40; n++) {
        expect(go(0, n)).toEqual(['a.a0', `b.b${n}`]);
        expect(go(1, n - 31)).toEqual(['a.a1', `b.b${n - 31}`]);
      }
    }
  });

  test('gives instances in the same states the same array', () => {
    const machine = compile({ id: 'm', type: 'parallel', states: manyRegions() });
    const step = (type: string) =>
      navigate(machine, start(machine, { now: 0 }).snapshot, { type }, { now: 0 }).snapshot;
    expect(step('N1').configuration).toBe(step('N1').configuration);
    expect(Object.isFrozen(step('N1').configuration)).toBe(true);
  });
});
