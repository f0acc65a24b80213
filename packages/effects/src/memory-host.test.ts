import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRegistry } from './registry.ts';
import { run } from './run.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('runs an effect without an instance, with what it is given', () => {
  const emitted: unknown[] = [];
  const effects = [
    {
      type: 'emit',
      event: {
        type: 'SEEN',
        data: ['{{ context.a }}', '{{ event.type }}', '{{ params.p }}', '{{ tenant }}', '{{ now }}'],
      },
    },
    { type: 'log', message: '{{ instance }}', level: 'debug' },
  ];
  const logs: unknown[] = [];
  run(
    { type: 'sequence', effects },
    {
      context: { a: 1 },
      event: { type: 'GO' },
      params: { p: 2 },
      tenant: 'acme',
      instance: 'one',
      now: () => 77,
      emit: (event) => emitted.push(event),
      log: (...entry) => logs.push(entry),
    },
  );
  expect(emitted).toEqual([{ type: 'SEEN', data: [1, 'GO', 2, 'acme', 77] }]);
  expect(logs).toEqual([['debug', 'one']]);
});

test('waits longer than a timer can count, and not less', async () => {
  const month = 31 * 24 * 60 * 60 * 1_000;
  let output: unknown;
  Promise.resolve(run({ type: 'delay', duration: month })).then((value) => {
    output = value;
  });
  await vi.advanceTimersByTimeAsync(month - 1);
  expect(output).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(output).toBe(null);
});

test('an abort ends a wait and clears its timer', async () => {
  const controller = new AbortController();
  const outcome = expect(run({ type: 'delay', duration: '1h' }, { signal: controller.signal })).rejects.toMatchObject({
    code: 'EXECUTION_CANCELLED',
  });
  controller.abort();
  await outcome;
  expect(vi.getTimerCount()).toBe(0);
});

test('refuses a definition with problems', () => {
  expect(() => run({ type: 'lgo' }, { registry: createRegistry() })).toThrow(
    expect.objectContaining({ code: 'EFFECT_INVALID' }),
  );
});
