import type { Io } from './io.ts';
import type { Output } from './output.ts';

/** What a command gets from `main`. */
export interface Host {
  readonly io: Io;
  /** Runs the work, reports what it throws, and keeps the exit code it returns. */
  perform(json: boolean, work: (output: Output) => Promise<number>): Promise<void>;
}

/** Below a command's help: how it is used in practice. */
export function example(...lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
