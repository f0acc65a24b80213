import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineComponent, type MachineDefinition } from '@fsm/core';
import { createRegistry, defineEffect, leaf } from '@fsm/effects';
import { definePlugin, openRuntime, type Plugin, type PluginTrouble, type RuntimeOptions } from '@fsm/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

/** What plugins bring along: kinds of effects, functions, guards, actions, components. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fsm-contributions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const double = defineEffect({
  name: 'acme.double',
  summary: 'Doubles a number.',
  category: 'acme',
  icon: 'x',
  output: 'Twice the number.',
  repeat: 'pure',
  parameters: z.strictObject({ of: z.number().describe('The number.') }),
  prepare: ({ of }) => leaf(() => 2 * of),
});

const bell = defineComponent({
  name: 'acme.Bell',
  description: 'Counts how often somebody rings.',
  parameters: z.strictObject({ event: z.string().default('RING').describe('The event of the button.') }),
  build: ({ event }) => ({
    on: { [event]: { actions: { assign: { rings: '{{ context.rings + 1 }}' } } } },
    context: { rings: 0 },
  }),
});

const full = definePlugin({
  name: 'acme.Everything',
  description: 'Brings one of each.',
  kinds: [double],
  functions: { 'acme.half': ({ of }: { of: number }) => of / 2 },
  guards: { even: ({ context }) => Number(context.number) % 2 === 0 },
  actions: { note: ({ context }) => ({ noted: context.number! }) },
  components: [bell],
});

const house: MachineDefinition = {
  id: 'house',
  components: { door: { use: 'acme.Bell', at: 'idle' } },
  context: { number: 8, noted: null },
  initial: 'idle',
  states: {
    idle: { on: { GO: { guard: 'even', target: 'doubling', actions: 'note' } } },
    doubling: {
      effect: {
        type: 'sequence',
        effects: [
          { type: 'acme.double', of: 21 },
          { type: 'call', function: 'acme.half', params: { of: '{{ result }}' } },
        ],
      },
      onDone: { target: 'idle', actions: { assign: { number: '{{ event.output }}' } } },
    },
  },
};

async function open(plugins: readonly Plugin[], options: RuntimeOptions = {}) {
  const runtime = await openRuntime({ store: join(folder, 'house.db'), plugins, ...options });
  return { runtime, acme: runtime.tenant('acme') };
}

const named = (name: string, brings: Partial<Plugin>): Plugin =>
  definePlugin({ name, description: 'Brings something.', ...brings } as Plugin);

describe('what a plugin brings', () => {
  test('every machine of the runtime may use, also one that does not name the plugin', async () => {
    const { runtime, acme } = await open([full]);
    await acme.register(house);
    await acme.create('house', 'h');
    await acme.send('h', { type: 'RING' });
    await acme.send('h', { type: 'GO' });
    await runtime.settled();
    expect((await acme.get('h')).snapshot.context).toEqual({ number: 21, noted: 8, rings: 1 });
    await runtime.close();
  });

  test('is there again after a restart, and for whoever only looks', async () => {
    const first = await open([full]);
    await first.acme.register(house);
    await first.acme.create('house', 'h');
    await first.runtime.close();
    const looking = await open([full], { readOnly: true });
    expect((await looking.acme.get('h')).snapshot.configuration).toEqual(['idle']);
    expect((await looking.acme.at('h', 1)).context).toMatchObject({ rings: 0 });
    await looking.runtime.close();
    const second = await open([full]);
    await second.acme.send('h', { type: 'RING' });
    await second.acme.send('h', { type: 'GO' });
    await second.runtime.settled();
    expect((await second.acme.get('h')).snapshot.context).toMatchObject({ number: 21, rings: 1 });
    await second.runtime.close();
  });

  test('stands beside what the runtime and the machine have of their own', async () => {
    const { runtime, acme } = await open([full], { registry: createRegistry({ functions: { third: () => 3 } }) });
    const own: MachineDefinition = {
      ...house,
      states: {
        ...house.states,
        doubling: { effect: { type: 'call', function: 'third' }, onDone: { target: 'idle', actions: 'mine' } },
      },
    };
    await acme.register(own, { actions: { mine: () => ({ noted: 'mine' }) } });
    await acme.create('house', 'h');
    await acme.send('h', { type: 'GO' });
    await runtime.settled();
    expect((await acme.get('h')).snapshot.context.noted).toBe('mine');
    await runtime.close();
  });

  test('is missing where the plugin is, and the machine is refused', async () => {
    const { runtime, acme } = await open([]);
    const error = await acme.register(house).catch((reason) => reason);
    expect(error.details.problems.map(({ code }: { code: string }) => code)).toEqual(
      expect.arrayContaining(['UNKNOWN_COMPONENT', 'UNKNOWN_EFFECT']),
    );
    await runtime.close();
  });
});

describe('a name that is taken', () => {
  const run = () => null;
  const truth = () => true;

  test.each([
    ['kind of effect', { kinds: [double] }, 'acme.double'],
    ['function', { functions: { pay: run } }, 'pay'],
    ['guard', { guards: { rich: truth } }, 'rich'],
    ['action', { actions: { pay: () => undefined } }, 'pay'],
    ['component', { components: [bell] }, 'acme.Bell'],
  ])('by another plugin is refused with both owners: a %s', async (what, brings, name) => {
    const plugins = [named('acme.One', brings), named('acme.Two', brings)];
    await expect(open(plugins)).rejects.toMatchObject({
      code: 'PLUGIN_CLASH',
      message: `The ${what} \`${name}\` comes from the plugin \`acme.One\` and from the plugin \`acme.Two\`.`,
      details: { name, owners: ['acme.One', 'acme.Two'] },
    });
  });

  test.each([
    ['a kind', { kinds: [{ ...double, name: 'call' }] }],
    ['a component', { components: [{ ...bell, name: 'Timer' }] }],
  ])('by something built in is refused: %s', async (_, brings) => {
    await expect(open([named('acme.One', brings)])).rejects.toMatchObject({
      code: 'PLUGIN_CLASH',
      details: { owners: ['what is built in', 'acme.One'] },
    });
  });

  test('by the registry or the code of the runtime is refused', async () => {
    const functions = { pay: run };
    const plugin = named('acme.One', { functions, guards: { rich: truth } });
    await expect(open([plugin], { registry: createRegistry({ functions }) })).rejects.toMatchObject({
      details: { what: 'function', owners: ['acme.One', 'the registry'] },
    });
    await expect(open([plugin], { implementations: { guards: { rich: truth } } })).rejects.toMatchObject({
      details: { what: 'guard', owners: ['acme.One', 'the options of the runtime'] },
    });
  });

  test('by the code of a machine refuses that machine', async () => {
    const { runtime, acme } = await open([full]);
    await expect(acme.register(house, { guards: { even: truth } })).rejects.toMatchObject({
      code: 'PLUGIN_CLASH',
      details: { name: 'even', owners: ['acme.Everything', 'the machine `house`'] },
    });
    await runtime.close();
  });
});

describe('a broken plugin', () => {
  const still = (id: string, ...plugins: string[]): MachineDefinition => ({
    id,
    plugins,
    initial: 'a',
    states: { a: { on: { GO: 'b' } }, b: {} },
  });

  test('that cannot be set up refuses the machines that name it, by its name, and no others', async () => {
    const broken = named('acme.Broken', {
      hooks: () => {
        throw new Error('no license');
      },
    });
    const { runtime, acme } = await open([broken, full]);
    await expect(acme.register(still('one', 'acme.Broken'))).rejects.toMatchObject({
      code: 'PLUGIN_FAILED',
      message: 'The plugin `acme.Broken` cannot be used: no license',
    });
    await acme.register(still('two', 'acme.Everything'));
    await acme.create('two', 'x');
    expect((await acme.send('x', { type: 'GO' })).taken).toBe(true);
    await runtime.close();
  });

  test('whose hook throws is named, and the instance and the other plugins go on', async () => {
    const heard: string[] = [];
    const troubles: PluginTrouble[] = [];
    const broken = named('acme.Broken', {
      hooks: () => ({
        transition: () => {
          throw new Error('oops');
        },
      }),
    });
    const other = named('acme.Other', { hooks: () => ({ transition: ({ to }) => void heard.push(to.join()) }) });
    const observer = { plugin: (trouble: PluginTrouble) => void troubles.push(trouble) };
    const { runtime, acme } = await open([broken, other], { observer });
    await acme.register(still('two', 'acme.Broken', 'acme.Other'));
    await acme.create('two', 'x');
    expect((await acme.send('x', { type: 'GO' })).configuration).toEqual(['b']);
    await runtime.settled();
    expect(heard).toEqual(['b']);
    expect(troubles).toMatchObject([{ plugin: 'acme.Broken', hook: 'transition', trouble: 'failed' }]);
    await runtime.close();
  });

  test('whose kind cannot be prepared is a problem where the effect stands', async () => {
    const kind = {
      ...double,
      prepare: () => {
        throw new Error('no license');
      },
    };
    const { runtime, acme } = await open([
      named('acme.Broken', { kinds: [kind], functions: { 'acme.half': () => 1 } }),
    ]);
    const { components: _, ...plain } = house;
    const error = await acme
      .register(plain, { guards: { even: () => true }, actions: { note: () => undefined } })
      .catch((reason) => reason);
    expect(error.details.problems).toMatchObject([
      {
        code: 'PLUGIN_FAILED',
        path: '$.states.doubling.effect.effects[0]',
        message: 'The plugin `acme.Broken` cannot prepare an effect of its kind `acme.double`: no license',
      },
    ]);
    await runtime.close();
  });

  test.each([
    [{}, 'brings nothing'],
    [{ hooks: {} }, 'brings `hooks` that are none'],
    [{ kinds: [{ name: 'x' }] }, 'brings `kinds` that are none'],
    [{ functions: { pay: 7 } }, 'brings `functions` that are none'],
    [{ guards: [() => true] }, 'brings `guards` that are none'],
    [{ components: bell }, 'brings `components` that are none'],
  ])('that is none is refused at once: %o', (brings, message) => {
    expect(() => named('acme.Broken', brings as Partial<Plugin>)).toThrow(
      expect.objectContaining({ code: 'PLUGIN_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
