import type { InstanceSummary, Page } from '@fsm/runtime';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { parseCount } from '../options.ts';
import type { Output } from '../output.ts';
import { StoreView } from '../store-view.ts';
import { formatTable } from '../table.ts';
import { formatTime } from '../time.ts';

interface ListOptions {
  readonly db?: string;
  readonly tenant: string;
  readonly after?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addList(fsm: Command, host: Host): void {
  fsm
    .command('list')
    .description('List the instances in a store, by name.')
    .option('--db <path>', 'an SQLite file, or a directory of JSON lines (required)')
    .option('--tenant <id>', 'whose instances', 'default')
    .option('--after <name>', 'go on after this instance')
    .option('--limit <n>', 'at most so many', parseCount, 50)
    .option('--json', 'print one JSON object: {"instances":[…],"next"}')
    .addHelpText('after', example('fsm list --db loans.db --limit 10'))
    .action((options: ListOptions) => host.perform(options.json ?? false, (output) => list(options, output)));
}

async function list(options: ListOptions, output: Output): Promise<number> {
  const page = await StoreView.with(options, output, (view) => view.list(options));
  if (output.json) output.printJson({ instances: page.items, next: page.next ?? null });
  else printPage(page, options.after !== undefined, output);
  return exitCode.done;
}

function printPage({ items, next }: Page<InstanceSummary>, continued: boolean, output: Output): void {
  if (items.length === 0) {
    output.notice(continued ? 'no more instances' : 'no instances');
    return;
  }
  const rows = items.map(({ instance, status, configuration, sequence, at }) => [
    instance,
    status,
    `${sequence}`,
    formatTime(at),
    configuration.join(' '),
  ]);
  output.print(
    formatTable(['instance', 'status', 'lines', 'last', 'states'], rows, (text) => output.paint('bold', text)),
  );
  if (next !== undefined) output.notice(`there are more: --after ${next}`);
}
