import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compare } from './comparison.ts';
import { figure, quantile } from './measure.ts';
import { formatTable } from './table.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

function bench(...args: string[]) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
}

const aFigure = {
  median: expect.any(Number),
  min: expect.any(Number),
  max: expect.any(Number),
  rounds: expect.any(Array),
};

describe('npm run bench', () => {
  test('every benchmark runs with real parts and reports the same shape', { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = bench('--quick', '--json');
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
    expect(report).toMatchObject({
      quick: true,
      machine: { cores: expect.any(Number), fsync: { p50: expect.any(Number) } },
    });
    expect(report.benchmarks.map(({ name }: { name: string }) => name)).toEqual([
      'navigate',
      'durable-events',
      'one-event',
      'effects',
      'durable-steps',
      'memory',
      'snapshot-memory',
      'replay',
      'types',
    ]);
    for (const { name, comparisons, notes } of report.benchmarks) {
      expect(comparisons.length, name).toBeGreaterThan(0);
      expect(notes.length, name).toBeGreaterThan(0);
      for (const comparison of comparisons) {
        expect(comparison, name).toMatchObject({ what: expect.any(String), unit: expect.any(String), ours: aFigure });
        for (const value of comparison.ours.rounds)
          expect(value, `${name}: ${comparison.what}`).toSatisfy(Number.isFinite);
        if (comparison.peer) {
          expect(comparison, name).toMatchObject({ peer: aFigure, ratio: expect.any(Number) });
        }
        expect(comparison.target?.met, 'a quick run judges nothing').toBeUndefined();
      }
    }
  });

  test('an unknown benchmark is wrong use and the answer lists those there are', () => {
    const { status, stderr } = bench('--only', 'navigation');
    expect(status).toBe(2);
    expect(stderr).toContain('There is no benchmark "navigation".');
    expect(stderr).toContain('durable-events');
  });

  test('a count that is not a positive whole number is wrong use', () => {
    const { status, stderr } = bench('--only', 'navigate', '--rounds', '0');
    expect(status).toBe(2);
    expect(stderr).toContain('--rounds takes a positive whole number, not "0".');
  });
});

describe('comparisons', () => {
  const row = { what: 'x', unit: 'u', ours: figure([10, 30, 20]), peer: { name: 'p', figure: figure([40]) } } as const;

  test('a ratio above one is an advantage of ours, whichever way the unit points', () => {
    expect(compare({ ...row, better: 'higher' }, { quick: false }).ratio).toBe(0.5);
    expect(compare({ ...row, better: 'lower' }, { quick: false }).ratio).toBe(2);
  });

  test('a target on the ratio must be met by the clock and by CPU time', () => {
    const target = { text: '≥ 2×', met: ({ ratio }: { ratio: number }) => ratio >= 2 };
    const against = (cpu: number) =>
      compare(
        {
          what: 'x',
          unit: 'u',
          better: 'higher',
          ours: figure([30], [30]),
          peer: { name: 'p', figure: figure([10], [cpu]) },
          target,
        },
        { quick: false },
      ).target?.met;
    expect(against(10)).toBe(true);
    expect(against(20)).toBe(false);
  });

  test('a missed target is printed as missed', () => {
    const target = { text: '≥ 2×', met: ({ ratio }: { ratio: number }) => ratio >= 2 };
    expect(formatTable([compare({ ...row, better: 'higher', target }, { quick: false })])).toContain('≥ 2×  MISSED');
    expect(formatTable([compare({ ...row, better: 'lower', target }, { quick: false })])).toContain('≥ 2×  met');
  });

  test('a quantile lies between its neighbours', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([7], 0.99)).toBe(7);
  });
});
