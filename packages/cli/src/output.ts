import { styleText } from 'node:util';
import { type ErrorRecord, FsmError } from '@fsm/core';
import type { Io, Sink } from './io.ts';

/** Back to the first column, and the line away. */
const eraseLine = '\r\u001b[K';

type Style = Parameters<typeof styleText>[0];

/**
 * What is printed where: results to stdout, everything said along the way to stderr. With `json` the result is one JSON
 * value on the last line of stdout, an error included: `{"error":{"code","message","hint"}}`.
 */
export class Output {
  readonly json: boolean;
  readonly #io: Io;
  #status = '';

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.json = json;
  }

  /** Lines of the result, for people. */
  print(text: string): void {
    this.#io.stdout.write(`${text}\n`);
  }

  /** The result, for programs. */
  printJson(value: unknown): void {
    this.#io.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Warnings, what happens: never part of the result. */
  notice(text: string): void {
    const { stderr } = this.#io;
    stderr.write(this.#status === '' ? `${text}\n` : `${eraseLine}${text}\n${this.#status}`);
  }

  /** Whether {@link status} shows anything. */
  get showsStatus(): boolean {
    const { stderr, env } = this.#io;
    return stderr.isTTY === true && env.TERM !== 'dumb';
  }

  /** A line that stays at the bottom of a terminal until it is replaced, or taken away with `''`. */
  status(text: string): void {
    if (!this.showsStatus || text === this.#status) return;
    this.#status = text;
    this.#io.stderr.write(`${eraseLine}${text}`);
  }

  /** How wide a status may be. */
  get statusWidth(): number {
    return (this.#io.stderr.columns || 80) - 1;
  }

  /** The command failed: this is its result. */
  error(error: unknown): void {
    this.status('');
    if (this.json) this.printJson({ error: errorRecord(error) });
    else this.complain(error);
  }

  /** Something failed, but there is a result all the same. */
  complain(error: unknown): void {
    this.notice(describeError(errorRecord(error), (style, text) => this.paintNotice(style, text)));
  }

  /** Colours for stdout: only on a terminal whose owner wants them. */
  paint(style: Style, text: string): string {
    return this.#paints(this.#io.stdout) ? styleText(style, text, { validateStream: false }) : text;
  }

  /** The same for stderr. */
  paintNotice(style: Style, text: string): string {
    return this.#paints(this.#io.stderr) ? styleText(style, text, { validateStream: false }) : text;
  }

  #paints(sink: Sink): boolean {
    const { NO_COLOR, TERM } = this.#io.env;
    return sink.isTTY === true && !NO_COLOR && TERM !== 'dumb';
  }
}

/** Any thrown value as a coded error. What is not coded is a bug of ours, and says so. */
export function errorRecord(error: unknown): ErrorRecord {
  if (FsmError.is(error)) return error.toJSON();
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'UNEXPECTED', message, hint: 'This is a bug of fsm. Please report it with the text above.' };
}

function describeError(error: ErrorRecord, paint: (style: Style, text: string) => string): string {
  const lines = [`${paint('red', 'error')} ${error.message} ${paint('dim', `[${error.code}]`)}`];
  if (error.path !== undefined && !error.message.includes(error.path)) lines.push(`  at  ${error.path}`);
  if (error.hint !== undefined) lines.push(`  try ${error.hint}`);
  return lines.join('\n');
}
