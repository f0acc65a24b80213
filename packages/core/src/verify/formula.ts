import type { Node } from 'acorn';
import type { GuardDefinition } from '../definition/definition.ts';
import { isGuardName } from '../definition/name.ts';
import { areExclusive, type Chart, type ChartState, isInside } from './chart.ts';
import { type Constant, constantOf, type Syntax, staticPath, syntaxOf, unwrapped } from './expression-syntax.ts';

/**
 * A guard as logic. What can be reasoned about are comparisons of one path with constants; every other part is an
 * unknown that is the same wherever the same text stands, because all guards of one selection see the same data.
 */
export type Formula =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'unknown'; readonly name: string }
  | {
      readonly kind: 'test';
      /** `context.amount` */
      readonly variable: string;
      readonly constant: Constant;
      /** Whether the constant is compared; a test alone asks whether the value is truthy. */
      readonly holds: (value: unknown) => boolean;
    }
  | { readonly kind: 'not'; readonly part: Formula }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] };

export const always: Formula = { kind: 'constant', value: true };
const never: Formula = { kind: 'constant', value: false };

export const not = (part: Formula): Formula => ({ kind: 'not', part });
export const and = (...parts: readonly Formula[]): Formula => ({ kind: 'and', parts });

/** The guard of a transition of `source`; no guard is always true. */
export function guardFormula(guard: GuardDefinition | undefined, source: ChartState, chart: Chart): Formula {
  if (guard === undefined) return always;
  if (typeof guard === 'function') return unknown(`function ${functionNumber(guard)}`);
  if (typeof guard === 'string') {
    // it may have side effects, and fails quietly, so that not even the same text gives the same answer
    if (chart.scxml) return unknown(`scxml ${++unknownsMade}`);
    return isGuardName(guard) ? unknown(`guard ${guard}`) : expressionFormula(guard);
  }
  if ('type' in guard) return unknown(`guard ${guard.type} ${JSON.stringify(guard.params)}`);
  if ('and' in guard) return { kind: 'and', parts: guard.and.map((part) => guardFormula(part, source, chart)) };
  if ('or' in guard) return { kind: 'or', parts: guard.or.map((part) => guardFormula(part, source, chart)) };
  if ('not' in guard) return not(guardFormula(guard.not, source, chart));
  const asked = chart.reference(guard.in);
  if (asked === undefined) return unknown(`in ${guard.in}`);
  if (asked === source || isInside(source, asked)) return always;
  return areExclusive(asked, source) ? never : unknown(`in ${asked.path}`);
}

/** An expression that is asked for its truth. */
export function expressionFormula(source: string): Formula {
  const syntax = syntaxOf(source);
  return syntax === undefined ? unknown(source.trim()) : formulaOf(syntax, source);
}

function formulaOf(node: Node, source: string): Formula {
  const syntax = unwrapped(node);
  const constant = constantOf(syntax);
  if (constant !== undefined) return { kind: 'constant', value: Boolean(constant.value) };
  switch (syntax.type) {
    case 'LogicalExpression': {
      if (syntax.operator === '??') break;
      const parts = [formulaOf(syntax.left, source), formulaOf(syntax.right, source)];
      return { kind: syntax.operator === '&&' ? 'and' : 'or', parts };
    }
    case 'UnaryExpression':
      if (syntax.operator === '!') return not(formulaOf(syntax.argument, source));
      break;
    case 'ConditionalExpression': {
      const test = formulaOf(syntax.test, source);
      const yes = and(test, formulaOf(syntax.consequent, source));
      const no = and(not(test), formulaOf(syntax.alternate, source));
      return { kind: 'or', parts: [yes, no] };
    }
    case 'BinaryExpression': {
      const compared = comparison(syntax.operator, syntax.left, syntax.right);
      if (compared !== undefined) return compared;
      break;
    }
    case 'Identifier':
    case 'MemberExpression': {
      const path = staticPath(syntax);
      if (path === undefined) break;
      return { kind: 'test', variable: path.join('.'), constant: undefined, holds: Boolean };
    }
    default:
      break;
  }
  return unknown(textOf(syntax, source));
}

function comparison(operator: string, left: Node, right: Node): Formula | undefined {
  const a = constantOf(left);
  const b = constantOf(right);
  if (a !== undefined && b !== undefined) {
    const holds = test(operator, b.value);
    return holds === undefined ? undefined : { kind: 'constant', value: holds(a.value) };
  }
  const [path, constant, turned] =
    b === undefined ? [staticPath(right), a, mirrored[operator] ?? operator] : [staticPath(left), b, operator];
  if (path === undefined || constant === undefined) return undefined;
  const holds = test(turned, constant.value);
  return holds && { kind: 'test', variable: path.join('.'), constant: constant.value, holds };
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

/** What the operator asks of the value on its left. Texts are not ordered here: that would need more than intervals. */
function test(operator: string, constant: Constant): ((value: unknown) => boolean) | undefined {
  switch (operator) {
    case '===':
      return (value) => value === constant;
    case '!==':
      return (value) => value !== constant;
    case '==':
      return (value) => value === constant || (isNothing(value) && isNothing(constant));
    case '!=':
      return (value) => value !== constant && !(isNothing(value) && isNothing(constant));
  }
  if (typeof constant !== 'number') return undefined;
  switch (operator) {
    case '<':
      return (value) => asNumber(value) < constant;
    case '<=':
      return (value) => asNumber(value) <= constant;
    case '>':
      return (value) => asNumber(value) > constant;
    case '>=':
      return (value) => asNumber(value) >= constant;
    default:
      return undefined;
  }
}

const isNothing = (value: unknown) => value === null || value === undefined;

function asNumber(value: unknown): number {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Number.NaN : Number(value);
}

function unknown(name: string): Formula {
  return { kind: 'unknown', name };
}

function textOf(syntax: Syntax, source: string): string {
  return source.slice(syntax.start, syntax.end).replace(/\s+/g, ' ');
}

const functionNumbers = new WeakMap<object, number>();
let unknownsMade = 0;

/** Inline functions have no text to be compared by. */
function functionNumber(implementation: object): number {
  let number = functionNumbers.get(implementation);
  if (number === undefined) {
    number = ++unknownsMade;
    functionNumbers.set(implementation, number);
  }
  return number;
}
