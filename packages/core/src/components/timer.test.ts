import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../definition/definition.ts';
import { validate } from '../definition/validate.ts';
import type { JsonObject } from '../json.ts';
import { Driver } from '../machine/testing/driver.ts';
import { expandComponents } from './expand.ts';

/** A door with a timer in `open`, begun open. */
function door(parameters: JsonObject, open: StateDefinition = {}): MachineDefinition {
  return {
    id: 'door',
    components: { autoclose: { use: 'Timer', at: 'open', with: parameters } },
    initial: 'open',
    context: { seconds: 3, ticks: 0 },
    states: { closed: { on: { OPEN: 'open' } }, open: { ...open, on: { CLOSE: 'closed', ...open.on } } },
  };
}

const closing = { duration: '10s', target: 'closed' };

describe('a timer that only runs', () => {
  test('is a plain `after`', () => {
    const { definition } = expandComponents(door(closing));
    expect(definition.states!.open).toEqual({ on: { CLOSE: 'closed' }, after: { '10s': { target: '#door.closed' } } });
  });

  test('takes its transition when the time is up, and not before', () => {
    const driver = new Driver(door(closing)).advance(9_999);
    expect(driver.configuration).toBe('open');
    expect(driver.advance(1).configuration).toBe('closed');
  });

  test('may have a duration that the context decides, a guard and actions', () => {
    const driver = new Driver(
      door({
        duration: 'context.seconds * 1000',
        guard: 'context.seconds == 3',
        target: 'closed',
        actions: { assign: { ticks: 1 } },
      }),
    );
    expect(driver.advance(2_999).configuration).toBe('open');
    expect(driver.advance(1).configuration).toBe('closed');
    expect(driver.context.ticks).toBe(1);
  });
});

describe('a timer that events touch', () => {
  const touched = { ...closing, restartOn: ['PERSON', 'PET'], stopOn: 'HOLD' };

  test('starts from zero at each of its events', () => {
    const driver = new Driver(door(touched)).advance(8_000).send('PERSON').advance(8_000).send('PET');
    expect(driver.timers).toEqual({ 'component.autoclose': 10_000 });
    expect(driver.advance(9_999).configuration).toBe('open');
    expect(driver.advance(1).configuration).toBe('closed');
  });

  test('stops, and starts again', () => {
    const driver = new Driver(door(touched)).send('HOLD').advance(60_000);
    expect(driver.configuration).toBe('open');
    expect(driver.timers).toEqual({});
    expect(driver.send('PERSON').advance(10_000).configuration).toBe('closed');
  });

  test('is gone when its state is left, and fresh when it is entered again', () => {
    const driver = new Driver(door(touched)).advance(8_000).send('CLOSE');
    expect(driver.timers).toEqual({});
    expect(driver.send('PERSON').timers).toEqual({});
    expect(driver.send('OPEN').timers).toEqual({ 'component.autoclose': 10_000 });
  });

  test('starts again where the state itself, or one inside, takes the event', () => {
    const inside: StateDefinition = {
      initial: 'empty',
      on: { PET: { actions: { assign: { ticks: 7 } } } },
      states: { empty: { on: { PERSON: 'busy' } }, busy: { on: { PERSON: 'empty' } } },
    };
    const driver = new Driver(door(touched, inside)).advance(8_000).send('PERSON');
    expect(driver.configuration).toBe('open.busy');
    expect(driver.timers).toEqual({ 'component.autoclose': 10_000 });
    driver.advance(8_000).send('PET');
    expect(driver.context.ticks).toBe(7);
    expect(driver.timers).toEqual({ 'component.autoclose': 10_000 });
  });

  test('may wait for its first event', () => {
    const driver = new Driver(door({ ...touched, autostart: false }));
    expect(driver.timers).toEqual({});
    expect(driver.send('PERSON').timers).toEqual({ 'component.autoclose': 10_000 });
  });

  test('runs on the whole machine, whatever happens inside', () => {
    const session: MachineDefinition = {
      id: 'session',
      components: { idle: { use: 'Timer', with: { duration: '30m', target: 'ended', restartOn: ['CLICK', 'KEY'] } } },
      initial: 'home',
      states: { home: { on: { CLICK: 'page' } }, page: { on: { CLICK: 'home' } }, ended: { type: 'final' } },
    };
    const driver = new Driver(session).advance(1_700_000).send('CLICK').advance(1_700_000).send('KEY');
    expect(driver.advance(1_799_999).configuration).toBe('page');
    expect(driver.advance(1).configuration).toBe('ended');
    expect(driver.timers).toEqual({});
  });
});

describe('a timer with an event', () => {
  test('raises it for the transitions of the machine', () => {
    const driver = new Driver(door({ duration: '1s', event: 'IDLE' }, { on: { IDLE: 'closed' } }));
    expect(driver.advance(1_000).configuration).toBe('closed');
  });

  test('declares it where events are declared', () => {
    const declaring = { ...door({ duration: '1s', event: 'IDLE', target: 'closed' }), events: { OPEN: {}, CLOSE: {} } };
    expect(validate(declaring)).toEqual([]);
    expect(expandComponents(declaring).definition.events).toHaveProperty('IDLE');
  });
});

describe('a timer that repeats', () => {
  const count = { assign: { ticks: '{{ context.ticks + 1 }}' } };

  test('does its actions each time', () => {
    const driver = new Driver(door({ duration: '1s', repeat: true, actions: count })).advance(3_500);
    expect(driver.context.ticks).toBe(3);
    expect(driver.timers).toEqual({ 'component.autoclose': 500 });
    expect(driver.send('CLOSE').advance(5_000).context.ticks).toBe(3);
  });

  test('goes on when its guard says no, and when a state inside takes its event', () => {
    const guarded = { duration: '1s', repeat: true, guard: 'now >= 3000', actions: count };
    expect(new Driver(door(guarded)).advance(5_000).context.ticks).toBe(3);
    const inside: StateDefinition = { initial: 'x', states: { x: { on: { TICK: { actions: count } } } } };
    const driver = new Driver(door({ duration: '1s', event: 'TICK', repeat: true }, inside));
    expect(driver.advance(4_000).context.ticks).toBe(4);
  });
});

test.each<[string, JsonObject]>([
  ['does nothing', { duration: '1s' }],
  ['has a `guard`, but neither', { duration: '1s', event: 'X', guard: 'true' }],
  ['cannot repeat', { ...closing, repeat: true }],
  ['Nothing starts the timer', { ...closing, autostart: false }],
  ['`X` would both start and stop', { ...closing, restartOn: ['X'], stopOn: ['Y', 'X'] }],
])('a timer of which one must say that it %s is refused', (message, parameters) => {
  const [problem, ...others] = validate(door(parameters));
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ path: '$.components.autoclose.with', severity: 'error' });
  expect(problem!.message).toContain(message);
});
