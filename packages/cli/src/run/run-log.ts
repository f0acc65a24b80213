import { FsmError } from '@fsm/core';
import { type Feed, openStore, type Runtime, type Tenant, VirtualClock } from '@fsm/runtime';
import { openEventLog } from '../event-log/event-log.ts';
import { formatCount } from '../format-count.ts';
import type { Io } from '../io.ts';
import type { MachineFile } from '../machine-file.ts';
import type { Output } from '../output.ts';
import { builtInPlugins } from '../plugins.ts';
import { registryFor } from '../registry.ts';
import { applyLog } from './apply-log.ts';
import { endStates, timersFired } from './end-states.ts';
import { EventSource } from './event-source.ts';
import { openForRun } from './open-for-run.ts';
import { Rejections } from './rejections.ts';
import { type RunSummary, summarize } from './summary.ts';
import { watch } from './watch.ts';

export interface LogRunOptions {
  readonly events: string;
  readonly db: string | undefined;
  readonly tenant: string;
  readonly verbose: boolean;
}

export interface LogRun {
  readonly summary: RunSummary;
  /** Why the log could not be read to its end; the summary tells about what was read. */
  readonly failure: FsmError | undefined;
}

/**
 * Runs a log through a machine: reads as far as the first event, opens the store, feeds the log, sums up, closes.
 *
 * Throws what reading the log from its beginning and opening the store throw, what makes the store refuse to go on
 * (STORE_FULL, STORE_FAILED), and INTERRUPTED when the user stops it; all of what was acknowledged is kept.
 */
export async function runLog(machine: MachineFile, options: LogRunOptions, io: Io, output: Output): Promise<LogRun> {
  const { definition, implementations } = machine;
  const rejections = new Rejections((text) => output.notice(text));
  const source = new EventSource(openEventLog(options.events, io.stdin), rejections);
  const first = await source.first();
  // A log with times brings its own clock; without them timers run on the real one.
  const clock = first?.at === undefined ? undefined : new VirtualClock(first.at);
  const observer = watch(output, options.verbose);
  const runtime = await openForRun({
    store: openStore(options.db ?? 'memory:', { onNotice: (notice) => output.notice(notice) }),
    registry: registryFor(machine),
    implementations,
    plugins: [...builtInPlugins((line) => observer.logged(line), options.db), ...(machine.plugins ?? [])],
    observer,
    ...(clock && { clock }),
  });
  const { promise: stop, resolve: interrupt } = Promise.withResolvers<void>();
  let interrupted = false;
  const forget = io.onInterrupt(() => {
    interrupted = true;
    interrupt();
  });
  try {
    const tenant = runtime.tenant(options.tenant);
    const fresh = (await runtime.status()).store.lines === 0;
    const registered = await tenant.register(definition, implementations);
    const started = performance.now();
    const target = { runtime, tenant, machine: registered, definition, clock };
    const feed = await applyLog(target, source, output, stop);
    const milliseconds = performance.now() - started;
    if (interrupted) throw interruption(source, feed, options.db);
    const timers = await timersOf(runtime, tenant, feed, fresh);
    const { taken, ignored } = feed.counts;
    const counts = { taken, ignored, rejected: rejections.count, timers, milliseconds };
    const summary = summarize(definition.id, counts, await endStates(tenant, feed.instances));
    await runtime.close();
    rejections.finish();
    observer.finish();
    explain(feed, source, registered.hash, output);
    return { summary, failure: source.failure };
  } catch (error) {
    await runtime.close().catch(() => undefined);
    throw error;
  } finally {
    forget();
  }
}

/** In a store that was empty the runtime has seen every timer; else their journals know those of earlier runs. */
async function timersOf(runtime: Runtime, tenant: Tenant, feed: Feed, fresh: boolean): Promise<number> {
  return fresh ? (await runtime.status()).timersFired : await timersFired(tenant, feed.instances.keys());
}

/** What the reader of the summary should know beside its numbers. */
function explain(feed: Feed, source: EventSource, hash: string, output: Output): void {
  const { events, repeated } = feed.counts;
  if (repeated > 0 && repeated === events)
    output.notice('every event was applied by an earlier run; nothing was applied twice');
  else if (repeated > 0)
    output.notice(`${formatCount(repeated)} events were applied by an earlier run; nothing was applied twice`);
  for (const [key, lines] of source.unknownKeys) {
    output.notice(
      `${formatCount(lines)} lines have "${key}", which is not used: what an event carries belongs in "data"`,
    );
  }
  const others = [...feed.instances.values()].filter((other) => other !== undefined && other !== hash).length;
  if (others > 0) output.notice(`${formatCount(others)} instances run another version of the machine and stay on it`);
}

function interruption(source: EventSource, feed: Feed, db: string | undefined): FsmError {
  const { taken, ignored } = feed.counts;
  const message = `Stopped at line ${formatCount(source.line)} of ${source.name}, after ${formatCount(taken + ignored)} events.`;
  const hint =
    db === undefined
      ? 'Nothing was kept; with --db the same command would go on from here.'
      : `Run the same command again to go on: ${db} has them, and nothing is applied twice.`;
  return new FsmError('INTERRUPTED', message, { hint, details: { line: source.line, events: taken + ignored } });
}
