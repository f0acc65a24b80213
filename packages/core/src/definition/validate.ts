import type { Component } from '../components/component.ts';
import { expandForChecks } from './check-components.ts';
import { checkEngineEvents, checkEvents } from './check-events.ts';
import { checkInvocationIds } from './check-invocation-ids.ts';
import { checkJson } from './check-json.ts';
import { checkPlugins } from './check-plugins.ts';
import { checkScxmlKeys } from './check-scxml.ts';
import { checkState } from './check-state.ts';
import { checkSubscriptions } from './check-subscriptions.ts';
import { maxContextBytes, maxStates } from './limits.ts';
import type { Locate } from './parse-machine.ts';
import { at, formatPath, rootPath } from './path.ts';
import { describe, isJsonShaped, isPlainObject, jsonBytes } from './plain.ts';
import type { Problem } from './problem.ts';
import { Report } from './report.ts';
import { stateTree } from './state-tree.ts';
import { expectObject, expectString, type Walk } from './walk.ts';

export interface ValidateOptions {
  /** Components besides the built-in ones; of two with the same name the later one counts. */
  readonly components?: readonly Component[];
  /** Checks the parameters of an effect; `path` is the JSON path of the effect. Without it only templates are compiled. */
  readonly checkEffect?: (effect: unknown, path: string) => readonly Problem[];
  /** Checks a use of a plugin, a name or `{ use, with }`. Without it only its form is checked. */
  readonly checkPlugin?: (use: unknown, path: string) => readonly Problem[];
  /** Names of the registered guards. When given, other names are errors. */
  readonly guards?: readonly string[];
  /** Names of the registered actions. When given, other names are errors. */
  readonly actions?: readonly string[];
  /** From `parseMachine`: gives problems their line and column. */
  readonly locate?: Locate;
}

/**
 * Everything that is wrong with a machine definition, in the order of the document. Never throws on data, however
 * wrong; a definition whose problems are all warnings compiles.
 *
 * ```ts
 * validate({ id: 'door', initial: 'close', states: { closed: {} } })
 * // [{ code: 'UNKNOWN_INITIAL', severity: 'error', path: '$.initial',
 * //    message: 'There is no child `close`; did you mean `closed`?', hint: 'Children: `closed`.' }]
 * ```
 *
 * Codes and their meanings: {@link problemCodes}.
 */
export function validate(definition: unknown, options: ValidateOptions = {}): Problem[] {
  const report = new Report(definition, options.locate);
  const json = checkJson(definition, report);
  if (json.bounded && isPlainObject(definition)) {
    const { machine, bounded, functions } = expandForChecks(definition, options.components, report, json);
    if (!bounded) return report.problems();
    const walk: Walk = {
      report,
      tree: stateTree(machine),
      scxml: definition.semantics === 'scxml',
      usage: { handled: [], raised: [], inEffects: new Set(), launched: [] },
      guards: options.guards,
      actions: options.actions,
      checkEffect: options.checkEffect,
      checkPlugin: options.checkPlugin,
      functions,
    };
    checkMachine(walk, machine);
    for (const path of functions.values()) {
      report.error('NOT_JSON', path, 'A function cannot stand here.', {
        hint: 'Functions may be a guard, an action, the whole of an `assign`, or an `output`.',
      });
    }
  } else if (json.bounded && (isJsonShaped(definition) || typeof definition === 'function')) {
    report.error('WRONG_TYPE', rootPath, `A machine must be an object, but this is ${describe(definition)}.`, {
      hint: 'Write `{ "id": …, "initial": …, "states": { … } }`.',
    });
  }
  return report.problems();
}

function checkMachine(walk: Walk, definition: Readonly<Record<string, unknown>>): void {
  const { report, tree } = walk;
  if (tree.states.length > maxStates) {
    report.error('TOO_MANY_STATES', rootPath, `The machine has more than ${maxStates} states.`, {
      hint: 'Split it into several machines.',
    });
    return;
  }
  checkMachineKeys(walk, definition);
  for (const state of tree.states) checkState(walk, state);
  for (const state of tree.duplicates) {
    const id = String(state.definition.id);
    const first = tree.ids.get(id)!;
    report.error('DUPLICATE_ID', at(state.at, 'id'), `The id \`${id}\` is used twice.`, {
      hint: `Rename it, or the one at ${formatPath(at(first.at, 'id'))}.`,
    });
  }
  checkEngineEvents(walk, checkInvocationIds(walk));
  if (Object.hasOwn(definition, 'events')) checkEvents(walk, definition.events);
}

function checkMachineKeys(walk: Walk, definition: Readonly<Record<string, unknown>>): void {
  const { report } = walk;
  if (!Object.hasOwn(definition, 'id')) {
    report.error('MISSING_KEY', rootPath, 'The machine has no `id`.', {
      hint: 'Add `"id": "…"`, the name of the machine.',
    });
  }
  for (const key of ['$schema', 'version']) {
    if (Object.hasOwn(definition, key)) expectString(walk, definition[key], at(rootPath, key));
  }
  if (Object.hasOwn(definition, 'plugins')) checkPlugins(walk, definition.plugins);
  if (Object.hasOwn(definition, 'subscriptions')) checkSubscriptions(walk, definition.subscriptions);
  if (Object.hasOwn(definition, 'semantics')) checkSemantics(walk, definition.semantics);
  if (Object.hasOwn(definition, 'context')) checkContext(walk, definition.context);
  checkScxmlKeys(walk, definition);
}

function checkSemantics(walk: Walk, semantics: unknown): void {
  const path = at(rootPath, 'semantics');
  if (!expectString(walk, semantics, path)) return;
  if (semantics === 'scxml') return;
  walk.report.error('INVALID_VALUE', path, `There are no semantics \`${semantics}\`.`, {
    hint: 'Write `scxml`, or remove it: then transitions follow XState v5.',
  });
}

function checkContext(walk: Walk, context: unknown): void {
  const path = at(rootPath, 'context');
  const hint = typeof context === 'function' ? undefined : 'Write the data as keys: `{ "amount": 0 }`.';
  if (!expectObject(walk, context, path, hint)) return;
  const bytes = jsonBytes(context);
  if (bytes > maxContextBytes) {
    walk.report.error(
      'CONTEXT_TOO_LARGE',
      path,
      `The context takes ${bytes} bytes as JSON, more than ${maxContextBytes}.`,
      {
        hint: 'Keep large data elsewhere, and its address in the context.',
      },
    );
  }
}
