import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, type Machine } from '../machine/machine.ts';
import { eventTypes } from '../machine/testing/random-machine.ts';
import { type ExploredState, explore } from './exploration.ts';
import { explorationKey, partOfContext } from './exploration-key.ts';
import { shortestPaths, shortestPathsToStates, simplePaths } from './paths.ts';
import { relevanceOf } from './relevance.ts';
import { type Simulation, simulate } from './simulation.ts';
import type { SimulationStep } from './step.ts';
import { compileSmall, smallMachines } from './testing/small-machine.ts';

const triangle = compile({
  id: 'triangle',
  initial: 'a',
  states: {
    a: { on: { GO: 'b', SKIP: 'c' } },
    b: { on: { GO: 'c', BACK: 'a' } },
    c: { type: 'final' },
    island: {},
  },
});

const texts = (paths: readonly { readonly steps: readonly SimulationStep[] }[]) =>
  paths.map(({ steps }) => steps.map((step) => ('event' in step ? String(step.event) : '?')).join(' '));

describe('shortest paths', () => {
  test('lead to everything that can be reached, the nearest first', () => {
    const { paths, exhaustive } = shortestPaths(triangle);
    expect(texts(paths)).toEqual(['', 'GO', 'SKIP']);
    expect(exhaustive).toBe(true);
  });

  test('to one state only', () => {
    expect(texts(shortestPaths(triangle, { to: 'c' }).paths)).toEqual(['SKIP']);
    expect(shortestPaths(triangle, { to: 'island' })).toMatchObject({ paths: [], exhaustive: true });
  });

  test('to every state of the machine, outer ones included', () => {
    const machine = compile({
      id: 'm',
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { initial: 'x', states: { x: { on: { GO: 'y' } }, y: {} } }, c: {} },
    });
    const { states: found, exhaustive } = shortestPathsToStates(machine);
    expect(exhaustive).toBe(true);
    expect([...found.keys()]).toEqual(['a', 'b', 'b.x', 'b.y', 'c']);
    expect(texts([...found.values()].filter((path) => path !== undefined))).toEqual(['', 'GO', 'GO', 'GO GO']);
    expect(found.get('c')).toBeUndefined();
    expect(found.get('b.y')).toMatchObject({ shortest: true, snapshot: { configuration: ['b.y'] } });
  });

  test('a way that may not be a shortest is better than none where there is too much to look at', () => {
    const flags = Array.from({ length: 10 }, (_, index) => [
      `r${index}`,
      { initial: 'off', states: { off: { on: { [`ON${index}`]: 'on' } }, on: { on: { [`OFF${index}`]: 'off' } } } },
    ]);
    const line = {
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { on: { GO: 'c' } }, c: { on: { GO: 'd' } }, d: {} },
    };
    const machine = compile({ id: 'm', type: 'parallel', states: { line, ...Object.fromEntries(flags) } });
    const { states, limits } = shortestPathsToStates(machine, { maxStates: 150 });
    expect(limits).toMatchObject([{ kind: 'states' }]);
    expect(states.get('line.b')).toMatchObject({ shortest: true });
    const last = states.get('line.d')!;
    expect(last.shortest).toBe(false);
    const simulation = simulate(machine);
    simulation.replay(last.steps);
    expect(machine.matches(simulation.snapshot, 'line.d')).toBe(true);
  });
});

describe('simple paths', () => {
  test('are all that come to nothing twice', () => {
    const { paths, exhaustive } = simplePaths(triangle);
    expect(texts(paths)).toEqual(['', 'GO', 'GO GO', 'SKIP']);
    expect(exhaustive).toBe(true);
  });

  test('to one state only, and no more than asked for', () => {
    expect(texts(simplePaths(triangle, { to: 'c' }).paths)).toEqual(['GO GO', 'SKIP']);
    const few = simplePaths(triangle, { maxPaths: 2 });
    expect(texts(few.paths)).toEqual(['', 'GO']);
    expect(few).toMatchObject({ exhaustive: false, limits: [{ kind: 'paths' }] });
  });

  test('different steps between the same two states are different paths', () => {
    const machine = compile({ id: 'm', initial: 'a', states: { a: { on: { X: 'b', Y: 'b' } }, b: {} } });
    expect(texts(simplePaths(machine, { to: 'b' }).paths)).toEqual(['X', 'Y']);
  });
});

describe('on random machines', () => {
  const bounded = { maxStates: 60 };

  const keyOf = (machine: Machine, { snapshot, now }: Simulation | ExploredState) =>
    explorationKey(snapshot, now, partOfContext(snapshot.context, relevanceOf(machine.definition).context));

  test('every path replays to its state', () => {
    fc.assert(
      fc.property(smallMachines, (definition) => {
        const machine = compileSmall(definition);
        for (const { steps, key } of shortestPaths(machine, bounded).paths) {
          const simulation = simulate(machine);
          simulation.replay(steps);
          expect(keyOf(machine, simulation)).toBe(key);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('shortest paths are as short as brute force finds them, which finds nothing else', () => {
    fc.assert(
      fc.property(smallMachines, (definition) => {
        const machine = compileSmall(definition);
        const deep = 3;
        const found = new Map<string, number>();
        // every sequence of steps, each played from the start, whether or not it leads anywhere new
        let layer: readonly SimulationStep[][] = [[]];
        for (let depth = 0; depth <= deep; depth++) {
          const next: SimulationStep[][] = [];
          for (const steps of layer) {
            const simulation = simulate(machine);
            if (simulation.replay(steps).some(({ error }) => error !== undefined)) continue;
            const key = keyOf(machine, simulation);
            const known = found.get(key);
            if (known === undefined) found.set(key, depth);
            // two sequences to the same place at the same depth go on alike
            if (known !== undefined && known <= depth) continue;
            next.push(...possible(simulation).map((step) => [...steps, step]));
          }
          layer = next;
        }
        const { states } = explore(machine, { maxDepth: deep, maxStates: 100_000 });
        const explored = new Map(Array.from(states.values(), ({ key, depth }) => [key, depth]));
        expect(explored).toEqual(found);
      }),
      { numRuns: 60 },
    );
  });

  function possible({ snapshot, now }: Simulation): readonly SimulationStep[] {
    const due = Object.values(snapshot.timers ?? {}).map((timer) => timer.due - now);
    return [
      ...[...eventTypes, 'a.other', 'a.b.other', 'other'].map((event) => ({ event })),
      ...(due.length === 0 ? [] : [{ advance: Math.min(...due) }]),
      ...Object.keys(snapshot.invocations ?? {}).flatMap((id) => [{ done: id }, { failed: id }]),
    ];
  }

  test('simple paths come to no state twice and replay to their end', () => {
    fc.assert(
      fc.property(smallMachines, (definition) => {
        const machine = compileSmall(definition);
        const { paths } = simplePaths(machine, { maxStates: 12, maxPaths: 60 });
        expect(new Set(paths.map(({ steps }) => JSON.stringify(steps))).size).toBe(paths.length);
        for (const { steps, key } of paths) {
          const simulation = simulate(machine);
          const visited = [keyOf(machine, simulation)];
          for (const step of steps) {
            simulation.apply(step);
            visited.push(keyOf(machine, simulation));
          }
          expect(visited.at(-1)).toBe(key);
          expect(new Set(visited).size).toBe(visited.length);
        }
      }),
      { numRuns: 40 },
    );
  });
});
