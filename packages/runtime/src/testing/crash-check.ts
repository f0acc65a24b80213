import { isDeepStrictEqual } from 'node:util';
import type { Json, Snapshot } from '@fsm/core';
import type { StepRecord } from '@fsm/effects';
import type { Entry } from '../engine/fact.ts';
import { plainKey, type Run, type RunInstance } from './crash-run.ts';

/** What must hold of any run; `whole` is the same without crashes. */
export function problemsOf(run: Run, whole?: Run): string[] {
  const problems = [...run.troubles];
  for (const [name, instance] of run.instances) {
    problems.push(...stepProblems(name, instance.entries), ...leftovers(name, instance));
  }
  if (whole !== undefined) problems.push(...callProblems(whole, run));
  return problems;
}

/** Each fact about a step is recorded once; a wait that is over did not end early. */
function stepProblems(name: string, entries: readonly Entry[]): string[] {
  const problems: string[] = [];
  const known = new Map<string, StepRecord>();
  for (const entry of entries) {
    if (entry.kind !== 'step' && entry.kind !== 'compensating') continue;
    const place = stepOf(name, entry);
    const before = known.get(place);
    for (const fact of Object.keys(entry.step)) {
      if (before !== undefined && fact in before) problems.push(`${place} recorded "${fact}" twice`);
    }
    known.set(place, { ...before, ...entry.step });
  }
  return problems;
}

/** Nothing is under way for ever: an execution that ended or was cancelled leaves nothing behind. */
function leftovers(name: string, { state }: RunInstance): string[] {
  const problems: string[] = [];
  if (state.snapshot.status !== 'active' && state.executions !== undefined) {
    problems.push(`${name} is over and still executes ${Object.keys(state.executions).join(', ')}`);
  }
  if (state.outbox !== undefined && state.outbox.length > 0) problems.push(`${name} still has sends to deliver`);
  return problems;
}

/** A call is repeated only when a crash came before its outcome was stored, and always with the same key. */
function callProblems(whole: Run, run: Run): string[] {
  const expected = timesByKey(whole);
  const problems: string[] = [];
  for (const [key, times] of timesByKey(run)) {
    const usual = expected.get(key);
    if (usual === undefined) problems.push(`${key} was performed, and is not without a crash`);
    else if (times > usual + (run.repeatable.get(key) ?? 0)) {
      problems.push(`${key} was performed ${times} times, and ${usual} times without a crash`);
    }
  }
  return problems;
}

function timesByKey({ world }: Run): Map<string, number> {
  const times = new Map<string, number>();
  for (const { key } of world.calls) times.set(plainKey(key), (times.get(plainKey(key)) ?? 0) + 1);
  return times;
}

/** The same end, the same facts at the same times, the same answers. */
export function compareRuns(whole: Run, run: Run, compare: (snapshot: Snapshot) => Json): string[] {
  const problems: string[] = [];
  for (const [index, answer] of whole.answers.entries()) {
    if (run.answers[index] !== answer) {
      problems.push(`step ${index + 1} of the scenario was ${run.answers[index]}, and is ${answer} without a crash`);
    }
  }
  for (const [name, before] of whole.instances) {
    const after = run.instances.get(name)!;
    const [expected, found] = [compare(before.state.snapshot), compare(after.state.snapshot)];
    if (!isDeepStrictEqual(expected, found)) {
      problems.push(`${name} ends as ${JSON.stringify(found)}, and as ${JSON.stringify(expected)} without a crash`);
    }
    problems.push(...differences(name, factsOf(name, before.entries), factsOf(name, after.entries)));
    for (const what of ['executions', 'debts'] as const) {
      const [left, usual] = [openWork(after, what), openWork(before, what)];
      if (left !== usual) problems.push(`${name} is left with ${what} ${left}, and with ${usual} without a crash`);
    }
  }
  return problems;
}

function openWork({ state }: RunInstance, what: 'executions' | 'debts'): string {
  return Object.keys(state[what] ?? {}).join(', ') || 'nothing';
}

function differences(name: string, expected: ReadonlyMap<string, Json>, found: ReadonlyMap<string, Json>): string[] {
  const problems: string[] = [];
  for (const [what, fact] of expected) {
    const other = found.get(what);
    if (other === undefined) problems.push(`${what} is missing`);
    else if (!isDeepStrictEqual(fact, other)) {
      problems.push(`${what} is ${JSON.stringify(other)}, and ${JSON.stringify(fact)} without a crash`);
    }
  }
  for (const what of found.keys()) if (!expected.has(what)) problems.push(`${what} is too much`);
  return problems.map((problem) => (problem.startsWith(name) ? problem : `${name}: ${problem}`));
}

/** What the journal says happened: each step by its path, everything else in its order. */
function factsOf(name: string, entries: readonly Entry[]): Map<string, Json> {
  const facts = new Map<string, Json>();
  let decisions = 0;
  for (const entry of entries) {
    if (entry.kind === 'step' || entry.kind === 'compensating') {
      for (const [fact, value] of Object.entries(entry.step)) {
        // numbers of debts only put them in an order, and that shows in when they are paid
        facts.set(`${stepOf(name, entry)} ${fact}`, {
          at: entry.at,
          ...(fact === 'owed' ? undefined : { value }),
        } as Json);
      }
      continue;
    }
    if (entry.kind === 'sent' || entry.kind === 'heard') continue;
    if (entry.kind === 'compensated') {
      const { invocation, incarnation, at, compensated, failed } = entry;
      facts.set(`${name}/${invocation}#${incarnation} compensated`, { at, compensated, failed } as Json);
      continue;
    }
    decisions += 1;
    const { sequence: _, commands: __, notices: ___, ...what } = entry;
    facts.set(`${name} decision ${decisions}`, JSON.parse(JSON.stringify(what)));
  }
  return facts;
}

function stepOf(
  name: string,
  entry: { readonly invocation: string; readonly incarnation: number; readonly path: string },
): string {
  return `${name}/${entry.invocation}#${entry.incarnation}:${entry.path}`;
}
