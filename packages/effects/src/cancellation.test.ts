import type { Json } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { execute } from './execute.ts';
import { defineFunction } from './function.ts';
import { createRegistry } from './registry.ts';
import { run } from './run.ts';
import { Manual, start } from './testing/start.ts';
import { TestHost } from './testing/test-host.ts';

const call = (name: string) => ({ type: 'call', function: name });
const ask = call('ask');

describe('aborting an execution', () => {
  test('reaches the function that runs before abort returns, and says why', async () => {
    const manual = new Manual();
    const life = start(
      { type: 'sequence', effects: [{ type: 'timeout', duration: '1h', effect: ask }] },
      { functions: { ask: manual.run } },
    );
    const { signal } = manual.calls[0]!;
    life.host.abort('left the state');
    expect(signal.aborted).toBe(true);
    await life.host.rest();
    expect(life.error()).toMatchObject({ code: 'EXECUTION_CANCELLED', cause: 'left the state' });
    expect(life.host.nextDue).toBeUndefined();
  });

  test('reaches every leaf of a tree', async () => {
    const manual = new Manual();
    const pair = { type: 'parallel', effects: [ask, ask] };
    const tree = {
      type: 'race',
      effects: [pair, { type: 'sequence', effects: [pair] }, { type: 'retry', attempts: 2, effect: pair }],
    };
    const life = start(tree, { functions: { ask: manual.run } });
    expect(manual.calls).toHaveLength(6);
    life.host.abort();
    expect(manual.calls.every(({ signal }) => signal.aborted)).toBe(true);
  });

  test('detaches a function that ignores its signal: its late result, error and log are dropped', async () => {
    for (const late of ['resolve', 'reject'] as const) {
      const manual = new Manual();
      const logs: ((message: Json) => void)[] = [];
      const stubborn = (
        params: unknown,
        fnCall: Parameters<typeof manual.run>[1] & { log: (message: Json) => void },
      ) => {
        logs.push(fnCall.log);
        return manual.run(params, fnCall);
      };
      const life = start({ type: 'sequence', effects: [ask, ask] }, { functions: { ask: stubborn } });
      life.host.abort();
      await life.host.rest();
      expect(life.error().code).toBe('EXECUTION_CANCELLED');
      manual.calls[0]![late](new Error('late'));
      logs[0]!('still here');
      await life.host.rest();
      expect(manual.calls).toHaveLength(1);
      expect(life.host.records).toEqual([]);
      expect(life.host.logs).toEqual([]);
      expect(life.host.violations).toEqual([]);
      expect(life.host.atWork).toBe(0);
    }
  });

  test('stops a sequence whose own step aborts it, before the next step', () => {
    const performed: string[] = [];
    const host = new TestHost();
    const registry = createRegistry({
      functions: {
        leave: defineFunction({ repeat: 'pure', run: () => host.abort() }),
        next: defineFunction({ repeat: 'pure', run: () => performed.push('next') }),
      },
    });
    const effect = registry.prepare({ type: 'sequence', effects: [call('leave'), call('next')] });
    expect(host.outcome(() => execute(effect, host)).settled).toMatchObject({ error: { code: 'EXECUTION_CANCELLED' } });
    expect(performed).toEqual([]);
    expect(host.records).toEqual([]);
  });

  test('stops an execution whose last record led to the abort', () => {
    class LeavingHost extends TestHost {
      override record(path: string, step: object) {
        super.record(path, step);
        this.abort();
      }
    }
    const host = new LeavingHost();
    const effect = createRegistry().prepare({ type: 'put_data', path: 'a', value: 1 });
    expect(host.outcome(() => execute(effect, host)).settled).toMatchObject({ error: { code: 'EXECUTION_CANCELLED' } });
  });

  test('before the start leaves nothing to do', () => {
    const signal = AbortSignal.abort();
    let calls = 0;
    const registry = createRegistry({ functions: { ask: () => (calls += 1) } });
    expect(() => run({ type: 'parallel', effects: [ask, ask] }, { registry, signal })).toThrow(
      expect.objectContaining({ code: 'EXECUTION_CANCELLED' }),
    );
    expect(calls).toBe(0);
  });

  test('during a wait for a record does not go on when the record arrives', async () => {
    let calls = 0;
    const life = start(
      { type: 'sequence', effects: [ask, ask] },
      { functions: { ask: () => (calls += 1) }, records: 'later' },
    );
    life.host.abort();
    await life.host.rest();
    expect(calls).toBe(1);
    expect(life.host.records).toHaveLength(1);
    expect(life.error().code).toBe('EXECUTION_CANCELLED');
  });
});

describe('what cancellation costs', () => {
  test('outside of race, parallel and timeout a function gets the signal of the host itself', () => {
    const manual = new Manual();
    const life = start(
      { type: 'sequence', effects: [{ type: 'retry', attempts: 2, effect: ask }] },
      { functions: { ask: manual.run } },
    );
    expect(manual.calls[0]!.signal).toBe(life.host.signal);
  });

  test('an execution leaves no listener behind on a signal that outlives it', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    }) as typeof add;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    }) as typeof remove;
    const registry = createRegistry({ functions: { ask: async () => 1 } });
    const effect = {
      type: 'race',
      effects: [ask, { type: 'delay', duration: '1h' }, { type: 'timeout', duration: '1h', effect: ask }],
    };
    const sleepUntil = () => new Promise<void>(() => {});
    await run({ type: 'sequence', effects: [ask, effect] }, { registry, signal, sleepUntil });
    expect(listeners).toBe(0);
  });
});

describe('the virtual clock', () => {
  test('is told what is at work, and not what merely waits for the host', async () => {
    const manual = new Manual();
    const effect = {
      type: 'parallel',
      effects: [ask, { type: 'delay', duration: 5 }, { type: 'timeout', duration: 9, effect: ask }],
    };
    const life = start(effect, { functions: { ask: manual.run } });
    expect(life.host.atWork).toBe(2);
    manual.calls[0]!.resolve(1);
    await life.host.rest();
    expect(life.host.atWork).toBe(1);
    await life.host.advance(9);
    expect(life.error().code).toBe('EFFECT_TIMEOUT');
    expect(life.host.atWork).toBe(0);
  });
});
