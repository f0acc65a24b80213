import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineDefinition, PluginUse } from '@fsm/core';
import { createRegistry } from '@fsm/effects';
import {
  auditFile,
  auditMemory,
  auditPlugin,
  definePlugin,
  type HookName,
  type LogLine,
  loggerPlugin,
  openRuntime,
  openStore,
  type Plugin,
  type PluginHooks,
  type PluginTrouble,
  type Report,
  type Runtime,
  type RuntimeOptions,
  readAudit,
  type Tenant,
  VirtualClock,
  verifyAudit,
} from '@fsm/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { mortal } from '../src/store/test-mortal.ts';

function gate(...plugins: PluginUse[]): MachineDefinition {
  return {
    id: 'gate',
    context: { passed: 0 },
    initial: 'shut',
    states: {
      shut: {
        on: {
          OPEN: { target: 'open', actions: { assign: { passed: '{{ context.passed + 1 }}' } } },
          BREAK: { actions: { assign: { passed: '{{ context.a.b }}' } } },
          WORK: 'working',
          SCRAP: 'scrapped',
        },
      },
      open: { after: { '5s': 'shut' }, on: { WAVE: { actions: { log: 'waved' } } } },
      working: { effect: { type: 'call', function: 'oil' }, onDone: 'shut', onError: 'shut', on: { STOP: 'shut' } },
      scrapped: { type: 'final', output: '{{ context.passed }}' },
    },
    plugins,
  };
}

const hookNames: readonly HookName[] = [
  'created',
  'taken',
  'ignored',
  'transition',
  'effectEnded',
  'effectStarted',
  'failed',
  'done',
  'destroyed',
];

/** A plugin that writes down each call. */
function recorder(name = 'Recorder', act: (hook: HookName, report: Report) => unknown = () => undefined) {
  const calls: string[] = [];
  const reports: Report[] = [];
  const hooks = Object.fromEntries(
    hookNames.map((hook) => [
      hook,
      (report: Report) => {
        calls.push(`${report.again ? 'again ' : ''}${report.instance} ${report.sequence} ${hook}`);
        reports.push(report);
        return act(hook, report);
      },
    ]),
  ) as PluginHooks;
  return { calls, reports, plugin: definePlugin({ name, description: 'Writes down each call.', hooks: () => hooks }) };
}

let directory: string;
let runtime: Runtime | undefined;
let acme: Tenant;
let troubles: PluginTrouble[];
let oil: () => unknown;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fsm-plugins-'));
  troubles = [];
  oil = () => 'oiled';
});

afterEach(async () => {
  await runtime?.close();
  runtime = undefined;
  rmSync(directory, { recursive: true, force: true });
});

async function start(plugins: readonly Plugin[], options: RuntimeOptions = {}): Promise<void> {
  await runtime?.close();
  runtime = undefined;
  runtime = await openRuntime({
    store: join(directory, 'gate.db'),
    plugins,
    registry: createRegistry({ functions: { oil: () => oil() } }),
    observer: { plugin: (told) => troubles.push(told) },
    ...options,
  });
  acme = runtime.tenant('acme');
}

async function send(...types: string[]): Promise<void> {
  for (const type of types) await acme.send('g', { type });
  await runtime!.settled();
}

