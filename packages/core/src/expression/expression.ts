import type { Json } from '../json.ts';
import { type ExpressionScope, expressionRoots } from './code.ts';
import { CompiledExpression } from './compiled.ts';
import { asFsmError, tooLong } from './fault.ts';
import { defaultLimits, type ExpressionLimits } from './limits.ts';
import { parseWhole } from './parse.ts';

export { type ExpressionScope, expressionRoots } from './code.ts';
export type { ExpressionLimits } from './limits.ts';
export { compileTemplate, type Template, type TemplateOptions } from './template.ts';

export interface ExpressionOptions {
  /** The roots that exist where the expression stands; {@link expressionRoots} when not given. */
  readonly roots?: readonly string[];
  readonly limits?: Partial<ExpressionLimits>;
  /** JSON path of the expression, for its errors. */
  readonly path?: string;
}

/** A compiled expression. It keeps no state: the same scope gives the same answer. */
export interface Expression {
  readonly source: string;
  /** The roots it really reads. */
  readonly roots: ReadonlySet<string>;
  /** The value as plain JSON; `undefined` becomes `null`. */
  evaluate(scope: ExpressionScope): Json;
  /** Whether the value is truthy, for guards: the value is not checked, so it may be large or `NaN`. */
  evaluateTest(scope: ExpressionScope): boolean;
}

/**
 * Compiles an expression: a subset of JavaScript expressions over JSON, without side effects, with a budget.
 *
 * ```ts
 * const guard = compileExpression('event.data.amount <= 50000 && context.count < 3');
 * guard.evaluateTest({ context: { count: 1 }, event: { type: 'SUBMIT', data: { amount: 20000 } } }); // true
 * ```
 *
 * It means what it means in JavaScript, except: `==` is `===` but for `null` and `undefined`; only own data properties
 * exist; keys are strings or numbers; `sort` and `reverse` give a new list, `matchAll` a list; regular expressions are
 * RE2 without state. An evaluation that fails throws `EXPRESSION_FAILED`, one that costs too much `EXPRESSION_LIMIT`,
 * one whose result is not JSON (also `NaN` and the infinities) or too large `EXPRESSION_RESULT`.
 *
 * @throws FsmError `EXPRESSION_INVALID` with `details: { reason, expression, position, line, column }`
 */
export function compileExpression(source: string, options: ExpressionOptions = {}): Expression {
  const origin = { source, text: source, offset: 0, path: options.path };
  const limits = { ...defaultLimits, ...options.limits };
  try {
    if (source.length > limits.sourceLength) throw tooLong(limits.sourceLength);
    return new CompiledExpression(parseWhole(source), origin, options.roots ?? expressionRoots, limits);
  } catch (error) {
    throw asFsmError(error, origin);
  }
}
