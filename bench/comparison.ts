import type { Figure } from './measure.ts';

/** One row of the report: what was measured, ours, and the peer in the same run where there is one. */
export interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly ours: Figure;
  readonly peer?: Figure & { readonly name: string };
  /** How many times better ours is by the medians: above 1 is better, whichever way the unit points. */
  readonly ratio?: number;
  /** The same ratio over thread CPU time. */
  readonly cpuRatio?: number;
  readonly target?: Target;
}

export interface Target {
  readonly text: string;
  /** Absent when the run was too small to judge. */
  readonly met?: boolean;
}

/** A benchmark's answer. `notes` hold what a reader must know to believe the rows: sizes, checks that passed, the machine. */
export interface BenchmarkResult {
  readonly comparisons: readonly Comparison[];
  readonly notes: readonly string[];
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  run(options: BenchmarkOptions): Promise<BenchmarkResult> | BenchmarkResult;
}

export interface BenchmarkOptions {
  /** Tiny sizes: everything runs once, nothing is worth quoting. */
  readonly quick: boolean;
  /** The largest sizes DESIGN §9 names. */
  readonly full: boolean;
  /** Also peers that have to be downloaded first. */
  readonly peers: boolean;
  readonly rounds: number | undefined;
  readonly instances: number | undefined;
  readonly events: number | undefined;
  /** Where stores are created. */
  readonly directory: string;
  /** A machine and a log to replay instead of the synthetic sample. */
  readonly machine: string | undefined;
  readonly log: string | undefined;
  progress(message: string): void;
}

export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly ours: Figure;
  readonly peer?: { readonly name: string; readonly figure: Figure };
  readonly target?: { readonly text: string; readonly met: (row: { ours: number; ratio: number }) => boolean };
}

/** Fills in ratios and the verdict on the target; a target on the ratio must be met by the clock and by CPU time. */
export function compare(row: Row, options: { readonly quick: boolean }): Comparison {
  const { what, unit, better, ours, peer, target } = row;
  const ratio = peer === undefined ? undefined : advantage(ours.median, peer.figure.median, better);
  const cpuRatio =
    ours.cpuMedian === undefined || peer?.figure.cpuMedian === undefined
      ? undefined
      : advantage(ours.cpuMedian, peer.figure.cpuMedian, better);
  return {
    what,
    unit,
    better,
    ours,
    ...(peer === undefined ? {} : { peer: { name: peer.name, ...peer.figure } }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(cpuRatio === undefined ? {} : { cpuRatio }),
    ...(target === undefined
      ? {}
      : {
          target: options.quick
            ? { text: target.text }
            : {
                text: target.text,
                met: target.met({ ours: ours.median, ratio: Math.min(ratio ?? Number.NaN, cpuRatio ?? Infinity) }),
              },
        }),
  };
}

function advantage(ours: number, theirs: number, better: 'higher' | 'lower'): number {
  return better === 'higher' ? ours / theirs : theirs / ours;
}
