import type { MachineDefinition } from '../definition/definition.ts';
import { resolveTarget, type StateKind, type StateTree, stateTree, type TreeState } from '../definition/state-tree.ts';
import { stateNotes } from './notes.ts';
import { type DrawnTransition, initialOf, transitionsOf } from './transitions.ts';

/** Everything there is to draw, before it has a place: boxes in boxes, and arrows between them. */
export interface Chart {
  readonly root: Shape;
  /** In document order, the root first. */
  readonly shapes: readonly Shape[];
  readonly arrows: readonly Arrow[];
}

/** What is drawn as a box, or as a mark the size of one. `missing` is a target that does not exist. */
export type ShapeKind = StateKind | 'initial' | 'fork' | 'missing';

export interface Shape {
  /** Its place in `shapes`. */
  readonly index: number;
  readonly kind: ShapeKind;
  /** Path of the state; of none for a mark. */
  readonly path: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly notes: readonly Note[];
  readonly tags: readonly string[];
  readonly parent: Shape | undefined;
  readonly children: Shape[];
  readonly depth: number;
}

/** A line in a box. */
export interface Note {
  readonly icon: IconName;
  readonly text: string;
  /** A transition that changes no state is a line, too; its place in the order of all transitions. */
  readonly transition?: number;
}

export type IconName = 'entry' | 'exit' | 'effect' | 'clock' | 'event' | 'always' | 'done' | 'error' | 'link' | 'data';

export interface Arrow {
  readonly source: Shape;
  readonly target: Shape;
  /** Its place in the order of all transitions; an arrow without belongs to `initial`, or continues one after a fork. */
  readonly transition: number | undefined;
  readonly label: readonly LabelLine[];
  /** What a pointer that rests on it is told. */
  readonly title: string;
  /** The state whose transition it is. */
  readonly owner: string;
  readonly continues: boolean;
}

export interface LabelLine {
  readonly role: 'trigger' | 'guard' | 'action';
  readonly icon?: IconName;
  readonly text: string;
}

export function chartOf(definition: MachineDefinition): Chart {
  const tree = stateTree(definition as unknown as Readonly<Record<string, unknown>>);
  return new ChartBuilder(tree).build();
}

class ChartBuilder {
  readonly #tree: StateTree;
  readonly #shapes: Shape[] = [];
  readonly #arrows: Arrow[] = [];
  readonly #byState = new Map<TreeState, Shape>();
  readonly #missing = new Map<string, Shape>();
  readonly #transitionsOf = new Map<TreeState, readonly NumberedTransition[]>();
  #transitions = 0;

  constructor(tree: StateTree) {
    this.#tree = tree;
  }

  build(): Chart {
    for (const state of this.#tree.states) this.#addState(state);
    for (const state of this.#tree.states) this.#addArrows(state);
    return { root: this.#shapes[0]!, shapes: this.#shapes, arrows: this.#arrows };
  }

  #addState(state: TreeState): void {
    const { tags, description } = state.definition;
    const transitions = transitionsOf(state).map((one) => ({ ...one, number: this.#transitions++ }));
    this.#transitionsOf.set(state, transitions);
    const shape = this.#addShape({
      kind: state.kind,
      path: state.path,
      title: titleOf(state),
      description: typeof description === 'string' ? description : '',
      notes: [...stateNotes(state), ...transitions.filter(staysWhereItIs).map(writtenTransition)],
      tags: [tags].flat().filter((tag) => typeof tag === 'string'),
      parent: state.parent === undefined ? undefined : this.#byState.get(state.parent)!,
    });
    this.#byState.set(state, shape);
    if (initialOf(state) !== undefined) this.#addMark('initial', shape);
  }

  #addMark(kind: 'initial' | 'fork' | 'missing', parent: Shape, title = ''): Shape {
    return this.#addShape({ kind, path: undefined, title, description: '', notes: [], tags: [], parent });
  }

  #addShape(shape: Omit<Shape, 'index' | 'children' | 'depth'>): Shape {
    const depth = shape.parent === undefined ? 0 : shape.parent.depth + 1;
    const whole: Shape = { ...shape, index: this.#shapes.length, depth, children: [] };
    this.#shapes.push(whole);
    shape.parent?.children.push(whole);
    return whole;
  }

  #addArrows(state: TreeState): void {
    const own = this.#byState.get(state)!;
    const initial = initialOf(state);
    if (initial !== undefined) {
      const dot = own.children.find((shape) => shape.kind === 'initial')!;
      const targets = initial.targets.map((target) => this.#target(state, target, true));
      this.#connect(state, dot, targets, initial, undefined);
    }
    for (const transition of this.#transitionsOf.get(state)!) {
      if (staysWhereItIs(transition)) continue;
      const targets = transition.targets.map((target) => this.#target(state, target, false));
      this.#connect(state, own, targets, transition, transition.number);
    }
  }

  #connect(
    state: TreeState,
    source: Shape,
    targets: readonly Shape[],
    { label, title }: DrawnTransition,
    transition: number | undefined,
  ): void {
    const arrow = { source, label, title, transition, owner: state.path, continues: false };
    if (targets.length === 1) {
      this.#arrows.push({ ...arrow, target: targets[0]! });
      return;
    }
    const fork = this.#addMark('fork', nearestBox([source, ...targets]));
    this.#arrows.push({ ...arrow, target: fork });
    for (const target of targets)
      this.#arrows.push({ ...arrow, source: fork, target, label: [], transition: undefined, continues: true });
  }

  #target(state: TreeState, target: string, initial: boolean): Shape {
    const child = initial && !/^[#.]/.test(target) ? `.${target}` : target;
    const found = resolveTarget(this.#tree, state, child);
    if (found !== undefined) return this.#byState.get(found)!;
    const known = this.#missing.get(target);
    if (known !== undefined) return known;
    const shape = this.#addMark('missing', this.#shapes[0]!, `? ${target}`);
    this.#missing.set(target, shape);
    return shape;
  }
}

interface NumberedTransition extends DrawnTransition {
  readonly number: number;
}

function staysWhereItIs({ targets }: DrawnTransition): boolean {
  return targets.length === 0;
}

function writtenTransition({ label, title, number }: NumberedTransition): Note {
  return { icon: label[0]?.icon ?? 'event', text: title, transition: number };
}

function nearestBox(shapes: readonly Shape[]): Shape {
  let box = shapes[0]!.parent ?? shapes[0]!;
  while (!shapes.every((shape) => isInside(shape, box)) && box.parent !== undefined) box = box.parent;
  return box;
}

/** Whether a shape stands in a box, at any depth. */
export function isInside(shape: Shape, box: Shape): boolean {
  for (let at = shape.parent; at !== undefined; at = at.parent) if (at === box) return true;
  return false;
}

function titleOf(state: TreeState): string {
  const { id, name, history } = state.definition;
  if (state.kind === 'history') return history === 'deep' ? 'H*' : 'H';
  if (state.parent !== undefined) return state.key;
  return [name, id].find((text) => typeof text === 'string') ?? 'machine';
}
