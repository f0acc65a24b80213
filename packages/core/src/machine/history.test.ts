import { describe, expect, test } from 'vitest';
import type { StateDefinition } from '../definition/definition.ts';
import { navigate } from './navigate.ts';
import { Driver, say, traced } from './testing/driver.ts';

/** A player that can be switched off in the middle of things. */
function player(history: StateDefinition, on: StateDefinition = {}) {
  return new Driver({
    id: 'm',
    initial: 'off',
    context: { log: '' },
    states: {
      off: { on: { POWER: 'on.back', FRESH: 'on' } },
      on: {
        initial: 'radio',
        on: { POWER: 'off' },
        ...on,
        states: {
          radio: { on: { NEXT: 'disc' } },
          disc: {
            initial: 'stopped',
            on: { NEXT: 'radio' },
            states: {
              stopped: { on: { PLAY: 'playing' } },
              playing: { initial: 'one', states: { one: { on: { PLAY: 'two' } }, two: {} } },
            },
          },
          back: { type: 'history', ...history },
        },
      },
    },
  });
}

describe('history', () => {
  test('shallow restores the child, which begins anew inside', () => {
    const driver = player({}).send('POWER').send('NEXT').send('PLAY').send('PLAY');
    expect(driver.configuration).toBe('on.disc.playing.two');
    expect(driver.send('POWER').snapshot.history).toEqual({ 'on.back': ['on.disc'] });
    expect(driver.send('POWER').configuration).toBe('on.disc.stopped');
  });

  test('deep restores all states below', () => {
    const driver = player({ history: 'deep' }).send('POWER').send('NEXT').send('PLAY').send('PLAY').send('POWER');
    expect(driver.snapshot.history).toEqual({ 'on.back': ['on.disc.playing.two'] });
    expect(driver.send('POWER').configuration).toBe('on.disc.playing.two');
  });

  test('before anything is recorded, stands for its target, or for the initial child', () => {
    expect(player({ target: 'disc' }).send('POWER').configuration).toBe('on.disc.stopped');
    expect(player({ target: 'disc.playing' }).send('POWER').configuration).toBe('on.disc.playing.one');
    expect(player({}).send('POWER').configuration).toBe('on.radio');
  });

  test('the newest record counts', () => {
    const driver = player({}).send('POWER').send('NEXT').send('POWER').send('POWER').send('NEXT').send('POWER');
    expect(driver.send('POWER').configuration).toBe('on.radio');
  });

  test('survives JSON, and is the same object when recorded once more', () => {
    const driver = player({}).send('POWER').send('POWER');
    const { history } = driver.snapshot;
    driver.send('POWER').send('POWER');
    expect(driver.snapshot.history).toBe(history);
    const copy = JSON.parse(JSON.stringify(driver.snapshot));
    expect(navigate(driver.machine, copy, { type: 'POWER' }, { now: 0 }).snapshot.configuration).toEqual(['on.radio']);
  });

  test('a record that no run can have made is refused', () => {
    const driver = player({}).send('POWER').send('POWER');
    for (const states of [['off'], ['on.nowhere'], ['on.back'], ['__proto__']]) {
      const damaged = { ...driver.snapshot, history: { 'on.back': states } };
      expect(() => navigate(driver.machine, damaged, { type: 'POWER' }, { now: 0 })).toThrow(
        expect.objectContaining({ code: 'SNAPSHOT_INVALID' }),
      );
    }
  });

  test('may be the initial child, and then stands for its target at first', () => {
    const driver = player({ target: 'disc' }, { initial: 'back' }).send('FRESH');
    expect(driver.configuration).toBe('on.disc.stopped');
    expect(driver.send('NEXT').send('POWER').send('FRESH').configuration).toBe('on.radio');
  });

  test('of a parallel state restores every region, each to its own depth', () => {
    const region = {
      initial: 'x',
      states: { x: { on: { GO: 'y' } }, y: { initial: 'y1', states: { y1: { on: { GO: 'y2' } }, y2: {} } } },
    };
    const machine = (history: 'shallow' | 'deep') =>
      new Driver({
        id: 'm',
        initial: 'p',
        on: { OUT: '.out' },
        states: {
          p: { type: 'parallel', states: { a: region, b: region, back: { type: 'history', history } } },
          out: { on: { IN: 'p.back' } },
        },
      });
    const deep = machine('deep').send('GO').send('GO').send('OUT');
    expect(deep.snapshot.history).toEqual({ 'p.back': ['p.a.y.y2', 'p.b.y.y2'] });
    expect(deep.send('IN').configuration).toBe('p.a.y.y2 p.b.y.y2');
    const shallow = machine('shallow').send('GO').send('GO').send('OUT').send('IN');
    expect(shallow.configuration).toBe('p.a.x p.b.x');
    expect(machine('deep').send('OUT').send('IN').configuration).toBe('p.a.x p.b.x');
  });

  test('a transition that leaves a state and returns to its history finds what it just left', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      states: {
        a: {
          ...traced('a'),
          initial: 'x',
          on: { AGAIN: { target: '#m.a.back', reenter: true } },
          states: { x: { ...traced('x'), on: { GO: 'y' } }, y: traced('y'), back: { type: 'history' } },
        },
      },
    }).send('GO');
    driver.patch({ log: '' }).send('AGAIN');
    expect([driver.configuration, driver.context.log]).toEqual(['a.y', '-y -a +a +y ']);
  });

  test('asked from inside, never enters a state that is active', () => {
    const driver = new Driver({
      id: 'm',
      initial: 'a',
      context: { log: '' },
      states: { a: { ...traced('a'), on: { BACK: 'back' } }, b: {}, back: { type: 'history', target: 'a' } },
    });
    expect(driver.send('BACK').context.log).toBe('+a ');
  });
});

describe('actions of `initial`', () => {
  const driver = () =>
    new Driver({
      id: 'm',
      initial: { target: 'idle', actions: say('root!') },
      context: { log: '' },
      states: {
        idle: { on: { IN: 'a', DEEP: 'a.y.z', PAR: 'p.left.l2', BACK: 'a.back' } },
        a: {
          ...traced('a'),
          initial: { target: 'x', actions: say('a!') },
          on: { OUT: 'idle' },
          states: {
            x: { ...traced('x'), on: { GO: 'y' } },
            y: {
              ...traced('y'),
              initial: { target: 'w', actions: say('y!') },
              states: { w: traced('w'), z: traced('z') },
            },
            back: { type: 'history' },
          },
        },
        p: {
          type: 'parallel',
          states: {
            left: { initial: { target: 'l1', actions: say('left!') }, states: { l1: {}, l2: {} } },
            right: { initial: { target: 'r1', actions: say('right!') }, states: { r1: traced('r1') } },
          },
        },
      },
    }).patch({ log: '' });

  test('run after the entry of the state and before that of its child', () => {
    expect(driver().send('IN').context.log).toBe('+a a! +x ');
  });

  test('do not run when a transition names a state inside', () => {
    expect(driver().send('DEEP').context.log).toBe('+a +y +z ');
  });

  test('run in regions that nobody named, and in states that shallow history restores', () => {
    expect(driver().send('PAR').context.log).toBe('right! +r1 ');
    const back = driver().send('IN').send('GO').send('OUT').patch({ log: '' }).send('BACK');
    expect(back.context.log).toBe('+a +y y! +w ');
  });
});
