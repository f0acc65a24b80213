import type { Json } from '../json.ts';
import type { Machine } from '../machine/machine.ts';
import type { Scenario } from './scenario.ts';
import { type Simulation, type SimulationOptions, type SimulationResult, simulate } from './simulation.ts';
import type { SimulationStep } from './step.ts';

export interface ScenarioFailure {
  /** Of the file, or the position of the step, from 1, when it comes from none. */
  readonly line: number;
  /** What was looked at: `configuration`, `context.score`, or `step` for a step that was refused. */
  readonly subject: string;
  readonly expected: Json;
  /** Absent when there is nothing of the kind. */
  readonly actual?: Json;
  readonly message: string;
}

export interface ScenarioRun {
  readonly passed: boolean;
  readonly steps: readonly { readonly line: number; readonly result: SimulationResult }[];
  readonly failures: readonly ScenarioFailure[];
  readonly simulation: Simulation;
}

/**
 * Plays a scenario and compares what it expects. A step that the machine refuses is a failure too, unless the next one
 * expects that very error.
 *
 * ```ts
 * const { passed, failures } = runScenario(machine, parseScenario(text));
 * failures[0]?.message; // 'configuration is ["review"]: without "approved", with "review" besides'
 * ```
 *
 * @throws FsmError what `start` throws.
 */
export function runScenario(machine: Machine, scenario: Scenario, options: SimulationOptions = {}): ScenarioRun {
  const { input, now, effects } = scenario;
  const simulation = simulate(machine, {
    ...(input && { input }),
    ...(now !== undefined && { now }),
    ...(effects && { effects }),
    ...options,
  });
  const steps = scenario.steps.map((step, index) => ({
    line: scenario.lines?.[index] ?? index + 1,
    result: simulation.apply(step),
  }));
  const failures = steps.flatMap(({ line, result }, index) => [
    ...(result.differences ?? []).map((difference) => ({ line, ...difference })),
    ...refusal(line, result, scenario.steps[index + 1]),
  ]);
  return { passed: failures.length === 0, steps, failures, simulation };
}

function refusal(line: number, { error }: SimulationResult, next: SimulationStep | undefined): ScenarioFailure[] {
  const awaited = next !== undefined && 'expect' in next && next.expect.error !== undefined;
  if (error === undefined || awaited) return [];
  return [{ line, subject: 'step', expected: 'no error', actual: error.code, message: `refused: ${error.message}` }];
}
