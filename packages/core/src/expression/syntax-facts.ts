import type { Expression, Identifier, Literal, MemberExpression, Super } from 'acorn';

/** The expression itself, when it stands in parentheses. */
export function withoutParentheses<N extends Expression | Super>(node: N): Expression | Super {
  return node.type === 'ParenthesizedExpression' ? withoutParentheses(node.expression) : node;
}

/** The name a property is read by, when the source says it: `a.b`, `a['b']`. */
export function staticKey(node: MemberExpression): string | undefined {
  if (node.property.type === 'PrivateIdentifier') throw letThrough('PrivateIdentifier');
  if (!node.computed) return (node.property as Identifier).name;
  return node.property.type === 'Literal' && typeof node.property.value === 'string' ? node.property.value : undefined;
}

/** The key of a property that is not computed. */
export function keyName(key: Expression): string {
  return key.type === 'Identifier' ? key.name : String((key as Literal).value);
}

/** The value of a literal, with its sign, when the node is one. */
export function literalValue(node: Expression): string | number | boolean | null | undefined {
  if (node.type === 'UnaryExpression' && node.operator === '-') {
    const value = literalValue(node.argument);
    return typeof value === 'number' ? -value : undefined;
  }
  if (node.type !== 'Literal' || node.regex || typeof node.value === 'bigint') return undefined;
  return node.value as string | number | boolean | null;
}

/** The compiler met syntax that the allow-list refuses: a bug here, not in the expression. */
export function letThrough(what: string): Error {
  return new Error(`The allow-list let ${what} through.`);
}
