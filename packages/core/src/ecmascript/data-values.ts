import { maxDepth } from '../definition/limits.ts';
import { charge } from '../expression/budget.ts';
import { valueTooDeep } from '../expression/coerce.ts';
import { Fault } from '../expression/fault.ts';
import type { ExpressionLimits } from '../expression/limits.ts';
import { Conversion, type ForeignValues } from '../expression/result.ts';
import type { Json, JsonObject } from '../json.ts';
import { FunctionValue } from './function-value.ts';
import { RegexValue } from './regex-value.ts';
import { XmlElementValue, xmlOfText } from './xml.ts';

/**
 * Data are JSON; what scripts work with is more. `{ "$function": "…" }` of the data model is a function while a script
 * runs, `{ "$xml": "…" }` an element; both become JSON again at its end.
 *
 * Only the data model makes functions. In what comes from outside, `$function` is a key like any other, and a value with
 * it cannot be stored: a sender of events must not smuggle in code that the data model would call later.
 */
export class Copier {
  readonly #functionOf: (source: string) => FunctionValue;

  constructor(functionOf: (source: string) => FunctionValue) {
    this.#functionOf = functionOf;
  }

  copyData(value: Json): unknown {
    return this.#copy(value, true, 0);
  }

  copySystem(value: unknown): unknown {
    return this.#copy(value, false, 0);
  }

  #copy(value: unknown, ownFunctions: boolean, depth: number): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= maxDepth) throw valueTooDeep();
    if (Array.isArray(value)) {
      charge(value.length / 8);
      return value.map((item) => this.#copy(item, ownFunctions, depth + 1));
    }
    const special = specialText(value);
    if (special?.key === '$xml') return xmlOfText(special.text);
    if (special !== undefined && ownFunctions) return this.#functionOf(special.text);
    const keys = Object.keys(value);
    charge((1 + keys.length) / 8);
    const copy: Record<string, unknown> = {};
    for (const key of keys) {
      const item = this.#copy((value as Record<string, unknown>)[key], ownFunctions, depth + 1);
      // an assignment to `__proto__`, which JSON may hold, would make no property
      if (key === '__proto__') Object.defineProperty(copy, key, { value: item, enumerable: true });
      else copy[key] = item;
    }
    return copy;
  }
}

/** `{ "$function": text }` or `{ "$xml": text }`: an object with this one key. */
function specialText(value: object): { readonly key: '$function' | '$xml'; readonly text: string } | undefined {
  const key = Object.hasOwn(value, '$function') ? '$function' : Object.hasOwn(value, '$xml') ? '$xml' : undefined;
  if (key === undefined || Object.keys(value).length !== 1) return undefined;
  const text = (value as JsonObject)[key];
  return typeof text === 'string' ? { key, text } : undefined;
}

/** Whether a function or XML is somewhere in it. Data never change, so an answer holds for ever. */
export function holdsSpecial(value: object): boolean {
  let known = special.get(value);
  if (known === undefined) {
    known =
      specialText(value) !== undefined || Object.values(value).some((item) => isObject(item) && holdsSpecial(item));
    special.set(value, known);
  }
  return known;
}

const special = new WeakMap<object, boolean>();

/** Whether a value is a function or XML, and so has no members that could be written. */
export function isSpecial(value: Json): boolean {
  return isObject(value) && specialText(value) !== undefined;
}

/** Whether two values have the same JSON text: then the old one is kept, and nothing has changed. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  const others = Object.keys(b);
  return (
    keys.length === others.length &&
    keys.every((key, index) => key === others[index] && sameJson((a as JsonObject)[key], (b as JsonObject)[key]))
  );
}

/** About the length of a value's JSON text. That of an object is remembered: data never change. */
export function sizeOf(value: Json): number {
  if (!isObject(value)) return lengthOf(value);
  let known = sizes.get(value);
  if (known === undefined) {
    known = lengthOf(value);
    sizes.set(value, known);
  }
  return known;
}

const sizes = new WeakMap<object, number>();

function lengthOf(value: Json): number {
  if (typeof value === 'string') return value.length + 3;
  if (!isObject(value)) return 4;
  let length = 4;
  for (const key of Object.keys(value)) {
    length += lengthOf((value as JsonObject)[key]!) + (Array.isArray(value) ? 0 : key.length + 3);
  }
  return length;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What a script made, as JSON: one conversion for all parts of a result, which have a size together. */
export function dataConversion(limits: ExpressionLimits): Conversion {
  return new Conversion(limits, foreignValues);
}

const foreignValues: ForeignValues = {
  toJson(value) {
    if (value instanceof FunctionValue) return functionJson(value);
    if (value instanceof XmlElementValue) return { $xml: value.source };
    if (value instanceof RegexValue) {
      throw new Fault('EXPRESSION_RESULT', 'NOT_JSON', `The result contains ${value.text}, which is not JSON`, {
        hint: 'Write the regular expression where it is used.',
      });
    }
    return undefined;
  },
  isReserved: (key) => key === '$function',
};

function functionJson(value: FunctionValue): Json {
  if (value.isPortable) return { $function: value.source };
  const names = [...value.code.outerNames].map((name) => `\`${name}\``).join(', ');
  throw new Fault(
    'EXPRESSION_RESULT',
    'NOT_PORTABLE',
    `The result contains a function that refers to ${names} of the code around it`,
    {
      hint: 'Only functions that stand alone can be stored: pass what they need as arguments, or keep it in the data model.',
    },
  );
}
