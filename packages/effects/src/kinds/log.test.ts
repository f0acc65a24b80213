import { expect, test } from 'vitest';
import { start } from '../testing/start.ts';

test('writes its message, evaluated, and hands on the result it was given', () => {
  const effects = [
    { type: 'put_data', path: 'score', value: 640 },
    { type: 'log', message: 'score {{ result }}' },
    { type: 'log', message: { all: '{{ results }}' }, level: 'warn' },
  ];
  const life = start({ type: 'sequence', effects });
  expect(life.output()).toBe(640);
  expect(life.host.logs).toEqual([
    { level: 'info', message: 'score 640' },
    { level: 'warn', message: { all: [640, 640] } },
  ]);
});

test('does not write again what it wrote before a restart', () => {
  const life = start({ type: 'sequence', effects: [{ type: 'log', message: 'once' }] });
  expect(life.restart().host.logs).toEqual([]);
});
