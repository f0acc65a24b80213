import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../machine/machine.ts';
import { coveringScenarios, pathsToScenarios, transitionCoverage } from './coverage.ts';
import { explore } from './exploration.ts';
import { shortestPaths } from './paths.ts';
import { runScenario } from './run-scenario.ts';
import { formatScenario, parseScenario } from './scenario.ts';
import { compileSmall, smallMachines } from './testing/small-machine.ts';

const door = compile({
  id: 'door',
  initial: 'closed',
  states: {
    closed: { always: { guard: 'false', target: 'open' }, on: { OPEN: 'open', LOCK: 'locked', KNOCK: {} } },
    open: { on: { CLOSE: 'closed' }, after: { '10s': 'closed' } },
    locked: { on: { UNLOCK: [{ guard: 'event.data.code === 7', target: 'closed' }, { target: 'locked' }] } },
  },
});

describe('transition coverage', () => {
  test('counts what was taken, and names what never was', () => {
    const coverage = transitionCoverage(door, [
      parseScenario('{"event":"OPEN"}\n{"event":"CLOSE"}\n{"event":"KNOCK"}\n{"event":"OPEN"}'),
      parseScenario('{"event":"LOCK"}'),
    ]);
    expect(coverage).toMatchObject({ total: 7, covered: 3 });
    expect(coverage.transitions.find(({ descriptor }) => descriptor === 'OPEN')).toMatchObject({
      path: '$.states.closed.on.OPEN',
      source: 'closed',
      targets: ['open'],
      taken: 2,
    });
    expect(coverage.never.map(({ path }) => path)).toEqual([
      '$.states.closed.always',
      '$.states.open.after["10s"]',
      '$.states.locked.on.UNLOCK[0]',
      '$.states.locked.on.UNLOCK[1]',
    ]);
  });

  test('sees what the start takes', () => {
    const machine = compile({ id: 'm', initial: 'a', states: { a: { always: 'b' }, b: {} } });
    expect(transitionCoverage(machine, [{ steps: [] }])).toMatchObject({ total: 1, covered: 1, never: [] });
  });
});

describe('covering scenarios', () => {
  test('take every transition that can be taken, and expect what they come to', () => {
    const { scenarios, reached } = coveringScenarios(door);
    expect(transitionCoverage(door, scenarios).never.map(({ path }) => path)).toEqual(['$.states.closed.always']);
    expect(reached.size).toBe(6);
    expect(scenarios).toHaveLength(1);
    const changed = compile({ ...door.definition, initial: 'open' });
    expect(runScenario(changed, scenarios[0]!).passed).toBe(false);
  });

  test('end when they get long', () => {
    const { scenarios } = coveringScenarios(door, { maxSteps: 3 });
    expect(scenarios.length).toBeGreaterThan(1);
    for (const { steps } of scenarios)
      expect(steps.filter((step) => !('expect' in step)).length).toBeLessThanOrEqual(3);
    expect(transitionCoverage(door, scenarios).covered).toBe(6);
  });

  test('find their way also where the time of day decides', () => {
    const clock = compile({
      id: 'clock',
      initial: 'a',
      states: {
        a: { on: { WAIT: 'b', GO: [{ guard: 'now < 1000', target: 'c' }, { target: 'd' }] } },
        b: { after: { '1s': 'a' } },
        c: { on: { BACK: 'a' } },
        d: {},
      },
    });
    const { scenarios, reached } = coveringScenarios(clock);
    const { transitions } = transitionCoverage(clock, scenarios);
    const taken = transitions.filter((each) => each.taken > 0).map(({ path }) => path);
    expect(reached).toContain('$.states.a.on.GO[0]');
    expect(taken).toEqual(expect.arrayContaining([...reached]));
    for (const scenario of scenarios) expect(runScenario(clock, scenario).failures).toEqual([]);
  });

  test('a machine that does nothing has one: its start', () => {
    const { scenarios } = coveringScenarios(compile({ id: 'm', initial: 'a', states: { a: {} } }));
    expect(scenarios).toEqual([{ steps: [{ expect: { configuration: ['a'] } }] }]);
  });

  test('of random machines pass, and take what the exploration reached', () => {
    fc.assert(
      fc.property(smallMachines, (definition) => {
        const machine = compileSmall(definition);
        const options = { maxStates: 80, maxSteps: 12, first: 'newest' } as const;
        const { scenarios } = coveringScenarios(machine, options);
        const { edges, states, initial } = explore(machine, options);
        const reachable = new Set([
          ...states.get(initial)!.transitions,
          ...edges.flatMap(({ transitions }) => transitions),
        ]);
        const read = scenarios.map((scenario) => parseScenario(formatScenario(scenario)));
        for (const scenario of read) expect(runScenario(machine, scenario).failures).toEqual([]);
        const forbidden = new Set([...machine.transitions()].filter((each) => each.forbidden).map(({ path }) => path));
        const covered = transitionCoverage(machine, read).transitions.filter(({ taken }) => taken > 0);
        expect(new Set(covered.map(({ path }) => path))).toEqual(
          new Set([...reachable].filter((path) => !forbidden.has(path))),
        );
      }),
      { numRuns: 40 },
    );
  });
});

test('paths become scenarios that pass', () => {
  const scenarios = pathsToScenarios(door, shortestPaths(door).paths);
  expect(scenarios.length).toBeGreaterThan(2);
  for (const scenario of scenarios) expect(runScenario(door, scenario).passed).toBe(true);
  expect(scenarios[0]!.steps).toEqual([{ expect: { configuration: ['closed'] } }]);
});
