import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, validate } from '@fsm/core';
import { createRegistry } from '@fsm/effects';
import { auditFile, type LogLine, readAudit, verifyAudit } from '@fsm/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LogLine as LogEvent, rehearse } from '../rehearsal.ts';
import { at, burglary, type House, openHouse, securitySystem } from './story.ts';

const registry = createRegistry();

test('the machine has neither errors nor warnings', () => {
  expect(validate(securitySystem, { checkEffect: (effect, path) => registry.check(effect, path) })).toEqual([]);
});

test('the systems of the scenario arm themselves, wait for the code, and sound the alarm without it', async () => {
  const lines = readFileSync(new URL('events.ndjson', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogEvent);
  const { instances } = await rehearse(compile(securitySystem), lines, registry);
  expect(instances.get('home')?.diary.slice(2)).toEqual([
    '08:00:20 armed.watching',
    '17:30:00 armed.entry',
    '17:30:14 disarmed',
  ]);
  expect(instances.get('cabin')?.diary.slice(3)).toEqual([
    '03:12:00 armed.entry',
    '03:12:30 alarm.sounding',
    '03:15:30 alarm.silent',
  ]);
  expect(instances.get('shop')?.diary.slice(3)).toEqual(['23:40:00 alarm.sounding', '23:41:30 disarmed']);
});

describe('a house with a security system and two doors', () => {
  let directory: string;
  let house: House | undefined;
  let diary: string[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fsm-house-'));
    diary = [];
  });

  afterEach(async () => {
    await house?.runtime.close();
    house = undefined;
    rmSync(directory, { recursive: true, force: true });
  });

  const write = ({ time, instance, message }: LogLine) => diary.push(`${time.slice(11, 19)} ${instance} ${message}`);

  async function states(): Promise<Record<string, string>> {
    const { items } = await house!.tenant.list();
    return Object.fromEntries(items.map(({ instance, configuration }) => [instance, configuration.join()]));
  }

  test('both doors lock when an opened door leads to the alarm', async () => {
    house = await openHouse({ store: join(directory, 'house.db'), log: write });
    await burglary(house);
    expect(await states()).toEqual({ home: 'alarm.sounding', front: 'locked.ready', back: 'locked.ready' });
    expect(diary.slice(-6)).toEqual([
      '12:00:22 back opening → open on done.invoke.opening',
      expect.stringMatching(/^12:00:32 home armed\.entry → alarm\.sounding/),
      '12:00:32 back open → closing on timer.autoclose',
      '12:00:32 front closed → locked.ready on ALARM',
      '12:00:32 back closing → shutting on ALARM',
      '12:00:34 back shutting → locked.ready on done.invoke.shutting',
    ]);
  });

  test('the code in time keeps the house quiet, three wrong ones do not', async () => {
    house = await openHouse({ log: write });
    await at(house, '2030-05-06T08:00:00Z', 'home', 'ARM');
    await at(house, '2030-05-06T09:00:00Z', 'back', 'OPEN');
    await at(house, '2030-05-06T09:00:20Z', 'home', 'ENTER_CODE', { code: '2468' });
    expect(await states()).toMatchObject({ home: 'disarmed' });
    await at(house, '2030-05-06T10:00:00Z', 'home', 'ARM');
    for (const code of ['1', '2', '3']) await at(house, '2030-05-06T11:00:00Z', 'home', 'ENTER_CODE', { code });
    expect(await states()).toEqual({ home: 'alarm.sounding', front: 'locked.ready', back: 'locked.ready' });
  });

  test('the doors lock although the process dies between the alarm and the doors', async () => {
    const image = join(directory, 'image');
    mkdirSync(image);
    const copy = () => {
      for (const name of ['house.db', 'house.db-wal', 'house.db.head', 'audit.ndjson']) {
        if (existsSync(join(directory, name))) copyFileSync(join(directory, name), join(image, name));
      }
    };
    house = await openHouse({
      store: join(directory, 'house.db'),
      audit: join(directory, 'audit.ndjson'),
      // What is on the disk when the alarm is committed and no door knows of it yet.
      log: ({ to }) => {
        if (to?.includes('alarm.sounding')) copy();
      },
    });
    await burglary(house);
    await house.runtime.close();

    house = await openHouse({
      store: join(image, 'house.db'),
      audit: join(image, 'audit.ndjson'),
      at: '2030-05-06T12:00:32Z',
      log: write,
    });
    expect(diary.filter((line) => line.includes('ALARM'))).toEqual([
      '12:00:32 front closed → locked.ready on ALARM',
      '12:00:32 back closing → shutting on ALARM',
    ]);
    await at(house, '2030-05-06T12:01:00Z');
    expect(await states()).toEqual({ home: 'alarm.sounding', front: 'locked.ready', back: 'locked.ready' });
    for (const door of ['front', 'back']) {
      const alarms = (await house.tenant.history(door)).filter(
        (entry) => entry.kind === 'event' && entry.type === 'ALARM',
      );
      expect(alarms).toHaveLength(1);
    }

    const trail = auditFile(join(image, 'audit.ndjson'));
    expect(verifyAudit(trail).problem).toBeUndefined();
    const entries = [...readAudit(trail)].map(({ instance, sequence }) => `${instance} ${sequence}`);
    expect(new Set(entries).size).toBe(entries.length);
  });
});
