import { canonicalJson } from '../definition/canonical.ts';
import { suggest } from '../definition/suggest.ts';
import type { ErrorRecord } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';
import { contextKeys } from '../machine/context-path.ts';
import type { Machine } from '../machine/machine.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import type { Expectation } from './step.ts';

/** One thing that is not as expected. */
export interface Difference {
  /** What was looked at: `configuration`, `status`, `context.applicant.score` … */
  readonly subject: string;
  readonly expected: Json;
  /** Absent when there is nothing of the kind. */
  readonly actual?: Json;
  /** The difference as a sentence. */
  readonly message: string;
}

export interface Observed {
  readonly machine: Machine;
  readonly snapshot: Snapshot;
  /** Of the step before, as is `error`. */
  readonly taken: boolean;
  readonly error: ErrorRecord | undefined;
}

/** Everything in which a moment differs from what is expected of it. */
export function differences(expected: Expectation, observed: Observed): readonly Difference[] {
  const { snapshot, machine, taken, error } = observed;
  const found: Difference[] = [];
  const compare = (subject: string, wanted: Json | undefined, actual: Json | undefined) => {
    if (wanted === undefined || (actual !== undefined && canonicalJson(wanted) === canonicalJson(actual))) return;
    const message = `${subject} is ${text(actual)}, expected ${text(wanted)}`;
    found.push({ subject, expected: wanted, ...(actual === undefined ? undefined : { actual }), message });
  };
  const compareSets = (subject: string, wanted: readonly string[] | undefined, actual: readonly string[]) => {
    if (wanted === undefined) return;
    const missing = wanted.filter((item) => !actual.includes(item));
    const extra = actual.filter((item) => !wanted.includes(item));
    if (missing.length === 0 && extra.length === 0) return;
    const known = subject === 'configuration' ? statePaths(machine) : undefined;
    const parts = [
      ...missing.map((item) => `without ${text(item)}${unknownState(item, known)}`),
      ...extra.map((item) => `with ${text(item)} besides`),
    ];
    const message = `${subject} is ${text([...actual])}: ${parts.join(', ')}`;
    found.push({ subject, expected: [...wanted], actual: [...actual], message });
  };

  compareSets('configuration', expected.configuration, snapshot.configuration);
  for (const state of expected.active ?? []) {
    if (machine.matches(snapshot, state)) continue;
    const message = `${text(state)} is not active${unknownState(state, statePaths(machine))}; active are ${snapshot.configuration.join(', ')}`;
    found.push({ subject: 'active', expected: state, actual: [...snapshot.configuration], message });
  }
  compare('status', expected.status, snapshot.status);
  for (const [path, value] of Object.entries(expected.context ?? {})) {
    compare(`context.${path}`, value, valueAt(snapshot.context, path));
  }
  compare('output', expected.output, snapshot.output);
  compare('taken', expected.taken, taken);
  compareSets('running', expected.running, Object.keys(snapshot.invocations ?? {}));
  if (expected.error !== undefined && expected.error !== error?.code) {
    const actual = error === undefined ? 'there was no error' : `the error is ${error.code}: ${error.message}`;
    const message = `${actual}, expected ${expected.error}`;
    found.push({ subject: 'error', expected: expected.error, ...(error && { actual: error.code }), message });
  }
  return found;
}

/** What stands at a dotted path; `undefined` when nothing does. */
export function valueAt(context: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = context;
  for (const key of contextKeys(path)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}

function statePaths(machine: Machine): readonly string[] {
  return Array.from(machine.states(), (state) => state.path);
}

function unknownState(path: string, known: readonly string[] | undefined): string {
  if (known === undefined || known.includes(path)) return '';
  const similar = suggest(path, known);
  return similar === undefined ? ' (the machine has no such state)' : ` (no such state; did you mean "${similar}"?)`;
}

function text(value: Json | undefined): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
