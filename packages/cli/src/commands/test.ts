import { FsmError, type Machine, runScenario, type ScenarioRun, transitionCoverage } from '@fsm/core';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { errorRecord, type Output } from '../output.ts';
import { readScenarioFile, readSimulatedMachine } from '../simulate/simulated-machine.ts';

interface TestOptions {
  readonly coverage?: boolean;
  readonly functions?: string;
  readonly json?: boolean;
}

export function addTest(fsm: Command, host: Host): void {
  fsm
    .command('test')
    .description('Play scenario files and check what they expect.')
    .argument('<machine>', 'a machine: .json, .jsonc, .ts, .js')
    .argument('<scenario...>', 'scenario files: written by hand, by fsm simulate --record, or by fsm paths --out')
    .option('--coverage', 'say which transitions were taken, and which never')
    .option('--functions <file>', 'guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', example('fsm test loan.json scenarios/*.jsonl --coverage'))
    .action((machine: string, files: string[], options: TestOptions) =>
      host.perform(options.json ?? false, (output) => testFiles(machine, files, options, host.io, output)),
    );
}

interface Verdict {
  readonly file: string;
  readonly run?: ScenarioRun;
  /** Why the file could not be played. */
  readonly error?: unknown;
}

async function testFiles(
  path: string,
  files: readonly string[],
  { coverage, functions }: TestOptions,
  io: Io,
  output: Output,
): Promise<number> {
  const machine = await readSimulatedMachine(path, functions);
  const verdicts: Verdict[] = [];
  for (const file of files) verdicts.push(await play(machine, file, io));
  const passed = verdicts.every(({ run }) => run?.passed === true);
  const covered =
    coverage === true
      ? transitionCoverage(
          machine,
          verdicts.flatMap(({ run }) => run ?? []),
        )
      : undefined;
  if (output.json) {
    const { total, covered: taken, never, transitions } = covered ?? {};
    output.printJson({
      machine: machine.id,
      passed,
      files: verdicts.map(record),
      ...(covered && { coverage: { total, covered: taken, never, transitions } }),
    });
  } else {
    for (const verdict of verdicts) print(verdict, output);
    if (covered !== undefined) printCoverage(covered, output);
  }
  if (verdicts.some(({ error }) => error !== undefined && exitCode.of(error) === exitCode.wrongUse)) {
    return exitCode.wrongUse;
  }
  return passed ? exitCode.done : exitCode.failed;
}

/** A file that cannot be played fails; the others are played all the same. */
async function play(machine: Machine, file: string, io: Io): Promise<Verdict> {
  try {
    return { file, run: runScenario(machine, await readScenarioFile(file, io)) };
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return { file, error };
  }
}

function record({ file, run, error }: Verdict): object {
  if (run === undefined) return { file, passed: false, error: errorRecord(error) };
  return { file, passed: run.passed, steps: run.steps.length, failures: run.failures };
}

function print({ file, run, error }: Verdict, output: Output): void {
  if (run === undefined) {
    output.print(`${output.paint('red', '✗')} ${file}`);
    output.complain(error);
    return;
  }
  const count = run.steps.length;
  const steps = output.paint('dim', `${count} ${count === 1 ? 'step' : 'steps'}`);
  output.print(`${run.passed ? output.paint('green', '✓') : output.paint('red', '✗')} ${file} ${steps}`);
  for (const { line, message } of run.failures) output.print(`  line ${line}: ${message}`);
}

function printCoverage({ covered, total, never }: ReturnType<typeof transitionCoverage>, output: Output): void {
  const percent = total === 0 ? 100 : Math.floor((covered / total) * 100);
  output.print(`transitions: ${covered} of ${total} taken (${percent} %)`);
  for (const { path, source, descriptor, targets } of never) {
    const to = targets.length === 0 ? '' : ` → ${targets.join(', ')}`;
    output.print(`  never ${source || '(root)'}: ${descriptor ?? 'always'}${to} ${output.paint('dim', path)}`);
  }
}
