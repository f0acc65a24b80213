import type { HistoryEntry } from '@fsm/runtime';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { parseCount } from '../options.ts';
import type { Output } from '../output.ts';
import { StoreView } from '../store-view.ts';
import { formatTable } from '../table.ts';
import { formatTime } from '../time.ts';

interface HistoryOptions {
  readonly db?: string;
  readonly tenant: string;
  readonly from: number;
  readonly limit: number;
  readonly json?: boolean;
}

export function addHistory(fsm: Command, host: Host): void {
  fsm
    .command('history')
    .description('Show the journal of an instance: what happened, when, and where it led.')
    .argument('<instance>', 'its name')
    .option('--db <path>', 'an SQLite file, or a directory of JSON lines (required)')
    .option('--tenant <id>', 'whose instance', 'default')
    .option('--from <n>', 'first line', parseCount, 1)
    .option('--limit <n>', 'at most so many lines', parseCount, 1000)
    .option('--json', 'print one JSON object: {"instance","entries":[…]}')
    .addHelpText('after', example('fsm history 173688 --db loans.db'))
    .action((instance: string, options: HistoryOptions) =>
      host.perform(options.json ?? false, (output) => history(instance, options, output)),
    );
}

async function history(instance: string, options: HistoryOptions, output: Output): Promise<number> {
  const { from, limit } = options;
  const entries = await StoreView.with(options, output, (view) => view.history(instance, from, limit));
  if (output.json) {
    output.printJson({ instance, entries });
    return exitCode.done;
  }
  let before: readonly string[] = [];
  const rows = entries.map((entry) => {
    const led = describeResult(entry, before);
    before = entry.to ?? before;
    return [`${entry.sequence}`, formatTime(entry.at), describeFact(entry), led];
  });
  output.print(formatTable(['line', 'at', 'what happened', 'led to'], rows, (text) => output.paint('bold', text)));
  if (entries.length === limit) output.notice(`there may be more: --from ${from + limit}`);
  return exitCode.done;
}

/** What a journal line says, in a few words. */
export function describeFact(entry: HistoryEntry): string {
  switch (entry.kind) {
    case 'create':
      return `created as ${entry.machine.id}`;
    case 'event':
      return `${entry.type}${entry.from === undefined ? '' : ` from ${entry.from}`}${describeData(entry.data)}`;
    case 'timer':
      return `timer ${entry.timer}`;
    case 'step':
      return `step ${entry.path === '' ? 'of' : `${entry.path} of`} ${entry.invocation}`;
    case 'done':
      return `${entry.invocation} done${describeData(entry.output)}`;
    case 'failed':
      return `${entry.invocation} failed: ${entry.error.message}`;
    case 'compensating':
      return `undoing ${entry.path === '' ? '' : `${entry.path} of `}${entry.invocation}`;
    case 'compensated': {
      const { compensated, failed, invocation } = entry;
      const stuck = failed.length === 0 ? '' : `, ${failed.length} could not be undone`;
      return `${compensated.length} steps of ${invocation} undone${stuck}`;
    }
    case 'sent':
      return entry.error === undefined ? `${entry.id} delivered` : `${entry.id} not delivered: ${entry.error.message}`;
    case 'heard':
      return `${entry.id} heard by ${entry.by.length === 1 ? entry.by[0] : `${entry.by.length} listeners`}`;
    case 'fault':
      return `failed: ${entry.error.message}`;
    case 'refused':
      return `${entry.type}${describeData(entry.data)} refused: ${entry.error.message}`;
    case 'child':
      return `child ${entry.from} ${'error' in entry.step ? `failed: ${entry.step.error.message}` : `done${describeData(entry.step.output)}`}`;
    case 'stop':
      return `stopped by ${entry.from}`;
    case 'destroy':
      return 'destroyed';
  }
}

const longestData = 60;

function describeData(data: unknown): string {
  if (data === undefined || data === null) return '';
  const text = JSON.stringify(data);
  return ` ${text.length > longestData ? `${text.slice(0, longestData - 1)}…` : text}`;
}

/** The states that were entered, and what the runtime was told to do. */
function describeResult({ to, taken, commands, notices }: HistoryEntry, before: readonly string[]): string {
  if (!taken) return 'ignored';
  const entered = to?.filter((path) => !before.includes(path)) ?? [];
  const acts: string[] = (commands ?? []).map(({ type }) => type).filter((type) => type !== 'disarm');
  const listeners = (notices ?? []).reduce((count, { to: receivers }) => count + receivers.length, 0);
  if (listeners > 0) acts.push(listeners === 1 ? '1 listener' : `${listeners} listeners`);
  const led = entered.length > 0 ? entered.join(' ') : 'same states';
  return acts.length === 0 ? led : `${led} (${acts.join(', ')})`;
}
