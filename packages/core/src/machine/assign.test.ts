import { describe, expect, test } from 'vitest';
import type { ActionList } from '../definition/definition.ts';
import type { JsonObject } from '../json.ts';
import { contextKeys, withValueAt } from './context-path.ts';
import { Driver } from './testing/driver.ts';

const implementations = {
  actions: {
    double: ({ context }: { context: JsonObject }) => ({ n: Number(context.n) * 2 }),
    add: ({ context, params }: { context: JsonObject; params: unknown }) => ({ n: Number(context.n) + Number(params) }),
    nothing: () => undefined,
  },
};

function after(actions: ActionList, context: JsonObject = { n: 1, list: [1, 2], deep: { a: { b: 1 }, c: 2 } }): Driver {
  const machine = { id: 'm', initial: 'a', context, states: { a: { on: { GO: { actions } } } } };
  return new Driver(machine, { implementations }).send('GO', { n: 5 });
}

describe('assign', () => {
  test('replaces keys, and shares what it leaves alone', () => {
    const driver = after({ assign: { n: '{{ context.n + event.data.n }}', fresh: { at: '{{ now }}' } } });
    expect(driver.context).toEqual({ n: 6, list: [1, 2], deep: { a: { b: 1 }, c: 2 }, fresh: { at: 0 } });
    expect(driver.context.deep).toBe(driver.machine.definition.context?.deep);
  });

  test('computes all its values from the context as it was', () => {
    expect(after({ assign: { n: '{{ context.m }}', m: '{{ context.n }}' } }, { n: 1, m: 2 }).context).toEqual({
      n: 2,
      m: 1,
    });
  });

  test('is seen by the actions after it', () => {
    const driver = after([{ assign: { n: 7 } }, { assign: { n: '{{ context.n + 1 }}' } }, { log: '{{ context.n }}' }]);
    expect(driver.commands).toEqual([{ type: 'log', level: 'info', message: 8 }]);
  });

  test('writes to dotted paths, making the objects that are missing', () => {
    const driver = after({
      assign: { 'deep.a.b': 9, 'deep.x.y': '{{ context.n }}', 'list.0': 'first', 'list.2': 'last' },
    });
    expect(driver.context).toEqual({ n: 1, list: ['first', 2, 'last'], deep: { a: { b: 9 }, c: 2, x: { y: 1 } } });
  });

  test('of what stands there already gives the same context', () => {
    const driver = after({ assign: { n: 1, 'deep.a.b': 1 } });
    expect(driver.context).toBe(driver.snapshot.context);
    expect(driver.snapshot.counter).toBe(0);
    const again = driver.snapshot;
    expect(driver.send('GO').snapshot).toBe(again);
  });

  test('may be a function, and actions may be registered functions that return changes', () => {
    expect(after({ assign: ({ context }) => ({ n: context.n + 10, extra: true }) }).context).toMatchObject({
      n: 11,
      extra: true,
    });
    expect(after(['double', { type: 'add', params: '{{ event.data.n }}' }, 'nothing']).context).toMatchObject({ n: 7 });
    expect(after(({ event }) => ({ n: event.data.n })).context).toMatchObject({ n: 5 });
  });

  test.each<[string, ActionList, string]>([
    ['a computed failure', { assign: { n: 1, m: '{{ context.n.x.y }}' } }, '$.states.a.on.GO.actions.assign.m'],
    ['a path through a number', { assign: { 'n.x': 1 } }, 'which is 1'],
    ['a place a list does not have', { assign: { 'list.5': 1 } }, 'has no place "5"'],
    ['a key of a list', { assign: { 'list.length': 1 } }, 'has no place "length"'],
    ['a function that returns no changes', { assign: () => 5 }, 'a number'],
    ['a function that returns no JSON', { assign: () => ({ n: Number.NaN }) }, 'NaN'],
    ['a function that returns a date', { assign: () => ({ n: new Date(0) }) }, 'object'],
    ['a function that returns a hostile key', { assign: () => JSON.parse('{"a":{"__proto__":1}}') }, '__proto__'],
    [
      'a function that throws',
      () => {
        throw new Error('no network');
      },
      'no network',
    ],
  ])('%s refuses the event with a code and the place', (_, actions, message) => {
    expect(() => after(actions)).toThrow(
      expect.objectContaining({ code: 'ACTION_FAILED', message: expect.stringContaining(message) }),
    );
  });

  test('never reaches a prototype, whatever the context holds', () => {
    const hostile = JSON.parse('{"n":1,"toString":2,"bag":{"__proto__":{"polluted":true}}}');
    const driver = after({ assign: { toString: 3, valueOf: 4 } }, JSON.parse('{"n":1,"toString":2}'));
    expect(Object.entries(driver.context)).toEqual([
      ['n', 1],
      ['toString', 3],
      ['valueOf', 4],
    ]);
    const copied = withValueAt(hostile, 'bag.other', 1);
    expect(Object.keys(copied.bag as object)).toEqual(['__proto__', 'other']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('paths into the context', () => {
  test.each(['__proto__', 'a.constructor', 'prototype.x'])('%s is refused', (path) => {
    expect(() => contextKeys(path)).toThrow(expect.objectContaining({ code: 'HOSTILE_KEY' }));
    expect(() => withValueAt({}, path, 1)).toThrow(expect.objectContaining({ code: 'HOSTILE_KEY' }));
  });

  test.each(['', 'a.', '.a', 'a..b'])('"%s" is no path', (path) => {
    expect(() => contextKeys(path)).toThrow(expect.objectContaining({ code: 'CONTEXT_PATH' }));
  });

  test('`null` on the way gives place to an object', () => {
    expect(withValueAt({ a: null }, 'a.b', 1)).toEqual({ a: { b: 1 } });
  });
});
