import { type Maker, TemplateCompiler } from '../expression/template.ts';
import type { Json } from '../json.ts';
import type { DataModelOptions, DataScope } from './data-model.ts';
import { dataConversion } from './data-values.ts';
import { CompiledDataExpression } from './expression.ts';
import { expressionLimits } from './limits.ts';
import { parseExpressionStart } from './syntax.ts';

/** A compiled JSON value with `{{ expressions }}` in its strings. */
export interface DataTemplate {
  /** The value itself, when it has no expressions. */
  readonly constant: Json | undefined;
  /** The value with its expressions evaluated; `undefined` when it is one expression without a value. */
  evaluate(scope: DataScope): Json | undefined;
}

/**
 * Compiles the expressions in all strings of a JSON value, as in native machines.
 *
 * ```ts
 * const template = compileDataTemplate({ total: '{{ Var1 + 1 }}', label: 'Order {{ id }}', note: '{{ undefined }}' });
 * template.evaluate({ data: { Var1: 2, id: 'a1' }, declared: new Set(), system: {}, isActive: () => false });
 * // { total: 3, label: 'Order a1' }
 * ```
 *
 * A string that is one `{{ … }}` gives the value itself. Without one, it drops its key from an object and is `null` in a
 * list. Each expression has a budget of its own.
 *
 * @throws FsmError `EXPRESSION_INVALID` with the `path` of the string and, in `details`, the position inside it
 */
export function compileDataTemplate(value: Json, options: DataModelOptions = {}): DataTemplate {
  const make: Maker<DataScope> | undefined = compiler.compile(value, options.path ?? '$', 1);
  if (make === undefined) return { constant: value, evaluate: () => value };
  return { constant: undefined, evaluate: (scope) => make(scope, dataConversion(expressionLimits)) };
}

const compiler = new TemplateCompiler<DataScope>({
  limits: expressionLimits,
  parse: parseExpressionStart,
  // documents end expressions as statements
  trailing: /^(?:[\s;]|\/\*[\s\S]*?\*\/|\/\/[^\n\r]*[\n\r])*/,
  compile: (syntax, origin) => new CompiledDataExpression(syntax, origin, expressionLimits),
});
