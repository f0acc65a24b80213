import type { EffectDefinition, Machine } from '@fsm/core';
import type { ExecutionState, InstanceState } from './state.ts';

/** A cancelled execution that still has to undo what it did. */
export interface DebtState extends ExecutionState {
  readonly invocation: string;
}

export type DebtStates = { readonly [key: string]: DebtState };

/** An invocation may be cancelled again before its last cancellation is paid for. */
export function debtKey(invocation: string, incarnation: number): string {
  return `${invocation}#${incarnation}`;
}

/**
 * The debts of an instance after executions of it were cancelled: those of them that may have done something that has a
 * compensation are kept with their steps, the others are forgotten.
 */
export function withDebts(
  machine: Machine,
  debts: DebtStates | undefined,
  cancelled: readonly (readonly [invocation: string, execution: ExecutionState | undefined])[],
): DebtStates | undefined {
  let all = debts;
  for (const [invocation, execution] of cancelled) {
    if (execution === undefined || !mayOwe(machine, execution)) continue;
    all = { ...all, [debtKey(invocation, execution.incarnation)]: { ...execution, invocation } };
  }
  return all;
}

/** It says that it owes; or something is done, and the process may have stopped before it said what it owes for that. */
function mayOwe(machine: Machine, { steps, state, index, effect }: ExecutionState): boolean {
  let isDone = false;
  for (const path in steps) {
    const { owed, output } = steps[path]!;
    if (owed !== undefined) return true;
    isDone ||= output !== undefined;
  }
  return isDone && hasCompensation(effect ?? machine.effect(state, index));
}

const known = new WeakMap<EffectDefinition, boolean>();

function hasCompensation(effect: EffectDefinition): boolean {
  let answer = known.get(effect);
  if (answer === undefined) {
    answer = mentions(effect, 'compensate');
    known.set(effect, answer);
  }
  return answer;
}

function mentions(value: unknown, key: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, key) || Object.values(value).some((inner) => mentions(inner, key));
}

export function debtOf(
  { debts }: InstanceState,
  { invocation, incarnation }: { readonly invocation: string; readonly incarnation: number },
): DebtState | undefined {
  return debts?.[debtKey(invocation, incarnation)];
}
