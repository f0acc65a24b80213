import type { MachineEvent } from '../definition/definition.ts';
import type { Json, JsonObject } from '../json.ts';
import { EventClasses } from './event-classes.ts';
import { enterState, exitState } from './operations.ts';
import { type Selection, selectionForEvent } from './selection.ts';
import type { Snapshot } from './snapshot.ts';
import type { Operation, StateNode } from './state-node.ts';
import type { Step } from './step.ts';
import { type DomainRule, nearestDomain } from './transition-domain.ts';

/** Event descriptors of a machine, in classes of event types that match the same ones. */
export interface EventMatching {
  /** The class of an event type; `-1` when no descriptor of the machine matches it. */
  of(type: string): number;
  descriptors(index: number): readonly string[];
}

/** How an invocation ended. */
export type Outcome = { readonly output: Json } | { readonly error: Json };

/**
 * Where the two semantics part: what native machines do as XState v5 does, and machines imported from SCXML as the
 * recommendation says. Everything else of the engine is the same for both.
 */
export interface Rules {
  readonly domainOf: DomainRule;
  /** `byDefault`: its `initial` decided the child; `history`: one of its history states did, standing for its defaults. */
  enter(state: StateNode, byDefault: boolean, history: StateNode | undefined): readonly Operation[];
  exit(state: StateNode): readonly Operation[];
  classes(descriptors: Iterable<string>): EventMatching;
  /** What an event may take, inside and around `root`. */
  select(root: StateNode, active: ReadonlySet<StateNode>, descriptors: readonly string[]): Selection | undefined;
  context(own: JsonObject | undefined, input: JsonObject | undefined): JsonObject;
  /** Before the root is entered. */
  begin(step: Step): void;
  /** Whether an event is looked at although no transition may take it. */
  attends(snapshot: Snapshot): boolean;
  /** Before the transitions of an event from outside are selected. */
  receive(step: Step): void;
  /** When a step has come to rest; returns whether it goes on. */
  rest(step: Step): boolean;
  /** The event that the end of an invocation becomes, and whether the instance fails when nobody handles it. */
  outcome(invocation: string, outcome: Outcome): { readonly event: MachineEvent; readonly fatal: boolean };
}

/** XState v5's rules. */
export const nativeRules: Rules = {
  domainOf: nearestDomain,
  enter: (state, byDefault) => enterState(state, byDefault),
  exit: exitState,
  classes: (descriptors) => new EventClasses(descriptors),
  select: selectionForEvent,
  context: (own, input) => ({ ...own, ...input }),
  begin: () => undefined,
  attends: () => false,
  receive: () => undefined,
  rest: () => false,
  outcome: (invocation, outcome) =>
    'error' in outcome
      ? { event: { type: `error.invoke.${invocation}`, error: outcome.error }, fatal: true }
      : { event: { type: `done.invoke.${invocation}`, output: outcome.output }, fatal: false },
};
