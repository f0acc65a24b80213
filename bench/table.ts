import type { Comparison } from './comparison.ts';

const heads = [
  'what',
  'unit',
  'fsm median',
  'fsm min–max',
  'peer',
  'peer median',
  'peer min–max',
  'ratio',
  'by CPU',
  'target',
];
const leftAligned = new Set(['what', 'unit', 'peer', 'target']);

/** Comparisons as lines of aligned text. */
export function formatTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(cells);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        leftAligned.has(heads[column]!) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(heads), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

function cells(row: Comparison): string[] {
  return [
    row.what,
    row.unit,
    formatNumber(row.ours.median),
    range(row.ours),
    row.peer?.name ?? '',
    row.peer === undefined ? '' : formatNumber(row.peer.median),
    row.peer === undefined ? '' : range(row.peer),
    formatRatio(row.ratio),
    formatRatio(row.cpuRatio),
    row.target === undefined ? '' : `${row.target.text}${verdict(row.target.met)}`,
  ];
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return '';
  return met ? '  met' : '  MISSED';
}

function range(figure: { readonly min: number; readonly max: number }): string {
  return `${formatNumber(figure.min)}–${formatNumber(figure.max)}`;
}

function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${ratio.toFixed(ratio < 10 ? 2 : 1)}×`;
}

export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (size >= 1e5) return `${(value / 1e3).toFixed(0)} k`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(3);
}
