import type { Command, ErrorRecord, Json, JsonObject, MachineEvent, MachineReference } from '@fsm/core';
import type { StepOutcome, StepRecord } from '@fsm/effects';
import type { FamilyOrder, ParentLink } from './family.ts';
import type { Notice } from './notice.ts';
import type { Listens } from './subscription.ts';

/**
 * What can happen to an instance. A journal line is one fact with the place and time it got and the decision it led to;
 * folding the facts from the first to the last gives the instance's state again, always (see `state.ts`).
 */
export type Fact =
  | CreateFact
  | EventFact
  | TimerFact
  | StepFact
  | DoneFact
  | FailedFact
  | CompensatingFact
  | CompensatedFact
  | SentFact
  | HeardFact
  | FamilyFact
  | FaultFact
  | RefusedFact
  | DestroyFact;

export interface CreateFact {
  readonly kind: 'create';
  readonly tenant: string;
  readonly instance: string;
  readonly machine: MachineReference;
  /** Merged over the definition's context. */
  readonly input?: JsonObject;
  /** The instance each subscription listens to; every one when absent. */
  readonly listens?: Listens;
  /** The step of another instance that asked for it. */
  readonly parent?: ParentLink;
}

/** An event from outside or from another instance (`from`). */
export interface EventFact {
  readonly kind: 'event';
  readonly type: string;
  readonly data?: Json;
  readonly id?: string;
  readonly from?: string;
  /** How many events to listeners led to this one. */
  readonly hops?: number;
  /** The trace it was sent with, as W3C Trace Context writes it. */
  readonly traceparent?: string;
  /** SCXML: how it came here. */
  readonly delivery?: MachineEvent['delivery'];
  /** The waiting step it went to, because no transition took it. */
  readonly woke?: Woke;
}

/** A step that an event was for, and how it ended; its output is the event when that is not said. */
export interface Woke {
  readonly invocation: string;
  readonly incarnation: number;
  readonly path: string;
  readonly step?: StepOutcome;
}

/** A child ended, which is the outcome of a step here; or the parent does not want this instance any more. */
export type FamilyFact = FamilyOrder & {
  readonly from: string;
  /** Of the order, so that it counts once. */
  readonly id: string;
};

export interface TimerFact {
  readonly kind: 'timer';
  readonly timer: string;
  readonly incarnation: number;
}

/** One step of an execution became known. */
export interface StepFact {
  readonly kind: 'step';
  readonly invocation: string;
  readonly incarnation: number;
  readonly path: string;
  readonly step: StepRecord;
}

export interface DoneFact {
  readonly kind: 'done';
  readonly invocation: string;
  readonly incarnation: number;
  readonly output: Json;
}

export interface FailedFact {
  readonly kind: 'failed';
  readonly invocation: string;
  readonly incarnation: number;
  readonly error: ErrorRecord;
  /** It was stopped from outside, and what it did is undone. */
  readonly cancelled?: true;
}

/** One step of undoing what a cancelled execution did became known. */
export interface CompensatingFact {
  readonly kind: 'compensating';
  readonly invocation: string;
  readonly incarnation: number;
  readonly path: string;
  readonly step: StepRecord;
}

/** What a cancelled execution did is undone, but for what could not be. */
export interface CompensatedFact {
  readonly kind: 'compensated';
  readonly invocation: string;
  readonly incarnation: number;
  /** Step paths in the order in which they were undone. */
  readonly compensated: readonly string[];
  readonly failed: readonly { readonly path: string; readonly error: Json }[];
}

/** A send of this instance reached its target, or never will (`error`). */
export interface SentFact {
  readonly kind: 'sent';
  readonly id: string;
  readonly error?: ErrorRecord;
}

/** Listeners have an event that this instance made for them, or never will. */
export interface HeardFact {
  readonly kind: 'heard';
  /** The notice: `<instance>/<line>.n<index>`. */
  readonly id: string;
  readonly by: readonly string[];
}

/** A timer or an outcome could not be handled: the machine failed and nobody outside can be told. */
export interface FaultFact {
  readonly kind: 'fault';
  readonly error: ErrorRecord;
  /** The fact that could not be handled. */
  readonly during: Fact;
}

/** An event with an id that the machine failed on: it changed nothing, and the same id will be refused the same way. */
export interface RefusedFact {
  readonly kind: 'refused';
  readonly type: string;
  readonly data?: Json;
  readonly id: string;
  readonly from?: string | undefined;
  readonly error: ErrorRecord;
}

export interface DestroyFact {
  readonly kind: 'destroy';
}

/** A fact as it stands in the journal. */
export type Entry = Fact & {
  /** Position in the instance's journal, dense from 1. */
  readonly sequence: number;
  /** When it was handled, in milliseconds since the epoch. */
  readonly at: number;
  /** Whether a transition took it. */
  readonly taken: boolean;
  /** The configuration it led to, when that changed. */
  readonly to?: readonly string[];
  /** What the host was told to do, when anything. */
  readonly commands?: readonly Command[];
  /** Events for those who listened when it was decided. */
  readonly notices?: readonly Notice[];
};

const quotedTypes = new Map<string, string>();
const quotedConfigurations = new WeakMap<readonly string[], string>();

function quotedType(type: string): string {
  let text = quotedTypes.get(type);
  if (text === undefined) {
    text = JSON.stringify(type);
    if (quotedTypes.size < 10_000) quotedTypes.set(type, text);
  }
  return text;
}

function quotedConfiguration(configuration: readonly string[]): string {
  let text = quotedConfigurations.get(configuration);
  if (text === undefined) {
    text = JSON.stringify(configuration);
    quotedConfigurations.set(configuration, text);
  }
  return text;
}

/**
 * The canonical text of a line: fixed key order, no spaces. Events are the hot path and are put together by hand;
 * `dataText` is their data as JSON, which the caller has already made to measure it.
 */
export function encodeEntry(
  fact: Fact,
  sequence: number,
  at: number,
  taken: boolean,
  to: readonly string[] | undefined,
  commands: readonly Command[],
  dataText: string | undefined,
  notices: readonly Notice[] | undefined,
): string {
  let text = `{"sequence":${sequence},"at":${at},"kind":"${fact.kind}",`;
  if (fact.kind === 'event') {
    text += `"type":${quotedType(fact.type)},`;
    if (fact.id !== undefined) text += `"id":"${fact.id}",`;
    if (fact.from !== undefined) text += `"from":"${fact.from}",`;
    if (fact.hops !== undefined) text += `"hops":${fact.hops},`;
    if (fact.traceparent !== undefined) text += `"traceparent":"${fact.traceparent}",`;
    if (dataText !== undefined) text += `"data":${dataText},`;
    if (fact.delivery !== undefined) text += `"delivery":${JSON.stringify(fact.delivery)},`;
    if (fact.woke !== undefined) text += `"woke":${JSON.stringify(fact.woke)},`;
  } else {
    const { kind: _, ...rest } = fact;
    const body = JSON.stringify(rest);
    if (body.length > 2) text += `${body.slice(1, -1)},`;
  }
  text += taken ? '"taken":true' : '"taken":false';
  if (to !== undefined) text += `,"to":${quotedConfiguration(to)}`;
  if (commands.length > 0) text += `,"commands":${JSON.stringify(commands)}`;
  if (notices !== undefined) text += `,"notices":${JSON.stringify(notices)}`;
  return `${text}}`;
}

export function decodeEntry(text: string): Entry {
  return JSON.parse(text) as Entry;
}
