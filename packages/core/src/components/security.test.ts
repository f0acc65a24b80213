import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../definition/definition.ts';
import { toMermaid } from '../definition/mermaid.ts';
import { validate } from '../definition/validate.ts';
import type { JsonObject } from '../json.ts';
import { Driver } from '../machine/testing/driver.ts';
import { builtInComponents } from './built-in.ts';
import { expandComponents } from './expand.ts';

const code = 'event.data.code == context.code';

/** A door that begins locked; its keypad stands in `locked`. */
function door(parameters: JsonObject, locked: StateDefinition = {}): MachineDefinition {
  return {
    id: 'door',
    components: { keypad: { use: 'Security', at: 'locked', with: parameters } },
    context: { code: '1234' },
    initial: 'locked',
    states: {
      locked: { ...locked, on: { FIRE: 'open', ...locked.on } },
      open: { on: { LOCK: 'locked' } },
      alarm: { on: { RESET: 'locked' } },
    },
  };
}

const keypad = { code, granted: 'open' };
const wrong = { code: '0000' };
const right = { code: '1234' };

function emitted(driver: Driver): string[] {
  return driver.commands.flatMap((command) => (command.type === 'emit' ? [command.event.type] : []));
}

describe('codes', () => {
  test('a right one grants and resets the count', () => {
    const driver = new Driver(door(keypad)).send('ENTER_CODE', wrong);
    expect(driver.configuration).toBe('locked.ready');
    expect(driver.context).toEqual({ code: '1234', failed_attempts: 1, lockouts: 0 });
    driver.send('ENTER_CODE', right);
    expect(driver.configuration).toBe('open');
    expect(driver.context.failed_attempts).toBe(0);
  });

  test('too many wrong ones lock out for a time, and a right one is refused then', () => {
    const driver = new Driver(door(keypad)).send('ENTER_CODE', wrong).send('ENTER_CODE', wrong);
    expect(driver.configuration).toBe('locked.ready');
    driver.send('ENTER_CODE', wrong);
    expect(driver.configuration).toBe('locked.locked_out');
    expect(driver.machine.tags(driver.snapshot)).toEqual(['locked_out']);
    expect(driver.context).toMatchObject({ failed_attempts: 3, lockouts: 1 });
    expect(driver.send('ENTER_CODE', right).configuration).toBe('locked.locked_out');
    expect(driver.advance(299_999).configuration).toBe('locked.locked_out');
    expect(driver.advance(1).configuration).toBe('locked.ready');
    expect(driver.context.failed_attempts).toBe(0);
    expect(driver.send('ENTER_CODE', right).configuration).toBe('open');
  });

  test('as many as the author says', () => {
    const driver = new Driver(door({ ...keypad, maxAttempts: 1 })).send('ENTER_CODE', wrong);
    expect(driver.configuration).toBe('locked.locked_out');
  });

  test('the author’s own transitions work in a lockout as well', () => {
    const driver = new Driver(door({ ...keypad, maxAttempts: 1 })).send('ENTER_CODE', wrong).send('FIRE');
    expect(driver.configuration).toBe('open');
  });

  test('leaving and coming back gives no new attempts', () => {
    const driver = new Driver(door(keypad))
      .send('ENTER_CODE', wrong)
      .send('ENTER_CODE', wrong)
      .send('FIRE')
      .send('LOCK');
    expect(driver.send('ENTER_CODE', wrong).configuration).toBe('locked.locked_out');
  });

  test('a lockout may grow with each one before, until a right code', () => {
    const growing = { ...keypad, maxAttempts: 1, lockout: 'context.lockouts * 60000' };
    const driver = new Driver(door(growing)).send('ENTER_CODE', wrong).advance(60_000).send('ENTER_CODE', wrong);
    expect(driver.advance(119_999).configuration).toBe('locked.locked_out');
    expect(driver.advance(1).send('ENTER_CODE', right).context.lockouts).toBe(0);
  });

  test('wrong ones are forgotten some time after the last', () => {
    const driver = new Driver(door({ ...keypad, forgetAfter: '1m' })).send('ENTER_CODE', wrong).advance(59_999);
    driver.send('ENTER_CODE', wrong).advance(59_999);
    expect(driver.context.failed_attempts).toBe(2);
    expect(driver.advance(1).context.failed_attempts).toBe(0);
    expect(driver.send('ENTER_CODE', wrong).send('FIRE').timers).toEqual({});
  });
});

