import { describe, expect, test } from 'vitest';
import { createServices } from '../services/services.ts';
import { Manual, start } from '../testing/start.ts';
import { codes, Together } from '../testing/together.ts';

const print = { type: 'call', function: 'print' };
const bulkhead = { type: 'bulkhead', name: 'printer', slots: 2, queue: 2, effect: print };

function printing() {
  const manual = new Manual();
  return { manual, together: new Together({ functions: { print: manual.run } }) };
}

test('only so many use it at once; others wait in order, and the rest is refused', async () => {
  const { manual, together } = printing();
  const parts = [1, 2, 3, 4, 5].map((n) =>
    together.start({ ...bulkhead, effect: { ...print, params: { n } } } as never),
  );
  await together.advance(0);
  expect(codes(parts)).toEqual([undefined, undefined, undefined, undefined, 'BULKHEAD_FULL']);
  expect(manual.calls.map(({ params }) => params)).toEqual([{ n: 1 }, { n: 2 }]);
  expect(together.services.view('acme')).toMatchObject([{ slots: 2, used: 2, waiting: 2 }]);
  manual.calls[1]!.reject(new Error('paper jam'));
  await together.advance(0);
  manual.calls[0]!.resolve('done');
  await together.advance(0);
  expect(manual.calls.map(({ params }) => params)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
  for (const call of manual.calls) call.resolve('done');
  await together.advance(0);
  expect(together.services.view('acme')).toMatchObject([{ used: 0, waiting: 0 }]);
});

test('the refusal is one to retry and says how many there are', async () => {
  const { together } = printing();
  together.startAll(4, bulkhead);
  const part = together.start(bulkhead);
  await together.advance(0);
  expect(part.settled).toMatchObject({
    error: { code: 'BULKHEAD_FULL', next: 'retry', details: { name: 'printer', slots: 2, queue: 2 } },
  });
});

test('who waits too long is refused and leaves the queue', async () => {
  const { manual, together } = printing();
  const parts = together.startAll(3, { ...bulkhead, slots: 1, wait: '5s' } as never);
  await together.advance(4_000);
  manual.calls[0]!.resolve('done');
  await together.advance(2_000);
  expect(codes(parts)).toEqual(['ok', undefined, 'BULKHEAD_FULL']);
  expect(together.services.view('acme')).toMatchObject([{ used: 1, waiting: 0 }]);
});

test('who is cancelled leaves the queue, and the slot', async () => {
  const { manual, together } = printing();
  const parts = together.startAll(3, { ...bulkhead, slots: 1 });
  await together.advance(0);
  parts[1]!.cancel();
  parts[0]!.cancel();
  await together.advance(0);
  expect(manual.calls).toHaveLength(2);
  expect(together.services.view('acme')).toMatchObject([{ used: 1, waiting: 0 }]);
});

test('a lost race and a timeout leave the queue', async () => {
  const { together } = printing();
  together.start({ ...bulkhead, slots: 1 } as never);
  const timed = together.start({ type: 'timeout', duration: '1s', effect: { ...bulkhead, slots: 1 } } as never);
  const raced = together.start({
    type: 'race',
    effects: [{ ...bulkhead, slots: 1 } as never, { type: 'delay', duration: '2s' }],
  });
  await together.advance(3_000);
  expect(codes([timed, raced])).toEqual(['EFFECT_TIMEOUT', 'ok']);
  expect(together.services.view('acme')).toMatchObject([{ used: 1, waiting: 0 }]);
});

test('an operator can change the slots, and hold everything back', async () => {
  const { manual, together } = printing();
  together.startAll(4, bulkhead);
  await together.advance(0);
  together.services.override('acme', 'printer', { slots: 3 });
  await together.advance(0);
  expect(manual.calls).toHaveLength(3);
  together.services.override('acme', 'printer', { slots: 0 });
  for (const call of manual.calls) call.resolve('done');
  await together.advance(0);
  expect(manual.calls).toHaveLength(3);
  together.services.override('acme', 'printer', { slots: 'automatic' });
  await together.advance(0);
  expect(manual.calls).toHaveLength(4);
});

describe('after a restart', () => {
  test('work that had begun waits for a slot again instead of being refused', async () => {
    const manual = new Manual();
    const effect = {
      ...bulkhead,
      slots: 1,
      queue: 0,
      effect: { type: 'sequence', effects: [{ type: 'call', function: 'first' }, print] },
    };
    const services = createServices();
    const functions = { first: async () => 1, print: manual.run };
    const life = start(effect as never, { functions });
    await life.host.rest();
    start({ ...bulkhead, slots: 1 } as never, { functions, services });
    const next = life.restart({ services });
    await next.host.rest();
    expect(next.watched.settled).toBeUndefined();
    expect(manual.calls).toHaveLength(2);
    manual.calls[1]!.resolve('other');
    await next.host.rest();
    manual.calls[2]!.resolve('own');
    await next.host.rest();
    expect(next.output()).toBe('own');
  });
});