describe('a plugin', () => {
  test('is told what happens to instances of the machines that name it, in the order of their journals', async () => {
    const { calls, plugin } = recorder();
    const clock = new VirtualClock(0);
    await start([plugin], { clock });
    await acme.register(gate('Recorder'));
    await acme.create('gate', 'g');
    await send('OPEN', 'WAVE', 'OPEN');
    clock.advanceTo(10_000);
    await send('WORK');
    await acme.send('g', { type: 'BREAK', id: 'b' }).catch(() => undefined);
    await send('SCRAP');
    await acme.destroy('g');
    await runtime!.settled();
    expect(calls).toEqual([
      'g 1 created',
      'g 2 taken',
      'g 2 transition',
      'g 3 taken',
      'g 3 transition',
      'g 4 ignored',
      'g 5 transition',
      'g 6 taken',
      'g 6 transition',
      'g 6 effectStarted',
      'g 7 transition',
      'g 7 effectEnded',
      'g 8 failed',
      'g 9 taken',
      'g 9 transition',
      'g 9 done',
      'g 10 destroyed',
    ]);
    await acme.register({ ...gate(), id: 'other' });
    await acme.create('other', 'h');
    expect(calls).toHaveLength(17);
  });

  test('is told who caused it, where it led, and both snapshots', async () => {
    const { reports, plugin } = recorder();
    await start([plugin]);
    await acme.register(gate('Recorder'));
    await acme.create('gate', 'g');
    await acme.send('g', { type: 'OPEN', data: { who: 'ann' }, id: 'e1' });
    const { before, after, ...rest } = reports.at(-1)!;
    expect(rest).toMatchObject({
      tenant: 'acme',
      instance: 'g',
      sequence: 2,
      event: { type: 'OPEN', data: { who: 'ann' } },
      by: { kind: 'outside', id: 'e1' },
      from: ['shut'],
      to: ['open'],
      status: 'active',
    });
    expect([reports[1]!.before?.context, reports[1]!.after.context]).toEqual([{ passed: 0 }, { passed: 1 }]);
  });

  test('can change nothing, whatever it does to what it is given', async () => {
    const vandal = recorder('Vandal', (_, report) => {
      Object.assign(report.after.context, { passed: 999 });
      (report.after.configuration as string[])[0] = 'open';
      (report.event as { type: string }).type = 'NONSENSE';
      (report.to as string[]).push('nowhere');
      return 'a result that means nothing';
    });
    const witness = recorder('Witness');
    await start([vandal.plugin, witness.plugin]);
    await acme.register(gate('Vandal', 'Witness'));
    await acme.create('gate', 'g');
    await send('OPEN');
    const { snapshot } = await acme.get('g');
    expect(snapshot).toMatchObject({ configuration: ['open'], context: { passed: 1 } });
    expect(witness.reports.at(-1)).toMatchObject({ event: { type: 'OPEN' }, to: ['open'] });
    expect(witness.reports.at(-1)!.after.context).toEqual({ passed: 1 });
  });

  test('that throws or rejects is named and counted, and stops neither the instance nor the other plugins', async () => {
    const thrower = recorder('Thrower', () => {
      throw new Error('no');
    });
    const rejecter = recorder('Rejecter', () => Promise.reject(new Error('later no')));
    const witness = recorder('Witness');
    await start([thrower.plugin, rejecter.plugin, witness.plugin]);
    await acme.register(gate('Thrower', 'Rejecter', 'Witness'));
    await acme.create('gate', 'g');
    await send('OPEN');
    expect((await acme.get('g')).snapshot.configuration).toEqual(['open']);
    expect(witness.calls).toEqual(['g 1 created', 'g 2 taken', 'g 2 transition']);
    expect((await runtime!.status()).plugins).toMatchObject({
      Thrower: { calls: 3, failed: 3 },
      Rejecter: { calls: 3, failed: 3 },
      Witness: { calls: 3, failed: 0 },
    });
    expect(troubles[0]).toMatchObject({
      plugin: 'Thrower',
      hook: 'created',
      sequence: 1,
      trouble: 'failed',
      instance: 'g',
    });
  });

  test('that is slow holds up its own instance only, in order, and not for longer than it may', async () => {
    const slow = recorder('Slow', (hook, { instance }) =>
      instance === 'g' && hook === 'created' ? new Promise(() => undefined) : undefined,
    );
    await start([slow.plugin], { limits: { pluginTime: 40 } });
    await acme.register(gate('Slow'));
    await acme.create('gate', 'g');
    await acme.create('gate', 'h');
    expect((await acme.send('g', { type: 'OPEN' })).taken).toBe(true);
    expect(slow.calls).toEqual(['g 1 created', 'h 1 created']);
    await runtime!.settled();
    expect(slow.calls).toEqual(['g 1 created', 'h 1 created', 'g 2 taken', 'g 2 transition']);
    expect(troubles).toMatchObject([
      { plugin: 'Slow', hook: 'created', trouble: 'slow', error: { code: 'PLUGIN_SLOW' } },
    ]);
  });

  test('that falls behind misses lines, which is counted', async () => {
    let release: (() => void) | undefined;
    const stuck = recorder(
      'Stuck',
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    await start([stuck.plugin], { limits: { pluginTime: 60, pluginBacklog: 2 } });
    await acme.register(gate('Stuck'));
    await acme.create('gate', 'g');
    for (let count = 0; count < 5; count += 1) await acme.send('g', { type: 'NOISE' });
    release?.();
    await runtime!.settled();
    expect(stuck.calls).toEqual(['g 1 created', 'g 2 ignored', 'g 3 ignored']);
    expect((await runtime!.status()).plugins.Stuck).toMatchObject({ missed: 3 });
    expect(troubles.find(({ trouble }) => trouble === 'missed')).toMatchObject({ error: { code: 'PLUGIN_BACKLOG' } });
  });

  test('hears nothing twice after an orderly close', async () => {
    const first = recorder();
    await start([first.plugin]);
    await acme.register(gate('Recorder'));
    await acme.create('gate', 'g');
    await send('OPEN');
    const second = recorder();
    await start([second.plugin]);
    await acme.get('g');
    await send('WAVE');
    expect(second.calls).toEqual(['g 3 taken', 'g 3 transition']);
  });

  test('hears again, and is told so, what it may have missed when the process died', async () => {
    const first = recorder();
    const disk = openStore('memory:');
    const store = mortal(disk);
    await start([first.plugin], { store });
    await acme.register(gate('Recorder'));
    await acme.create('gate', 'g');
    store.kill();
    void acme.send('g', { type: 'OPEN' }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(first.calls).toEqual(['g 1 created']);
    runtime = undefined;
    const second = recorder();
    await start([second.plugin], { store: disk });
    await runtime!.settled();
    expect(second.calls).toEqual(['again g 1 created', 'again g 2 taken', 'again g 2 transition']);
    expect(second.reports.at(-1)).toMatchObject({ from: ['shut'], to: ['open'] });
    const third = recorder();
    await start([third.plugin], { store: disk });
    await acme.get('g');
    expect(third.calls).toEqual([]);
  });

  test('hears again of an instance that nobody asks for, although its record was written', async () => {
    const disk = openStore('memory:');
    const store = mortal(disk);
    await start([recorder().plugin], { store, limits: { unrecordedLines: 0 } });
    await acme.register(gate('Recorder'));
    await acme.create('gate', 'g');
    store.kill();
    void acme.send('g', { type: 'WAVE' }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await disk.find('acme', 'g'))?.record?.sequence).toBe(2);
    runtime = undefined;
    const second = recorder();
    await start([second.plugin], { store: disk });
    await runtime!.settled();
    expect(second.calls.at(-1)).toBe('again g 2 ignored');
  });

  test('that nobody registered is refused with what was probably meant', async () => {
    await start([recorder().plugin, loggerPlugin()]);
    const error = await acme.register(gate('Recoder')).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'MACHINE_INVALID', hint: 'Registered: `Recorder`, `Logger`.' });
    expect(error.details.problems).toMatchObject([
      {
        code: 'UNKNOWN_PLUGIN',
        path: '$.plugins[0]',
        message: 'There is no plugin `Recoder`; did you mean `Recorder`?',
      },
    ]);
  });

  test.each([
    [{ use: 'Logger', with: { levl: 'info' } }, '$.plugins[0].with.levl', 'Did you mean `level`?'],
    [{ use: 'Logger', with: { level: 'loud' } }, '$.plugins[0].with.level', 'least important'],
    [{ use: 'Recorder', with: { x: 1 } }, '$.plugins[0].with.x', 'Remove `with`.'],
  ])('with options that it does not have is refused: %j', async (use, path, hint) => {
    await start([recorder().plugin, loggerPlugin()]);
    const error = await acme.register(gate(use)).catch((reason) => reason);
    expect(error.details.problems).toMatchObject([{ path, hint: expect.stringContaining(hint) }]);
  });

  test('has options of its own for each machine', async () => {
    const seen: string[] = [];
    const plugin = definePlugin({
      name: 'acme.Greeter',
      description: 'Greets.',
      options: z.strictObject({ word: z.string().describe('What it says.') }),
      hooks: ({ word }) => ({ created: ({ instance }) => void seen.push(`${word} ${instance}`) }),
    });
    await start([plugin]);
    for (const [id, word] of [
      ['one', 'hello'],
      ['two', 'goodbye'],
    ] as const) {
      await acme.register({ ...gate({ use: 'acme.Greeter', with: { word } }), id });
      await acme.create(id, id);
    }
    expect(seen).toEqual(['hello one', 'goodbye two']);
  });

  test.each([{ name: '' }, { name: 'a b' }, { name: 'x', hooks: 7 }])('that is none is refused: %j', (given) => {
    const plugin = { description: '', hooks: () => ({}), ...given } as unknown as Plugin;
    expect(() => definePlugin(plugin)).toThrow(expect.objectContaining({ code: 'PLUGIN_INVALID' }));
  });

  test('that has the name of another is refused', async () => {
    await expect(start([loggerPlugin(), loggerPlugin()])).rejects.toMatchObject({ code: 'PLUGIN_EXISTS' });
  });

  test('is not asked for when an instance is only looked at', async () => {
    await start([recorder().plugin]);
    await acme.register(gate('Recorder'));
    await acme.create('gate', 'g');
    await start([], { readOnly: true });
    expect((await acme.get('g')).snapshot.configuration).toEqual(['shut']);
  });

  test('lets an instance leave memory once it knows every line', async () => {
    const { plugin, calls } = recorder('Recorder', () => Promise.resolve());
    await start([plugin], { limits: { liveInstances: 2 } });
    await acme.register(gate('Recorder'));
    for (let index = 0; index < 20; index += 1) await acme.create('gate', `g${index}`);
    await runtime!.settled();
    await acme.create('gate', 'last');
    await runtime!.settled();
    await runtime!.committed();
    expect((await runtime!.status()).liveInstances).toBeLessThan(10);
    expect(calls).toHaveLength(21);
  });
});

