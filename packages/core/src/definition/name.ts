import { expressionRoots } from '../expression/expression.ts';

/** Names that are expressions wherever they stand alone, so that no guard can be registered under them. */
const expressionWords: ReadonlySet<string> = new Set([...expressionRoots, 'true', 'false', 'null', 'undefined']);

const bareIdentifier = /^[A-Za-z_$][\w$]*$/;

/** Whether a guard's text is the name of a registered guard; otherwise it is an expression. */
export function isGuardName(text: string): boolean {
  return bareIdentifier.test(text) && !expressionWords.has(text);
}

const actionName = /^[A-Za-z_$][\w$.:-]*$/;

/** Whether text can be the name of a registered action. */
export function isActionName(text: string): boolean {
  return actionName.test(text);
}
