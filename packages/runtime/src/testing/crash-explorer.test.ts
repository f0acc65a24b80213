import type { MachineDefinition } from '@fsm/core';
import { defineEffect, leaf, parameters } from '@fsm/effects';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { exploreCrashes } from './crash-explorer.ts';
import type { Scenario } from './crash-run.ts';
import { randomScenario } from './random-scenario.ts';

/** `FSM_CRASH_SEEDS=5000 npm test -- crash-explorer` tries more; `FSM_CRASH_FROM=4711` begins elsewhere. */
const seeds = Number(process.env.FSM_CRASH_SEEDS ?? 60);
const from = Number(process.env.FSM_CRASH_FROM ?? 1);

async function exploreSeed(seed: number, crashes: number): Promise<number> {
  const { problems, runs } = await exploreCrashes({ ...randomScenario(seed), seed, crashes });
  const again = `FSM_CRASH_FROM=${seed} FSM_CRASH_SEEDS=1 npm test -- crash-explorer`;
  expect(problems, `seed ${seed}; see it again with: ${again}`).toEqual([]);
  return runs;
}

describe('random machines that crash at every journal write', () => {
  test(`${seeds} machines come to the same end as without a crash`, { timeout: 600_000 }, async () => {
    let runs = 0;
    for (let seed = from; seed < from + seeds; seed += 1) runs += await exploreSeed(seed, 1);
    expect(runs).toBeGreaterThan(seeds * 5);
  });

  test('also when they crash three times', { timeout: 600_000 }, async () => {
    for (let seed = from; seed < from + Math.ceil(seeds / 5); seed += 1) await exploreSeed(seed, 3);
  });

  test('also when the process is away for a while', { timeout: 600_000 }, async () => {
    for (let seed = from; seed < from + Math.ceil(seeds / 10); seed += 1) {
      const { problems } = await exploreCrashes({ ...randomScenario(seed), seed, crashes: 2, downtime: '20m' });
      expect(problems, `seed ${seed}`).toEqual([]);
    }
  });

  test('a seed gives the same machine and the same report each time', async () => {
    expect(randomScenario(7)).toEqual(randomScenario(7));
    const [first, second] = [await exploreCrashes(randomScenario(7)), await exploreCrashes(randomScenario(7))];
    expect(first).toEqual(second);
    expect(first.runs).toBe(first.writes * 2);
  });
});

/** A machine that does one thing. */
function doing(effect: MachineDefinition['effect'] & object): MachineDefinition {
  const states = { idle: { on: { GO: 'busy' } }, busy: { effect, onDone: 'done', onError: 'failed' } };
  const ends = { done: { type: 'final' }, failed: { type: 'final' } };
  return { id: 'doing', initial: 'idle', states: { ...states, ...ends } } as unknown as MachineDefinition;
}

const call = (name: string) => ({ type: 'call', function: name });

describe('what the explorer sees', () => {
  test('an order whose second charge succeeds survives a crash at any write', async () => {
    const report = await exploreCrashes({
      machine: doing({ type: 'retry', attempts: 3, delay: '10s', effect: call('card.charge') }),
      functions: {
        'card.charge': [
          { takes: '3s', fails: 'BUSY' },
          { takes: '2s', returns: 'paid' },
        ],
      },
      scenario: [{ send: 'GO' }],
    });
    expect(report.problems).toEqual([]);
    expect(report.summary).toBe(
      `${report.writes} journal writes, ${report.runs} runs with crashes: all came to the same end`,
    );
  });

  test('after a time without the process nothing is lost or performed again either', async () => {
    const report = await exploreCrashes({
      machine: doing({
        type: 'timeout',
        duration: '1m',
        effect: { type: 'sequence', effects: [call('a'), { type: 'delay', duration: '30s' }, call('b')] },
      }),
      functions: { a: { takes: '1s' }, b: { takes: '2s' } },
      scenario: [{ send: 'GO' }, { after: '5m', send: 'GO' }],
      downtime: '40s',
    });
    expect(report.problems).toEqual([]);
  });

  const forgetfulDelay = defineEffect({
    name: 'forgetful_delay',
    summary: 'Waits, and begins anew after a crash.',
    category: 'test',
    icon: 'bug',
    output: 'Nothing.',
    repeat: 'idempotent',
    parameters: z.strictObject({ duration: parameters.duration.describe('How long.') }),
    prepare({ duration }, compile) {
      const milliseconds = compile.duration(duration, 'duration');
      return leaf((step) => step.sleepUntil(step.now() + milliseconds(step)));
    },
  });

  let lives = 0;
  const fickle = { run: () => ({ lives: ++lives }) };

  const bugs: readonly (Omit<Scenario, 'scenario'> & { readonly bug: string; readonly shows: RegExp })[] = [
    {
      bug: 'a wait that begins anew after a crash',
      machine: doing({
        type: 'parallel',
        effects: [
          { type: 'forgetful_delay', duration: '1m' },
          { type: 'sequence', effects: [{ type: 'delay', duration: '20s' }, call('a')] },
        ],
      }),
      kinds: [forgetfulDelay],
      functions: { a: { takes: '1s' } },
      shows: /"at":60000/,
    },
    {
      bug: 'a function that answers differently the second time',
      machine: doing(call('a')),
      functions: { a: fickle.run },
      shows: /without a crash/,
    },
    {
      bug: 'a step that must not be performed twice and is not known to have ended',
      machine: doing(call('a')),
      functions: { a: { takes: '1s', repeat: 'once' } },
      shows: /EFFECT_UNKNOWN/,
    },
  ];

  test.each(bugs)('$bug', async ({ bug: _, shows, ...scenario }) => {
    const { problems } = await exploreCrashes({
      ...scenario,
      scenario: [{ send: 'GO' }, { after: '30s', send: 'NOISE' }],
    });
    expect(problems.map(({ problem }) => problem).join('\n')).toMatch(shows);
    const [first] = problems;
    const again = await exploreCrashes({
      ...scenario,
      scenario: [{ send: 'GO' }, { after: '30s', send: 'NOISE' }],
      only: first!.crashes,
    });
    expect(again.runs).toBe(1);
    expect(again.problems.map(({ crashes }) => crashes)).toContainEqual(first!.crashes);
  });

  test('a scenario with something that is no duration is refused', async () => {
    const machine = doing(call('a'));
    await expect(
      exploreCrashes({ machine, functions: { a: {} }, scenario: [{ after: 'soon', send: 'GO' }] }),
    ).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
    });
    await expect(exploreCrashes({ machine, functions: { a: { takes: 'long' } }, scenario: [] })).rejects.toMatchObject({
      code: 'SCRIPT_INVALID',
    });
  });
});
