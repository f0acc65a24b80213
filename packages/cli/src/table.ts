/** Columns side by side, as wide as their widest cell, under a heading. */
export function formatTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  paintHeading: (text: string) => string,
): string {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [paintHeading(line(heading)), ...rows.map(line)].join('\n');
}
