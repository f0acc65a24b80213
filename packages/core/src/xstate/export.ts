import { invocationsOf } from '../definition/check-invocation-ids.ts';
import type { MachineDefinition } from '../definition/definition.ts';
import { parseDuration } from '../definition/duration.ts';
import { at, type Path, rootPath } from '../definition/path.ts';
import type { Problem } from '../definition/problem.ts';
import { type StateTree, stateTree } from '../definition/state-tree.ts';
import type { JsonObject } from '../json.ts';
import { moduleText } from './export-module.ts';
import { type ExportScope, ImplementationTable } from './export-scope.ts';
import { stateConfig } from './export-state.ts';
import type { XStateMeanings } from './import-scope.ts';
import { ProblemList } from './problems.ts';
import { present } from './source-values.ts';

export interface XStateExport {
  /** The configuration, plain JSON: what `createMachine` takes. */
  readonly config: JsonObject;
  /** A TypeScript module with the functions behind its names; it exports `implementations` and `createMachineFrom`. */
  readonly implementations: string;
  /** What the names stand for here: `importXState(config, meanings)` gives the machine back. */
  readonly meanings: XStateMeanings;
  /** What XState has no form for, with its path in the definition. Errors: meaning would be lost. */
  readonly problems: readonly Problem[];
}

/**
 * Translates a machine definition into XState v5: a configuration of plain JSON, and a module with the functions it
 * names. Expressions become functions named after their place.
 *
 * ```ts
 * const { config, implementations, problems } = exportXState({
 *   id: 'door',
 *   context: { opened: 0 },
 *   initial: 'closed',
 *   states: {
 *     closed: { on: { OPEN: { target: 'open', guard: 'context.opened < 100' } } },
 *     open: { after: { '30s': 'closed' } },
 *   },
 * });
 * // config.states.closed.on.OPEN: { target: 'open', guard: 'states.closed.on.OPEN' }
 * // implementations: … 'states.closed.on.OPEN': ({ context }: any) => Boolean(context.opened < 100), …
 * ```
 *
 * `createMachineFrom(config)` of the module behaves like the machine, but for what `problems` says and for the
 * differences that `machine/xstate-differences.md` lists. Events keep their shape: data stand in `event.data`.
 * Registered guards, actions and functions become stubs that say what to write. The definition should be valid; of one
 * that is not, the export is no more valid. Does not throw.
 */
export function exportXState(definition: MachineDefinition): XStateExport {
  const problems = new ProblemList();
  const implementations = new ImplementationTable();
  const tree = stateTree({ ...definition });
  const invocationIds = idsForXState(tree);
  const scope: ExportScope = {
    tree,
    problems,
    implementations,
    invocationIds,
    hasInvocations: invocationIds.size > 0,
    rename: (type) => eventName(type, tree, invocationIds),
  };
  reportMachineKeys(definition, problems);
  const { version, context } = definition;
  const config = {
    ...present({ id: definition.id, version, context }),
    ...stateConfig(scope, tree.root),
  } as JsonObject;
  return {
    config: { ...config, id: definition.id },
    implementations: moduleText(definition.id, implementations),
    meanings: implementations.meanings,
    problems: problems.all,
  };
}

function reportMachineKeys(definition: MachineDefinition, problems: ProblemList): void {
  if (definition.semantics !== undefined) {
    const message = 'The machine follows SCXML: XState v5 behaves differently, and has no SCXML expressions.';
    problems.error('BEHAVIOUR_DIFFERS', at(rootPath, 'semantics'), message, 'Export it to SCXML.');
  }
  if (definition.events !== undefined) {
    const message = 'XState takes any event: `events` is left out.';
    problems.warning('KEY_NOT_SUPPORTED', at(rootPath, 'events'), message);
  }
  for (const key of ['components', 'plugins', 'subscriptions'] as const) {
    if (definition[key] === undefined) continue;
    problems.error('KEY_NOT_SUPPORTED', at(rootPath, key), `XState has no \`${key}\`: they are left out.`);
  }
}

/** XState calls an invocation without id after its position and its state. */
function idsForXState(tree: StateTree): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const machine = String(tree.root.definition.id);
  for (const state of tree.states) {
    const stateId = String(state.definition.id ?? `${machine}.${state.path}`);
    for (const [index, { id, path }] of invocationsOf(tree, state).entries()) {
      ids.set(id, isGiven(path) ? id : `${index}.${stateId}`);
    }
  }
  return ids;
}

/** The path of an invocation's id leads to the id where one is given, and otherwise to the invocation. */
function isGiven(path: Path): boolean {
  return path.key === 'id' && path.parent !== undefined;
}

const prefixes = [
  ['done.invoke.', 'xstate.done.actor.'],
  ['error.invoke.', 'xstate.error.actor.'],
  ['done.state.', 'xstate.done.state.'],
] as const;

const wholeFamilies: Readonly<Record<string, string>> = {
  'done.*': 'xstate.done.*',
  'error.*': 'xstate.error.*',
  'fsm.*': 'xstate.after.*',
  'fsm.after.*': 'xstate.after.*',
  'fsm.init': 'xstate.init',
  'error.': 'xstate.error.',
  'done.': 'xstate.done.',
};

/** An event type or descriptor of the engine as XState calls it; any other as it is. */
function eventName(type: string, tree: StateTree, invocationIds: ReadonlyMap<string, string>): string {
  if (Object.hasOwn(wholeFamilies, type)) return wholeFamilies[type]!;
  for (const [ours, theirs] of prefixes) {
    if (!type.startsWith(ours)) continue;
    const id = type.slice(ours.length);
    return `${theirs}${ours === 'done.state.' ? id : (invocationIds.get(id) ?? id)}`;
  }
  const [, duration = '', path] = /^fsm\.after\.(.*)#([^#]*)$/.exec(type) ?? [];
  if (path === undefined) return type;
  const state = tree.states.find((each) => each.path === path);
  const id = String(state?.definition.id ?? `${String(tree.root.definition.id)}.${path}`);
  return `xstate.after.${parseDuration(duration) ?? duration}.${id}`;
}
