import type {
  EffectDefinition,
  Implementations,
  InvokeDefinition,
  MachineDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../definition/definition.ts';
import { formatKey, formatPath } from '../definition/path.ts';
import {
  resolveReference,
  resolveTarget,
  type StateTree,
  stateTree,
  type TreeState,
} from '../definition/state-tree.ts';
import type { CompileScope } from './compile-scope.ts';
import type { Language } from './language.ts';
import type { AfterTimer, InitialTransition, InvocationEntry, StateNode, Transition } from './state-node.ts';

/** The states of a valid definition in document order, the root first, with everything in them compiled. */
export function compileStates(
  definition: MachineDefinition,
  implementations: Implementations,
  speak: (scope: CompileScope) => Language,
): readonly StateNode[] {
  const tree = stateTree({ ...definition });
  const nodes = new Map<TreeState, StateNode>();
  for (const state of tree.states) nodes.set(state, makeNode(state, nodes, definition));
  const compiler = new StateCompiler(tree, nodes, implementations, speak, definition.semantics === 'scxml');
  for (const state of tree.states) compiler.fill(state);
  return [...nodes.values()];
}

function makeNode(state: TreeState, nodes: ReadonlyMap<TreeState, StateNode>, machine: MachineDefinition): StateNode {
  const definition = state.definition as unknown as StateDefinition;
  const parent = state.parent === undefined ? undefined : nodes.get(state.parent);
  const node: StateNode = {
    index: nodes.size,
    last: nodes.size,
    key: state.key,
    path: state.path,
    id: parent === undefined ? machine.id : (definition.id ?? `${machine.id}.${state.path}`),
    kind: state.kind,
    depth: state.depth,
    parent,
    definition,
    tags: toList(definition.tags),
    children: [],
    histories: [],
    history: state.kind === 'history' ? (definition.history ?? 'shallow') : undefined,
    initial: undefined,
    defaults: [],
    defaultActions: [],
    data: [],
    transitions: new Map(),
    always: [],
    entry: [],
    exit: [],
    timers: [],
    invocations: [],
    otherEffects: [],
    output: undefined,
  };
  for (let ancestor = parent; ancestor !== undefined; ancestor = ancestor.parent) ancestor.last = node.index;
  if (parent !== undefined) (node.kind === 'history' ? parent.histories : parent.children).push(node);
  return node;
}

class StateCompiler {
  private readonly tree: StateTree;
  private readonly nodes: ReadonlyMap<TreeState, StateNode>;
  private readonly language: Language;
  private readonly splits: boolean;
  private transitionCount = 0;
  private current: StateNode | undefined = undefined;

  constructor(
    tree: StateTree,
    nodes: ReadonlyMap<TreeState, StateNode>,
    implementations: Implementations,
    speak: (scope: CompileScope) => Language,
    splits: boolean,
  ) {
    this.tree = tree;
    this.nodes = nodes;
    this.language = speak({
      implementations,
      reference: (text) => this.found(resolveReference(tree, text)),
      nodes: [...nodes.values()],
      addEffect: (effect) => this.addEffect(effect),
    });
    this.splits = splits;
  }

  fill(state: TreeState): void {
    const node = this.found(state);
    const path = formatPath(state.at);
    const { definition } = node;
    this.current = node;
    const invocations = invocationsOf(node, path);
    node.invocations = invocations.map(
      ({ id, index, effect, given, at }): InvocationEntry => ({ id, index, effect, definition: given, path: at }),
    );
    if (node.kind === 'compound') node.initial = this.initial(state, definition, path);
    if (node.kind === 'history') {
      const initial = typeof definition.initial === 'object' ? definition.initial : undefined;
      node.defaults = toList(initial?.target ?? definition.target).map((target) => this.target(state, target));
      node.defaultActions = this.language.actions(initial?.actions, `${path}.initial.actions`);
      return;
    }
    node.entry = this.language.actions(definition.entry, `${path}.entry`);
    node.exit = this.language.actions(definition.exit, `${path}.exit`);
    if (definition.output !== undefined) node.output = this.language.value(definition.output, `${path}.output`);
    node.data = Object.entries(definition.data ?? {}).flatMap(([name, value]) =>
      this.language.actions({ assign: { [name]: value } }, `${path}.data`),
    );

    const transitions = new TransitionTable();
    for (const [descriptor, list] of Object.entries(definition.on ?? {})) {
      const found = this.transitions(state, list, `${path}.on${formatKey(descriptor)}`);
      for (const each of this.splits ? eventTokens(descriptor) : [descriptor]) transitions.add(each, found);
    }
    for (const { id, onDone, onError, at } of invocations) {
      transitions.add(`done.invoke.${id}`, this.transitions(state, onDone, `${at}.onDone`));
      transitions.add(`error.invoke.${id}`, this.transitions(state, onError, `${at}.onError`));
    }
    if (definition.effect === undefined) {
      transitions.add(`done.state.${node.id}`, this.transitions(state, definition.onDone, `${path}.onDone`));
    }
    node.timers = Object.entries(definition.after ?? {}).map(([duration, list]): AfterTimer => {
      const at = `${path}.after${formatKey(duration)}`;
      const id = `fsm.after.${duration}#${node.path}`;
      transitions.add(id, this.transitions(state, list, at));
      return { id, event: Object.freeze({ type: id }), delay: this.language.delay(duration, at), path: at };
    });
    node.transitions = transitions.byDescriptor;
    node.always = this.transitions(state, definition.always, `${path}.always`);
  }

  private initial(state: TreeState, definition: StateDefinition, path: string): InitialTransition {
    const given = definition.initial!;
    const targets = typeof given === 'string' ? [given] : toList(given.target);
    const actions = typeof given === 'string' ? undefined : given.actions;
    return {
      targets: targets.map((text) =>
        text.startsWith('#') ? this.target(state, text) : this.found(state.children.get(text)),
      ),
      actions: this.language.actions(actions, `${path}.initial.actions`),
    };
  }

  private transitions(state: TreeState, list: TransitionList | undefined, path: string): Transition[] {
    if (list === undefined) return [];
    if (!Array.isArray(list)) return [this.transition(state, list as string | TransitionDefinition, path)];
    return list.map((transition, index) => this.transition(state, transition, `${path}[${index}]`));
  }

  private transition(state: TreeState, given: string | TransitionDefinition, path: string): Transition {
    const definition: TransitionDefinition = typeof given === 'string' ? { target: given } : given;
    const { target, guard, reenter, before } = definition;
    const targets = toList(target).map((text) => this.target(state, text));
    const actions = this.language.actions(definition.actions, `${path}.actions`);
    return {
      index: this.transitionCount++,
      path,
      source: this.found(state),
      targets,
      guard: guard === undefined ? undefined : this.language.guard(guard, `${path}.guard`),
      actions,
      reenter: reenter ?? false,
      before: before === undefined ? undefined : this.addEffect(before).index,
      forbidden: targets.length === 0 && actions.length === 0 && before === undefined,
    };
  }

  private addEffect(effect: EffectDefinition): { readonly state: string; readonly index: number } {
    const { path, invocations, otherEffects } = this.current!;
    const index = invocations.length + otherEffects.length;
    otherEffects.push(effect);
    return { state: path, index };
  }

  private target(source: TreeState, text: string): StateNode {
    return this.found(resolveTarget(this.tree, source, text));
  }

  private found(state: TreeState | undefined): StateNode {
    const node = state === undefined ? undefined : this.nodes.get(state);
    if (node === undefined) throw new Error('validation let a reference to a missing state pass');
    return node;
  }
}

class TransitionTable {
  readonly byDescriptor = new Map<string, readonly Transition[]>();
  add(descriptor: string, transitions: readonly Transition[]): void {
    if (transitions.length === 0) return;
    this.byDescriptor.set(descriptor, [...(this.byDescriptor.get(descriptor) ?? []), ...transitions]);
  }
}

/** The descriptors of a list of SCXML's: `"a b.*"` takes what `a` and what `b` takes; without the `.*` and `.` at the end that mean nothing in SCXML. */
function eventTokens(list: string): readonly string[] {
  const tokens = list.split(/\s+/).filter((token) => token !== '');
  return [...new Set(tokens.map((token) => (token === '*' ? token : token.replace(/\.\*?$/, ''))))];
}

/**
 * The effects of a state. One that has no `id` goes by the state's path, or by `path:index` when the state has several;
 * on the root the machine's id stands for the path.
 */
function invocationsOf(node: StateNode, path: string) {
  const { effect, onDone, onError, invoke } = node.definition;
  const shorthand = effect === undefined ? [] : [{ effect, onDone, onError, given: undefined, at: path }];
  const listed = toList<InvokeDefinition>(invoke).map((each, index) => ({
    ...each,
    given: each,
    at: Array.isArray(invoke) ? `${path}.invoke[${index}]` : `${path}.invoke`,
  }));
  const all: (InvokeDefinition & { readonly given: InvokeDefinition | undefined; readonly at: string })[] = [
    ...shorthand,
    ...listed,
  ];
  const name = node.path === '' ? node.id : node.path;
  return all.map((each, index) => ({ ...each, index, id: each.id ?? (all.length === 1 ? name : `${name}:${index}`) }));
}

function toList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}