describe('Logger', () => {
  async function log(use: PluginUse): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    await start([loggerPlugin({ sink: (line) => void lines.push(line) })], {
      clock: new VirtualClock(0),
    });
    await acme.register(gate(use));
    await acme.create('gate', 'g');
    await acme.send('g', { type: 'WORK', data: { who: 'ann', pin: 1234, deep: [{ IBAN: 'x' }] } });
    await runtime!.settled();
    await acme.send('g', { type: 'NOISE' });
    await acme.send('g', { type: 'BREAK', id: 'b' }).catch(() => undefined);
    await runtime!.settled();
    return lines;
  }

  test('writes what matters, each kind at its level', async () => {
    const lines = await log('Logger');
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info created in shut',
      'info shut → working on WORK',
      'info working → shut on done.invoke.working',
      expect.stringMatching(/^error failed: /),
    ]);
    expect(lines[1]).toEqual({
      level: 'info',
      time: '1970-01-01T00:00:00.000Z',
      tenant: 'acme',
      machine: 'gate',
      instance: 'g',
      sequence: 2,
      message: 'shut → working on WORK',
      event: 'WORK',
      from: ['shut'],
      to: ['working'],
    });
  });

  test('shows effects and ignored events when asked for more, and only failures when asked for less', async () => {
    const messages = (await log({ use: 'Logger', with: { level: 'debug' } })).map(({ message }) => message);
    expect(messages).toContain('NOISE ignored in shut');
    expect(messages).toContain('effect working (call) started');
    expect(messages).toContain('effect working done');
    await runtime!.close();
    rmSync(directory, { recursive: true, force: true });
    directory = mkdtempSync(join(tmpdir(), 'fsm-plugins-'));
    expect((await log({ use: 'Logger', with: { level: 'error' } })).map(({ level }) => level)).toEqual(['error']);
  });

  test('shows data only when asked to, and never what is secret', async () => {
    const lines = await log({ use: 'Logger', with: { data: true, redact: ['iban'] } });
    expect(lines[1]?.data).toEqual({ who: 'ann', pin: '[redacted]', deep: [{ IBAN: '[redacted]' }] });
    expect(JSON.stringify(lines)).not.toContain('1234');
  });
});

