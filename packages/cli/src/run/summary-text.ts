import type { MachineDefinition } from '@fsm/core';
import { formatCount } from '../format-count.ts';
import type { RunSummary } from './summary.ts';

type Paint = (style: 'bold' | 'dim' | 'cyan' | 'red', text: string) => string;

const mostRows = 24;
const barWidth = 28;

/** The summary for people: one line of totals, then for each region its states with counts, shares and bars. */
export function describeSummary(summary: RunSummary, definition: MachineDefinition, paint: Paint): string {
  const { machine, instances, events, taken, ignored, rejected, timers, status, seconds, eventsPerSecond } = summary;
  const rejectedText = `rejected ${formatCount(rejected)}`;
  return [
    `${paint('bold', machine)}  ${formatCount(instances)} instances, ${formatCount(events)} events in ${seconds.toFixed(1)} s (${formatCount(eventsPerSecond)}/s)`,
    `  events     taken ${formatCount(taken)}, ignored ${formatCount(ignored)}, ${rejected > 0 ? paint('red', rejectedText) : rejectedText}; timers fired ${formatCount(timers)}`,
    `  instances  active ${formatCount(status.active)}, done ${formatCount(status.done)}, ${status.error > 0 ? paint('red', `error ${formatCount(status.error)}`) : 'error 0'}`,
    ...regions(summary, definition).flatMap((region) => ['', ...table(region, instances, paint)]),
  ].join('\n');
}

interface Region {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly count: number }[];
}

/** The states by the regions of a parallel machine, most frequent first; one region when the machine is not parallel. */
export function regions(summary: RunSummary, definition: MachineDefinition): Region[] {
  const parallel = definition.type === 'parallel';
  const titles = parallel ? Object.keys(definition.states ?? {}) : ['states'];
  const byRegion = new Map<string, { name: string; count: number }[]>(titles.map((title) => [title, []]));
  for (const [path, number] of Object.entries(summary.states)) {
    const dot = path.indexOf('.');
    const title = parallel ? path.slice(0, dot === -1 ? path.length : dot) : 'states';
    const name = parallel && dot !== -1 ? path.slice(dot + 1) : path;
    const rows = byRegion.get(title) ?? [];
    byRegion.set(title, rows);
    rows.push({ name, count: number });
  }
  return [...byRegion]
    .map(([title, rows]) => ({ title, rows: rows.sort((a, b) => b.count - a.count) }))
    .filter(({ rows }) => rows.length > 0);
}

function table({ title, rows }: Region, instances: number, paint: Paint): string[] {
  const shown = rows.slice(0, mostRows);
  const most = shown[0]?.count ?? 0;
  const nameWidth = Math.max(...shown.map(({ name }) => name.length));
  const countWidth = Math.max(...shown.map((row) => formatCount(row.count).length));
  const lines = shown.map((row) => {
    const share = ((100 * row.count) / instances).toFixed(1).padStart(5);
    const figures = `${formatCount(row.count).padStart(countWidth)} ${paint('dim', `${share} %`)}`;
    return `  ${row.name.padEnd(nameWidth)}  ${figures}  ${paint('cyan', bar(row.count / most))}`;
  });
  const left = rows.length - shown.length;
  if (left > 0) lines.push(paint('dim', `  and ${left} more states`));
  return [paint('bold', title), ...lines];
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of up to `barWidth` characters, to an eighth of one; never empty, for a row says that there is something. */
function bar(share: number): string {
  const units = Math.max(1, Math.round(share * barWidth * 8));
  return '█'.repeat(Math.floor(units / 8)) + eighths[units % 8];
}
