import { suggest } from '../definition/suggest.ts';
import { charge } from '../expression/budget.ts';
import { Fault, failed } from '../expression/fault.ts';
import { absentNames } from '../expression/functions.ts';
import type { JsonObject } from '../json.ts';
import type { DataScope } from './data-model.ts';
import { type Copier, holdsSpecial } from './data-values.ts';
import { forgetMakers } from './function-value.ts';
import { globals, inPredicate } from './globals.ts';
import { maxCallDepth } from './limits.ts';

/**
 * One run of an expression or script over the data model. It never writes to the data it was given: names that are
 * assigned, and objects that could be changed, are private copies, made when they are read first.
 *
 * Most expressions change nothing. They start with `copies` off and read the data itself; the first write to an object
 * throws {@link writeNeedsCopies}, and the evaluation starts again with copies. Nothing has happened until then.
 */
export class Evaluation {
  readonly scope: DataScope;
  /** What a function returns, on the way from its `return` to its call. */
  returned: unknown;
  readonly #copier: Copier;
  readonly #copies: boolean;
  readonly #declares: ReadonlySet<string>;
  /** What the names of the data model are now, as far as they were copied or written. */
  readonly #values = new Map<string, unknown>();
  readonly #system = new Map<string, unknown>();
  #depth = 0;

  constructor(scope: DataScope, copier: Copier, copies: boolean, declares: ReadonlySet<string> = nothing) {
    this.scope = scope;
    this.#copier = copier;
    this.#copies = copies;
    this.#declares = declares;
    forgetMakers();
  }

  /** The private values, by name: what may differ from the data. */
  get values(): ReadonlyMap<string, unknown> {
    return this.#values;
  }

  read(name: string, position: number): unknown {
    if (this.isSystem(name)) return this.#readSystem(name);
    if (this.#values.has(name)) return this.#values.get(name);
    if (Object.hasOwn(this.scope.data, name)) return this.#readData(name);
    if (this.#isDeclared(name)) return undefined;
    if (name === 'In') return inPredicate;
    if (globals.has(name)) return globals.get(name);
    throw this.#unknown(name, position);
  }

  /** Whether {@link read} finds the name. */
  knows(name: string): boolean {
    return this.isSystem(name) || this.#isData(name) || name === 'In' || globals.has(name);
  }

  isSystem(name: string): boolean {
    return Object.hasOwn(this.scope.system, name);
  }

  write(name: string, value: unknown, position: number): void {
    if (this.isSystem(name)) throw systemName(name, position);
    if (!this.#isData(name)) {
      if (name === 'In' || globals.has(name)) throw failed('CONST', `\`${name}\` cannot be assigned`, position);
      throw this.#unknown(name, position);
    }
    this.#values.set(name, value);
  }

  /** Called before an object changes that may be part of the data. */
  prepareWrite(): void {
    if (!this.#copies) throw writeNeedsCopies;
  }

  enter(depth: number, position: number): void {
    this.#depth += depth;
    if (this.#depth <= maxCallDepth) return;
    throw new Fault('EXPRESSION_LIMIT', 'CALL_DEPTH', 'Functions call each other too deeply', {
      position,
      hint: 'Check that the recursion ends, or write a loop.',
    });
  }

  leave(depth: number): void {
    this.#depth -= depth;
  }

  #isData(name: string): boolean {
    return this.#values.has(name) || Object.hasOwn(this.scope.data, name) || this.#isDeclared(name);
  }

  #isDeclared(name: string): boolean {
    return this.scope.declared.has(name) || this.#declares.has(name);
  }

  #readData(name: string): unknown {
    const value = (this.scope.data as JsonObject)[name];
    if (typeof value !== 'object' || value === null || !(this.#copies || holdsSpecial(value))) return value;
    const copy = this.#copier.copyData(value);
    this.#values.set(name, copy);
    return copy;
  }

  #readSystem(name: string): unknown {
    const value = this.scope.system[name];
    if (typeof value !== 'object' || value === null || !(this.#copies || holdsSpecial(value))) return value;
    if (!this.#system.has(name)) this.#system.set(name, this.#copier.copySystem(value));
    return this.#system.get(name);
  }

  #unknown(name: string, position: number): Fault {
    const because = Object.hasOwn(absentNames, name) ? foreignNames[name] : undefined;
    const names = [
      ...Object.keys(this.scope.data),
      ...this.scope.declared,
      ...Object.keys(this.scope.system),
      'In',
      ...globals.keys(),
    ];
    // a script may fail again and again
    charge(names.length);
    const near = suggest(name, names);
    const hint = because ?? (near === undefined ? 'Declare it in the data model first.' : `Did you mean \`${near}\`?`);
    return failed('NAME', `\`${name}\` is not defined`, position, hint);
  }
}

/** Names people try for which the native expressions have an answer that holds here too. */
const foreignNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['process', 'require', 'console', 'fetch', 'Symbol', 'Map', 'Set', 'Intl', 'BigInt'].map((name) => [
      name,
      absentNames[name] ?? '',
    ]),
  ),
  Date: 'The data model has no clock: send the time with an event.',
  Function: 'Write the function itself.',
  eval: 'Write the expression itself.',
};

/** Ends an evaluation that has to start again with copies. */
export const writeNeedsCopies = Symbol('writeNeedsCopies');

export function systemName(name: string, position: number): Fault {
  return failed('SYSTEM_VARIABLE', `\`${name}\` is a system variable, which cannot be assigned`, position);
}

const nothing: ReadonlySet<string> = new Set();
