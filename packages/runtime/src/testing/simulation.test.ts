import { describe, expect, test } from 'vitest';
import type { Commit } from '../store/store.ts';
import { simulate } from './simulation.ts';

/** `FSM_SIMULATION_SEEDS=20000 npm test -- simulation` runs more; `FSM_SIMULATION_FROM=4711` begins elsewhere. */
const seeds = Number(process.env.FSM_SIMULATION_SEEDS ?? 2000);
const from = Number(process.env.FSM_SIMULATION_FROM ?? 1);

describe('the engine over a simulated disk, clock, world and scheduler', () => {
  test(`keeps every invariant in ${seeds} runs with crashes`, { timeout: 600_000 }, async () => {
    const totals = { crashes: 0, refusals: 0, lines: 0, calls: 0, deliveries: 0 };
    for (let seed = from; seed < from + seeds; seed += 1) {
      const { violations, crashes, refusals, lines, calls, deliveries } = await simulate(seed);
      expect(violations, `seed ${seed}`).toEqual([]);
      totals.crashes += crashes;
      totals.refusals += refusals;
      totals.lines += lines;
      totals.calls += calls;
      totals.deliveries += deliveries;
    }
    // The runs must have been worth it: with less than this the faults would not have been exercised.
    expect(totals.crashes).toBeGreaterThan(seeds);
    expect(totals.refusals).toBeGreaterThan(seeds / 4);
    expect(totals.lines).toBeGreaterThan(seeds * 20);
    expect(totals.calls).toBeGreaterThan(seeds * 2);
    expect(totals.deliveries).toBeGreaterThan(seeds * 2);
  });

  test('replays a seed byte for byte', async () => {
    for (const seed of [1, 2, 3, 99, 4711]) {
      const first = await simulate(seed);
      const second = await simulate(seed);
      expect(second.trace).toBe(first.trace);
      expect(first.trace.length).toBeGreaterThan(1000);
    }
  });

  test('differs between seeds', async () => {
    expect((await simulate(1)).trace).not.toBe((await simulate(2)).trace);
  });

  /** Do the checks bite? Each of these breaks a promise on purpose; within a few seeds somebody must notice. */
  const planted: readonly { readonly bug: string; sabotage(commit: Commit, count: number): Commit }[] = [
    {
      bug: 'a disk that forgets a commit it has acknowledged',
      sabotage: (commit, count) => (count % 9 === 8 ? { lines: [], records: [], machines: [] } : commit),
    },
    {
      bug: 'a commit that loses its last line',
      sabotage: (commit, count) => (count % 9 === 8 ? { ...commit, lines: commit.lines.slice(0, -1) } : commit),
    },
    {
      bug: 'a record that claims another context than its journal explains',
      sabotage: (commit) => ({
        ...commit,
        records: commit.records.map((record) => ({ ...record, text: record.text.replace('"pings":0', '"pings":7') })),
      }),
    },
    {
      bug: 'a record that forgets the work under way',
      sabotage: (commit) => ({ ...commit, records: commit.records.map((record) => ({ ...record, busy: false })) }),
    },
    {
      bug: 'a record that forgets what listeners have yet to hear',
      sabotage: (commit) => ({
        ...commit,
        records: commit.records.map((record) => {
          const { notices: _, ...state } = JSON.parse(record.text);
          return { ...record, text: JSON.stringify(state) };
        }),
      }),
    },
    {
      bug: 'a line that tells one listener too few',
      sabotage: (commit) => ({
        ...commit,
        lines: commit.lines.map((line) => ({ ...line, text: line.text.replace('"to":["a"]}', '"to":[]}') })),
      }),
    },
    {
      bug: 'a record that forgets its timers',
      sabotage: (commit) => ({ ...commit, records: commit.records.map((record) => ({ ...record, wake: undefined })) }),
    },
    {
      bug: 'an event that reaches the journal of another tenant',
      sabotage: (commit) => ({
        ...commit,
        lines: commit.lines.map((line) => ({
          ...line,
          text: line.text.replace('"tenant":"acme"', '"tenant":"globex"'),
        })),
      }),
    },
  ];

  test.each(planted)('notices $bug', async ({ sabotage }) => {
    const noticed: string[] = [];
    for (let seed = 1; seed <= 60 && noticed.length === 0; seed += 1) {
      let count = 0;
      const result = await simulate(seed, { sabotage: (commit) => sabotage(commit, count++) }).catch((error) => ({
        violations: [String(error)],
      }));
      noticed.push(...result.violations);
    }
    expect(noticed).not.toEqual([]);
  });
});
