import type { MachineDefinition, StateDefinition } from '@fsm/core';
import { formatCount } from '../format-count.ts';
import type { RunSummary } from './summary.ts';

type Paint = (style: 'bold' | 'dim' | 'cyan' | 'red', text: string) => string;

const mostRows = 24;
const barWidth = 28;

/** The summary for people: one line of totals, then for each region its states with counts, shares and bars. */
export function describeSummary(summary: RunSummary, definition: MachineDefinition, paint: Paint): string {
  const { machine, instances, events, taken, ignored, rejected, timers, status, seconds, eventsPerSecond } = summary;
  const tables = regions(summary, definition);
  const nameWidth = Math.max(0, ...tables.flatMap(({ rows }) => rows.map(({ name }) => name.length)));
  const rejectedText = `rejected ${formatCount(rejected)}`;
  return [
    `${paint('bold', machine)}  ${formatCount(instances)} instances, ${formatCount(events)} events in ${seconds.toFixed(1)} s (${formatCount(eventsPerSecond)}/s)`,
    `  events     taken ${formatCount(taken)}, ignored ${formatCount(ignored)}, ${rejected > 0 ? paint('red', rejectedText) : rejectedText}; timers fired ${formatCount(timers)}`,
    `  instances  active ${formatCount(status.active)}, done ${formatCount(status.done)}, ${status.error > 0 ? paint('red', `error ${formatCount(status.error)}`) : 'error 0'}`,
    ...tables.flatMap((region) => ['', ...table(region, instances, nameWidth, paint)]),
  ].join('\n');
}

interface Region {
  readonly title: string;
  readonly rows: readonly Row[];
}

interface Row {
  readonly name: string;
  readonly count: number;
}

/**
 * The states by region, in the order of the machine, the most frequent first. A machine without parallel states has one
 * region; each child of a parallel state is one, however deep.
 */
export function regions(summary: RunSummary, definition: MachineDefinition): Region[] {
  const byTitle = new Map<string, Row[]>();
  // Instances that run another version of the machine may be in states that this one does not have.
  for (const path of new Set([...statePaths(definition), ...Object.keys(summary.states)])) {
    const count = summary.states[path];
    if (count === undefined) continue;
    const { title, name } = regionOf(path, definition);
    byTitle.set(title, [...(byTitle.get(title) ?? []), { name, count }]);
  }
  return [...byTitle].map(([title, rows]) => ({ title, rows: rows.sort((a, b) => b.count - a.count) }));
}

function* statePaths(state: StateDefinition, path = ''): Generator<string> {
  for (const [key, child] of Object.entries(state.states ?? {})) {
    const childPath = path === '' ? key : `${path}.${key}`;
    yield childPath;
    yield* statePaths(child, childPath);
  }
}

function regionOf(path: string, definition: StateDefinition): { title: string; name: string } {
  const keys = path.split('.');
  let region = 0;
  let state: StateDefinition | undefined = definition;
  for (const [index, key] of keys.entries()) {
    if (state?.type === 'parallel') region = index + 1;
    state = state?.states?.[key];
  }
  // A region without states inside stands in the table of its parent.
  if (region === keys.length) region -= 1;
  return { title: keys.slice(0, region).join('.') || 'states', name: keys.slice(region).join('.') };
}

function table({ title, rows }: Region, instances: number, nameWidth: number, paint: Paint): string[] {
  const shown = rows.slice(0, mostRows);
  const most = shown[0]?.count ?? 0;
  const countWidth = formatCount(instances).length;
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
