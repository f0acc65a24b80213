import { describe, expect, test } from 'vitest';
import { compile } from './machine.ts';
import { navigate, patch, start } from './navigate.ts';
import { Driver } from './testing/driver.ts';

const definition = {
  id: 'm',
  version: '1.2.0',
  initial: 'a',
  context: { n: 1, keep: { x: 1 } },
  states: {
    a: { on: { GO: { target: 'p', actions: { assign: { n: 2 } } } } },
    p: { type: 'parallel', states: { l: { initial: 'x', states: { x: { on: { GO: 'y' } }, y: {} } }, r: {} } },
  },
} as const;

describe('a snapshot', () => {
  test('names the machine, its version and the hash of its content, and has no key without a value', () => {
    const { machine, snapshot } = new Driver(definition);
    expect(snapshot).toStrictEqual({
      machine: { id: 'm', version: '1.2.0', hash: machine.hash },
      status: 'active',
      configuration: ['a'],
      context: { n: 1, keep: { x: 1 } },
      counter: 0,
    });
    expect(new Driver({ id: 'm', initial: 'a', states: { a: {} } }).snapshot.machine).not.toHaveProperty('version');
  });

  test('goes on the same after JSON, wherever it was read', () => {
    const { machine, snapshot } = new Driver(definition).send('GO');
    const copy = JSON.parse(JSON.stringify(snapshot));
    expect(copy).toStrictEqual(snapshot);
    const elsewhere = compile(JSON.parse(JSON.stringify(definition)));
    const expected = navigate(machine, snapshot, { type: 'GO' }, { now: 0 });
    expect(navigate(elsewhere, copy, { type: 'GO' }, { now: 0 })).toStrictEqual(expected);
    expect(navigate(elsewhere, snapshot, { type: 'GO' }, { now: 0 })).toStrictEqual(expected);
    expect(navigate(elsewhere, copy, { type: 'NO' }, { now: 0 }).snapshot).toBe(copy);
  });

  test('starts from the context of the definition and the keys of the input', () => {
    const machine = compile(definition);
    const { snapshot } = start(machine, { now: 0 }, { n: 7, more: [1] });
    expect(snapshot.context).toEqual({ n: 7, keep: { x: 1 }, more: [1] });
    expect(() => start(machine, { now: 0 }, JSON.parse('{"__proto__":{"n":1}}'))).toThrow(
      expect.objectContaining({ code: 'HOSTILE_KEY' }),
    );
  });

  test('the input is the data of the event that entry actions see', () => {
    const machine = compile({ id: 'm', initial: 'a', states: { a: { entry: { log: '{{ event }}' } } } });
    expect(start(machine, { now: 0 }, { n: 1 }).commands).toEqual([
      { type: 'log', level: 'info', message: { type: 'fsm.init', data: { n: 1 } } },
    ]);
  });

  test('of another machine, or of another version, is refused', () => {
    const { snapshot } = new Driver(definition);
    const other = compile({ ...definition, context: { n: 2 } });
    expect(() => navigate(other, snapshot, { type: 'GO' }, { now: 0 })).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_MISMATCH', message: expect.stringContaining(snapshot.machine.hash) }),
    );
  });

  test.each([
    [[], 'always active'],
    [['nowhere'], '"nowhere"'],
    [['p'], '"p"'],
    [['p.l.x'], 'all regions'],
    [['p.r', 'p.l.x'], 'document order'],
    [['p.l.x', 'p.l.y', 'p.r'], 'one active child'],
    [['a', 'p.l.x', 'p.r'], 'one active child'],
    [['a', 'a'], 'document order'],
  ])('with the impossible configuration %j is refused', (configuration, message) => {
    const { machine, snapshot } = new Driver(definition);
    expect(() => navigate(machine, { ...snapshot, configuration }, { type: 'GO' }, { now: 0 })).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_INVALID', message: expect.stringContaining(message) }),
    );
  });

  test('is refused when the machine was not compiled', () => {
    const { snapshot } = new Driver(definition);
    // @ts-expect-error what a caller without types may pass
    expect(() => navigate(definition, snapshot, { type: 'GO' }, { now: 0 })).toThrow(
      expect.objectContaining({ code: 'NOT_A_MACHINE' }),
    );
  });
});

describe('patch', () => {
  test('changes the context and nothing else', () => {
    const driver = new Driver(definition);
    driver.patch({ 'keep.x': 2, n: 5 });
    expect(driver.snapshot).toMatchObject({ configuration: ['a'], context: { n: 5, keep: { x: 2 } } });
    expect(driver.taken).toBe(true);
  });

  test('that changes nothing gives back the same snapshot', () => {
    const { machine, snapshot } = new Driver(definition);
    expect(patch(machine, snapshot, { n: 1, 'keep.x': 1 }, { now: 0 })).toEqual({
      snapshot,
      commands: [],
      taken: false,
    });
  });

  test('through a hostile or impossible path is refused', () => {
    const driver = new Driver(definition);
    expect(() => driver.patch({ '__proto__.x': 1 })).toThrow(expect.objectContaining({ code: 'HOSTILE_KEY' }));
    expect(() => driver.patch({ 'n.x': 1 })).toThrow(expect.objectContaining({ code: 'CONTEXT_PATH' }));
  });
});
