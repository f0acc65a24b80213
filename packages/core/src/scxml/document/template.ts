import { parseExpressionAt } from 'acorn';
import type { Json } from '../../json.ts';

/**
 * SCXML writes an expression as such (`expr="x + 1"`) and text as text (`event="e"`); the machine format has one string
 * for both, in which `{{ x + 1 }}` is an expression. Here the one becomes the other, in both directions and without loss.
 */

/** An expression as a string of the machine format. */
export function expressionTemplate(expression: string): string {
  const text = plainExpression(expression);
  // a line comment at the end would take the braces with it
  return text.includes('//') ? `{{ ${text}\n}}` : `{{ ${text} }}`;
}

/** Without white space around it, and without the semicolon that some authors put after it. */
export function plainExpression(text: string): string {
  return text.trim().replace(/(?:\s*;)+$/, '');
}

/** A value that means itself, whatever braces are in it. */
export function literalTemplate(value: Json): Json {
  if (typeof value === 'string') return literalText(value);
  if (isList(value)) return value.map(literalTemplate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literalTemplate(item)]));
}

export function literalText(text: string): string {
  return text.replaceAll('{{', "{{ '{{' }}");
}

const literalBraces = "'{{'";

export interface ExpressionPiece {
  readonly expression: string;
}

/** The texts and expressions a template string consists of. */
export function splitTemplate(template: string): readonly (string | ExpressionPiece)[] {
  const pieces: (string | ExpressionPiece)[] = [];
  const addText = (text: string) => {
    const last = pieces.at(-1);
    if (typeof last === 'string') pieces[pieces.length - 1] = last + text;
    else if (text !== '') pieces.push(text);
  };
  let start = 0;
  for (let open = template.indexOf('{{'); open >= 0; open = template.indexOf('{{', start)) {
    const close = endOfExpression(template, open + 2);
    if (close === undefined) return brokenTemplate(template);
    addText(template.slice(start, open));
    const expression = template.slice(open + 2, close).trim();
    if (expression === literalBraces) addText('{{');
    else pieces.push({ expression });
    start = close + 2;
  }
  addText(template.slice(start));
  return pieces;
}

/** An expression that is no ECMAScript still is one expression: it fails when it is evaluated. */
function brokenTemplate(template: string): readonly (string | ExpressionPiece)[] {
  const whole = /^\{\{([\s\S]*)\}\}$/.exec(template)?.[1];
  return [whole === undefined ? template : { expression: whole.trim() }];
}

/** Where the `}}` of the expression stands that begins at `offset`. */
function endOfExpression(template: string, offset: number): number | undefined {
  try {
    const { end } = parseExpressionAt(template, offset, { ecmaVersion: 'latest', preserveParens: true });
    const blank = /^(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*\n)*/.exec(template.slice(end))![0].length;
    return template.startsWith('}}', end + blank) ? end + blank : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The expression, when the value is one and nothing else. */
export function wholeExpression(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('{{')) return undefined;
  const pieces = splitTemplate(value);
  const [only] = pieces;
  return pieces.length === 1 && typeof only === 'object' ? only.expression : undefined;
}

/** The value without the marks of templates, when it has no expressions. */
export function literalValue(value: Json): Json | undefined {
  if (typeof value === 'string') {
    const pieces = splitTemplate(value);
    if (pieces.some((piece) => typeof piece === 'object')) return undefined;
    return pieces.join('');
  }
  if (isList(value)) {
    const items = value.map(literalValue);
    return items.includes(undefined) ? undefined : (items as Json[]);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (functionText(value) !== undefined) return undefined;
  const members = Object.entries(value).map(([key, item]) => [key, literalValue(item)] as const);
  return members.some(([, item]) => item === undefined) ? undefined : (Object.fromEntries(members) as Json);
}

/** The value as one ECMAScript expression. */
export function valueExpression(value: Json): string {
  if (typeof value === 'string') return textExpression(value);
  if (isList(value)) return `[${value.map(valueExpression).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const source = functionText(value);
  if (source !== undefined) return `(${source})`;
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${valueExpression(item)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function textExpression(template: string): string {
  const pieces = splitTemplate(template);
  const [only] = pieces;
  if (pieces.length <= 1) return typeof only === 'object' ? asOperand(only.expression) : JSON.stringify(only ?? '');
  // in a text nothing is written for what is absent
  const parts = pieces.map((piece) =>
    typeof piece === 'string' ? JSON.stringify(piece) : `(${asOperand(piece.expression)} ?? "")`,
  );
  return typeof pieces[0] === 'string' ? parts.join(' + ') : `"" + ${parts.join(' + ')}`;
}

const simpleOperand = /^(?:[\w$.]+|"[^"\\\n]*"|'[^'\\\n]*')$/;

/** So that neither a comma nor an operator in it reaches what stands around. */
function asOperand(expression: string): string {
  return simpleOperand.test(expression) ? expression : `(${expression})`;
}

/** XML as data: `{ "$xml": "<books/>" }`. */
export function xmlText(value: unknown): string | undefined {
  return soleText(value, '$xml');
}

/** A function as data: `{ "$function": "function (a) { … }" }`. */
function functionText(value: unknown): string | undefined {
  return soleText(value, '$function');
}

function soleText(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined;
  const text = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  return typeof text === 'string' ? text : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
