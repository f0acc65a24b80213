import type { Json, Snapshot } from '@fsm/core';
import { compareRuns, problemsOf } from './crash-check.ts';
import { type CrashPoint, play, type Scenario } from './crash-run.ts';
import { Random } from './random.ts';

export interface ExploreOptions extends Scenario {
  /** How many crashes there are in one run, at most; 1 when not given. Where the later ones come is left to chance. */
  readonly crashes?: number;
  /** Decides what is left to chance; 1 when not given. */
  readonly seed?: number;
  /** Only this run: the crashes of a problem of an earlier report. */
  readonly only?: readonly CrashPoint[];
  /** What of a snapshot must be the same with and without crashes: status, configuration, context, output, error by default. */
  readonly compare?: (snapshot: Snapshot) => Json;
}

export interface CrashProblem {
  /** Where the process died. Give them as `only` to see it again. */
  readonly crashes: readonly CrashPoint[];
  readonly problem: string;
}

export interface CrashReport {
  /** Journal writes of the run without a crash. */
  readonly writes: number;
  /** Runs with crashes. */
  readonly runs: number;
  /** What went wrong, the run without a crash included (then `crashes` is empty). */
  readonly problems: readonly CrashProblem[];
  /** One line for people. */
  readonly summary: string;
}

/**
 * Plays a scenario once without a crash and then again and again, with a crash at each journal write: before the write
 * arrived, and after it did. Each time the machine is opened again over what was stored, goes on, and must come to the same
 * end: nothing recorded is lost, nothing recorded is performed again, attempts and waits are not begun anew, compensations
 * are finished. All time is virtual.
 *
 * ```ts
 * const report = await exploreCrashes({
 *   machine: order,
 *   functions: { 'card.charge': [{ fails: 'CARD_BUSY' }, { takes: '2s', returns: 'ok' }] },
 *   scenario: [{ send: 'PAY' }, { after: '1m', send: 'SHIP' }],
 * });
 * expect(report.problems).toEqual([]);
 * ```
 *
 * Functions are fakes (see `scripted`): they must do the same each time they are asked with the same key and attempt. Two
 * things due at the very same millisecond may change places after a crash; give them different times. With a `downtime`,
 * what the clock decides may come out differently, so ends are not compared: only that no step is recorded twice and nothing
 * is left half done.
 */
export async function exploreCrashes(options: ExploreOptions): Promise<CrashReport> {
  const { crashes = 1, seed = 1, only, compare = essence } = options;
  const random = new Random(seed);
  const whole = await play(options, []);
  const problems: CrashProblem[] = problemsOf(whole).map((problem) => ({ crashes: [], problem }));
  const points = only === undefined ? pointsOf(whole.writes, crashes, random) : only.length === 0 ? [] : [only];
  const strict = options.downtime === undefined || options.downtime === 0;
  for (const chosen of points) {
    try {
      const run = await play(options, chosen);
      const found = problemsOf(run, strict ? whole : undefined);
      if (strict) found.push(...compareRuns(whole, run, compare));
      problems.push(...found.map((problem) => ({ crashes: chosen, problem })));
    } catch (error) {
      problems.push({
        crashes: chosen,
        problem: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }
  return {
    writes: whole.writes,
    runs: points.length,
    problems,
    summary: summaryOf(whole.writes, points.length, problems),
  };
}

/** Each write, lost and arrived; further crashes follow soon after. */
function pointsOf(writes: number, crashes: number, random: Random): CrashPoint[][] {
  const points: CrashPoint[][] = [];
  for (let write = 1; write <= writes; write += 1) {
    for (const arrived of [false, true]) {
      const chosen = [{ write, arrived }];
      for (let more = 1; more < crashes; more += 1) {
        chosen.push({ write: chosen.at(-1)!.write + 1 + random.below(6), arrived: random.chance(0.5) });
      }
      points.push(chosen);
    }
  }
  return points;
}

function essence({ status, configuration, context, output, error }: Snapshot): Json {
  const view = { status, configuration, context, output, error };
  return JSON.parse(JSON.stringify(view));
}

function summaryOf(writes: number, runs: number, problems: readonly CrashProblem[]): string {
  const went = problems.length === 0 ? 'all came to the same end' : `${problems.length} problems`;
  return `${writes} journal writes, ${runs} runs with crashes: ${went}`;
}
