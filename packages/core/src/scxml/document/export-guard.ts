import type { GuardDefinition } from '../../definition/definition.ts';

/** How the parts of a guard become ECMAScript; each gives `undefined` for what has no form. */
export interface GuardForms {
  /** The text of an expression. */
  readonly expression: (text: string) => string | undefined;
  /** The SCXML id of the state an `in` guard asks about. */
  readonly stateId: (reference: string) => string | undefined;
}

/** A guard as one expression; `undefined` when a part of it has no form. */
export function guardExpression(guard: GuardDefinition, forms: GuardForms): string | undefined {
  if (typeof guard === 'string') return forms.expression(guard);
  if (typeof guard !== 'object') return undefined;
  if ('in' in guard) {
    const id = forms.stateId(guard.in);
    return id === undefined ? undefined : `In(${quote(id)})`;
  }
  if ('not' in guard) {
    const inner = guardExpression(guard.not, forms);
    return inner === undefined ? undefined : `!(${inner})`;
  }
  if ('and' in guard) return joined(guard.and, ' && ', forms);
  return 'or' in guard ? joined(guard.or, ' || ', forms) : undefined;
}

function joined(guards: readonly GuardDefinition[], operator: string, forms: GuardForms): string | undefined {
  const parts = guards.map((guard) => guardExpression(guard, forms));
  if (parts.includes(undefined)) return undefined;
  return parts.length === 1 ? parts[0] : parts.map((part) => `(${part})`).join(operator);
}

/** A text as an ECMAScript literal that looks good in an attribute. */
export function quote(text: string): string {
  return /['\\\n\r]/.test(text) ? JSON.stringify(text) : `'${text}'`;
}
