import { FsmError } from '@fsm/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineFunction } from '../function.ts';
import { start } from '../testing/start.ts';
import { codes, type Part, Together } from '../testing/together.ts';
import type { BatchCall } from './batch.ts';

const double = { type: 'batch', function: 'double', input: '{{ context.n }}', window: '10ms', max: 3 };

function doubling(answer: (list: number[]) => unknown = (list) => list.map((n) => n * 2)) {
  const calls: { readonly list: number[]; readonly call: BatchCall; readonly at: number }[] = [];
  const together: Together = new Together({
    functions: {
      double: (list: number[], call: unknown) => {
        calls.push({ list, call: call as BatchCall, at: together.now() });
        return answer(list);
      },
    },
  });
  const ask = (n: number, tenant = 'acme', effect: object = double) =>
    together.start(effect as never, { context: { n }, tenant });
  return { calls, together, ask };
}

const outputs = (parts: readonly Part[]) =>
  parts.map(({ settled }) => (settled !== undefined && 'output' in settled ? settled.output : settled?.error.code));

test('calls within the window become one, and each gets its own answer', async () => {
  const { calls, together, ask } = doubling();
  const parts = [ask(1)];
  await together.advance(9);
  parts.push(ask(2));
  expect(calls).toEqual([]);
  await together.advance(1);
  expect(calls).toMatchObject([{ list: [1, 2], at: 10 }]);
  expect(outputs(parts)).toEqual([2, 4]);
  expect(calls[0]!.call.keys).toEqual(['execution-1:', 'execution-2:']);
});

test('a full batch waits no longer, and the next one begins', async () => {
  const { calls, together, ask } = doubling();
  const parts = [1, 2, 3, 4].map((n) => ask(n));
  await together.advance(0);
  expect(outputs(parts)).toEqual([2, 4, 6, undefined]);
  await together.finish();
  expect(calls).toMatchObject([
    { list: [1, 2, 3], at: 0 },
    { list: [4], at: 10 },
  ]);
  expect(together.sleeping).toBe(0);
});

test('tenants are not mixed', async () => {
  const { calls, together, ask } = doubling();
  ask(1);
  ask(2, 'other');
  await together.finish();
  expect(calls.map(({ list }) => list)).toEqual([[1], [2]]);
});

test('who is cancelled before the call is not in it, also when it was the first', async () => {
  const { calls, together, ask } = doubling();
  const parts = [ask(1), ask(2)];
  await together.advance(5);
  parts[0]!.cancel();
  await together.finish();
  expect(calls.map(({ list }) => list)).toEqual([[2]]);
  expect(outputs(parts)).toEqual(['EXECUTION_CANCELLED', 4]);
  ask(3).cancel();
  await together.finish();
  expect(calls).toHaveLength(1);
});

test('the call is aborted when nobody wants its answers any more', async () => {
  const { calls, together, ask } = doubling(() => new Promise(() => {}));
  const parts = [ask(1), ask(2)];
  await together.advance(10);
  parts[0]!.cancel();
  await together.advance(0);
  expect(calls[0]!.call.signal.aborted).toBe(false);
  parts[1]!.cancel();
  await together.advance(0);
  expect(calls[0]!.call.signal.aborted).toBe(true);
});

test('one item may fail alone', async () => {
  const { together, ask } = doubling((list) =>
    list.map((n) => (n === 2 ? new FsmError('ODD', 'not this one') : n === 3 ? new Error('plain') : n)),
  );
  const parts = [1, 2, 3].map((n) => ask(n));
  await together.finish();
  expect(outputs(parts)).toEqual([1, 'ODD', 'EFFECT_FAILED']);
});

test('when the function fails or answers something else, all fail', async () => {
  for (const [answer, code] of [
    [() => [1], 'BATCH_RESULT'],
    [() => ({ length: 2 }), 'BATCH_RESULT'],
    [
      () => {
        throw new FsmError('DOWN', 'it is down');
      },
      'DOWN',
    ],
  ] as const) {
    const { together, ask } = doubling(answer);
    const parts = [ask(1), ask(2)];
    await together.finish();
    expect(codes(parts)).toEqual([code, code]);
  }
});

test('the function may say what its list looks like', async () => {
  const parameters = z.array(z.number());
  const functions = { double: defineFunction({ parameters, run: (list) => list }) };
  const life = start({ ...double, input: 'one' } as never, { functions });
  await life.host.advance(10);
  expect(life.error()).toMatchObject({ code: 'EFFECT_PARAMETERS', details: { function: 'double' } });
});

test('an answer on record is not asked for again', async () => {
  let calls = 0;
  const functions = {
    double: (list: number[]) => {
      calls += 1;
      return list;
    },
  };
  const whole = {
    type: 'sequence',
    effects: [
      { ...double, input: 7 },
      { type: 'delay', duration: '1h' },
    ],
  };
  const life = start(whole as never, { functions });
  await life.host.advance(10);
  const next = life.restart();
  await next.host.finish();
  expect([next.output(), calls]).toEqual([7, 1]);
});

test('a function that must not be called twice is not, when the process dies while the batch waits', async () => {
  const functions = { double: defineFunction({ repeat: 'once', run: (list) => list }) };
  const life = start({ ...double, input: 7 } as never, { functions });
  await life.host.advance(5);
  const next = life.restart();
  await next.host.finish();
  expect(next.error().code).toBe('EFFECT_UNKNOWN');
});
