import { FsmError } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { defineFunction } from '../function.ts';
import { Manual, start } from '../testing/start.ts';

const fail = (code: string) => () => {
  throw new FsmError(code, `${code} happened`, { details: { much: 1 } });
};
const functions = { first: fail('FIRST'), second: fail('SECOND'), third: (params: unknown) => params };
const [first, second] = ['first', 'second'].map((name) => ({ type: 'call', function: name }));
const third = { type: 'call', function: 'third', params: ['{{ params.error.code }}', '{{ result }}'] };

test('an effect that succeeds needs none', () => {
  const effect = { type: 'fallback', effect: { ...third, params: 'fine' }, fallback: first };
  expect(start(effect as never, { functions }).output()).toBe('fine');
});

test('each of a list is tried after the one before failed, and sees its error', () => {
  const effects = [
    { type: 'put_data', path: 'a', value: 'given' },
    { type: 'fallback', effect: first, fallback: [second, third] },
  ];
  expect(start({ type: 'sequence', effects } as never, { functions }).output()).toEqual(['SECOND', 'given']);
});

test('when all fail, the last error counts', () => {
  expect(start({ type: 'fallback', effect: first, fallback: second } as never, { functions }).error()).toMatchObject({
    code: 'SECOND',
    path: '1',
  });
});

test('other errors than the given ones end it', () => {
  const effect = { type: 'fallback', effect: first, fallback: [second, third], on: ['FIRST'] };
  expect(start(effect as never, { functions }).error()).toMatchObject({ code: 'SECOND', path: '1' });
});

test('what was cancelled is not replaced', async () => {
  const manual = new Manual();
  const life = start({ type: 'fallback', effect: { type: 'call', function: 'wait' }, fallback: third } as never, {
    functions: { ...functions, wait: manual.run },
  });
  life.host.abort();
  await life.host.rest();
  expect(life.error().code).toBe('EXECUTION_CANCELLED');
});

describe('after a restart', () => {
  test('it goes on where it was, with the same error and what the failed effect wrote', async () => {
    const manual = new Manual();
    const tried = { type: 'sequence', effects: [{ type: 'put_data', path: 'tried', value: true }, first] };
    const wait = { type: 'call', function: 'wait', params: ['{{ params.error }}', '{{ context.tried }}'] };
    let calls = 0;
    const life = start({ type: 'fallback', effect: tried, fallback: wait } as never, {
      functions: {
        wait: manual.run,
        first: () => {
          calls += 1;
          return fail('FIRST')();
        },
      },
    });
    await life.host.rest();
    const next = life.restart();
    await next.host.rest();
    expect(calls).toBe(1);
    expect(manual.calls).toHaveLength(2);
    expect(manual.calls[1]!.params).toEqual(manual.calls[0]!.params);
    expect(manual.calls[1]!.params).toMatchObject([{ code: 'FIRST', details: { much: 1 } }, true]);
  });

  test('it goes the way it went, also when what failed would succeed now', async () => {
    let calls = 0;
    const moody = defineFunction({
      repeat: 'pure',
      run: () => {
        calls += 1;
        if (calls === 1) throw new FsmError('MOODY', 'not today');
        return 'fine';
      },
    });
    const effect = {
      type: 'fallback',
      effect: { type: 'call', function: 'moody' },
      fallback: {
        type: 'sequence',
        effects: [
          { type: 'delay', duration: '1h' },
          { ...third, params: 'instead' },
        ],
      },
    };
    const life = start(effect as never, { functions: { ...functions, moody } });
    await life.host.rest();
    const next = life.restart();
    await next.host.finish();
    expect([next.output(), calls]).toEqual(['instead', 1]);
  });
});
