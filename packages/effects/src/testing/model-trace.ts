// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import type { Json, JsonObject } from '@fsm/core';
import type { Fate } from './random-effects.ts';

export type Outcome =
  | { readonly output: Json }
  | { readonly error: { readonly code: string; readonly message?: string } };

export interface Write {
  readonly at: number;
  readonly path: string;
  readonly value: Json;
}

/** The parameters of all kinds of random effects. */
export interface Node {
  readonly type: string;
  readonly name: string;
  readonly fate: Fate;
  readonly takes?: number;
  readonly sees?: string;
  readonly path: string;
  readonly value: Json;
  readonly expression: string;
  readonly duration: number;
  readonly effect: Node;
  readonly effects: readonly Node[] | { readonly [name: string]: Node };
  readonly concurrency?: number;
  readonly first: 'outcome' | 'success';
  readonly branches: readonly { readonly when: string; readonly then: Node }[];
  readonly otherwise?: Node;
  readonly attempts: number;
  readonly delay: number;
  readonly items: readonly number[];
  readonly fallback: Node;
  readonly compensate: Node;
  readonly steps: readonly { readonly effect: Node; readonly compensate?: Node }[];
}

export interface Place {
  /** Where in the tree, without attempts. */
  readonly id: string;
  /** The same with attempts. */
  readonly trail: string;
  readonly at: number;
  readonly context: JsonObject;
  readonly result: Json;
  readonly attempt: number;
  /** What happened before in the same line of control. */
  readonly past: readonly Happening[];
}

export type Happening =
  | {
      readonly at: number;
      readonly what: 'performed';
      readonly name: string;
      readonly trail: string;
      readonly end: number;
    }
  | { readonly at: number; readonly what: 'answered'; readonly trail: string; readonly outcome: Outcome }
  | {
      readonly at: number;
      readonly what: 'owed';
      readonly id: string;
      readonly trail: string;
      readonly output: Json;
      readonly compensate: Node;
    }
  | { readonly at: number; readonly what: 'undone'; readonly id: string }
  | { readonly at: number; readonly what: 'saga'; readonly id: string; readonly ended: boolean };

export interface Trace {
  /** Nothing when it never ends. */
  readonly outcome: Outcome | undefined;
  readonly end: number;
  readonly writes: readonly Write[];
  readonly happened: readonly Happening[];
}

export const never = Number.POSITIVE_INFINITY;

export function failure(code: string, message?: string): Outcome {
  return { error: message === undefined ? { code } : { code, message } };
}

export type Decide = (index: number, outcome: Outcome) => Outcome | undefined;

/** Starts works in their order, at most `limit` at a time, until `decide` knows the outcome. */
export function sideBySide(
  works: readonly ((place: Place) => Trace)[],
  place: Place,
  limit: number,
  decide: Decide & { readonly none?: Outcome | undefined },
): { readonly trace: Trace } {
  const traces: Trace[] = [];
  const running = new Map<number, Trace>();
  let { at } = place;
  let outcome = decide.none;
  const start = () => {
    while (outcome === undefined && traces.length < works.length && running.size < limit) {
      const index = traces.length;
      const trace = works[index]!({ ...place, at });
      traces.push(trace);
      if (trace.end === at) outcome = decide(index, trace.outcome!);
      else running.set(index, trace);
    }
  };
  start();
  while (outcome === undefined) {
    const [index, next] = [...running].reduce((a, b) => (b[1].end < a[1].end ? b : a));
    if (next.end === never) break;
    at = next.end;
    running.delete(index);
    outcome = decide(index, next.outcome!);
    start();
  }
  const end = outcome === undefined ? never : at;
  const parts = traces.map((trace) => cut(trace, end));
  const writes = parts.flatMap((part) => part.writes);
  const happened = parts.flatMap((part) => part.happened).sort((a, b) => a.at - b.at);
  return { trace: { outcome, end, writes, happened } };
}

/** What it did up to a time at which it was stopped. */
export function cut(trace: Trace, at: number): Trace {
  if (trace.end <= at) return trace;
  const before = (event: { readonly at: number }) => event.at <= at;
  return {
    outcome: undefined,
    end: never,
    writes: trace.writes.filter(before),
    happened: trace.happened.filter(before),
  };
}

/** Goes on where a trace ended. */
export function after(trace: Trace, place: Place, next: (place: Place) => Trace): Trace {
  if (trace.outcome === undefined) return trace;
  const then = next({
    ...place,
    at: trace.end,
    context: written(place.context, trace.writes),
    past: [...place.past, ...trace.happened],
  });
  return {
    ...then,
    writes: [...trace.writes, ...then.writes],
    happened: [...trace.happened, ...then.happened],
  };
}

export function below(place: Place, segment: number | string): Place {
  return { ...place, id: `${place.id}.${segment}`, trail: `${place.trail}.${segment}` };
}

export function attemptAt(place: Place, attempt: number): Place {
  return { ...place, id: `${place.id}.0`, trail: `${place.trail}#${attempt}.0`, attempt };
}

export function isWithin(id: string, around: string): boolean {
  return id === around || id.startsWith(`${around}.`) || id.startsWith(`${around}@`);
}

export function isSuccess({ outcome }: Trace): boolean {
  return outcome !== undefined && 'output' in outcome;
}

export function isFailure({ outcome }: Trace): boolean {
  return outcome !== undefined && 'error' in outcome;
}

export function outputOf({ outcome }: Trace): Json {
  return (outcome as { readonly output: Json }).output;
}

export function written(context: JsonObject, writes: readonly Write[]): JsonObject {
  return writes.reduce((before, { path, value }) => withValue(before, path.split('.'), value), context);
}

function withValue(context: JsonObject, [key = '', ...rest]: readonly string[], value: Json): JsonObject {
  const inner = rest.length === 0 ? value : withValue((context[key] ?? {}) as JsonObject, rest, value);
  return { ...context, [key]: inner };
}

export function valueAt(context: JsonObject, path: string): Json {
  return path.split('.').reduce<Json>((value, key) => (value as JsonObject | null)?.[key] ?? null, context);
}
