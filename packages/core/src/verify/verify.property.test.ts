import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../definition/definition.ts';
import { compile } from '../machine/machine.ts';
import type { Finding } from './finding.ts';
import { randomDefinition } from './testing/random-definition.ts';
import { leastSteps, seeded, walk } from './testing/random-walk.ts';
import { replay } from './testing/replay.ts';
import { verify } from './verify.ts';

const runs = Number(process.env.FSM_RUNS ?? 25);

describe.each([
  ['any', false],
  ['without guards over data', true],
])('of random machines, %s', (_, free) => {
  test('what is called unreachable or dead is never met by instances that live at random', () => {
    fc.assert(
      fc.property(randomDefinition(free), fc.nat(), (definition, seed) => {
        const machine = compile(definition, { maxMicrosteps: 50 });
        const { findings } = verify(machine, { maxStates: 300 });
        const proven = findings.filter(({ severity }) => severity === 'error');
        const walked = walk(machine, 200, 8, seeded(seed));
        for (const { code, path, states } of proven) {
          if (code === 'UNREACHABLE_STATE') expect(walked.states, path).not.toContain(states![0]);
          if (code === 'DEAD_TRANSITION' || code === 'SHADOWED_GUARD') expect(walked.transitions).not.toContain(path);
        }
      }),
      { numRuns: runs },
    );
  });

  test('every counter-example replays and shows what it says', () => {
    fc.assert(
      fc.property(randomDefinition(free), (definition) => {
        const machine = compile(definition, { maxMicrosteps: 50 });
        for (const finding of verify(machine, { maxStates: 200 }).findings) check(machine, finding);
      }),
      { numRuns: runs },
    );
  });
});

function check(machine: ReturnType<typeof compile>, finding: Finding): void {
  if (finding.steps === undefined) {
    expect(finding.evidence).not.toBe('shown');
    return;
  }
  const { snapshot, refused, first } = replay(machine, finding.steps);
  switch (finding.code) {
    case 'DEADLOCK':
      expect(snapshot.status).toBe('active');
      for (const type of ['E', 'F', 'a', 'a.b', 'a.b.c', 'other']) {
        const after = replay(machine, [...finding.steps, { event: { type } }]).snapshot;
        expect(after.configuration).toEqual(snapshot.configuration);
      }
      break;
    case 'LIVELOCK':
      expect(snapshot.status).toBe('active');
      expect(refused).toBeUndefined();
      break;
    case 'EVENTLESS_LOOP':
      expect(['MICROSTEP_LIMIT', 'TIMERS_ENDLESS']).toContain(refused);
      break;
    case 'MISSING_ERROR_HANDLER':
      expect(snapshot.status).toBe('error');
      break;
    case 'REGION_CONFLICT':
      expect(refused === undefined && first.includes(finding.path)).toBe(false);
      break;
    case 'GUARD_MAY_FAIL':
      expect(refused).toBe('GUARD_FAILED');
      break;
    case 'CONFLICTING_TARGETS':
      expect(refused).toBe('CONFLICTING_TARGETS');
      break;
    case 'ACTION_MAY_FAIL':
      expect(refused).toBe('ACTION_FAILED');
      break;
    default:
      throw new Error(`unexpected: ${finding.code} with steps`);
  }
}

describe('the way to a state', () => {
  test('is as short as one that trying everything finds', () => {
    fc.assert(
      fc.property(randomDefinition(false), fc.nat(), (definition, choice) => {
        const paths = statePaths(definition, '');
        const state = paths[choice % paths.length]!;
        const machine = compile(definition, { maxMicrosteps: 50 });
        const least = leastSteps(machine, state, 3);
        const report = verify(machine, { invariants: [`!active('${state}')`], maxDepth: 4, maxStates: 5_000 });
        const found = report.findings.find(({ code }) => code === 'INVARIANT_VIOLATED');
        if (least !== undefined) expect(found?.steps).toHaveLength(least);
        else expect(found?.steps?.length ?? 4).toBeGreaterThan(3);
      }),
      { numRuns: runs },
    );
  });
});

function statePaths({ states = {} }: Pick<MachineDefinition, 'states'>, parent: string): string[] {
  return Object.entries(states).flatMap(([key, state]) => {
    if (state.type === 'history') return [];
    const path = parent === '' ? key : `${parent}.${key}`;
    return [path, ...statePaths(state, path)];
  });
}