describe('a lockout', () => {
  const lasting = { ...keypad, maxAttempts: 1, lockout: null, unlock: 'UNLOCK' };

  test('may last until an event ends it', () => {
    const driver = new Driver(door(lasting)).send('ENTER_CODE', wrong).advance(1e9);
    expect(driver.configuration).toBe('locked.locked_out');
    expect(driver.send('UNLOCK').configuration).toBe('locked.ready');
    expect(driver.context.failed_attempts).toBe(0);
  });

  test('may ask for a code of its own', () => {
    const guarded = { ...lasting, unlockCode: 'event.data.master == 9' };
    const driver = new Driver(door(guarded)).send('ENTER_CODE', wrong).send('UNLOCK', { master: 8 });
    expect(driver.configuration).toBe('locked.locked_out');
    expect(driver.send('UNLOCK', { master: 9 }).configuration).toBe('locked.ready');
  });

  test('may lead elsewhere', () => {
    const driver = new Driver(door({ ...keypad, maxAttempts: 1, resume: 'alarm' })).send('ENTER_CODE', wrong);
    expect(driver.advance(300_000).configuration).toBe('alarm');
  });
});

describe('an alarm', () => {
  const alarmed = { ...keypad, alarm: 'alarm' };

  test('stands in for the lockout, and begins the count again', () => {
    const driver = new Driver(door(alarmed)).send('ENTER_CODE', wrong).send('ENTER_CODE', wrong);
    expect(driver.configuration).toBe('locked');
    driver.send('ENTER_CODE', wrong);
    expect(driver.configuration).toBe('alarm');
    expect(driver.context).toMatchObject({ failed_attempts: 0, lockouts: 1 });
    expect(emitted(driver)).toEqual(['security.attempt_failed', 'security.alarm']);
  });

  test('adds no states', () => {
    const { definition } = expandComponents(door(alarmed));
    expect(definition.states!.locked).not.toHaveProperty('states');
  });
});

describe('attempts that others check', () => {
  const judged = { success: 'RECOGNISED', failure: 'STRANGER', granted: 'open', maxAttempts: 2 };

  test('count in the same way', () => {
    const driver = new Driver(door(judged)).send('STRANGER');
    expect(driver.context.failed_attempts).toBe(1);
    expect(driver.send('STRANGER').send('RECOGNISED').configuration).toBe('locked.locked_out');
    expect(driver.advance(300_000).send('RECOGNISED').configuration).toBe('open');
  });

  test('may be the outcome of an effect', () => {
    const checking: StateDefinition = {
      invoke: {
        id: 'camera',
        effect: { type: 'call' },
        onDone: { actions: { raise: 'RECOGNISED' } },
        onError: { actions: { raise: 'STRANGER' } },
      },
    };
    expect(new Driver(door(judged, checking)).failed('camera', 'dark').context.failed_attempts).toBe(1);
    expect(new Driver(door(judged, checking)).done('camera').configuration).toBe('open');
  });
});

describe('what it announces', () => {
  test('tells an observer every attempt and every change', () => {
    const driver = new Driver(door({ ...keypad, maxAttempts: 2 }));
    expect(emitted(driver.send('ENTER_CODE', wrong))).toEqual(['security.attempt_failed']);
    expect(driver.commands).toContainEqual({
      type: 'emit',
      event: { type: 'security.attempt_failed', data: { component: 'keypad', attempts: 1 } },
    });
    expect(emitted(driver.send('ENTER_CODE', wrong))).toEqual(['security.attempt_failed', 'security.locked_out']);
    expect(emitted(driver.send('ENTER_CODE', right))).toEqual(['security.attempt_refused']);
    expect(emitted(driver.advance(300_000))).toEqual(['security.unlocked']);
    expect(emitted(driver.send('ENTER_CODE', right))).toEqual(['security.granted']);
  });

  test('may be nothing; then an attempt in a lockout is not taken', () => {
    const driver = new Driver(door({ ...keypad, maxAttempts: 1, announce: false })).send('ENTER_CODE', wrong);
    expect(emitted(driver)).toEqual([]);
    expect(driver.send('ENTER_CODE', right).taken).toBe(false);
  });
});

