import { describe, isHostileKey, isPlainObject } from '../definition/plain.ts';
import type { Json, JsonObject } from '../json.ts';
import { valueTooDeep } from './coerce.ts';
import { Fault } from './fault.ts';
import type { ExpressionLimits } from './limits.ts';

/**
 * A value as plain JSON, or `undefined`. Parts that are JSON already are kept, not copied; the others become what
 * `JSON.stringify` makes of them: an absent property is dropped, an absent item is `null`, -0 is 0. But `NaN` and the
 * infinities are errors, because a `null` in their place would hide a mistake; so are getters and instances of classes.
 * A half of a surrogate pair, which slicing an emoji leaves and databases refuse, becomes U+FFFD.
 */
export function toJson(value: unknown, limits: ExpressionLimits): Json | undefined {
  if (typeof value === 'number') return toFinite(value);
  if (typeof value === 'boolean' || value === null || value === undefined) return value;
  return new Conversion(limits).convert(value, 1);
}

/** How values that JSON does not know become JSON: another dialect has functions, for example. */
export interface ForeignValues {
  /** The JSON of a value that is neither JSON-like nor plain; `undefined` refuses it. */
  toJson(value: object): Json | undefined;
  /** Keys that plain objects must not have, because only {@link toJson} gives them. */
  isReserved(key: string): boolean;
}

/** Converts the parts of one result, which count towards one size. */
export class Conversion {
  readonly #limits: ExpressionLimits;
  readonly #foreign: ForeignValues | undefined;
  #size = 0;

  constructor(limits: ExpressionLimits, foreign?: ForeignValues) {
    this.#limits = limits;
    this.#foreign = foreign;
  }

  convert(value: unknown, depth: number): Json | undefined {
    if (typeof value === 'string') return this.#text(value);
    this.#grow(4);
    if (typeof value === 'number') return toFinite(value);
    if (typeof value === 'boolean' || value === null || value === undefined) return value;
    if (depth > this.#limits.depth) throw valueTooDeep();
    if (Array.isArray(value)) return this.#list(value, depth);
    if (isPlainObject(value)) return this.#object(value, depth);
    const json = typeof value === 'object' ? this.#foreign?.toJson(value) : undefined;
    if (json === undefined) throw notJson(describe(value));
    this.#grow(JSON.stringify(json).length);
    return json;
  }

  #text(text: string): string {
    this.#grow(text.length + 3);
    return text.isWellFormed() ? text : text.toWellFormed();
  }

  #list(list: readonly unknown[], depth: number): readonly Json[] {
    // what `match` returns has further properties
    let copy: Json[] | undefined = Object.hasOwn(list, 'index') ? [] : undefined;
    for (let index = 0; index < list.length; index++) {
      const json = this.convert(list[index], depth + 1) ?? null;
      if (copy === undefined && !Object.is(json, list[index])) copy = list.slice(0, index) as Json[];
      copy?.push(json);
    }
    return copy ?? (list as readonly Json[]);
  }

  #object(object: Record<string, unknown>, depth: number): JsonObject {
    let copy: Record<string, Json> | undefined;
    const keys = Object.keys(object);
    for (const [index, key] of keys.entries()) {
      if (isHostileKey(key))
        throw new Fault('EXPRESSION_RESULT', 'HOSTILE_KEY', `The key "${key}" is not allowed in a result`);
      if (this.#foreign?.isReserved(key)) {
        throw new Fault('EXPRESSION_RESULT', 'RESERVED_KEY', `The key "${key}" is reserved in a result`);
      }
      this.#grow(key.length + 3);
      const { value, get } = Object.getOwnPropertyDescriptor(object, key)!;
      if (get !== undefined) throw notJson(`the getter "${key}"`);
      const json = this.convert(value, depth + 1);
      if (copy === undefined && (!Object.is(json, value) || json === undefined || !key.isWellFormed())) {
        copy = Object.fromEntries(keys.slice(0, index).map((before) => [before, object[before] as Json]));
      }
      if (copy !== undefined && json !== undefined) copy[key.toWellFormed()] = json;
    }
    return copy ?? (object as JsonObject);
  }

  #grow(size: number): void {
    this.#size += size;
    if (this.#size <= this.#limits.resultSize) return;
    throw new Fault(
      'EXPRESSION_RESULT',
      'RESULT_SIZE',
      `The result is larger than ${this.#limits.resultSize} characters`,
      {
        hint: 'Keep what is needed with `slice`, `map` or single properties.',
      },
    );
  }
}

function toFinite(value: number): number {
  if (value === 0) return 0;
  if (Number.isFinite(value)) return value;
  throw new Fault('EXPRESSION_RESULT', 'NOT_A_NUMBER', `The result contains ${value}, which JSON cannot hold`, {
    hint: 'Give a default, for example `x || 0`, or check with `Number.isFinite(x)`.',
  });
}

function notJson(what: string): Fault {
  return new Fault('EXPRESSION_RESULT', 'NOT_JSON', `The result contains ${what}, which is not JSON`);
}
