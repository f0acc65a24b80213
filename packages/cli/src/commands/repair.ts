import { type RepairReport, repairStore } from '@fsm/runtime';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { formatCount } from '../format-count.ts';
import type { Output } from '../output.ts';

interface RepairOptions {
  readonly acceptLoss?: boolean;
  readonly json?: boolean;
}

const help = `
Without --accept-loss nothing is changed. With it the journal is cut before the first line that is missing or wrong, for all
instances, because that is a state in which everything has been; what stood behind is kept in a file beside the store.
Restoring a backup is better than a repair.`;

export function addRepair(fsm: Command, host: Host): void {
  fsm
    .command('repair')
    .description('Say what is damaged in a store and what a repair would lose; with --accept-loss, repair it.')
    .argument('<db>', 'an SQLite file, or a directory of JSON lines')
    .option('--accept-loss', 'cut the damaged end off')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `${help}\n${example('fsm repair loans.db')}`)
    .action((db: string, options: RepairOptions) =>
      host.perform(options.json ?? false, async (output) => repair(db, options.acceptLoss ?? false, output)),
    );
}

function repair(db: string, acceptLoss: boolean, output: Output): number {
  const report = repairStore(db, { acceptLoss });
  if (output.json) output.printJson(report);
  else output.print(describeRepair(report, output));
  return report.damage === undefined || report.repaired ? exitCode.done : exitCode.failed;
}

const mostInstances = 20;

function describeRepair(report: RepairReport, output: Output): string {
  const { location, damage, kept, lost, instances, saved, repaired } = report;
  if (damage === undefined) return `${output.paint('green', '✓')} ${location} is whole: nothing to repair`;
  const shown = instances.slice(0, mostInstances).map(({ instance, from, lines }) => {
    const what = from === 1 ? 'all of it' : `from line ${from} on`;
    return `  instance ${instance}: ${what} (${formatCount(lines)} lines)`;
  });
  if (instances.length > shown.length)
    shown.push(`  and ${formatCount(instances.length - shown.length)} more instances`);
  return [
    `${output.paint(repaired ? 'green' : 'red', repaired ? '✓ repaired' : '✗ damaged')} ${location}: ${damage}`,
    `  ${formatCount(kept)} lines ${repaired ? 'were kept' : 'would be kept'}, ${formatCount(lost)} ${repaired ? 'were lost' : 'would be lost'}`,
    ...shown,
    ...(saved === undefined ? [] : [`  what was taken out is in ${saved}`]),
    ...(repaired ? [] : [`  accept it with: fsm repair ${location} --accept-loss`]),
  ].join('\n');
}
