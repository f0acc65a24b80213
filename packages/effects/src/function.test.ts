import type { Json } from '@fsm/core';
import { expect, test } from 'vitest';
import type { FunctionCall } from './function.ts';
import { start } from './testing/start.ts';

const read = { type: 'call', function: 'read' };

test('a function tells whoever watches how far it is', () => {
  const functions = {
    read: (_: unknown, { progress }: FunctionCall) => {
      progress('half of it');
      progress({ rows: 2 });
      return 'all';
    },
  };
  const life = start(read, { functions, watched: true });
  expect(life.output()).toBe('all');
  const reports = life.host.reports.filter(({ phase }) => phase === 'progressed');
  expect(reports.map(({ path, kind, message }) => [path, kind, message])).toEqual([
    ['', 'call', 'half of it'],
    ['', 'call', { rows: 2 }],
  ]);
});

test('what it tells changes nothing: nobody need watch, and it need not be JSON', () => {
  const functions = {
    read: (_: unknown, { progress }: FunctionCall) => {
      progress(new Date(0) as unknown as Json);
      return 'all';
    },
  };
  expect(start(read, { functions }).output()).toBe('all');
  const watched = start(read, { functions, watched: true });
  expect(watched.output()).toBe('all');
  expect(watched.host.reports[1]).toMatchObject({ phase: 'progressed', error: { code: 'EFFECT_RESULT' } });
});

test('a function whose result is no longer wanted has nothing to tell', async () => {
  let late: (() => void) | undefined;
  const functions = {
    read: (_: unknown, { progress }: FunctionCall) => {
      late = () => progress('late');
      return new Promise(() => {});
    },
  };
  const life = start({ type: 'timeout', duration: 5, effect: read }, { functions, watched: true });
  await life.host.advance(5);
  late!();
  expect(life.host.reports.some(({ phase }) => phase === 'progressed')).toBe(false);
});
