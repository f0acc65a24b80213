import type { FsmError } from '../error.ts';
import { meter } from '../expression/budget.ts';
import { asFsmError, type Origin } from '../expression/fault.ts';
import type { ExpressionLimits } from '../expression/limits.ts';
import type { Syntax } from '../expression/parse.ts';
import type { Conversion } from '../expression/result.ts';
import type { Json } from '../json.ts';
import { type Code, Frame } from './code.ts';
import { compileWhole, copier } from './compile.ts';
import type { DataModelOptions, DataScope } from './data-model.ts';
import { dataConversion } from './data-values.ts';
import { Evaluation, writeNeedsCopies } from './evaluation.ts';
import { originOf } from './function-value.ts';
import { expressionLimits } from './limits.ts';
import { parseExpression } from './syntax.ts';

/** A compiled expression. It keeps no state: the same scope gives the same answer. */
export interface DataExpression {
  readonly source: string;
  /** The value as JSON; `undefined` when it has none. Assignments in it, and in functions it calls, are forgotten. */
  evaluate(scope: DataScope): Json | undefined;
  /** Whether the value is truthy, for conditions: it may be of any kind. */
  test(scope: DataScope): boolean;
}

/**
 * Compiles an expression of the data model.
 *
 * ```ts
 * const condition = compileDataExpression("Var1 < 3 && In('open')");
 * condition.test({ data: { Var1: 2 }, declared: new Set(), system: {}, isActive: (id) => id === 'open' }); // true
 * ```
 *
 * An evaluation that fails throws `EXPRESSION_FAILED` (also for a name that does not exist, and what a `throw` throws),
 * one that costs too much `EXPRESSION_LIMIT`, one whose result is not JSON or too large `EXPRESSION_RESULT`.
 *
 * @throws FsmError `EXPRESSION_INVALID` with `details: { reason, expression, position, line, column }`
 */
export function compileDataExpression(source: string, options: DataModelOptions = {}): DataExpression {
  const origin: Origin = { source, text: source, offset: 0, path: options.path };
  try {
    return new CompiledDataExpression(parseExpression(source, expressionLimits), origin, expressionLimits);
  } catch (error) {
    throw asFsmError(error, origin);
  }
}

export class CompiledDataExpression implements DataExpression {
  readonly source: string;
  readonly #code: Code;
  readonly #origin: Origin;
  readonly #limits: ExpressionLimits;

  /** Throws faults, not errors: the caller knows where the source stands. */
  constructor(syntax: Syntax, origin: Origin, limits: ExpressionLimits) {
    this.source = origin.source;
    this.#code = compileWhole(syntax, origin, limits);
    this.#origin = origin;
    this.#limits = limits;
  }

  evaluate(scope: DataScope): Json | undefined {
    return this.evaluatePart(scope, dataConversion(this.#limits));
  }

  test(scope: DataScope): boolean {
    return Boolean(this.evaluateUnchecked(scope));
  }

  /** As one of several parts of a result, which have a size together. */
  evaluatePart(scope: DataScope, conversion: Conversion): Json | undefined {
    const value = this.evaluateUnchecked(scope);
    try {
      return conversion.convert(value, 1);
    } catch (error) {
      throw locatedError(error, this.#origin);
    }
  }

  /** The value as scripts have it. */
  evaluateUnchecked(scope: DataScope): unknown {
    try {
      return evaluateCode(this.#code, scope, this.#limits);
    } catch (error) {
      throw locatedError(error, this.#origin);
    }
  }
}

/** Runs an expression whose changes of data are forgotten: first on the data itself, then, if it changes any, on copies. */
export function evaluateCode(code: Code, scope: DataScope, limits: ExpressionLimits): unknown {
  meter.left = limits.steps;
  try {
    return code(new Frame(new Evaluation(scope, copier, false), undefined));
  } catch (error) {
    if (error !== writeNeedsCopies) throw error;
  }
  meter.left = limits.steps;
  return code(new Frame(new Evaluation(scope, copier, true), undefined));
}

/** The error with its place: in the text itself, or in that of a function which was called. */
export function locatedError(error: unknown, origin: Origin): FsmError {
  const inner = originOf(error);
  return asFsmError(error, inner === undefined ? origin : { ...inner, path: origin.path });
}
