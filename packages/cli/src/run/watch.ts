import type { LogLine, Origin, RuntimeObserver } from '@fsm/runtime';
import type { Output } from '../output.ts';

const shownOneByOne = 20;

/** Tells about instances in trouble, the first ones one by one; with `verbose` also what machines log and emit, and the lines of Logger. */
export function watch(
  output: Output,
  verbose: boolean,
): RuntimeObserver & { logged(line: LogLine): void; finish(): void } {
  let troubles = 0;
  const trouble = ({ instance }: Origin, error: { readonly code: string; readonly message: string }) => {
    troubles += 1;
    if (troubles <= shownOneByOne) output.notice(`${instance} failed: ${error.message} [${error.code}]`);
  };
  const say = ({ instance }: Origin, what: string, value: unknown) =>
    output.notice(`${instance} ${what} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return {
    fault: (told) => trouble(told, told.error),
    refused: (told) => trouble(told, told.error),
    ...(verbose && {
      log: (told) => say(told, told.level, told.message),
      emit: (told) => say(told, 'emits', told.event),
    }),
    unheard: (told) => trouble(told, told.error),
    plugin: ({ instance, plugin, trouble: what, error }) => {
      const message = error instanceof Error ? error.message : String(error);
      trouble(
        { tenant: '', instance },
        { code: `PLUGIN_${what.toUpperCase()}`, message: `plugin ${plugin}: ${message}` },
      );
    },
    logged: (line) => {
      if (verbose) output.notice(`${line.instance} ${line.level} ${line.message}`);
    },
    finish() {
      if (troubles > shownOneByOne) output.notice(`and ${troubles - shownOneByOne} more instances failed`);
    },
  };
}