describe('Audit', () => {
  const file = () => join(directory, 'audit.ndjson');

  async function audit(): Promise<void> {
    await start([auditPlugin({ sink: auditFile(file()) })], { clock: new VirtualClock(0) });
    await acme.register(gate({ use: 'Audit', with: { data: true } }));
    await acme.create('gate', 'g');
    await acme.send('g', { type: 'OPEN', id: 'e1', data: { who: 'ann', code: 1 } });
    await send('NOISE');
    await acme.destroy('g');
    await runtime!.close();
    runtime = undefined;
  }

  test('keeps who did what, when, and where it led', async () => {
    await audit();
    const trail = [...readAudit(auditFile(file()))];
    expect(trail.map(({ position, who, what, event, from, to }) => [position, who, what, event, from, to])).toEqual([
      [1, 'outside', 'created', 'fsm.init', [], ['shut']],
      [2, 'outside, event e1', 'transition', 'OPEN', ['shut'], ['open']],
      [3, 'outside', 'ignored', 'NOISE', ['open'], ['open']],
      [4, 'outside', 'destroyed', 'fsm.destroy', ['open'], ['open']],
    ]);
    expect(trail[1]).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      tenant: 'acme',
      data: { who: 'ann', code: '[redacted]' },
    });
    expect(verifyAudit(auditFile(file()))).toMatchObject({ entries: 4, head: { position: 4, hash: trail[3]!.hash } });
  });

  const tampering: readonly [string, (lines: string[]) => string[], number][] = [
    ['an entry was changed', (lines) => lines.map((line) => line.replace('"OPEN"', '"SHUT"')), 2],
    ['an entry was removed', (lines) => lines.toSpliced(1, 1), 2],
    ['entries were swapped', ([a, b, c, d]) => [a!, c!, b!, d!], 2],
    ['an entry was repeated', ([a, ...rest]) => [a!, a!, ...rest], 2],
    ['spaces were added', ([a, b, ...rest]) => [a!, b!.replace('{', '{ '), ...rest], 2],
    ['a line is no entry', (lines) => [...lines, 'null'], 5],
    ['the end was cut off', (lines) => lines.slice(0, 2), 3],
  ];

  test.each(tampering)('notices that %s', async (_, tamper, position) => {
    await audit();
    const { head } = verifyAudit(auditFile(file()));
    const lines = readFileSync(file(), 'utf8').trim().split('\n');
    writeFileSync(file(), `${tamper(lines).join('\n')}\n`);
    expect(verifyAudit(auditFile(file()), head).problem?.position).toBe(position);
  });

  test('goes on where it was, after a line that was cut off, and not after damage', async () => {
    await audit();
    appendFileSync(file(), '{"position":5,"at":"19');
    const more = async () => {
      await start([auditPlugin({ sink: auditFile(file(), { sync: true }) })]);
      await acme.create('gate', `g${Math.random()}`);
      await runtime!.settled();
    };
    await more();
    expect(verifyAudit(auditFile(file()))).toMatchObject({ entries: 5 });
    await runtime!.close();
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('OPEN', 'SHUT'));
    await more();
    expect(troubles).toMatchObject([{ plugin: 'Audit', trouble: 'failed', error: { code: 'AUDIT_DAMAGED' } }]);
  });

  test('enters a line once, however often it is reported', async () => {
    const sink = auditMemory();
    const disk = openStore('memory:');
    const store = mortal(disk);
    const plugins = () => [auditPlugin({ sink })];
    await start(plugins(), { store });
    await acme.register(gate('Audit'));
    await acme.create('gate', 'g');
    await send('OPEN');
    store.kill();
    void acme.send('g', { type: 'WAVE' }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    runtime = undefined;
    await start(plugins(), { store: disk });
    await send('NOISE');
    expect([...readAudit(sink)].map(({ sequence, event }) => `${sequence} ${event}`)).toEqual([
      '1 fsm.init',
      '2 OPEN',
      '3 WAVE',
      '4 NOISE',
    ]);
    expect(verifyAudit(sink).problem).toBeUndefined();
  });
});
