import { readFileSync } from 'node:fs';
import { compile, parseMachine, validate } from '@fsm/core';
import { createRegistry } from '@fsm/effects';
import { expect, test } from 'vitest';
import { type LogLine, Rehearsal, rehearse } from '../rehearsal.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const { definition } = parseMachine(read('machine.json'));
const registry = createRegistry();
const machine = compile(definition);

test('the machine has neither errors nor warnings', () => {
  expect(validate(definition, { checkEffect: (effect, path) => registry.check(effect, path) })).toEqual([]);
});

test('the doors of the scenario open, wait and turn back for a person, close, lock, and know a right code', async () => {
  const lines = read('events.ndjson')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  const { instances, ignored } = await rehearse(machine, lines, registry);
  expect(instances.get('front')?.diary).toEqual([
    '08:00:00 closed',
    '08:00:00 opening',
    '08:00:02 open',
    '08:00:20 closing',
    '08:00:21 opening',
    '08:00:23 open',
    '08:00:33 closing',
    '08:00:35 closed',
    '08:01:00 locked.ready',
    '08:02:35 closed',
  ]);
  expect(instances.get('back')?.diary).toEqual([
    '08:00:05 closed',
    '08:00:05 opening',
    '08:00:07 open',
    '08:00:10 closing',
    '08:00:12 closed',
    '08:02:00 locked.ready',
    '08:03:04 locked.locked_out',
  ]);
  expect(ignored.map(({ instance, type }) => `${instance} ${type}`)).toEqual(['front OPEN']);
});

test('somebody in the doorway stops the closing, and its end is not heard any more', async () => {
  const door = await Rehearsal.start(machine, { at: 0, registry });
  await door.send({ type: 'OPEN' });
  await door.until(3000);
  await door.send({ type: 'CLOSE' });
  await door.until(4500);
  await door.send({ type: 'PERSON' });
  await door.until(5000);
  expect(door.states).toEqual(['opening']);
  await door.until(6500);
  expect(door.states).toEqual(['open']);
});

test('an alarm closes and locks the door, whatever it is doing, and waits for somebody in the doorway', async () => {
  const door = await Rehearsal.start(machine, { at: 0, registry });
  await door.send({ type: 'OPEN' });
  await door.until(3000);
  await door.send({ type: 'ALARM' });
  await door.until(4500);
  await door.send({ type: 'PERSON' });
  await door.until(6000);
  expect(door.states).toEqual(['shutting']);
  await door.until(6500);
  expect(door.states).toEqual(['locked.ready']);
  expect(await door.send({ type: 'ALARM' })).toBe(false);
});

test('a lockout ends after a minute', async () => {
  const door = await Rehearsal.start(machine, { at: 0, registry });
  await door.send({ type: 'LOCK' });
  for (const code of ['1', '2', '3']) await door.send({ type: 'ENTER_CODE', data: { code } });
  expect(door.states).toEqual(['locked.locked_out']);
  await door.until(60_000);
  await door.send({ type: 'ENTER_CODE', data: { code: '1234' } });
  expect(door.states).toEqual(['closed']);
});
