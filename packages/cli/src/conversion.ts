import { writeFile } from 'node:fs/promises';
import type { Problem } from '@fsm/core';
import { describeProblem } from './commands/validate.ts';
import { exitCode } from './exit-code.ts';
import { fileError } from './file-error.ts';
import { isError } from './machine-problems.ts';
import type { Output } from './output.ts';

/** What `fsm import` or `fsm export` made of a file. */
export interface Conversion {
  readonly format: string;
  /** The file that was read. */
  readonly file: string;
  /** Absent when there is no result. */
  readonly text: string | undefined;
  /** The result for `--json`, under the name it has there. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
}

export interface ConversionOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/**
 * Prints the result to stdout or writes it to `--out`, and says what was wrong on stderr, so that a redirected result is
 * nothing but the result. With errors the command has failed, although there may be a result.
 */
export async function finishConversion(
  { format, file, text, result, problems }: Conversion,
  { out }: ConversionOptions,
  output: Output,
): Promise<number> {
  const errors = problems.filter(isError).length;
  const written = out !== undefined && text !== undefined ? out : undefined;
  if (written !== undefined && text !== undefined) await writeText(written, text);
  if (output.json) {
    output.printJson({ format, file, ...(written === undefined ? undefined : { out: written }), ...result, problems });
  } else {
    for (const problem of problems) output.notice(describeProblem(file, problem, output));
    if (errors > 0)
      output.notice(`${output.paintNotice('red', '✗')} ${file}: ${errors} ${errors === 1 ? 'error' : 'errors'}`);
    if (written !== undefined) output.notice(`written to ${written}`);
    else if (text !== undefined) output.print(text.trimEnd());
  }
  return errors > 0 ? exitCode.failed : exitCode.done;
}

export async function writeText(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text.endsWith('\n') ? text : `${text}\n`);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** JSON as people read it. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
