import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { contentHash } from './content-hash.ts';
import type { MachineDefinition } from './definition.ts';

const door: MachineDefinition = {
  id: 'door',
  context: { a: 1, b: 2 },
  initial: 'closed',
  states: {
    closed: { on: { OPEN: { target: 'open', guard: 'context.a > 0' }, LOCK: 'locked' }, description: 'shut' },
    open: {},
    locked: { invoke: { id: 'x', effect: { type: 'call', function: 'f' }, onDone: 'open' } },
  },
};

describe('contentHash', () => {
  test('is SHA-256 as base64url', () => {
    const text = '{"id":"m","states":{"a":{}}}';
    expect(contentHash({ states: { a: {} }, id: 'm' })).toBe(createHash('sha256').update(text).digest('base64url'));
    expect(contentHash(door)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('stays the same from release to release: running instances name it', () => {
    expect(contentHash({ id: 'door', initial: 'closed', states: { closed: {} } })).toBe(
      'YcUI-edi55okBT_lUeji8lYwhTl7g-ffHJhaOZZcyvY',
    );
    expect(contentHash(door)).toBe('CqFw_ht3z1XCpjJZcTsaZOYagpLM0FBQ5eehgYsbbdE');
  });

  test('is the same for the same definition, read again', () => {
    expect(contentHash(JSON.parse(JSON.stringify(door, undefined, 2)))).toBe(contentHash(door));
  });

  test('ignores the order of the keys that the format names', () => {
    const { id, context, initial, states } = door;
    const { closed, open, locked } = states!;
    expect(
      contentHash({
        states: {
          closed: {
            description: closed!.description!,
            on: { OPEN: { guard: 'context.a > 0', target: 'open' }, LOCK: 'locked' },
          },
          open: open!,
          locked: { invoke: { onDone: 'open', effect: { type: 'call', function: 'f' }, id: 'x' } },
        },
        initial: initial!,
        context: context!,
        id,
      }),
    ).toBe(contentHash(door));
    expect(locked).toBeDefined();
  });

  test.each<[string, (machine: MachineDefinition) => MachineDefinition]>([
    ['a description', (machine) => ({ ...machine, description: 'x' })],
    ['the meta of a state', (machine) => ({ ...machine, states: { ...machine.states, open: { meta: { x: 1 } } } })],
    ['the version', (machine) => ({ ...machine, version: '2' })],
    ['the order of states', ({ states, ...machine }) => ({ ...machine, states: reversed(states!) })],
    ['the order of the context', ({ context, ...machine }) => ({ ...machine, context: reversed(context!) })],
    [
      'the order of event descriptors',
      ({ states, ...machine }) => ({
        ...machine,
        states: { ...states, closed: { ...states!.closed!, on: reversed(states!.closed!.on!) } },
      }),
    ],
  ])('counts %s', (_what, change) => {
    expect(contentHash(change(door))).not.toBe(contentHash(door));
  });

  test('takes an inline function by its source text', () => {
    const withGuard = (guard: unknown) =>
      contentHash({ id: 'm', states: { a: { on: { GO: { guard } } } } } as unknown as MachineDefinition);
    expect(withGuard(() => true)).toBe(withGuard(() => true));
    expect(withGuard(() => true)).not.toBe(withGuard(() => false));
    expect(withGuard(() => true)).not.toBe(withGuard('() => true'));
    expect(withGuard(() => true)).not.toBe(withGuard('function "() => true"'));
  });

  test('refuses what is not JSON, and a cycle', () => {
    const cycle: Record<string, unknown> = { id: 'm' };
    cycle.states = { a: cycle };
    expect(() => contentHash(cycle as unknown as MachineDefinition)).toThrowError(
      expect.objectContaining({ code: 'TOO_DEEP' }),
    );
    expect(() => contentHash({ id: 'm', context: { at: new Date(0) } } as unknown as MachineDefinition)).toThrowError(
      expect.objectContaining({ code: 'NOT_JSON', path: '$.context.at' }),
    );
  });
});

function reversed<T>(value: { readonly [key: string]: T }): { readonly [key: string]: T } {
  return Object.fromEntries(Object.entries(value).reverse());
}
