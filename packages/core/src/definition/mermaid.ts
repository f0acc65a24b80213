import { expandComponents } from '../components/expand.ts';
import type { MachineDefinition } from './definition.ts';
import { describeActions, describeDelay, describeEffect, describeGuard } from './label.ts';
import { isPlainObject } from './plain.ts';
import { commonAncestor, resolveTarget, type StateTree, stateTree, type TreeState } from './state-tree.ts';

export interface MermaidOptions {
  /** Paths of states to highlight, for example the configuration of a snapshot. */
  readonly active?: readonly string[];
}

/**
 * The machine as a Mermaid state diagram: nested states, regions of parallel states, history, effects and actions, and
 * a label `EVENT [guard] / actions` on every transition. A target that does not exist is drawn as a state `? name`.
 *
 * ```ts
 * toMermaid({ id: 'door', initial: 'closed', states: { closed: { on: { OPEN: 'open' } }, open: {} } })
 * // stateDiagram-v2
 * //   [*] --> closed
 * //   state "closed" as closed
 * //   closed --> open : OPEN
 * //   state "open" as open
 * ```
 *
 * @see https://mermaid.js.org/syntax/stateDiagram.html
 */
export function toMermaid(
  machine: MachineDefinition | { readonly definition: MachineDefinition },
  options: MermaidOptions = {},
): string {
  const { definition } = expandComponents('definition' in machine ? machine.definition : machine);
  const tree = stateTree(definition as unknown as Record<string, unknown>);
  const drawing: Drawing = { tree, names: namesOf(tree), missing: new Map(), crossing: [] };
  // a diagram has no regions, notes and arrows of its own, only a state in it has
  const boxed =
    tree.root.kind === 'parallel' ||
    transitionsOf(tree.root).length > 0 ||
    notesOf(tree, tree.root).length > 0 ||
    tree.states.some((state) => targetsOf(tree, state).includes(tree.root));
  const body = boxed ? drawState(drawing, tree.root) : drawChildren(drawing, tree.root);
  const around = drawArrows(drawing, tree.root);
  const missing = [...drawing.missing].map(([target, name]) => `state "${escapeText(`? ${target}`)}" as ${name}`);
  const content = [...body, ...around, ...missing, ...drawing.crossing, ...highlight(drawing, options.active ?? [])];
  return `${['stateDiagram-v2', ...indent(content)].join('\n')}\n`;
}

interface Drawing {
  readonly tree: StateTree;
  /** What Mermaid calls a state. */
  readonly names: ReadonlyMap<TreeState, string>;
  /** Targets that do not exist, and what they are called. */
  readonly missing: Map<string, string>;
  /** Arrows between boxes. They stand outside all of them: an arrow in a box pulls both its ends into the box. */
  readonly crossing: string[];
}

/** Words that Mermaid would not read as the name of a state. */
const reservedName =
  /^(?:state|note|end|as|left|right|direction|class|classdef|style|click|href|hide|scale|default|root)$/i;

/** Paths with everything but letters, digits and `_` replaced, made unique. */
function namesOf(tree: StateTree): Map<TreeState, string> {
  const taken = new Set<string>();
  const names = new Map<TreeState, string>();
  for (const state of tree.states) {
    const plain = (state.parent === undefined ? titleOf(state) : state.path).replace(/[^A-Za-z0-9_]/g, '_');
    const start = reservedName.test(plain) || !/^[A-Za-z]/.test(plain) ? `s_${plain}` : plain;
    // Mermaid itself names the `[*]` of a box `box_start` and `box_end`
    const base = /_(?:start|end)$/.test(start) ? `${start}_` : start;
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
    taken.add(name);
    names.set(state, name);
  }
  return names;
}

function titleOf(state: TreeState): string {
  if (state.kind === 'history') return state.definition.history === 'deep' ? 'H*' : 'H';
  if (state.parent !== undefined) return state.key;
  return typeof state.definition.id === 'string' ? state.definition.id : 'machine';
}

/** A state with everything in it, but without the arrows that start at it. */
function drawState(drawing: Drawing, state: TreeState): string[] {
  const name = drawing.names.get(state)!;
  const head = `state "${escapeText(titleOf(state))}" as ${name}`;
  const notes = notesOf(drawing.tree, state);
  if (state.children.size === 0) return [head, ...notes.map((note) => `${name} : ${note}`)];
  const note = notes.length === 0 ? [] : [`note right of ${name}`, ...indent(notes), 'end note'];
  return [`${head} {`, ...indent(drawChildren(drawing, state)), '}', ...note];
}

function drawChildren(drawing: Drawing, parent: TreeState): string[] {
  const children = [...parent.children.values()];
  const draw = (child: TreeState): string[] => [...drawState(drawing, child), ...drawArrows(drawing, child)];
  if (parent.kind !== 'parallel') return [...initialArrow(drawing, parent), ...children.flatMap(draw)];
  // a history state is no region: it is drawn in the first one
  const regions = children.filter((child) => child.kind !== 'history').map(draw);
  const histories = children.filter((child) => child.kind === 'history').flatMap(draw);
  return [...histories, ...regions.flatMap((lines, index) => (index === 0 ? lines : ['--', ...lines]))];
}

function initialArrow({ tree, names }: Drawing, parent: TreeState): string[] {
  const { initial } = parent.definition;
  const keys = [isPlainObject(initial) ? initial.target : initial].flat().filter((key) => typeof key === 'string');
  const actions = isPlainObject(initial) ? describeActions(initial.actions) : '';
  return keys.flatMap((key) => {
    // what SCXML begins in may be deep inside: the arrow ends at the child that holds it
    const target = key.startsWith('#') ? resolveTarget(tree, parent, key) : parent.children.get(key);
    const child = target && [...parent.children.values()].find((one) => commonAncestor(one, target) === one);
    if (child === undefined) return [];
    return [arrow('[*]', names.get(child)!, actions === '' ? '' : `/ ${actions}`)];
  });
}

