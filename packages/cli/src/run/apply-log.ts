import type { MachineDefinition } from '@fsm/core';
import {
  type Feed,
  type FeedEvent,
  feedLog,
  type MachineInfo,
  type Runtime,
  type Tenant,
  type VirtualClock,
} from '@fsm/runtime';
import type { LoggedEvent } from '../event-log/event-line.ts';
import { LineIdentity } from '../event-log/line-identity.ts';
import type { Output } from '../output.ts';
import type { EventSource } from './event-source.ts';
import { describeProgress } from './progress-text.ts';

export interface Target {
  readonly runtime: Runtime;
  readonly tenant: Tenant;
  readonly machine: MachineInfo;
  readonly definition: MachineDefinition;
  readonly clock: VirtualClock | undefined;
}

const progressEvery = 100;

/** Feeds a log to a machine, showing progress on a terminal, until everything is on stable storage or `stop` resolves. */
export async function applyLog(
  target: Target,
  source: EventSource,
  output: Output,
  stop: Promise<void>,
): Promise<Feed> {
  const feed = feedLog({ ...target, rejected: (line, error) => source.rejections.add(line, error) });
  const hideProgress = showProgress(source, feed, output);
  try {
    await Promise.race([push(source, feed, stop), stop]);
  } finally {
    hideProgress();
  }
  return feed;
}

async function push(source: EventSource, feed: Feed, stop: Promise<void>): Promise<void> {
  const identity = new LineIdentity();
  let stopped = false;
  void stop.then(() => {
    stopped = true;
  });
  for await (const batch of source.batches()) {
    for (const { line, event } of batch) {
      const room = feed.push(feedEvent(event, identity.idOf(event)), line);
      if (room !== undefined) await room;
      if (stopped) return;
    }
  }
  await feed.finish();
}

function feedEvent({ instance, type, data, at }: LoggedEvent, id: string): FeedEvent {
  return {
    instance,
    type,
    id,
    ...(data === undefined ? undefined : { data }),
    ...(at === undefined ? undefined : { at }),
  };
}

function showProgress(source: EventSource, feed: Feed, output: Output): () => void {
  if (!output.showsStatus) return () => {};
  const started = performance.now();
  const timer = setInterval(() => {
    const { taken, ignored } = feed.counts;
    const progress = { share: source.share(), events: taken + ignored, milliseconds: performance.now() - started };
    output.status(describeProgress(progress, output.statusWidth));
  }, progressEvery);
  return () => {
    clearInterval(timer);
    output.status('');
  };
}
