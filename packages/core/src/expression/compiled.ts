import type { FsmError } from '../error.ts';
import type { Json } from '../json.ts';
import { checkSyntax } from './allow-list.ts';
import { meter } from './budget.ts';
import type { Cell, Code, ExpressionScope } from './code.ts';
import { Compiler } from './compile.ts';
import { asFsmError, type Origin } from './fault.ts';
import type { ExpressionLimits } from './limits.ts';
import type { Syntax } from './parse.ts';
import { type Conversion, toJson } from './result.ts';

/** A checked and compiled tree, with what turns its faults into errors. */
export class CompiledExpression {
  readonly source: string;
  readonly roots: ReadonlySet<string>;
  readonly #code: Code;
  readonly #cells: readonly Cell[];
  readonly #limits: ExpressionLimits;
  readonly #origin: Origin;

  /** Throws faults, not errors: the caller knows where the source stands. */
  constructor(syntax: Syntax, origin: Origin, roots: readonly string[], limits: ExpressionLimits) {
    checkSyntax(syntax, limits);
    const compiler = new Compiler(roots);
    this.source = origin.source;
    this.#code = compiler.compile(syntax);
    this.roots = compiler.usedRoots;
    this.#cells = compiler.cells;
    this.#limits = limits;
    this.#origin = origin;
  }

  evaluate(scope: ExpressionScope): Json {
    const value = this.evaluateUnchecked(scope);
    try {
      return toJson(value, this.#limits) ?? null;
    } catch (error) {
      throw this.#located(error);
    }
  }

  evaluateTest(scope: ExpressionScope): boolean {
    return Boolean(this.evaluateUnchecked(scope));
  }

  /** As one of several parts of a result, which have a size together; tells an absent value from `null`. */
  evaluatePart(scope: ExpressionScope, conversion: Conversion): Json | undefined {
    const value = this.evaluateUnchecked(scope);
    try {
      return conversion.convert(value, 1);
    } catch (error) {
      throw this.#located(error);
    }
  }

  /** The value as JavaScript has it: it may be `undefined`, `NaN`, or hold them. */
  evaluateUnchecked(scope: ExpressionScope): unknown {
    meter.left = this.#limits.steps;
    try {
      return this.#code(scope);
    } catch (error) {
      throw this.#located(error);
    } finally {
      if (this.#cells.length > 0) this.#release();
    }
  }

  /** Values that callbacks saw must not live as long as the machine does. */
  #release(): void {
    for (const cell of this.#cells) cell.value = undefined;
  }

  #located(error: unknown): FsmError {
    return asFsmError(error, this.#origin);
  }
}