describe('the state it is used in', () => {
  test('may have states of its own: it goes back to the first after a lockout', () => {
    const inside: StateDefinition = { initial: 'dark', states: { dark: { on: { TOUCH: 'lit' } }, lit: {} } };
    const driver = new Driver(door({ ...keypad, maxAttempts: 2 }, inside)).send('TOUCH').send('ENTER_CODE', wrong);
    expect(driver.configuration).toBe('locked.lit');
    expect(driver.send('ENTER_CODE', wrong).configuration).toBe('locked.locked_out');
    expect(driver.send('ENTER_CODE', right).configuration).toBe('locked.locked_out');
    expect(driver.advance(300_000).configuration).toBe('locked.dark');
  });

  test('may be the whole machine', () => {
    const machine: MachineDefinition = {
      id: 'm',
      components: { pin: { use: 'Security', with: { failure: 'WRONG', maxAttempts: 1, resume: 'b' } } },
      initial: 'a',
      states: { a: {}, b: {} },
    };
    const driver = new Driver(machine).send('WRONG');
    expect(driver.configuration).toBe('locked_out');
    expect(driver.advance(300_000).configuration).toBe('b');
  });

  test('may be parallel: it becomes a region', () => {
    const regions: StateDefinition = { type: 'parallel', states: { light: {}, sound: {} } };
    const driver = new Driver(door({ ...keypad, maxAttempts: 1 }, regions)).send('ENTER_CODE', wrong);
    expect(driver.configuration).toBe('locked.light locked.sound locked.keypad.locked_out');
    expect(driver.advance(300_000).send('ENTER_CODE', right).configuration).toBe('open');
  });

  test('may have a keypad beside another one', () => {
    const { components, ...rest } = door(keypad);
    const second = { counter: 'failed_cards', lockoutCounter: 'card_lockouts', announce: false };
    const both = {
      ...rest,
      components: {
        ...components,
        cards: {
          use: 'Security',
          at: 'locked',
          prefix: 'card_',
          with: { ...second, failure: 'BAD_CARD', maxAttempts: 1 },
        },
      },
    };
    expect(validate(both)).toEqual([]);
    const driver = new Driver(both).send('BAD_CARD');
    expect(driver.configuration).toBe('locked.card_locked_out');
  });

  test('is drawn with its lockout', () => {
    const drawing = toMermaid(expandComponents(door(keypad)).definition);
    expect(drawing).toContain('locked_ready --> locked_locked_out');
    expect(drawing).toContain('locked_locked_out --> locked_ready : after 5m');
    expect(drawing).toContain('locked_ready --> open');
  });
});

test.each<[string, JsonObject]>([
  ['Nothing says when an attempt is wrong', { granted: 'open' }],
  ['The event `X` has two meanings', { code, attempt: 'X', failure: 'X' }],
  ['Both counters', { code, counter: 'lockouts' }],
  ['`unlockCode` guards nothing', { code, unlockCode: 'true' }],
  ['With an `alarm` there is no lockout', { code, alarm: 'alarm', unlock: 'U' }],
  ['Nothing ends the lockout', { code, lockout: null }],
])('parameters of which one must say "%s" are refused', (message, parameters) => {
  const [problem, ...others] = validate(door(parameters));
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ path: '$.components.keypad.with', severity: 'error' });
  expect(problem!.message).toContain(message);
});

test('every parameter of every built-in component is described', () => {
  for (const component of builtInComponents) {
    for (const [key, field] of Object.entries(component.parameters.shape)) {
      expect(field.description, `${component.name}.${key}`).toMatch(/^[A-Z].*\.$/);
    }
  }
});
