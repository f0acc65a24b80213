import { describe, expect, test } from 'vitest';
import { createRegistry } from '../registry.ts';
import { createServices } from '../services/services.ts';
import { start } from '../testing/start.ts';
import { codes, type Part, Together } from '../testing/together.ts';

const mail = { type: 'call', function: 'mail' };
const limited = { type: 'rate_limit', name: 'mailer', limit: 2, per: '1s', effect: mail };

function mailing() {
  const sent: number[] = [];
  const together: Together = new Together({
    functions: {
      mail: () => {
        sent.push(together.now());
        return 'sent';
      },
    },
  });
  return { sent, together };
}

test('a token bucket lets a burst through and then keeps the pace', async () => {
  const { sent, together } = mailing();
  together.startAll(6, limited);
  await together.finish();
  expect(sent).toEqual([0, 0, 500, 1000, 1500, 2000]);
});

test('a burst may be larger or smaller than the limit', async () => {
  const { sent, together } = mailing();
  together.startAll(5, { ...limited, burst: 4 } as never);
  await together.finish();
  expect(sent).toEqual([0, 0, 0, 0, 500]);
});

test('a sliding window lets no more through in any window', async () => {
  const { sent, together } = mailing();
  const effect = { ...limited, strategy: 'sliding_window' };
  together.start(effect);
  await together.advance(900);
  together.startAll(4, effect);
  await together.finish();
  expect(sent).toEqual([0, 900, 1000, 1900, 2000]);
});

test('without waiting, the error says when to try again', async () => {
  const { together } = mailing();
  const parts = together.startAll(3, { ...limited, wait: false } as never);
  await together.advance(100);
  expect(codes(parts)).toEqual(['ok', 'ok', 'RATE_LIMITED']);
  expect(parts[2]!.settled).toMatchObject({ error: { next: 'retry', details: { name: 'mailer', retryAfter: 500 } } });
});

test('who would wait too long is refused at once, and takes nothing from the others', async () => {
  const { sent, together } = mailing();
  const parts = together.startAll(5, { ...limited, wait: '600ms' } as never);
  await together.advance(0);
  expect(codes(parts)).toEqual(['ok', 'ok', undefined, 'RATE_LIMITED', 'RATE_LIMITED']);
  await together.finish();
  expect(sent).toEqual([0, 0, 500]);
});

test('a use may cost more than another', async () => {
  const { sent, together } = mailing();
  const effect = { ...limited, limit: 10, cost: 'context.pages' };
  together.start(effect, { context: { pages: 8 } });
  together.start(effect, { context: { pages: 4 } });
  together.start(effect, { context: { pages: 10 } });
  const wrong: Part[] = [
    together.start(effect, { context: { pages: 11 } }),
    together.start(effect, { context: { pages: 'x' } }),
  ];
  await together.finish();
  expect(sent).toEqual([0, 200, 1200]);
  expect(codes(wrong)).toEqual(['RATE_COST', 'RATE_COST']);
});

test('who gives up its turn lets the next one have it', async () => {
  const { sent, together } = mailing();
  const parts = together.startAll(5, limited);
  await together.advance(100);
  parts[2]!.cancel();
  parts[3]!.cancel();
  await together.finish();
  expect(sent).toEqual([0, 0, 500]);
  expect(together.services.view('acme')).toMatchObject([{ waiting: 0 }]);
});

test('tenants and names do not share', async () => {
  const { sent, together } = mailing();
  const effect = { ...limited, name: 'mailer {{ context.to }}' };
  for (const to of ['a', '__proto__', 'constructor']) together.start(effect, { context: { to } });
  together.startAll(2, effect, { tenant: 'other', context: { to: 'a' } });
  together.startAll(1, effect, { context: { to: 'a' } });
  await together.advance(0);
  expect(sent).toHaveLength(6);
});

test('an operator can change the limit, also for those who wait', async () => {
  const { sent, together } = mailing();
  together.startAll(4, limited);
  await together.advance(100);
  together.services.override('acme', 'mailer', { limit: 20 }, together.now());
  await together.finish();
  expect(sent).toEqual([0, 0, 140, 190]);
});

test('a burst is nothing for a sliding window', () => {
  const problems = createRegistry().check({ ...limited, strategy: 'sliding_window', burst: 3 });
  expect(problems).toMatchObject([{ code: 'INVALID_VALUE', path: '$.burst' }]);
});

describe('after a restart', () => {
  test('what was spent is not spent again, although nothing below left a record', async () => {
    const hello = { ...limited, limit: 1, per: '1h', wait: false, effect: { type: 'sequence', effects: [] } };
    const whole = { type: 'sequence', effects: [hello, { type: 'delay', duration: '10s' }, mail] };
    const functions = { mail: () => 'sent' };
    const services = createServices();
    const life = start(whole as never, { functions, services });
    await life.host.advance(1_000);
    expect(start(hello as never, { services }).error().code).toBe('RATE_LIMITED');
    const next = life.restart({ services });
    await next.host.finish();
    expect(next.output()).toBe('sent');
  });
});
