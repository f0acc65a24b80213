import { describe, expect, test } from 'vitest';
import { describeActions, describeDelay, describeEffect, describeGuard } from './label.ts';

describe('labels of diagrams', () => {
  test.each([
    [' context.a > 1 ', 'context.a > 1'],
    [{ type: 'isAdult', params: { age: 18 } }, 'isAdult'],
    [{ and: ['a', 'b > 1', { or: ['c', { not: 'd' }] }] }, 'a && (b > 1) && (c || (!d))'],
    [{ in: '#paid' }, 'in #paid'],
    [function isOpen() {}, 'isOpen'],
    [{}, ''],
    [5, ''],
  ])('describe the guard %j as %s', (guard, text) => {
    expect(describeGuard(guard)).toBe(text);
  });

  test('name an inline function only when it has a name of its own', () => {
    const { guard } = { guard: () => true };
    expect(describeGuard(guard)).toBe('function');
  });

  test.each([
    [undefined, ''],
    ['notify', 'notify'],
    [[{ assign: { a: 1, 'b.c': 2 } }, { type: 'notify' }], 'assign a b.c, notify'],
    [{ raise: { type: 'A', data: 1 }, delay: '5m' }, 'raise A after 5m'],
    [{ send: 'A', to: 'parent', delay: 1000 }, 'send A to parent after 1s'],
    [[{ cancel: 'x' }, { log: 'y' }, { emit: 'Z' }, {}, 5], 'cancel x, log, emit Z'],
    [{ assign: () => ({}) }, 'assign'],
    [{ effect: { type: 'call', function: 'mail' }, id: 'm' }, 'start call mail'],
  ])('describe the actions %j as %s', (actions, text) => {
    expect(describeActions(actions)).toBe(text);
  });

  test.each([
    [{ type: 'call', function: 'credit.score' }, 'call credit.score'],
    [{ type: 'retry', attempts: 3, effect: { type: 'call', function: 'f' } }, 'retry › call f'],
    [{ type: 'sequence', effects: [{ type: 'delay' }, { type: 'log' }] }, 'sequence(delay, log)'],
    [
      { type: 'parallel', effects: { a: { type: 'call', function: 'f' }, b: { type: 'log' } } },
      'parallel(call f, log)',
    ],
    [
      { type: 'choose', branches: [{ guard: 'x', effect: { type: 'log' } }], otherwise: { type: 'delay' } },
      'choose(log, delay)',
    ],
    [{ type: 'emit', event: { type: 'loan.opened' } }, 'emit'],
    [{}, ''],
  ])('describe the effect %j as %s', (effect, text) => {
    expect(describeEffect(effect)).toBe(text);
  });

  test.each([
    ['30d', '30d'],
    ['2592000000', '30d'],
    [1500, '1500ms'],
    ['context.days * 1000', 'context.days * 1000'],
  ])('describe the delay %j as %s', (delay, text) => {
    expect(describeDelay(delay)).toBe(text);
  });
});
