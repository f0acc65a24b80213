import { FsmError } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { describeProgress } from './progress-text.ts';
import { Rejections } from './rejections.ts';
import { type EndState, summarize } from './summary.ts';
import { describeSummary, regions } from './summary-text.ts';

const counts = { taken: 6, ignored: 2, rejected: 1, timers: 3, milliseconds: 2000 };
const ends: EndState[] = [
  { status: 'active', configuration: ['application.new', 'offer.none'] },
  { status: 'done', configuration: ['application.approved', 'offer.accepted'] },
  { status: 'done', configuration: ['application.approved', 'offer.none'] },
  { status: 'error', configuration: ['application.new', 'offer.none'] },
];
const plain = (_style: string, text: string) => text;

describe('the summary of a run', () => {
  test('has exactly the promised keys, in order', () => {
    const summary = summarize('loan', counts, ends);
    expect(summary).toEqual({
      machine: 'loan',
      instances: 4,
      events: 8,
      taken: 6,
      ignored: 2,
      rejected: 1,
      timers: 3,
      states: { 'application.approved': 2, 'application.new': 2, 'offer.accepted': 1, 'offer.none': 3 },
      status: { active: 1, done: 2, error: 1 },
      seconds: 2,
      eventsPerSecond: 4,
    });
    expect(Object.keys(summary).join()).toBe(
      'machine,instances,events,taken,ignored,rejected,timers,states,status,seconds,eventsPerSecond',
    );
  });

  test('a run of nothing is a summary too', () => {
    const empty = summarize('loan', { taken: 0, ignored: 0, rejected: 0, timers: 0, milliseconds: 0 }, []);
    expect(empty).toMatchObject({ instances: 0, events: 0, states: {}, eventsPerSecond: 0 });
    expect(describeSummary(empty, { id: 'loan' }, plain)).toContain('0 instances, 0 events');
  });

  test('for people it has a table for each region, in the order of the machine, most frequent states first', () => {
    const leaves = { new: {}, approved: {} };
    const definition = {
      id: 'loan',
      type: 'parallel',
      states: { application: { states: leaves }, offer: { states: { none: {}, accepted: {} } } },
    } as const;
    expect(describeSummary(summarize('loan', counts, ends), definition, plain)).toBe(
      [
        'loan  4 instances, 8 events in 2.0 s (4/s)',
        '  events     taken 6, ignored 2, rejected 1; timers fired 3',
        '  instances  active 1, done 2, error 1',
        '',
        'application',
        '  new       2  50.0 %  ████████████████████████████',
        '  approved  2  50.0 %  ████████████████████████████',
        '',
        'offer',
        '  none      3  75.0 %  ████████████████████████████',
        '  accepted  1  25.0 %  █████████▍',
      ].join('\n'),
    );
  });

  test('regions inside regions have tables of their own; a region that is one state stands with its parent', () => {
    const queue = { states: { idle: {}, busy: {} } };
    const definition = {
      id: 'bank',
      initial: 'open',
      states: { open: { type: 'parallel', states: { calls: queue, mail: queue, alarm: {} } }, closed: {} },
    } as const;
    const configurations = [['open.calls.idle', 'open.mail.busy', 'open.alarm'], ['closed']];
    const summary = summarize(
      'bank',
      counts,
      configurations.map((configuration) => ({ status: 'active', configuration })),
    );
    expect(regions(summary, definition)).toEqual([
      { title: 'open.calls', rows: [{ name: 'idle', count: 1 }] },
      { title: 'open.mail', rows: [{ name: 'busy', count: 1 }] },
      { title: 'open', rows: [{ name: 'alarm', count: 1 }] },
      { title: 'states', rows: [{ name: 'closed', count: 1 }] },
    ]);
  });

  test('a machine without regions has one table, a long one is cut', () => {
    const keys = Array.from({ length: 30 }, (_, n) => `s${n}`);
    const definition = { id: 'm', states: Object.fromEntries(keys.map((key) => [key, {}])) };
    const summary = summarize(
      'm',
      counts,
      keys.map((key) => ({ status: 'active', configuration: [key] })),
    );
    expect(regions(summary, definition)).toMatchObject([{ title: 'states' }]);
    expect(describeSummary(summary, definition, plain)).toMatch(/and 6 more states$/);
  });
});

describe('progress', () => {
  test('shows how much of a file is done and how long it takes', () => {
    expect(describeProgress({ share: 0.25, events: 50_000, milliseconds: 1000 }, 100)).toBe(
      '██████░░░░░░░░░░░░░░░░░░  25 %  50,000 events  50,000/s  3 s left',
    );
  });

  test('shows counts alone when the size is not known, and never more than the terminal is wide', () => {
    expect(describeProgress({ share: undefined, events: 5, milliseconds: 1000 }, 100)).toBe('5 events  5/s');
    expect(describeProgress({ share: 0.5, events: 5, milliseconds: 1000 }, 20)).toHaveLength(20);
  });
});

describe('rejected lines', () => {
  test('twenty are shown, the others are counted by code', () => {
    const shown: string[] = [];
    const rejections = new Rejections((text) => shown.push(text));
    for (let line = 1; line <= 25; line += 1) {
      rejections.add(
        line * 1000,
        new FsmError(line === 25 ? 'B' : 'A', 'It is\u001b[31m wrong\n.', { hint: 'Fix it.' }),
      );
    }
    rejections.finish();
    expect(rejections.count).toBe(25);
    expect(shown).toHaveLength(21);
    expect(shown[0]).toBe('line 1,000 rejected: It is [31m wrong . [A] Fix it.');
    expect(shown.at(-1)).toBe('and 5 more lines rejected: 4 A, 1 B');
  });
});
