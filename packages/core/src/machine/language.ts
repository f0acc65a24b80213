import type { ActionList, GuardDefinition, Implementation } from '../definition/definition.ts';
import type { Json } from '../json.ts';
import { compileActions } from './actions.ts';
import type { CompileScope } from './compile-scope.ts';
import { compileDelay, compileValue } from './evaluators.ts';
import { compileGuard } from './guards.ts';
import type { Evaluator, Guard, Operation } from './state-node.ts';
import type { Step } from './step.ts';

/** How the guards, actions and templates of a definition become code. */
export interface Language {
  actions(list: ActionList | undefined, path: string): readonly Operation[];
  guard(definition: GuardDefinition, path: string): Guard;
  value(template: Json | Implementation, path: string): Evaluator;
  delay(text: string, path: string): (step: Step) => number;
}

/** Expressions over `context` and `event`. */
export function nativeLanguage(scope: CompileScope): Language {
  return {
    actions: (list, path) => compileActions(list, path, scope),
    guard: (definition, path) => compileGuard(definition, path, scope),
    value: compileValue,
    delay: compileDelay,
  };
}
