import type {
  ActionDefinition,
  InvokeDefinition,
  MachineDefinition,
  StateDefinition,
  TransitionDefinition,
} from '../../definition/definition.ts';
import { resolveTarget, stateTree, type TreeState } from '../../definition/state-tree.ts';
import type { Json } from '../../json.ts';
import { listOf } from './export-action.ts';
import { quote } from './export-guard.ts';
import type { Losses } from './losses.ts';
import { lowerValue, valuesName } from './lower-action.ts';
import { childStates, eventTypes, lowerState, type NativeScope, type States, unusedName } from './lower-state.ts';
import { machineId } from './machine-id.ts';
import { reportDoubleTransitions } from './parallel-differences.ts';
import { stateIds, xmlId } from './state-ids.ts';
import { expressionTemplate, literalTemplate, valueExpression } from './template.ts';

/**
 * A native machine as an SCXML machine that behaves the same: the context is the data `context`, `after` is a delayed
 * event that is sent on entry and cancelled on exit, `onDone` and `onError` are transitions for the events behind them.
 * What SCXML cannot say goes to `losses`.
 */
export function lowerNative(definition: MachineDefinition, losses: Losses): MachineDefinition {
  const tree = stateTree(definition as unknown as Readonly<Record<string, unknown>>);
  const context = definition.context ?? {};
  const ids = stateIds(tree, xmlId);
  const scope: NativeScope = {
    losses,
    tree,
    context,
    ids,
    usesValues: false,
    usesOutput: false,
    types: eventTypes(tree.states, ids),
  };
  reportMachineKeys(definition, losses);
  reportDoubleTransitions(tree, losses);
  const states = needsState(definition, tree.root, scope)
    ? aroundAll(definition, tree.root, scope)
    : childStates(tree.root, scope);
  const { version, description, tags, meta } = definition;
  const { initial } = states;
  const names = new Set(ids.values());
  if (states.states?.machine?.id !== ids.get(tree.root)) names.delete(ids.get(tree.root)!);
  const id = machineId(definition.id, names);
  return {
    id,
    semantics: 'scxml',
    ...(id !== definition.id && { name: definition.id }),
    ...(version !== undefined && { version }),
    ...(description !== undefined && { description }),
    ...(tags !== undefined && { tags }),
    ...(meta !== undefined && { meta }),
    data: {
      // the context is no template: braces in it mean themselves
      context: expressionTemplate(valueExpression(literalTemplate(context))),
      ...(scope.usesValues && { [valuesName]: expressionTemplate('undefined') }),
      ...(scope.usesOutput && { [outputName]: expressionTemplate('undefined') }),
    },
    ...(initial !== undefined && { initial }),
    states: states.states,
  };
}

function reportMachineKeys(definition: MachineDefinition, losses: Losses): void {
  if (definition.components !== undefined) {
    losses.vital('$.components', 'SCXML has no form for `components`.', 'Write their states into the machine first.');
  }
  for (const key of ['events', 'plugins', 'subscriptions'] as const) {
    if (definition[key] !== undefined) losses.part(`$.${key}`, `SCXML has no form for \`${key}\`; it is left out.`);
  }
}

/** The document itself is no state in SCXML: it has neither transitions nor actions. */
function needsState(definition: MachineDefinition, root: TreeState, { tree }: NativeScope): boolean {
  const keys = ['on', 'always', 'after', 'entry', 'exit', 'invoke', 'output'] as const;
  if (root.kind === 'parallel' || keys.some((key) => definition[key] !== undefined)) return true;
  if (typeof definition.initial === 'object') return true;
  return tree.states.some((state) => targetTexts(state).some((text) => resolveTarget(tree, state, text) === root));
}

function targetTexts(state: TreeState): readonly string[] {
  const { on = {}, always, after = {}, onDone, onError, invoke } = state.definition as unknown as StateDefinition;
  const outcomes = listOf<InvokeDefinition>(invoke).flatMap((each) => [each.onDone, each.onError]);
  const lists = [...Object.values(on), always, ...Object.values(after), onDone, onError, ...outcomes];
  return lists
    .flatMap((list) => listOf<string | TransitionDefinition>(list))
    .flatMap((item) => (typeof item === 'string' ? [item] : listOf(item.target)));
}

/**
 * A state for the machine, and one that is final for its end. The way there needs no event, because a machine that is
 * done handles none of those that are still waiting.
 */
function aroundAll(definition: MachineDefinition, root: TreeState, scope: NativeScope): States {
  const id = scope.ids.get(root)!;
  // what describes the machine stands on the document
  const { description: _, tags: __, meta: ___, ...own } = lowerState(root, scope);
  const done = doneCondition(root, scope);
  if (done === undefined) return { initial: 'machine', states: { machine: own } };
  const end = unusedName(`${id}.end`, scope);
  const always = [{ guard: done, target: `#${end}` }, ...listOf<string | TransitionDefinition>(own.always)];
  if (root.kind === 'parallel') {
    const output = machineOutput(definition, `done.state.${id}`, undefined, scope);
    return {
      initial: 'machine',
      states: { machine: { ...own, always }, end: { id: end, type: 'final', ...(output !== undefined && { output }) } },
    };
  }
  const states = Object.fromEntries(
    Object.entries(own.states ?? {}).map(([key, state]) => [key, keepingOutput(definition, state, scope)]),
  );
  const output = scope.usesOutput ? { output: expressionTemplate(outputName) } : {};
  return {
    initial: 'machine',
    states: { machine: { ...own, always, states }, end: { id: end, type: 'final', ...output } },
  };
}

/** The data that holds the output of the machine until it has left its states. */
const outputName = 'fsm_output';

/** A final state of the machine, which computes its output as soon as it is entered. */
function keepingOutput(definition: MachineDefinition, state: StateDefinition, scope: NativeScope): StateDefinition {
  if (state.type !== 'final') return state;
  const output = machineOutput(definition, `done.state.${state.id}`, state.output as Json | undefined, scope);
  if (output === undefined) return state;
  scope.usesOutput = true;
  return { ...state, entry: [...listOf<ActionDefinition>(state.entry), { assign: { [outputName]: output } }] };
}

/** The output of the machine after a done event with that type and data. */
function machineOutput(
  definition: MachineDefinition,
  type: string,
  data: Json | undefined,
  scope: NativeScope,
): Json | undefined {
  const { output } = definition;
  if (output === undefined) return data;
  if (typeof output === 'function') {
    scope.losses.part('$.output', 'SCXML has no form for an output that is a function; it is left out.');
    return undefined;
  }
  const written = data === undefined ? 'undefined' : `(${valueExpression(data)})`;
  const parts = { type: quote(type), data: 'undefined', output: written, error: 'undefined' };
  return lowerValue(output as Json, '$.output', 'an output', scope, parts);
}

/** When a state is done; `undefined` when it never is. */
function doneCondition(state: TreeState, scope: NativeScope): string | undefined {
  if (state.kind === 'final') return `In(${quote(scope.ids.get(state)!)})`;
  const children = [...state.children.values()].filter((child) => child.kind !== 'history');
  if (state.kind === 'compound') {
    const finals = children.filter((child) => child.kind === 'final').map((child) => doneCondition(child, scope)!);
    return finals.length === 0 ? undefined : finals.join(' || ');
  }
  const regions = children.map((child) => doneCondition(child, scope));
  if (state.kind !== 'parallel' || regions.includes(undefined)) return undefined;
  return regions.map((region) => (regions.length > 1 ? `(${region})` : region)).join(' && ');
}
