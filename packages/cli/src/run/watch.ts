import type { Origin, RuntimeObserver } from '@fsm/runtime';
import type { Output } from '../output.ts';

const shownOneByOne = 20;

/** Tells about instances in trouble, the first ones one by one; with `verbose` also what machines log and emit. */
export function watch(output: Output, verbose: boolean): RuntimeObserver & { finish(): void } {
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
    finish() {
      if (troubles > shownOneByOne) output.notice(`and ${troubles - shownOneByOne} more instances failed`);
    },
  };
}
