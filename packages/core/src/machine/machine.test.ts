import { describe, expect, test } from 'vitest';
import { validate } from '../definition/validate.ts';
import { FsmError } from '../error.ts';
import { compile } from './machine.ts';
import { Driver } from './testing/driver.ts';

const door = {
  id: 'door',
  initial: 'closed',
  description: 'A door',
  tags: ['building'],
  on: { BREAK: '.broken', 'done.state.opened': {} },
  states: {
    closed: {
      tags: ['safe', 'building'],
      on: { OPEN: 'open.wide', 'LOCK.*': { guard: 'event.data.key' }, NOTHING: {}, BREAK: {} },
    },
    open: {
      initial: 'ajar',
      id: 'opened',
      on: { CLOSE: 'closed', 'KNOCK.*': { actions: { log: 'come in' } } },
      states: { ajar: { on: { OPEN: 'wide' } }, wide: {} },
    },
    broken: {
      type: 'parallel',
      states: {
        hinge: { initial: 'bent', states: { bent: { on: { FIX: 'straight' } }, straight: {} } },
        lock: { on: { FIX: {} } },
      },
    },
  },
} as const;

describe('compile', () => {
  test('refuses an invalid definition with every problem, and a message that shows the first', () => {
    const broken = { id: 'door', initial: 'close', states: { closed: { on: { A: 'x', B: 'y', C: 'z' } } } };
    let error: unknown;
    try {
      compile(broken);
    } catch (thrown) {
      error = thrown;
    }
    expect(FsmError.is(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'MACHINE_INVALID',
      path: '$.initial',
      message: expect.stringMatching(/^The machine "door" has 4 problems\. \$\.initial: .*closed.* … and 1 more\.$/),
      details: { problems: validate(broken) },
    });
    // @ts-expect-error what a caller without types may pass
    expect(() => compile(undefined)).toThrow(expect.objectContaining({ code: 'MACHINE_INVALID' }));
  });

  test('refuses names that nobody registered', () => {
    const machine = { id: 'm', initial: 'a', states: { a: { entry: 'ring', on: { GO: { guard: 'isOpen' } } } } };
    expect(() => compile(machine)).toThrow(/isOpen|ring/);
    expect(() =>
      compile(machine, { implementations: { guards: { isOpen: () => true }, actions: { ring: () => undefined } } }),
    ).not.toThrow();
  });

  test('lets effects be checked by who knows them', () => {
    const machine = { id: 'm', initial: 'a', states: { a: { effect: { type: 'cal' } } } };
    const checkEffect = (effect: unknown, path: string) => [
      { code: 'UNKNOWN_KIND', severity: 'error' as const, path, message: `No kind ${JSON.stringify(effect)}.` },
    ];
    expect(() => compile(machine, { checkEffect })).toThrow(/\$\.states\.a\.effect: No kind/);
  });
});

describe('a machine', () => {
  test('lists its states in document order', () => {
    expect([...compile(door).states()].map(({ path, id, type, parent }) => [path, id, type, parent])).toEqual([
      ['', 'door', 'compound', undefined],
      ['closed', 'door.closed', 'atomic', ''],
      ['open', 'opened', 'compound', ''],
      ['open.ajar', 'door.open.ajar', 'atomic', 'open'],
      ['open.wide', 'door.open.wide', 'atomic', 'open'],
      ['broken', 'door.broken', 'parallel', ''],
      ['broken.hinge', 'door.broken.hinge', 'compound', 'broken'],
      ['broken.hinge.bent', 'door.broken.hinge.bent', 'atomic', 'broken.hinge'],
      ['broken.hinge.straight', 'door.broken.hinge.straight', 'atomic', 'broken.hinge'],
      ['broken.lock', 'door.broken.lock', 'atomic', 'broken'],
    ]);
  });

  test('says which events could be taken now, without those that are forbidden', () => {
    const driver = new Driver(door);
    const events = () => driver.machine.nextEvents(driver.snapshot);
    expect(events()).toEqual(['OPEN']);
    expect(driver.send('OPEN') && events()).toEqual(['CLOSE', 'KNOCK.*', 'BREAK']);
    expect(driver.send('BREAK') && events()).toEqual(['FIX', 'BREAK']);
  });

  test('knows tags, active states and XState’s nested value of a snapshot', () => {
    const driver = new Driver(door);
    const { machine } = driver;
    expect(machine.stateValue(driver.snapshot)).toBe('closed');
    expect(machine.tags(driver.snapshot)).toEqual(['building', 'safe']);
    driver.send('OPEN');
    expect(machine.stateValue(driver.snapshot)).toEqual({ open: 'wide' });
    expect(
      ['', 'open', 'open.wide', 'open.ajar', 'opened'].map((path) => machine.matches(driver.snapshot, path)),
    ).toEqual([true, true, true, false, false]);
    driver.send('BREAK');
    expect(machine.stateValue(driver.snapshot)).toEqual({ broken: { hinge: 'bent', lock: {} } });
  });

  test('has a hash that follows the definition', () => {
    expect(compile(door).hash).toBe(compile(structuredClone(door)).hash);
    expect(compile(door).hash).not.toBe(compile({ ...door, description: 'Another' }).hash);
  });
});
