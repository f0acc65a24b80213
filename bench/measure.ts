import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Several rounds of one contestant, summarised. The unit stands on the comparison that holds it. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: readonly number[];
  /** The same per second of this thread's CPU time: what a neighbour on the machine cannot disturb as much. */
  readonly cpuMedian?: number;
}

/** One side of a race: the same work as its rivals, so many times, returning what it computed (or a promise of it) so that nothing is dead code. */
export interface Contestant {
  readonly name: string;
  /** Operations in one repetition; 1 when not given. */
  readonly operations?: number;
  run(repetitions: number): unknown;
}

export interface RaceOptions {
  readonly rounds: number;
  readonly sliceMilliseconds: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;

/** Frees what earlier rounds left behind, so that no contestant pays for the garbage of another. For rounds of seconds. */
export function collectGarbage(): void {
  collect();
}

/**
 * The same for short rounds, young objects only: a full collection also drops compiled code that hangs on weak maps, and
 * whoever has more of it would spend a good part of the round on getting it back.
 */
export function collectYoungGarbage(): void {
  collect({ type: 'minor' });
}

let consumed: unknown;

/**
 * Races contestants in one process, round by round in turn (ABAB…), each for about one slice of time.
 * Finding the number of repetitions for a slice warms each contestant up. Figures are operations per second.
 *
 * @example
 * const [ours, theirs] = await race([{ name: 'fsm', run }, { name: 'XState', run: other }], { rounds: 7, sliceMilliseconds: 200 });
 */
export async function race(contestants: readonly Contestant[], options: RaceOptions): Promise<Figure[]> {
  const counts: number[] = [];
  for (const contestant of contestants) counts.push(await repetitionsForSlice(contestant, options));
  const wall: number[][] = contestants.map(() => []);
  const cpu: number[][] = contestants.map(() => []);
  // The first round is not counted: on a busy machine the compiler is late, and a slice may pass before its code arrives.
  for (let round = options.rounds === 1 ? 0 : -1; round < options.rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const count = counts[index]!;
      const operations = count * (contestant.operations ?? 1);
      collectYoungGarbage();
      const cpuStart = process.threadCpuUsage();
      const start = performance.now();
      await consume(contestant.run(count));
      const milliseconds = performance.now() - start;
      if (round < 0) continue;
      wall[index]!.push((operations / milliseconds) * 1000);
      cpu[index]!.push((operations / microsecondsSince(cpuStart)) * 1e6);
    }
  }
  // The kernel counts CPU time in ticks: over a short slice it says nothing.
  const cpuCounts = options.sliceMilliseconds >= 50;
  return contestants.map((_, index) => figure(wall[index]!, cpuCounts ? cpu[index]! : undefined));
}

/** Waits only for what must be waited for: a synchronous contestant pays for no turn of the event loop. */
async function consume(result: unknown): Promise<void> {
  consumed = result instanceof Promise ? await result : result;
}

async function repetitionsForSlice(contestant: Contestant, options: RaceOptions): Promise<number> {
  let count = 1;
  for (;;) {
    const start = performance.now();
    await consume(contestant.run(count));
    const milliseconds = performance.now() - start;
    if (milliseconds >= options.sliceMilliseconds) {
      return Math.max(1, Math.round((count * options.sliceMilliseconds) / milliseconds));
    }
    count *= 2;
  }
}

/** Microseconds of CPU time this thread spent since `start`, never zero (the clock ticks coarsely on some kernels). */
export function microsecondsSince(start: NodeJS.CpuUsage): number {
  const used = process.threadCpuUsage(start);
  return Math.max(1, used.user + used.system);
}

export function figure(rounds: readonly number[], cpuRounds?: readonly number[]): Figure {
  const summary = {
    median: quantile(rounds, 0.5),
    min: Math.min(...rounds),
    max: Math.max(...rounds),
    rounds: [...rounds],
  };
  return cpuRounds === undefined ? summary : { ...summary, cpuMedian: quantile(cpuRounds, 0.5) };
}

/** The value below which `share` of the values lie, interpolated between neighbours. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/** What the last race computed; reading it from outside keeps the engine from proving the work useless. */
export function lastResult(): unknown {
  return consumed;
}
