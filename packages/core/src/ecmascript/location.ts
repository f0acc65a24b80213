import type { Expression } from 'acorn';
import { describe } from '../definition/plain.ts';
import { charge, meter } from '../expression/budget.ts';
import { asFsmError, type Fault, failed, invalid, type Origin } from '../expression/fault.ts';
import { withoutParentheses } from '../expression/syntax-facts.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Code } from './code.ts';
import { compileWhole, copier, topLevel } from './compile.ts';
import { keyCode } from './compile-target.ts';
import type { DataModelOptions, DataScope } from './data-model.ts';
import { isSpecial } from './data-values.ts';
import { Evaluation } from './evaluation.ts';
import { evaluateCode, locatedError } from './expression.ts';
import { expressionLimits } from './limits.ts';
import { noValue, propertyKey } from './member.ts';
import { parseExpression } from './syntax.ts';

/** A place in the data model. */
export interface DataLocation {
  readonly source: string;
  /** The data with `value` there; `undefined` takes the value away. What is not on the way to it is kept, not copied. */
  assign(scope: DataScope, value: Json | undefined): JsonObject;
}

/**
 * Compiles a location: a name of the data model, or properties and items below one.
 *
 * ```ts
 * const location = compileLocation('order.lines[0].price');
 * location.assign({ data: { order: { lines: [{}] } }, declared: new Set(), system: {}, isActive: () => false }, 5);
 * // { order: { lines: [{ price: 5 }] } }
 * ```
 *
 * An assignment fails with `EXPRESSION_FAILED` when nothing declared the name, when it is a system variable, and when
 * there is no object or list to write into.
 *
 * @throws FsmError `EXPRESSION_INVALID` with `details: { reason, expression, position, line, column }`
 */
export function compileLocation(source: string, options: DataModelOptions = {}): DataLocation {
  const origin: Origin = { source, text: source, offset: 0, path: options.path };
  const { root, keys } = compiled(origin);
  return {
    source,
    assign(scope, value) {
      try {
        return withValue(scope, root, keysIn(scope, keys), value);
      } catch (error) {
        throw locatedError(error, origin);
      }
    },
  };
}

interface Key {
  readonly code: Code;
  readonly position: number;
}

/** A key as it is found, with the place of it in the source. */
interface FoundKey {
  readonly key: string;
  readonly position: number;
}

function compiled(origin: Origin): { readonly root: FoundKey; readonly keys: readonly Key[] } {
  try {
    const syntax = parseExpression(origin.source, expressionLimits);
    compileWhole(syntax, origin, expressionLimits);
    return placeOf(syntax, origin);
  } catch (error) {
    throw asFsmError(error, origin);
  }
}

function placeOf(syntax: Expression, origin: Origin): { readonly root: FoundKey; readonly keys: readonly Key[] } {
  const node = withoutParentheses(syntax);
  if (node.type === 'Identifier') return { root: { key: node.name, position: node.start }, keys: [] };
  if (node.type !== 'MemberExpression') {
    throw invalid(
      'LOCATION',
      'This is not a location',
      node.start,
      'Write a name, or properties of one: `order.lines[0]`.',
    );
  }
  const { root, keys } = placeOf(node.object as Expression, origin);
  return { root, keys: [...keys, { code: keyCode(node, topLevel(origin)), position: node.property.start }] };
}

function keysIn(scope: DataScope, keys: readonly Key[]): FoundKey[] {
  return keys.map(({ code, position }) => ({
    key: propertyKey(evaluateCode(code, scope, expressionLimits), position),
    position,
  }));
}

function withValue(scope: DataScope, root: FoundKey, keys: readonly FoundKey[], value: Json | undefined): JsonObject {
  const { data } = scope;
  meter.left = expressionLimits.steps;
  const evaluation = new Evaluation(scope, copier, false);
  // refuses what a script may not assign either
  evaluation.write(root.key, undefined, root.position);
  const before = Object.hasOwn(data, root.key) ? data[root.key] : undefined;
  const json = keys.length === 0 ? value : withMember(before, keys, value);
  const { [root.key]: _, ...others } = data;
  if (json === undefined) return others;
  return { ...data, [root.key]: json };
}

function withMember(container: Json | undefined, keys: readonly FoundKey[], value: Json | undefined): Json {
  const [first, ...rest] = keys as [FoundKey, ...FoundKey[]];
  const { key, position } = first;
  if (container === undefined || container === null) throw noValue(container, key, position);
  if (typeof container !== 'object' || isSpecial(container)) {
    throw failed(
      'READ_ONLY',
      `Cannot write "${key}" of ${describe(container)}`,
      position,
      'Only objects and lists change.',
    );
  }
  const before = Object.hasOwn(container, key) ? (container as JsonObject)[key] : undefined;
  const json = rest.length === 0 ? value : withMember(before, rest, value);
  if (isList(container)) return withItem(container, first, json ?? null);
  charge(Object.keys(container).length / 8);
  if (json !== undefined) return { ...container, [key]: json };
  const { [key]: _, ...others } = container;
  return others;
}

function withItem(list: readonly Json[], { key, position }: FoundKey, item: Json): readonly Json[] {
  const index = Number(key);
  if (!Number.isInteger(index) || index < 0 || String(index) !== key) throw noItem(key, position);
  charge(list.length / 8 + Math.max(0, index - list.length));
  const copy = [...list];
  while (copy.length < index) copy.push(null);
  copy[index] = item;
  return copy;
}

function noItem(key: string, position: number): Fault {
  return failed('LIST_KEY', `A list has no item "${key}"`, position, 'Use a number from 0.');
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