/** The arrows that start at a state and stay in its parent's box; the others are kept for the end. */
function drawArrows(drawing: Drawing, state: TreeState): string[] {
  const name = drawing.names.get(state)!;
  const inside = state.kind === 'final' ? [arrow(name, '[*]', '')] : [];
  for (const { targets, label } of transitionsOf(state)) {
    for (const target of targets) {
      const found = resolveTarget(drawing.tree, state, target);
      if (isWritten(state, found)) continue;
      const line = arrow(name, found === undefined ? missingName(drawing, target) : drawing.names.get(found)!, label);
      (found !== undefined && found.parent === state.parent ? inside : drawing.crossing).push(line);
    }
  }
  return inside;
}

function arrow(from: string, to: string, label: string): string {
  return `${from} --> ${to}${label === '' ? '' : ` : ${escapeText(label)}`}`;
}

function missingName(drawing: Drawing, target: string): string {
  const name = drawing.missing.get(target) ?? `missing_${drawing.missing.size + 1}`;
  drawing.missing.set(target, name);
  return name;
}

/** What a state does and what it answers without leaving, one line each. */
function notesOf(tree: StateTree, state: TreeState): string[] {
  const { entry, exit, effect, tags } = state.definition;
  const line = (prefix: string, text: string): string => (text === '' ? '' : prefix + text);
  return [
    ...[effect, ...invocationsOf(state).map((one) => one.effect)].map((one) => line('effect ', describeEffect(one))),
    line('entry / ', describeActions(entry)),
    line('exit / ', describeActions(exit)),
    ...transitionsOf(state).flatMap(({ targets, label }) => {
      if (targets.length === 0) return [label];
      const written = targets.filter((target) => isWritten(state, resolveTarget(tree, state, target)));
      return written.map((target) => `${label} → ${target}`.trim());
    }),
    line('tags ', [tags ?? []].flat().join(', ')),
  ]
    .filter((text) => text !== '')
    .map(escapeText);
}

/**
 * Whether a transition is written into its state instead of drawn. Mermaid (12.3, with its ELK layout) fails on an arrow
 * between a box and something in it, unless it is the outermost box.
 */
function isWritten(source: TreeState, target: TreeState | undefined): boolean {
  if (target === undefined || target === source) return false;
  const around = commonAncestor(source, target);
  return around.parent !== undefined && (around === source || around === target);
}

function targetsOf(tree: StateTree, state: TreeState): (TreeState | undefined)[] {
  return transitionsOf(state).flatMap(({ targets }) => targets.map((target) => resolveTarget(tree, state, target)));
}

interface DrawnTransition {
  /** None for a transition that stays where it is. */
  readonly targets: readonly string[];
  readonly label: string;
}

function transitionsOf(state: TreeState): DrawnTransition[] {
  const { on, always, after, onDone, onError, target, initial } = state.definition;
  if (state.kind === 'history')
    return [target ?? initial].flatMap((one) => (one === undefined ? [] : drawn(one, 'default')));
  return [
    ...members(on).flatMap(([descriptor, transitions]) => drawn(transitions, descriptor.trim())),
    ...drawn(always, ''),
    ...members(after).flatMap(([delay, transitions]) => drawn(transitions, `after ${describeDelay(delay)}`)),
    ...drawn(onDone, 'done'),
    ...drawn(onError, 'error'),
    ...invocationsOf(state).flatMap((one) => {
      const id = typeof one.id === 'string' ? ` ${one.id}` : '';
      return [...drawn(one.onDone, `done${id}`), ...drawn(one.onError, `error${id}`)];
    }),
  ];
}

function drawn(transitions: unknown, trigger: string): DrawnTransition[] {
  const items: readonly unknown[] = Array.isArray(transitions) ? transitions : [transitions];
  return items.flatMap((item) => {
    if (typeof item === 'string') return [{ targets: [item], label: trigger }];
    if (!isPlainObject(item)) return [];
    const guard = Object.hasOwn(item, 'guard') ? `[${describeGuard(item.guard)}]` : '';
    const actions = describeActions(item.actions);
    const before = describeEffect(item.before);
    const label = [trigger, guard, before === '' ? '' : `after ${before}`, actions === '' ? '' : `/ ${actions}`]
      .filter((text) => text !== '')
      .join(' ');
    const targets = [item.target ?? []].flat().filter((target) => typeof target === 'string');
    return [{ targets, label }];
  });
}

function invocationsOf(state: TreeState): Record<string, unknown>[] {
  return [state.definition.invoke].flat().filter(isPlainObject);
}

function members(value: unknown): [string, unknown][] {
  return isPlainObject(value) ? Object.entries(value) : [];
}

function highlight({ tree, names }: Drawing, active: readonly string[]): string[] {
  const chosen = tree.states.filter((state) => state.parent !== undefined && active.includes(state.path));
  if (chosen.length === 0) return [];
  const list = chosen.map((state) => names.get(state)!).join(',');
  return ['classDef active fill:#2f9e44,stroke:#1b5e2a,color:#ffffff', `class ${list} active`];
}

const longestText = 120;

/** One line of text in which nothing means anything to Mermaid: special characters become its numeric entities. */
function escapeText(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const short = line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line;
  return short.replace(/[#;:"%`*\\]|<(?=[\w/!?])|&(?=[#\w])|\b_|_\b/g, (special) => `#${special.codePointAt(0)};`);
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
