import { expect, test } from 'vitest';
import { start } from '../testing/start.ts';

const update = (path: string, expression: string) => ({ type: 'update_data', path, expression });

test('computes from the value that stands there, durably with the outcome', () => {
  const life = start(update('cart.total', 'params.value * 2'), { context: { cart: { total: 21 } } });
  expect(life.output()).toBe(42);
  expect(life.host.records).toEqual([{ path: '', step: { output: 42, patch: { 'cart.total': 42 } } }]);
});

test('sees null where nothing stands, and everything else that expressions see', () => {
  const life = start(update('seen', '[params.value, params.given, context.a, event.type, tenant]'), {
    context: { a: 1 },
    params: { given: 2 },
  });
  expect(life.output()).toEqual([null, 2, 1, 'TEST', 'acme']);
});

test('several updates build on each other, and a crash between them counts none twice', () => {
  const add = update('n', '(params.value ?? 0) + 1');
  for (let crashAfter = 0; ; crashAfter += 1) {
    const first = start({ type: 'sequence', effects: [add, add, add] }, { crashAfter });
    const last = first.host.dead ? first.restart({}) : first;
    expect(last.output()).toBe(3);
    if (!first.host.dead) break;
  }
});

test('an expression that fails names the place', () => {
  expect(start(update('n', 'params.value.x.y'), {}).error()).toMatchObject({
    path: '',
    details: { kind: 'update_data' },
  });
});
