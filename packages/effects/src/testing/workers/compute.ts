import { FsmError } from '@fsm/core';
import type { WorkerCall } from '../../workers/worker-task.ts';

/** Functions that tests run in threads. */

export default function add({ a, b }: { a: number; b: number }): number {
  return a + b;
}

export function about(params: object, call: WorkerCall): object {
  return { params, call };
}

export function fail(): never {
  throw new RangeError('the sky is not the limit');
}

export function refuse(): never {
  throw new FsmError('SCORE_UNKNOWN', 'Nobody knows the score.', {
    hint: 'Ask somebody else.',
    details: { asked: 'b' },
  });
}

/** Ends its thread, as a fault in native code would. */
export function die(): never {
  process.exit(7);
}

/** Says that it began, then never ends and never listens. */
export function spin({ gate }: { gate: Int32Array }): never {
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  for (;;);
}

/** The same for callers that send JSON only. */
export function loop({ channel }: { channel: string }): never {
  new BroadcastChannel(channel).postMessage('began');
  for (;;);
}

/** Needs more and more memory. */
export function hoard(): number {
  const hoarded: number[][] = [];
  for (;;) hoarded.push(new Array(100_000).fill(hoarded.length));
}

export function unkeepable(): unknown {
  return new Map([['a', () => 1]]);
}

/** Ends when the shared number is not 0 any more. */
export function wait({ gate }: { gate: Int32Array }): string {
  Atomics.wait(gate, 0, 0);
  return 'done';
}

export const answer = 42;
