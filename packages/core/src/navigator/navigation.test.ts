import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../definition/definition.ts';
import { compile } from '../machine/machine.ts';
import { navigate, start } from '../machine/navigate.ts';
import { canNavigate, possibleDestinations, refusals, visualize } from './navigation.ts';
import { navigator } from './navigator.ts';

const at = { now: 0 };

const door = navigator('door')
  .context({ code: '1234', broken: false })
  .initial('closed')
  .state('closed', (s) =>
    s
      .navigateTo('opening', { when: 'open_command' })
      .navigateTo('locked', { when: 'lock_command', if: '!context.broken' })
      .navigateTo('opening', { when: 'lock_command' })
      .stay({ when: 'knock', do: { emit: 'knocked' } }),
  )
  .state('opening', (s) => s.effect({ type: 'delay', duration: '2s' }).onDone('open'))
  .state('open', (s) =>
    s
      .initial('wide')
      .navigateTo('closed', { when: 'close_command' })
      .state('wide', (w) => w.navigateTo('ajar', { when: 'push' }))
      .state('ajar', (a) =>
        a.navigateTo('wide', { when: 'close_command', if: 'event.data.gently' }).stay({ when: 'push' }),
      ),
  )
  .state('locked', (s) => s.navigateTo('closed', { when: 'enter_code', if: 'event.data.code == context.code' }))
  .navigateTo('locked', { when: 'alarm' });
const machine = door.compile();

function after(...events: string[]) {
  let { snapshot } = start(machine, at);
  for (const type of events) snapshot = navigate(machine, snapshot, { type }, at).snapshot;
  return snapshot;
}

describe('possibleDestinations', () => {
  test('are the states one event may lead to, from the inside out', () => {
    expect(possibleDestinations(machine, after())).toEqual([
      { to: 'opening', event: 'open_command', guarded: false, from: 'closed' },
      { to: 'locked', event: 'lock_command', guarded: true, from: 'closed' },
      { to: 'opening', event: 'lock_command', guarded: true, from: 'closed' },
      { to: 'locked', event: 'alarm', guarded: false, from: '' },
    ]);
  });

  test('leave out what an inner state keeps for itself', () => {
    const definition: MachineDefinition = {
      id: 'm',
      initial: 'a',
      on: { A: '.b', B: '.b', 'C.x': '.b', D: '.b' },
      states: {
        a: {
          initial: 'in',
          on: { A: [{ guard: 'false', target: 'b' }, 'c', 'b'] },
          states: {
            in: { on: { B: {}, 'C.*': { target: 'out' }, D: { target: 'out', guard: 'context.x' } } },
            out: {},
          },
        },
        b: {},
        c: {},
      },
    };
    const compiled = compile(definition);
    expect(possibleDestinations(compiled, start(compiled, at).snapshot)).toEqual([
      { to: 'a.out', event: 'C.*', guarded: false, from: 'a.in' },
      { to: 'a.out', event: 'D', guarded: true, from: 'a.in' },
      { to: 'b', event: 'A', guarded: true, from: 'a' },
      { to: 'c', event: 'A', guarded: true, from: 'a' },
      { to: 'b', event: 'D', guarded: true, from: '' },
    ]);
  });

  test('include what every region of a parallel state offers', () => {
    const compiled = compile({
      id: 'm',
      type: 'parallel',
      states: {
        x: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } },
        y: { initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } },
      },
    });
    expect(possibleDestinations(compiled, start(compiled, at).snapshot).map(({ to }) => to)).toEqual(['x.b', 'y.b']);
  });

  test('are none when the machine is done', () => {
    const compiled = compile({ id: 'm', initial: 'a', states: { a: { on: { GO: 'b' } }, b: { type: 'final' } } });
    const { snapshot } = start(compiled, at);
    expect(possibleDestinations(compiled, snapshot)).toHaveLength(1);
    expect(possibleDestinations(compiled, navigate(compiled, snapshot, { type: 'GO' }, at).snapshot)).toEqual([]);
  });
});

describe('canNavigate', () => {
  test('says whether an event would be taken', () => {
    expect(canNavigate(machine, after(), { type: 'open_command' }, at)).toBe(true);
    expect(canNavigate(machine, after(), { type: 'knock' }, at)).toBe(true);
    expect(canNavigate(machine, after(), { type: 'close_command' }, at)).toBe(false);
    const locked = after('lock_command');
    expect(canNavigate(machine, locked, { type: 'enter_code', data: { code: '1234' } }, at)).toBe(true);
    expect(canNavigate(machine, locked, { type: 'enter_code', data: { code: '1' } }, at)).toBe(false);
  });

  test('says whether one event would lead to a state', () => {
    expect(canNavigate(machine, after(), 'opening', at)).toBe(true);
    expect(canNavigate(machine, after(), 'locked', at)).toBe(true);
    expect(canNavigate(machine, after(), 'open', at)).toBe(false);
    expect(canNavigate(machine, after(), 'open.wide', at)).toBe(false);
  });

  test('counts a guard that needs data as a no', () => {
    expect(canNavigate(machine, after('lock_command'), 'closed', at)).toBe(false);
  });

  test('finds a state that is entered along with another one', () => {
    const compiled = navigator('m')
      .initial('a')
      .state('a', (s) => s.navigateTo('b', { when: 'GO' }))
      .state('b', (s) => s.initial('x').state('x').state('y'))
      .compile();
    const { snapshot } = start(compiled, at);
    expect(canNavigate(compiled, snapshot, 'b.x', at)).toBe(true);
    expect(canNavigate(compiled, snapshot, 'b.y', at)).toBe(false);
  });

  test('says no where a validation refuses, and `refusals` says why', () => {
    const strict = door.validate('!context.broken', 'Broken.').compile();
    const snapshot = start(strict, at, { broken: true }).snapshot;
    expect(canNavigate(strict, snapshot, { type: 'open_command' }, at)).toBe(false);
    expect(canNavigate(strict, snapshot, 'opening', at)).toBe(false);
    expect(refusals(navigate(strict, snapshot, { type: 'open_command' }, at))).toEqual(['Broken.']);
    expect(refusals(navigate(machine, after(), { type: 'open_command' }, at))).toEqual([]);
  });

  test('refuses a state that does not exist', () => {
    expect(() => canNavigate(machine, after(), 'opened', at)).toThrow('no state "opened"; did you mean "open"?');
  });
});

describe('visualize', () => {
  test('draws a builder, a definition and a machine alike, with components as the states they are', () => {
    const secured = door.useComponent('Security', { failure: 'wrong_code' }, { at: 'locked' });
    const drawing = visualize(secured);
    expect(drawing).toContain('locked_ready --> locked_locked_out');
    expect(visualize(secured.build())).toBe(drawing);
    expect(visualize(secured.compile())).toBe(drawing);
  });

  test('highlights what is active', () => {
    expect(visualize(machine, after('lock_command'))).toContain('class locked active');
    expect(visualize(door, after('lock_command'))).toContain('class locked active');
    expect(visualize(machine)).not.toContain('active');
  });
});
