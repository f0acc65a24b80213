import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import type { Host } from './command.ts';
import { addCancel } from './commands/cancel.ts';
import { addExec } from './commands/exec.ts';
import { addExport } from './commands/export.ts';
import { addGet } from './commands/get.ts';
import { addGraph } from './commands/graph.ts';
import { addHistory } from './commands/history.ts';
import { addImport } from './commands/import.ts';
import { addList } from './commands/list.ts';
import { addPaths } from './commands/paths.ts';
import { addRepair } from './commands/repair.ts';
import { addRun } from './commands/run.ts';
import { addSimulate } from './commands/simulate.ts';
import { addTest } from './commands/test.ts';
import { addValidate } from './commands/validate.ts';
import { addVerify } from './commands/verify.ts';
import { addVerifyJournal } from './commands/verify-journal.ts';
import { exitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';

/**
 * Runs one `fsm` command and returns its exit code: 0 done, 1 the work failed, 2 wrong use, 130 interrupted.
 *
 * ```ts
 * const code = await main(['validate', 'loan.json', '--json'], processIo());
 * ```
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let code: number = exitCode.done;
  const host: Host = {
    io,
    async perform(json, work) {
      const output = new Output(io, json);
      try {
        code = await work(output);
      } catch (error) {
        output.error(error);
        code = exitCode.of(error);
      }
    },
  };
  try {
    await program(host).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const shown = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    return shown ? exitCode.done : exitCode.wrongUse;
  }
  return code;
}

function program(host: Host): Command {
  const { stdout, stderr } = host.io;
  const fsm = new Command('fsm')
    .description('Workflows as state machines: check them, draw them, run them durably, look into them.')
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('Try: fsm --help')
    .configureHelp({ showGlobalOptions: false, helpWidth: Math.min(stdout.columns || 100, 120) })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns || 100,
      getErrHelpWidth: () => stderr.columns || 100,
      getOutHasColors: () => stdout.isTTY === true && !host.io.env.NO_COLOR,
      getErrHasColors: () => stderr.isTTY === true && !host.io.env.NO_COLOR,
    })
    .addHelpText('after', '\nExit codes: 0 done, 1 the work failed, 2 wrong use, 130 interrupted.');
  const commands = [
    addValidate,
    addVerify,
    addGraph,
    addImport,
    addExport,
    addRun,
    addExec,
    addSimulate,
    addTest,
    addPaths,
    addList,
    addGet,
    addHistory,
    addCancel,
    addVerifyJournal,
    addRepair,
  ];
  for (const add of commands) add(fsm, host);
  return fsm;
}
