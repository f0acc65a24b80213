import { type EffectDefinition, FsmError, type Json } from '@fsm/core';
import { afterCompensation } from '../compensation-error.ts';
import type { Settlement } from '../debts.ts';
import type { PreparedEffect } from '../effect.ts';
import { compensate, execute } from '../execute.ts';
import { cancelled } from '../failure.ts';
import type { ProgressReport } from '../host.ts';
import type { MemoryHostOptions } from '../memory-host.ts';
import { createRegistry } from '../registry.ts';
import type { RunOptions } from '../run.ts';
import { type NodeReport, Nodes } from './nodes.ts';
import { ProgressStream } from './progress-stream.ts';
import { RecollectingHost } from './recollecting-host.ts';

export interface WatchOptions extends Omit<RunOptions, 'progress'> {
  /** Told everything at once, before whoever reads: for counting. It must not throw, and be quick. */
  readonly progress?: (report: NodeReport) => void;
  /** How many reports wait at most for whoever reads them; 1,000 when not given. */
  readonly buffer?: number;
}

/** An effect that runs in memory, and what can be known of it meanwhile. */
export interface WatchedRun {
  /** The output. Rejects like `run`; after a cancellation only once everything that was owed is paid. */
  readonly result: Promise<Json>;
  /** What each node does, to be read once. It ends with the run. Whoever stops reading early does not stop the run. */
  readonly progress: AsyncIterable<NodeReport>;
  /** Stops it. `result` rejects with `reason`, EXECUTION_CANCELLED when not given, once what it did is undone. */
  cancel(reason?: FsmError): void;
}

/**
 * Runs an effect once, in memory, and tells what each of its nodes does.
 *
 * ```ts
 * const { result, progress } = watch({ type: 'delay', duration: '1s' });
 * for await (const { path, kind, phase, duration } of progress) console.log(path, kind, phase, duration);
 * await result;
 * // started, then finished after 1000 ms
 * ```
 *
 * A reader that is too slow misses what nodes say of themselves first (`progressed`), then the oldest of the rest, and
 * the next report says how many it missed.
 *
 * Unlike `run`, it undoes what it did when it is cancelled, also when `options.signal` is aborted (with the FsmError that
 * `result` is to reject with, if any).
 *
 * @throws FsmError EFFECT_INVALID when the definition has problems
 */
export function watch(effect: EffectDefinition, options: WatchOptions = {}): WatchedRun {
  const { registry = createRegistry(), buffer, progress: listener, signal, ...rest } = options;
  const prepared = registry.prepare(effect);
  const stream = new ProgressStream<NodeReport>(buffer);
  const nodes = new Nodes();
  const progress = (report: ProgressReport) => {
    const noted = nodes.note(report);
    listener?.(noted);
    stream.push(noted);
  };
  const controller = new AbortController();
  const cancel = (reason?: FsmError) => controller.abort(reason);
  const onAbort = () => {
    const reason: unknown = signal?.reason;
    cancel(FsmError.is(reason) ? reason : cancelled('The execution was cancelled.', reason));
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });

  const result = perform(prepared, { ...rest, progress }, controller.signal).finally(() => {
    signal?.removeEventListener('abort', onAbort);
    stream.end();
  });
  // whoever only reads the progress has not forgotten the error
  result.catch(() => {});
  return { result, progress: stream, cancel };
}

async function perform(effect: PreparedEffect, options: MemoryHostOptions, signal: AbortSignal): Promise<Json> {
  const host = new RecollectingHost({ ...options, signal }, effect.compensates);
  try {
    return await execute(effect, host);
  } catch (error) {
    if (!signal.aborted || !effect.compensates) throw reasonOf(signal, error);
    const settlement = await undo(effect, host.recollecting());
    const reason = reasonOf(signal, error);
    const paid = settlement.compensated.length + settlement.failed.length > 0;
    throw paid && FsmError.is(reason) ? afterCompensation(reason, settlement, '') : reason;
  } finally {
    host.close();
  }
}

async function undo(effect: PreparedEffect, host: RecollectingHost): Promise<Settlement> {
  try {
    return await compensate(effect, host);
  } finally {
    host.close();
  }
}

/** Why it was stopped, in the words of whoever stopped it. */
function reasonOf({ aborted, reason }: AbortSignal, error: unknown): unknown {
  return aborted && FsmError.is(reason) ? reason : error;
}
