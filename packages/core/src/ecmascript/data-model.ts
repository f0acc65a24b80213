/**
 * The ECMAScript data model of SCXML: expressions, locations and scripts over named JSON values.
 *
 * Text becomes a syntax tree (`syntax.ts`, which also says what there is of the language), the tree closures
 * (`compile.ts`), and a run of these is an {@link Evaluation} over a {@link DataScope}. It reads the data as they are for
 * as long as nothing changes an object, and a private copy afterwards; it never writes to what it was given. What leaves
 * it is JSON again (`data-values.ts`). No text is ever handed to the JavaScript engine: a script reaches its own values,
 * the data model and the pure functions of `globals.ts`, and each run has a number of steps, as native expressions do.
 *
 * It is JavaScript in strict mode, except:
 *
 * - Two objects are equal (`==`, `===`, `switch`, `indexOf`) when their data are, because data are values: a snapshot
 *   that went through JSON must behave as the machine it was taken of. An absent member is as good as an undefined one.
 * - Only own properties exist, and the methods of texts, numbers, lists, functions, regular expressions and XML by name:
 *   there are no prototypes, and `constructor`, `prototype` and `__proto__` are refused everywhere.
 * - `var` and functions at the top level of a script are data; `let` and `const` there end with the script. A name that
 *   nothing declared cannot be assigned.
 * - Lists have no holes. Regular expressions are RE2 without state. There is no clock, no chance, no locale.
 * - No classes, generators, `async`, getters and setters, tagged templates, `with`, `eval`.
 *
 * A function in the data is `{ "$function": "its text" }`, XML is `{ "$xml": "its text" }`.
 */
import type { JsonObject } from '../json.ts';

export { compileDataExpression, type DataExpression } from './expression.ts';
export { compileLocation, type DataLocation } from './location.ts';
export { compileScript, type DataScript } from './script.ts';
export { compileDataTemplate, type DataTemplate } from './template.ts';

export interface DataModelOptions {
  /** JSON path of the text, for its errors. */
  readonly path?: string;
}

/** What an expression or script sees. Names are looked up as locals, here from top to bottom, then as globals. */
export interface DataScope {
  /** `_event`, `_name` and the like: can be read, never assigned. One with the value `undefined` reads as `undefined`. */
  readonly system: Readonly<Record<string, unknown>>;
  /** The data model. */
  readonly data: JsonObject;
  /** Names that exist though they have no value: they read as `undefined` and can be assigned. */
  readonly declared: ReadonlySet<string>;
  /** `In('id')`. */
  isActive(stateId: string): boolean;
}
