import { describe, expect, test } from 'vitest';
import { missing } from './testing/machine-features.ts';
import { assertAgreement } from './testing/xstate-agreement.ts';

describe('against XState v5', () => {
  test('5,000 more random machines, most of them with regions inside of regions, agree as well', () => {
    const { machines, exercised } = assertAgreement(5_000, { invocations: true, parallelOneIn: 2 });
    expect(
      missing(machines, {
        parallel: 2_400,
        'parallel in a parallel': 900,
        'several targets': 600,
        'shallow history with default': 1_500,
        'deep history with default': 1_500,
        always: 1_800,
        after: 2_000,
        forbidden: 2_000,
      }),
    ).toEqual({});
    expect(
      missing(exercised, {
        'several regions active': 7_000,
        'several targets': 150,
        'shallow history restored': 120,
        'deep history restored': 100,
        'done of a compound state': 90,
        'done of a parallel state': 20,
        'a.*': 1_500,
        '*': 1_500,
        reenter: 800,
        after: 600,
      }),
    ).toEqual({});
  }, 180_000);
});
