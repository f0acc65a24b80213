import { FsmError } from '@fsm/core';
import { problemsOf } from './commands/validate.ts';
import type { MachineFile } from './machine-file.ts';

/** Refuses a machine with errors, naming the first and how to see the others. Throws MACHINE_INVALID. */
export function requireValid(machine: MachineFile): void {
  const errors = problemsOf(machine).filter((problem) => problem.severity === 'error');
  const first = errors[0];
  if (first === undefined) return;
  const place = first.line === undefined ? machine.path : `${machine.path}:${first.line}:${first.column ?? 1}`;
  const others = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  throw new FsmError('MACHINE_INVALID', `${place} ${first.message}${others}`, {
    hint: `${first.hint ?? ''} All problems: fsm validate ${machine.path}`.trim(),
    path: first.path,
    details: { problems: errors },
  });
}
