import { readFileSync } from 'node:fs';
import { compile, parseMachine, validate } from '@fsm/core';
import { expect, test } from 'vitest';
import { type LogLine, Rehearsal, rehearse } from '../rehearsal.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const { definition } = parseMachine(read('machine.json'));
const machine = compile(definition);

test('the machine has neither errors nor warnings', () => {
  expect(validate(definition)).toEqual([]);
});

test('the scenario lets pedestrians walk in turn and ends in the night', async () => {
  const lines = read('events.ndjson')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  const { instances, ignored } = await rehearse(machine, lines);
  expect(instances.get('harbour')?.diary).toEqual([
    '06:30:00 night',
    '06:30:00 day.red',
    '06:30:02 day.redAmber',
    '06:30:04 day.green.flowing',
    '06:30:14 day.green.yielding',
    '06:30:44 day.amber',
    '06:30:47 day.red',
    '06:30:49 day.redAmber',
    '06:30:51 day.green.flowing',
    '06:31:01 day.amber',
    '06:31:04 day.red',
    '06:31:06 day.walk',
    '06:31:18 day.redAmber',
    '06:31:20 day.green.flowing',
    '06:31:30 day.green.yielding',
    '06:31:35 day.amber',
    '06:31:38 day.red',
    '06:31:40 day.walk',
    '06:31:52 day.redAmber',
    '06:31:54 day.green.flowing',
    '06:31:56 night',
  ]);
  expect(ignored.map(({ at, type }) => `${at} ${type}`)).toEqual(['2030-05-06T06:32:00Z BUTTON']);
});

test('cars always have at least ten seconds of green, however often the button is pressed', async () => {
  const light = await Rehearsal.start(machine, { at: 0 });
  await light.send({ type: 'DAY' });
  for (let second = 1; second <= 120; second += 1) {
    await light.until(second * 1000);
    await light.send({ type: 'BUTTON' });
  }
  const greens = light.diary.flatMap((entry, index) => (entry.endsWith('green.flowing') ? [index] : []));
  expect(greens.length).toBeGreaterThan(2);
  for (const index of greens.slice(0, -1)) {
    expect(seconds(light.diary[index + 1]!) - seconds(light.diary[index]!)).toBeGreaterThanOrEqual(10);
  }
});

function seconds(entry: string): number {
  return Date.parse(`1970-01-01T${entry.slice(0, 8)}Z`) / 1000;
}
