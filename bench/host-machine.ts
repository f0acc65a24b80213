import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { quantile } from './measure.ts';

/** What a reader of the numbers must know about the machine they come from. */
export interface MachineReport {
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** One-minute load when the run began: above the number of cores, wall-clock figures are lower bounds. */
  readonly load: number;
  readonly directory: string;
  /** A file system in memory makes every durability figure meaningless. */
  readonly inMemory: boolean;
  /** Milliseconds to write and fsync 4 KB there. */
  readonly fsync: { readonly p50: number; readonly p99: number };
}

const tmpfs = 0x01021994;

export function describeMachine(directory: string, quick: boolean): MachineReport {
  return {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load: loadavg()[0]!,
    directory,
    inMemory: statfsSync(directory).type === tmpfs,
    fsync: measureFsync(directory, quick ? 3 : 100),
  };
}

/** One line about the machine, with a warning where its state makes figures doubtful. */
export function machineLine({ node, processor, cores, load, fsync, inMemory, directory }: MachineReport): string {
  const facts = [
    `Node ${node.slice(1)} on ${cores} × ${processor}`,
    `load ${load.toFixed(1)}`,
    `fsync of 4 KB in ${directory}: p50 ${fsync.p50.toFixed(2)} ms, p99 ${fsync.p99.toFixed(2)} ms`,
  ];
  const warnings: string[] = [];
  if (load > cores / 2)
    warnings.push('others are using this machine: times are upper bounds, trust ratios and “by CPU”');
  if (inMemory) warnings.push(`${directory} is a file system in memory: nothing there is durable, give --dir`);
  return [facts.join(' · '), ...warnings.map((warning) => `! ${warning}`)].join('\n');
}

function measureFsync(directory: string, times: number): { p50: number; p99: number } {
  const own = mkdtempSync(join(directory, 'fsm-bench-'));
  const file = openSync(join(own, 'fsync'), 'w');
  const page = Buffer.alloc(4096, 'x');
  const milliseconds: number[] = [];
  try {
    for (let index = 0; index < times; index++) {
      const start = performance.now();
      writeSync(file, page);
      fsyncSync(file);
      milliseconds.push(performance.now() - start);
    }
  } finally {
    closeSync(file);
    rmSync(own, { recursive: true });
  }
  return { p50: quantile(milliseconds, 0.5), p99: quantile(milliseconds, 0.99) };
}

/** A fresh directory for one round, removed afterwards whatever happens. */
export async function inFreshDirectory<T>(parent: string, work: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(parent, 'fsm-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
