import type { MachineDefinition, StateDefinition, TransitionDefinition } from '../../definition/definition.ts';
import type { Problem } from '../../definition/problem.ts';
import {
  resolveReference,
  resolveTarget,
  type StateTree,
  stateTree,
  type TreeState,
} from '../../definition/state-tree.ts';
import { listOf } from './export-action.ts';
import { dataTags, initialParts, noteAttributes, type StateScope, stateTag, transitionTags } from './export-state.ts';
import { Losses } from './losses.ts';
import { lowerNative } from './lower-native.ts';
import { defaultId, machineId } from './machine-id.ts';
import { stateIds } from './state-ids.ts';
import { fsmNamespace } from './vocabulary.ts';
import { illegalCharacter, type Tag, writeXml } from './write-xml.ts';
import { scxmlNamespace } from './xml.ts';

export interface ExportScxmlOptions {
  /** Write the document even when guards have no form: their transitions are then never taken, and say so in a comment. */
  readonly lossy?: boolean;
}

export interface ExportedScxml {
  /** Absent when there are errors among the problems. */
  readonly text: string | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Writes a machine as an SCXML document. A machine that was imported from SCXML becomes a document that means the same,
 * and that is imported to an equal machine. A native machine is rewritten: its context becomes the data `context`,
 * templates become expressions, delayed transitions become delayed events, effects become invocations of the type
 * `https://fsm.dev/effect`.
 *
 * ```ts
 * const { text, problems } = exportScxml(machine);
 * if (text === undefined) throw new Error(problems[0]?.message);
 * ```
 *
 * Nothing is left out silently. What SCXML has no form for and what changes no decision, for example an action that is
 * a function, is a warning and a comment in the text; a guard without form is an error, unless `lossy` is set. A
 * special case that SCXML decides differently, such as a transition between regions of a parallel state, is a warning.
 * One case has none: SCXML matches `a.b` with the descriptor `a`. That is prevented for the events a native machine
 * mentions, not for those that only its surroundings know; name them in `events`.
 */
export function exportScxml(definition: MachineDefinition, options: ExportScxmlOptions = {}): ExportedScxml {
  const losses = new Losses(options.lossy ?? false);
  const root = documentTag(definition, losses);
  const needsPrefix = JSON.stringify(root).includes('"fsm:');
  const { xmlns, ...attributes } = root.attributes ?? {};
  const text = writeXml({
    ...root,
    attributes: { xmlns, ...(needsPrefix && { 'xmlns:fsm': fsmNamespace }), ...attributes },
  });
  const character = illegalCharacter(text);
  if (character !== undefined) {
    const code = character.codePointAt(0)!.toString(16).padStart(4, '0');
    losses.error(
      'INVALID_CHARACTER',
      '$',
      `The machine has the character U+${code}, which XML cannot hold.`,
      'Remove it.',
    );
  }
  const failed = losses.problems.some((problem) => problem.severity === 'error');
  return { text: failed ? undefined : text, problems: losses.problems };
}

function documentTag(definition: MachineDefinition, losses: Losses): Tag {
  const machine = definition.semantics === 'scxml' ? definition : lowerNative(definition, losses);
  const tree = stateTree(machine as unknown as Readonly<Record<string, unknown>>);
  const ids = stateIds(tree, (id) => id.replace(/\s+/g, '_'));
  const scope: StateScope = {
    losses,
    tree,
    ids,
    named: namedStates(tree, ids),
    guards: {
      expression: (text) => text,
      stateId: (reference) => {
        const state = resolveReference(tree, reference);
        return state === undefined ? undefined : ids.get(state);
      },
    },
    document: (nested) => documentTag(nested, losses),
  };
  return machineTag(machine, scope);
}

function machineTag(machine: MachineDefinition, scope: StateScope): Tag {
  const { root } = scope.tree;
  const initial = initialParts(root, machine, scope);
  const states = new Set(scope.ids.values());
  states.delete(scope.ids.get(root)!);
  const name = machine.name ?? (machine.id === machineId(defaultId, states) ? undefined : machine.id);
  const named = machineId(name ?? defaultId, states) === machine.id;
  for (const key of ['entry', 'exit', 'invoke', 'output', 'components', 'plugins', 'subscriptions'] as const) {
    if (machine[key] === undefined) continue;
    scope.losses.vital(
      `$.${key}`,
      `\`${key}\` of the machine has no form in SCXML.`,
      'Put it into a state around all others.',
    );
  }
  if (initial.tags.length > 0) {
    const hint = 'Put a state around all others: SCXML has initial actions only there.';
    scope.losses.vital('$.initial', 'The actions of the `initial` of the machine have no form in SCXML.', hint);
  }
  return {
    name: 'scxml',
    attributes: {
      xmlns: scxmlNamespace,
      version: '1.0',
      datamodel: 'ecmascript',
      name,
      initial: initial.attribute,
      binding: machine.binding,
      'fsm:id': named ? undefined : machine.id,
      'fsm:version': machine.version,
      ...noteAttributes(machine),
    },
    children: [
      ...dataTags(machine.data),
      ...(machine.script ?? []).map((text): Tag => ({ name: 'script', text })),
      ...transitionTags(root, scope),
      ...[...root.children.values()].map((child) => stateTag(child, scope)),
    ],
  };
}

/** States that have an id of their own, that something names, or whose key the import would not find again. */
function namedStates(tree: StateTree, ids: ReadonlyMap<TreeState, string>): ReadonlySet<TreeState> {
  const named = new Set<TreeState>();
  for (const state of tree.states) {
    const definition = state.definition as unknown as StateDefinition;
    const position = state.parent === undefined ? 0 : [...state.parent.children.keys()].indexOf(state.key) + 1;
    const element = state.kind === 'atomic' || state.kind === 'compound' ? 'state' : state.kind;
    if (definition.id !== undefined || state.key !== `${element}_${position}`) named.add(state);
    for (const target of referencesOf(state, definition)) {
      const found = resolveTarget(tree, state, target);
      if (found !== undefined) named.add(found);
    }
    if (typeof definition.initial !== 'string') continue;
    const [first] = [...state.children.values()].filter((child) => child.kind !== 'history');
    const child = state.children.get(definition.initial);
    if (child !== undefined && child !== first) named.add(child);
  }
  return ids.size === 0 ? new Set() : named;
}

function referencesOf(state: TreeState, definition: StateDefinition): readonly string[] {
  const { on = {}, always, initial, target } = definition;
  const lists = [...Object.values(on), always].flatMap((list) => listOf<string | TransitionDefinition>(list));
  const transitions = lists.flatMap((item) => (typeof item === 'string' ? [item] : listOf(item.target)));
  const first = typeof initial === 'object' ? listOf(initial.target) : [];
  const children = first.map((text) => (text.startsWith('#') || state.kind === 'history' ? text : `.${text}`));
  return [...transitions, ...children, ...listOf(target)];
}
