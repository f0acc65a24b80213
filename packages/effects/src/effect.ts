import type { Json } from '@fsm/core';
import type { z } from 'zod';
import type { Compile } from './compile.ts';
import type { Eventual } from './eventual.ts';
import type { EffectExample } from './example.ts';
import type { Step } from './step.ts';

/**
 * How a leaf may be repeated. A `pure` one only computes; an `idempotent` one may be performed again with the same key;
 * a `once` one is never performed again, and ends as EFFECT_UNKNOWN when the process dies in the middle of it.
 */
export type Repeat = 'pure' | 'idempotent' | 'once';

/** Where a kind stands in menus and in the reference. A plugin may add its own. */
export type Category = 'basic' | 'data' | 'machines' | 'composition' | 'reliability' | (string & {});

/**
 * One kind of effect, defined once: validation, JSON Schema, reference and performance all come from here.
 */
export interface EffectKind<Parameters extends z.ZodObject = z.ZodObject> {
  /** What stands in `type`. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly category: Category;
  /** Name of an icon of https://lucide.dev. */
  readonly icon: string;
  /** What the output is, for the reference. */
  readonly output: string;
  /** For leaves; a kind that runs other effects has none. */
  readonly repeat?: Repeat;
  /** Definitions that run, with what they give: the reference shows them and the tests run them. At least one. */
  readonly examples?: readonly EffectExample[];
  /** A strict Zod object with a description on every field. */
  readonly parameters: Parameters;
  /** Called once per place in a definition: compiles what stands in the parameters and says how to perform it. */
  prepare(parameters: z.output<Parameters>, compile: Compile): Performer;
}

/**
 * Defines a kind of effect.
 *
 * ```ts
 * export const shout = defineEffect({
 *   name: 'shout',
 *   summary: 'Says something loudly.',
 *   category: 'basic',
 *   icon: 'megaphone',
 *   output: 'What was said.',
 *   repeat: 'pure',
 *   parameters: z.strictObject({ text: template.describe('What to say.') }),
 *   prepare({ text }, compile) {
 *     const words = compile.template(text, 'text');
 *     return leaf((step) => String(words(step)).toUpperCase());
 *   },
 * });
 *
 * createRegistry({ kinds: [shout] });
 * ```
 */
export function defineEffect<Parameters extends z.ZodObject>(kind: EffectKind<Parameters>): EffectKind<Parameters> {
  return Object.freeze(kind);
}

/** What `prepare` returns: made by `leaf` or `composite`. */
export type Performer = Leaf | Composite;

export interface Leaf {
  readonly options: LeafOptions;
  readonly children?: undefined;
  perform(step: Step): unknown;
}

export interface LeafOptions {
  /** When it differs from the kind's. */
  readonly repeat?: Repeat;
  /** `given`: the step has no output of its own and hands on the result it was given. */
  readonly output?: 'own' | 'given';
  /** It calls `step.write`. */
  readonly writes?: boolean;
}

/** Work of its own. The executor records its outcome; what it returns must be JSON. */
export function leaf(perform: (step: Step) => unknown, options: LeafOptions = {}): Leaf {
  return { perform, options };
}

export interface Composite {
  readonly children: readonly PreparedEffect[];
  readonly options: CompositeOptions;
  perform(step: Step): Eventual<Json>;
}

export interface CompositeOptions {
  /** Its record says what it owes: the second child undoes what the first did. */
  readonly compensates?: boolean;
  /** It undoes what arose below it when it does not end well: a saga. Its record says how it ended. */
  readonly undoes?: boolean;
}

/** How the steps of a child that runs several times are told apart: attempts as `#1`, `#2` …, items as `@0`, `@1` … */
export type Repetition = '#' | '@';

/** Work that consists of other effects, which it runs with `perform`. */
export function composite(
  children: readonly PreparedEffect[],
  perform: (step: Step) => Eventual<Json>,
  options: CompositeOptions = {},
): Composite {
  return { children, perform, options };
}

/** An effect of a definition, checked, compiled and ready to run any number of times. Made by a registry. */
export interface PreparedEffect {
  readonly kind: string;
  /** Position in the effect tree, from the nearest enclosing attempt on. */
  readonly path: string;
  readonly children: readonly PreparedEffect[];
  /** How its children run several times, when they do. */
  readonly repeats: Repetition | undefined;
  /** Whether it, or one below it, may owe a compensation. */
  readonly compensates: boolean;
  /** Whether it itself may. */
  readonly owes: boolean;
  /** Whether it undoes what arose below it when it does not end well. */
  readonly undoes: boolean;
  /** Whether it, or one below it, writes to the context. */
  readonly writes: boolean;
  /** Whether it, or one below it, reads the `results` of a sequence around. */
  readonly readsResults: boolean;
  /** Whether it, or one below it, must not be performed twice. */
  readonly once: boolean;
  readonly leaf: Required<LeafOptions> | undefined;
  perform(step: Step): unknown;
}
