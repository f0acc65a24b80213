import type { GuardDefinition, Implementation } from '../definition/definition.ts';
import { isGuardName } from '../definition/name.ts';
import { compileExpression, type Expression } from '../expression/expression.ts';
import type { Json } from '../json.ts';
import type { CompileScope } from './compile-scope.ts';
import { callImplementation, compileValue, registered } from './evaluators.ts';
import { type Guard, isDescendant, type StateNode } from './state-node.ts';
import type { Step } from './step.ts';

/**
 * An expression, a registered name (with params), an inline function, or a combination of guards.
 *
 * @param part Compiles the parts of a combination.
 */
export function compileGuard(
  definition: GuardDefinition,
  path: string,
  scope: CompileScope,
  part: (definition: GuardDefinition, path: string) => Guard = (inner, place) => compileGuard(inner, place, scope),
): Guard {
  if (typeof definition === 'function') return calling(definition, undefined, path);
  if (typeof definition === 'string') {
    if (isGuardName(definition)) {
      return calling(registered('guards', definition, scope.implementations), undefined, path);
    }
    const expression = compileExpression(definition, { path });
    return new ExpressionGuard(path, expression);
  }
  if ('type' in definition) {
    return calling(registered('guards', definition.type, scope.implementations), definition.params, path);
  }
  if ('and' in definition) {
    const parts = definition.and.map((each, index) => part(each, `${path}.and[${index}]`));
    return { path, test: (step) => parts.every((each) => each.test(step)) };
  }
  if ('or' in definition) {
    const parts = definition.or.map((each, index) => part(each, `${path}.or[${index}]`));
    return { path, test: (step) => parts.some((each) => each.test(step)) };
  }
  if ('not' in definition) {
    const negated = part(definition.not, `${path}.not`);
    return { path, test: (step) => !negated.test(step) };
  }
  return whileActive(scope.reference(definition.in), path);
}

/** A class, because the engines inline its method more readily than a closure, and most guards are expressions. */
class ExpressionGuard implements Guard {
  readonly path: string;
  private readonly expression: Expression;

  constructor(path: string, expression: Expression) {
    this.path = path;
    this.expression = expression;
  }

  test(step: Step): boolean {
    return this.expression.evaluateTest(step);
  }
}

function calling(implementation: Implementation, params: Json | undefined, path: string): Guard {
  if (params === undefined)
    return { path, test: (step) => Boolean(callImplementation(implementation, step, undefined)) };
  const template = compileValue(params, `${path}.params`);
  return { path, test: (step) => Boolean(callImplementation(implementation, step, template.evaluate(step))) };
}

function whileActive(state: StateNode, path: string): Guard {
  const test = (step: Step) => step.configuration.leaves.some((leaf) => leaf === state || isDescendant(leaf, state));
  return { path, test };
}
