import { FsmError, type JsonObject } from '@fsm/core';
import { expect, test } from 'vitest';
import type { FunctionCall } from '../function.ts';
import { createRegistry } from '../registry.ts';
import { nextTurn } from '../testing/test-host.ts';
import type { NodeReport } from './nodes.ts';
import { parentPath } from './nodes.ts';
import { type WatchedRun, watch } from './watch.ts';

/** A clock that a sleeping effect moves by sleeping. */
function movingClock() {
  let now = 1_000;
  return {
    now: () => now,
    sleepUntil: async (due: number) => {
      await nextTurn();
      now = Math.max(now, due);
    },
  };
}

async function reportsOf({ progress, result }: WatchedRun): Promise<NodeReport[]> {
  const reports: NodeReport[] = [];
  for await (const report of progress) reports.push(report);
  await result.catch(() => {});
  return reports;
}

const brief = ({ path, phase }: NodeReport) => `${phase} ${path || '·'}`;

test('every node tells when it starts and how it ends, with its place and how long it took', async () => {
  const effects = [
    { type: 'delay', duration: '3s' },
    { type: 'put_data', path: 'a', value: 1 },
  ];
  const reports = await reportsOf(watch({ type: 'sequence', effects }, movingClock()));
  expect(reports).toEqual([
    { path: '', kind: 'sequence', phase: 'started', at: 1_000 },
    { path: '0', kind: 'delay', phase: 'started', at: 1_000, parent: '' },
    { path: '0', kind: 'delay', phase: 'finished', at: 4_000, parent: '', duration: 3_000 },
    { path: '1', kind: 'put_data', phase: 'started', at: 4_000, parent: '' },
    { path: '1', kind: 'put_data', phase: 'finished', at: 4_000, parent: '', duration: 0 },
    { path: '', kind: 'sequence', phase: 'finished', at: 4_000, duration: 3_000 },
  ]);
});

test('attempts, their waits and errors are told', async () => {
  const flaky = (_: unknown, { attempt }: FunctionCall) => {
    if (attempt === 1) throw new FsmError('NOT_YET', 'Not yet.', { next: 'retry' });
    return attempt;
  };
  const run = watch(
    { type: 'retry', attempts: 3, delay: '1s', jitter: 0, effect: { type: 'call', function: 'flaky' } },
    { ...movingClock(), registry: createRegistry({ functions: { flaky } }) },
  );
  expect(await reportsOf(run)).toMatchObject([
    { path: '', phase: 'started' },
    { path: '#1.0', phase: 'started', attempt: 1, parent: '' },
    { path: '#1.0', phase: 'failed', attempt: 1, error: { code: 'NOT_YET' }, duration: 0 },
    { path: '', phase: 'retrying', attempt: 2, error: { code: 'NOT_YET' } },
    { path: '#2.0', phase: 'started', attempt: 2 },
    { path: '#2.0', phase: 'finished', attempt: 2 },
    { path: '', phase: 'finished', duration: 1_000 },
  ]);
  expect(await run.result).toBe(2);
});

test('a reader that is too slow misses what nodes say of themselves first, and is told how much', async () => {
  const talks = (_: unknown, { progress }: FunctionCall) => {
    for (let percent = 0; percent < 100; percent += 1) progress(percent);
  };
  const run = watch(
    { type: 'call', function: 'talks' },
    { registry: createRegistry({ functions: { talks } }), buffer: 5 },
  );
  await run.result;
  expect(await reportsOf(run)).toMatchObject([
    { phase: 'started', missed: 97 },
    { phase: 'progressed', message: 97 },
    { phase: 'progressed', message: 98 },
    { phase: 'progressed', message: 99 },
    { phase: 'finished' },
  ]);
});

test('a reader that stops early stops only its reading', async () => {
  const run = watch({ type: 'delay', duration: '1h' }, movingClock());
  for await (const { phase } of run.progress) {
    expect(phase).toBe('started');
    break;
  }
  expect(await run.result).toBe(null);
});

test('a run that fails ends the progress too, and nobody has to wait for the result to be spared an unhandled error', async () => {
  const run = watch({ type: 'call', function: 'nothing' });
  expect((await reportsOf(run)).map(brief)).toEqual(['started ·', 'failed ·']);
  await expect(run.result).rejects.toMatchObject({ code: 'UNKNOWN_FUNCTION' });
});

const order: JsonObject = {
  reserve: { effect: { type: 'call', function: 'reserve' }, compensate: { type: 'call', function: 'release' } },
};
const booking = {
  type: 'sequence',
  effects: [
    { type: 'with_compensation', ...(order.reserve as JsonObject) },
    { type: 'delay', duration: '1h' },
  ],
};

test.each(['cancel', 'signal'])(
  'a run that is stopped (%s) undoes what it did before its result is known',
  async (how) => {
    const done: string[] = [];
    const registry = createRegistry({
      functions: { reserve: () => void done.push('reserve'), release: async () => void done.push('release') },
    });
    const controller = new AbortController();
    const run = watch(booking, { registry, signal: controller.signal });
    expect(done).toEqual(['reserve']);
    if (how === 'cancel') run.cancel();
    else controller.abort();
    await expect(run.result).rejects.toMatchObject({ code: 'EXECUTION_CANCELLED', details: { compensated: ['0'] } });
    expect(done).toEqual(['reserve', 'release']);
    expect((await reportsOf(run)).map(brief).slice(-6)).toEqual([
      'cancelled 1',
      'cancelled ·',
      'compensating 0',
      'started 0.1',
      'finished 0.1',
      'finished 0',
    ]);
  },
);

test('a leaf that goes on although it was told to stop is told to be detached', async () => {
  const deaf = () => new Promise(() => {});
  const registry = createRegistry({ functions: { deaf } });
  const race = {
    type: 'race',
    effects: [
      { type: 'call', function: 'deaf' },
      { type: 'delay', duration: '1s' },
    ],
  };
  const effect = { type: 'sequence', effects: [race, { type: 'delay', duration: '1m' }] };
  const reports = await reportsOf(watch(effect, { ...movingClock(), registry }));
  expect(reports.map(brief)).toContain('detached 0.0');
  expect(reports.find(({ path, phase }) => path === '0.0' && phase === 'cancelled')).toMatchObject({ duration: 1_000 });
});

test('a run is stopped with the words of whoever stops it', async () => {
  const run = watch({ type: 'delay', duration: '1h' });
  run.cancel(new FsmError('TOO_EXPENSIVE', 'It costs too much.'));
  await expect(run.result).rejects.toMatchObject({ code: 'TOO_EXPENSIVE' });
});

test('the node around a node is known from its path', () => {
  expect(['', '0', '0.2', '0#1.2', '#1.0', '@3.0', '0@3.0#2.score'].map(parentPath)).toEqual([
    undefined,
    '',
    '0',
    '0',
    '',
    '',
    '0@3.0',
  ]);
});
