import { contentHash, FsmError, type Problem } from '@fsm/core';
import type { Plugin } from '@fsm/runtime';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { readMachineFile } from '../machine-file.ts';
import { isError, problemsOf } from '../machine-problems.ts';
import { errorRecord, type Output } from '../output.ts';
import { readPlugins } from '../plugin-file.ts';

export function addValidate(fsm: Command, host: Host): void {
  fsm
    .command('validate')
    .description('Check machines: all problems, each with its place and what to try.')
    .argument('<file...>', 'machines: .json, .jsonc, .ts, .js')
    .option('--functions <file>', 'functions, guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--plugins <file>', 'a module that exports plugins: what they bring, machines may use')
    .option('--json', 'print one JSON object')
    .addHelpText('after', example('fsm validate examples/loan-application/machine.json'))
    .action((files: string[], options: ValidateCommandOptions) =>
      host.perform(options.json ?? false, (output) => validateFiles(files, options, output)),
    );
}

interface ValidateCommandOptions {
  readonly functions?: string;
  readonly plugins?: string;
  readonly json?: boolean;
}

interface Verdict {
  readonly file: string;
  readonly valid: boolean;
  /** The file could not be read at all. */
  readonly unreadable: boolean;
  readonly machine?: string;
  readonly version?: string;
  readonly hash?: string;
  readonly problems: readonly Problem[];
}

async function validateFiles(
  files: readonly string[],
  options: ValidateCommandOptions,
  output: Output,
): Promise<number> {
  const plugins = await readPlugins(options.plugins);
  const verdicts: Verdict[] = [];
  for (const file of files) verdicts.push(await judge(file, options.functions, plugins));
  const valid = verdicts.every((verdict) => verdict.valid);
  if (output.json) output.printJson({ valid, files: verdicts.map(({ unreadable: _, ...verdict }) => verdict) });
  else for (const verdict of verdicts) printVerdict(verdict, output);
  if (verdicts.some((verdict) => verdict.unreadable)) return exitCode.wrongUse;
  return valid ? exitCode.done : exitCode.failed;
}

async function judge(file: string, functions: string | undefined, plugins: readonly Plugin[]): Promise<Verdict> {
  try {
    const machine = { ...(await readMachineFile(file, functions)), plugins };
    const problems = problemsOf(machine);
    if (problems.some(isError)) return { file, valid: false, unreadable: false, problems };
    const { id, version } = machine.definition;
    return {
      file,
      valid: true,
      unreadable: false,
      machine: id,
      ...(version === undefined ? undefined : { version }),
      hash: contentHash(machine.definition),
      problems,
    };
  } catch (error) {
    return {
      file,
      valid: false,
      unreadable: exitCode.of(error) === exitCode.wrongUse,
      problems: problemsOfError(error),
    };
  }
}

/** Text that is no JSON has problems with places of their own; any other failure becomes one problem. */
function problemsOfError(error: unknown): readonly Problem[] {
  const inText = FsmError.is(error) ? error.details?.problems : undefined;
  if (Array.isArray(inText)) return inText as Problem[];
  const { code, message, hint, path, details } = errorRecord(error);
  const place = { line: details?.line as number | undefined, column: details?.column as number | undefined };
  return [{ code, severity: 'error', path: path ?? '$', message, ...(hint && { hint }), ...(place.line && place) }];
}

function printVerdict({ file, valid, machine, version, problems }: Verdict, output: Output): void {
  for (const problem of problems) output.print(describeProblem(file, problem, output));
  if (!valid) {
    const errors = problems.filter(isError).length;
    output.print(`${output.paint('red', '✗')} ${file}: ${errors} ${errors === 1 ? 'error' : 'errors'}`);
    return;
  }
  const named = version === undefined ? machine : `${machine} ${version}`;
  const warnings = problems.length === 0 ? '' : `, ${problems.length} warning${problems.length === 1 ? '' : 's'}`;
  output.print(`${output.paint('green', '✓')} ${file}: ${named} is valid${warnings}`);
}

/** `file:line:column error message [CODE]`, then the path and what to try. */
export function describeProblem(file: string, problem: Problem, output: Output): string {
  const { line, column, severity, message, code, path, hint } = problem;
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const mark = output.paint(severity === 'error' ? 'red' : 'yellow', severity);
  const lines = [`${output.paint('bold', place)} ${mark} ${message} ${output.paint('dim', `[${code}]`)}`];
  if (path !== '$') lines.push(`  at  ${path}`);
  if (hint !== undefined) lines.push(`  try ${hint}`);
  return lines.join('\n');
}
