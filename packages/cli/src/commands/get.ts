import type { InstanceView } from '@fsm/runtime';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { StoreView } from '../store-view.ts';
import { formatTime } from '../time.ts';

interface GetOptions {
  readonly db?: string;
  readonly tenant: string;
  readonly json?: boolean;
}

export function addGet(fsm: Command, host: Host): void {
  fsm
    .command('get')
    .description('Show one instance: its states, context, timers and running effects.')
    .argument('<instance>', 'its name')
    .option('--db <path>', 'an SQLite file, or a directory of JSON lines (required)')
    .option('--tenant <id>', 'whose instance', 'default')
    .option('--json', 'print one JSON object')
    .addHelpText('after', example('fsm get 173688 --db loans.db'))
    .action((instance: string, options: GetOptions) =>
      host.perform(options.json ?? false, (output) => get(instance, options, output)),
    );
}

async function get(instance: string, options: GetOptions, output: Output): Promise<number> {
  const view = await StoreView.with(options, output, (view) => view.get(instance));
  if (output.json) output.printJson(view);
  else output.print(describeInstance(view, (text) => output.paint('bold', text)));
  return exitCode.done;
}

function describeInstance(view: InstanceView, bold: (text: string) => string): string {
  const { snapshot, machine, executions, compensations, outbox } = view;
  const { timers = {}, output, error, context } = snapshot;
  const lines: [string, readonly string[]][] = [
    ['machine', [`${machine.id} ${machine.version ?? ''} (${machine.hash.slice(0, 12)})`.replace('  ', ' ')]],
    ['status', [view.status]],
    ['states', snapshot.configuration],
    ['last', [`line ${view.sequence} at ${formatTime(view.at)}`]],
    ['context', JSON.stringify(context, null, 2).split('\n')],
    ['timers', Object.entries(timers).map(([id, { due }]) => `${formatTime(due)}  ${id}`)],
    ['effects', executions.map((run) => `${run.invocation} since ${formatTime(run.at)}, ${run.steps} steps recorded`)],
    ['undoing', compensations.map((run) => `${run.invocation} of ${run.state}`)],
    ['to send', outbox.map((entry) => `${entry.event.type} to ${entry.to}`)],
    ['output', output === undefined ? [] : [JSON.stringify(output)]],
    ['error', error === undefined ? [] : [JSON.stringify(error)]],
  ];
  const titled = lines
    .filter(([, values]) => values.length > 0)
    .map(([title, values]) => `${title.padEnd(9)}${values.join(`\n${' '.repeat(9)}`)}`);
  return [bold(view.instance), ...titled].join('\n');
}
