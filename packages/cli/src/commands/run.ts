import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { readMachineFile, standalone } from '../machine-file.ts';
import { requireValid } from '../machine-problems.ts';
import type { Output } from '../output.ts';
import { readPlugins } from '../plugin-file.ts';
import { runLog } from '../run/run-log.ts';
import { describeSummary } from '../run/summary-text.ts';

interface RunOptions {
  readonly events: string;
  readonly db?: string;
  readonly tenant: string;
  readonly functions?: string;
  readonly plugins?: string;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

const help = `
Each line of the log is {"instance","type","data"?,"at"?,"id"?}; an instance starts with its first line. When lines carry
"at" (ISO time, UTC unless it says otherwise, or milliseconds), timers fire in log time. Lines that cannot be applied are
reported and counted; the others go on. After an interruption run the same command again: nothing is applied twice.`;

export function addRun(fsm: Command, host: Host): void {
  fsm
    .command('run')
    .description('Send a log of events through a machine, durably, and sum up where its instances ended.')
    .argument('<machine>', 'a machine: .json, .jsonc, .ts, .js')
    .option('--events <file>', 'one JSON object per line, plain or gzipped; - for standard input', '-')
    .option('--db <path>', 'keep it in an SQLite file, or as readable files in a directory (DIR/); default: in memory')
    .option('--tenant <id>', 'whose instances', 'default')
    .option('--functions <file>', 'functions, guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--plugins <file>', 'a module that exports plugins: what they bring, machines may use')
    .option('--verbose', 'print what machines log and emit, and what the plugin Logger writes')
    .option('--json', 'print one JSON object as the last line')
    .addHelpText('after', `${help}\n${example('fsm run loan.json --events loans.ndjson.gz --db loans.db')}`)
    .action((machine: string, options: RunOptions) =>
      host.perform(options.json ?? false, (output) => run(machine, options, host.io, output)),
    );
}

async function run(path: string, options: RunOptions, io: Io, output: Output): Promise<number> {
  const { events, db, tenant, functions, verbose = false } = options;
  const plugins = await readPlugins(options.plugins);
  const machine = { ...standalone(await readMachineFile(path, functions)), plugins };
  requireValid(machine);
  if (machine.codeFrom !== undefined) output.notice(`functions come from ${machine.codeFrom}`);
  if (events === '-' && isTerminal(io))
    output.notice('reading events from the terminal, one JSON object per line; Ctrl-D ends');

  const { summary, failure } = await runLog(machine, { events, db, tenant, verbose }, io, output);
  if (failure !== undefined) output.complain(failure);
  if (output.json) output.printJson(summary);
  else output.print(describeSummary(summary, machine.definition, (style, text) => output.paint(style, text)));
  return failure === undefined ? exitCode.done : exitCode.failed;
}

function isTerminal({ stdin }: Io): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true;
}
