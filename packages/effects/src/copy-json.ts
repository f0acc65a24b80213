import { FsmError, type Json } from '@fsm/core';
import { jsonPath } from './json-path.ts';

/** Largest output of one step, in characters of its JSON text (escapes not counted). */
export const resultLimit = 256 * 1024;

const depthLimit = 64;

/**
 * A copy of the value, proven to be JSON of bounded size and depth: what functions return crosses this line before it
 * can be recorded, so what a resumed execution reads is what the first life saw, and nobody can change it afterwards.
 *
 * `undefined` becomes `null` at the top and is left out inside objects, as in `JSON.stringify`; half a surrogate pair,
 * which databases refuse, becomes U+FFFD. A `Date`, a `Map`, `NaN`
 * or an object of a class is refused rather than silently changed.
 *
 * @throws FsmError EFFECT_RESULT with `details.at`, the JSON path of what is wrong inside the value.
 */
export function copyJson(value: unknown): Json {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value === 0 ? 0 : value;
      break;
    case 'string':
      if (value.length < resultLimit) return wellFormed(value);
      break;
    default:
      if (value === null) return null;
  }
  return new Copier().copy(value);
}

function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

class Copier {
  readonly #keys: (string | number)[] = [];
  #left = resultLimit;

  copy(value: unknown): Json {
    switch (typeof value) {
      case 'string':
        this.#spend(value.length + 2);
        return wellFormed(value);
      case 'boolean':
        this.#spend(5);
        return value;
      case 'number':
        if (!Number.isFinite(value)) throw this.#refuse(`${value}`, 'Return null or a finite number.');
        this.#spend(8);
        return value === 0 ? 0 : value;
      case 'object':
        if (value === null) {
          this.#spend(4);
          return null;
        }
        if (this.#keys.length >= depthLimit) {
          throw this.#refuse(
            `nesting beyond ${depthLimit} levels`,
            'Flatten the value, and look for an object that contains itself.',
          );
        }
        return Array.isArray(value) ? this.#list(value) : this.#object(value);
      default:
        throw this.#refuse(
          `a value of type ${typeof value}`,
          'Return plain JSON: strings, numbers, booleans, null, lists and objects.',
        );
    }
  }

  #list(list: readonly unknown[]): Json {
    const copy: Json[] = [];
    this.#spend(2 + list.length);
    for (let index = 0; index < list.length; index += 1) {
      this.#keys.push(index);
      copy.push(this.copy(list[index]));
      this.#keys.pop();
    }
    return copy;
  }

  #object(object: object): Json {
    const prototype = Object.getPrototypeOf(object);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      const name = object.constructor?.name ?? 'a class';
      const hint =
        object instanceof Date
          ? 'Return date.toISOString() or date.getTime().'
          : 'Return a plain object with the fields you need.';
      throw this.#refuse(`an object of class ${name}`, hint);
    }
    const copy: Record<string, Json> = {};
    this.#spend(2);
    for (const key of Object.keys(object)) {
      const value = (object as Record<string, unknown>)[key];
      if (value === undefined) continue;
      this.#keys.push(key);
      if (key === '__proto__' || key === 'constructor' || key === 'prototype') {
        throw this.#refuse(`a key named ${key}`, 'Rename the key: it has a meaning of its own in JavaScript.');
      }
      this.#spend(key.length + 4);
      copy[wellFormed(key)] = this.copy(value);
      this.#keys.pop();
    }
    return copy;
  }

  #spend(characters: number): void {
    this.#left -= characters;
    if (this.#left < 0) {
      throw this.#refuse(
        `more than ${resultLimit / 1024} KB`,
        'Store the data elsewhere and return a reference to it.',
      );
    }
  }

  #refuse(what: string, hint: string): FsmError {
    const at = jsonPath('$', this.#keys);
    return new FsmError('EFFECT_RESULT', `The result holds ${what} at ${at}, which cannot be kept as JSON.`, {
      hint,
      details: { at },
    });
  }
}
