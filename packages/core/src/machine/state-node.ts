import type { EffectDefinition, InvokeDefinition, MachineEvent, StateDefinition } from '../definition/definition.ts';
import type { Json } from '../json.ts';
import type { Step } from './step.ts';

export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

/**
 * A state of a compiled machine. Its numbers are document order, so that "is a descendant of" is a range check and
 * every order the semantics ask for is a comparison of two integers.
 */
export interface StateNode {
  /** Position in document order; the root is 0. */
  readonly index: number;
  /** Position of its last descendant, or its own. */
  last: number;
  readonly key: string;
  /** Keys from the root, joined with dots; `''` for the root. */
  readonly path: string;
  /** The `id` given in the definition, or the machine's id and the path: what stands behind `#` in targets. */
  readonly id: string;
  readonly kind: StateKind;
  readonly depth: number;
  readonly parent: StateNode | undefined;
  readonly definition: StateDefinition;
  readonly tags: readonly string[];
  /** Children that can be active: all but the history states. */
  readonly children: StateNode[];
  readonly histories: StateNode[];
  /** Of a history state. */
  readonly history: 'shallow' | 'deep' | undefined;

  // What follows refers to other states and is filled in once all of them exist.

  initial: InitialTransition | undefined;
  /** What a history state stands for while nothing is recorded; the parent's initial child or regions when empty. */
  defaults: readonly StateNode[];
  /** What a history state does when it stands for its defaults. */
  defaultActions: readonly Operation[];
  /** SCXML: gives the state's data their values. */
  data: readonly Operation[];
  /** By event descriptor, in the order written. */
  transitions: ReadonlyMap<string, readonly Transition[]>;
  always: readonly Transition[];
  entry: readonly Operation[];
  exit: readonly Operation[];
  timers: readonly AfterTimer[];
  invocations: readonly InvocationEntry[];
  /** Effects of its actions and before its transitions, numbered on from its invocations. */
  readonly otherEffects: EffectDefinition[];
  output: Evaluator | undefined;
}

export interface InitialTransition {
  /** One child; in SCXML also deeper states, several when they lie in different regions. */
  readonly targets: readonly StateNode[];
  readonly actions: readonly Operation[];
}

export interface Transition {
  /** Unique within the machine. */
  readonly index: number;
  /** JSON path in the definition, by which traces name it. */
  readonly path: string;
  readonly source: StateNode;
  /** Empty for a transition that moves nowhere. */
  readonly targets: readonly StateNode[];
  readonly guard: Guard | undefined;
  readonly actions: readonly Operation[];
  readonly reenter: boolean;
  /** What must succeed first: the number of the effect among those of the source. */
  readonly before: number | undefined;
  /** `{}`: it takes part in the selection, so it keeps ancestors from handling the event, and does nothing. */
  readonly forbidden: boolean;
}

/** One instant thing a step does: an action, an armed timer, a raised done event. */
export interface Operation {
  /** JSON path in the definition, for errors. */
  readonly path: string;
  run(step: Step): void;
}

export interface Guard {
  readonly path: string;
  test(step: Step): boolean;
}

export interface Evaluator {
  readonly path: string;
  evaluate(step: Step): Json;
}

export interface AfterTimer {
  readonly id: string;
  readonly event: MachineEvent;
  /** Milliseconds, when they do not depend on anything. */
  delay(step: Step): number;
  readonly path: string;
}

export interface InvocationEntry {
  readonly id: string;
  readonly index: number;
  readonly effect: EffectDefinition;
  readonly definition: InvokeDefinition | undefined;
  readonly path: string;
}

/** Whether `node` lies strictly inside `ancestor`; everything lies inside `undefined`, the place around the root. */
export function isDescendant(node: StateNode, ancestor: StateNode | undefined): boolean {
  return ancestor === undefined || (node.index > ancestor.index && node.index <= ancestor.last);
}

export function isLeaf(node: StateNode): boolean {
  return node.kind === 'atomic' || node.kind === 'final';
}

export function byDocumentOrder(a: StateNode, b: StateNode): number {
  return a.index - b.index;
}
