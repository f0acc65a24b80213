import { describe, expect, test } from 'vitest';
import { missing } from './testing/machine-features.ts';
import { assertAgreement } from './testing/xstate-agreement.ts';

/** With `xstate-regions.test.ts` 10,000 machines; two files, so that two cores share them. */
describe('against XState v5', () => {
  test('5,000 random machines go through the same configurations, contexts, timers, tags and outputs', () => {
    const { machines, exercised } = assertAgreement(5_000, { invocations: true, parallelOneIn: 5 });
    expect(
      missing(machines, {
        parallel: 1_200,
        'parallel in a parallel': 150,
        'shallow history with default': 1_500,
        'shallow history without default': 300,
        'deep history with default': 1_500,
        'deep history without default': 300,
        after: 2_000,
        'delayed raise': 2_000,
        cancel: 2_000,
        always: 2_000,
        invocation: 700,
        'final state with output': 1_500,
        'several targets': 200,
        '*': 1_200,
        'a.*': 1_500,
        'wildcard of done events': 1_500,
        forbidden: 2_000,
        reenter: 2_500,
        tags: 2_000,
        'actions of initial': 60,
      }),
    ).toEqual({});
    expect(
      missing(exercised, {
        event: 3_500,
        '*': 1_200,
        'a.*': 1_200,
        'wildcard of done events': 130,
        always: 1_200,
        after: 600,
        reenter: 800,
        'several targets': 30,
        'shallow history restored': 80,
        'shallow history not recorded': 80,
        'deep history restored': 80,
        'deep history not recorded': 80,
        'done of a compound state': 150,
        'done of a parallel state': 10,
        'done of an invocation': 30,
        'error of an invocation': 30,
        'several regions active': 2_500,
        done: 500,
        output: 400,
        failed: 45,
      }),
    ).toEqual({});
  }, 180_000);
});
