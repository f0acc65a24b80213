import { type Node, type Pattern, parseExpressionAt } from 'acorn';
import type { Json } from '../../json.ts';
import { literalText, splitTemplate } from './template.ts';

/** An expression in SCXML's words, or the root that SCXML does not have. */
export type Rewritten = { readonly text: string } | { readonly missing: string };

/** What the parts of an event are called: those of `_event`. An outcome is the data of its event. */
const eventParts: Readonly<Record<string, string>> = {
  type: '_event.name',
  data: '_event.data',
  output: '_event.data',
  error: '_event.data',
};

/** What stands for each part of `event`. */
export type EventParts = typeof eventParts;

function wholeEvent(parts: EventParts): string {
  return `({ ${Object.entries(parts)
    .map(([name, text]) => `${name}: ${text}`)
    .join(', ')} })`;
}

const withoutForm: ReadonlySet<string> = new Set(['result', 'results', 'params', 'instance', 'tenant', 'now']);

/**
 * Rewrites a native expression for a machine whose context is the data `context`: `event.data.id` becomes
 * `_event.data.id`. Works on the places of the syntax tree, so that everything else stays as it was written.
 */
export function rewriteExpression(source: string, parts: EventParts = eventParts): Rewritten {
  const edits: Edit[] = [];
  let missing: string | undefined;
  const rewriteName = (name: string, node: Node, prefix: string) => {
    if (name === 'event') edits.push({ start: node.start, end: node.end, text: `${prefix}${wholeEvent(parts)}` });
    else if (withoutForm.has(name)) missing ??= name;
  };
  const visit = (node: SyntaxNode, bound: ReadonlySet<string>): void => {
    switch (node.type) {
      case 'Identifier':
        if (!bound.has(node.name)) rewriteName(node.name, node, '');
        return;
      case 'MemberExpression': {
        const part = bound.has('event') ? undefined : eventPart(node, parts);
        if (part !== undefined) {
          edits.push({ start: node.start, end: node.end, text: part });
          return;
        }
        visit(node.object as SyntaxNode, bound);
        if (node.computed) visit(node.property as SyntaxNode, bound);
        return;
      }
      case 'Property':
        if (node.computed) visit(node.key as SyntaxNode, bound);
        if (!node.shorthand) visit(node.value as SyntaxNode, bound);
        else if (node.key.type === 'Identifier' && !bound.has(node.key.name)) {
          rewriteName(node.key.name, node, `${node.key.name}: `);
        }
        return;
      case 'ArrowFunctionExpression':
        visit(node.body as SyntaxNode, new Set([...bound, ...node.params.flatMap(namesIn)]));
        return;
      default:
        for (const child of childrenOf(node)) visit(child, bound);
    }
  };
  const syntax = parsed(source);
  if (syntax === undefined) return { missing: 'broken syntax' };
  visit(syntax, new Set());
  return missing === undefined ? { text: applyEdits(source, edits) } : { missing };
}

/** `undefined` for an expression that does not compile: the machine it stands in does not either. */
function parsed(source: string): SyntaxNode | undefined {
  try {
    return parseExpressionAt(source, 0, { ecmaVersion: 2025, sourceType: 'module' });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type SyntaxNode = import('acorn').Expression | import('acorn').Property;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function applyEdits(source: string, edits: readonly Edit[]): string {
  let text = source;
  for (const edit of [...edits].sort((a, b) => b.start - a.start)) {
    text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  }
  return text.trim();
}

function eventPart(node: import('acorn').MemberExpression, parts: EventParts): string | undefined {
  const { object, property, computed } = node;
  if (object.type !== 'Identifier' || object.name !== 'event') return undefined;
  if (!computed)
    return property.type === 'Identifier' && Object.hasOwn(parts, property.name) ? parts[property.name] : undefined;
  const key = property.type === 'Literal' ? String(property.value) : '';
  return Object.hasOwn(parts, key) ? parts[key] : undefined;
}

function namesIn(pattern: Pattern): readonly string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : namesIn(element)));
    case 'ObjectPattern':
      return pattern.properties.flatMap((item) => namesIn(item.type === 'Property' ? item.value : item.argument));
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    case 'RestElement':
      return namesIn(pattern.argument);
    default:
      return [];
  }
}

function* childrenOf(node: Node): Generator<SyntaxNode> {
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'object' && item !== null && typeof item.type === 'string') yield item as SyntaxNode;
    }
  }
}

/** The same for all expressions in a template. */
export function rewriteTemplate(
  value: Json,
  parts: EventParts = eventParts,
): { readonly value: Json } | { readonly missing: string } {
  let missing: string | undefined;
  const rewrite = (item: Json): Json => {
    if (typeof item === 'string') {
      return mapExpressions(item, (expression) => {
        const rewritten = rewriteExpression(expression, parts);
        if ('text' in rewritten) return rewritten.text;
        missing ??= rewritten.missing;
        return expression;
      });
    }
    if (Array.isArray(item)) return item.map(rewrite);
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, part]) => [key, rewrite(part)]));
  };
  const rewritten = rewrite(value);
  return missing === undefined ? { value: rewritten } : { missing };
}

/** The expressions of an effect, as far as they are the machine's: `result` and its like belong to whoever performs it. */
export function rewriteEffect(value: Json): Json {
  if (typeof value === 'string') {
    return mapExpressions(value, (expression) => {
      const rewritten = rewriteExpression(expression);
      return 'text' in rewritten ? rewritten.text : expression;
    });
  }
  if (Array.isArray(value)) return value.map(rewriteEffect);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, rewriteEffect(part)]));
}

function mapExpressions(template: string, change: (expression: string) => string): string {
  if (!template.includes('{{')) return template;
  return splitTemplate(template)
    .map((piece) => (typeof piece === 'string' ? literalText(piece) : `{{ ${change(piece.expression)} }}`))
    .join('');
}
