import type { Implementation, Implementations } from '../definition/definition.ts';
import { parseDuration } from '../definition/duration.ts';
import { maxDepth } from '../definition/limits.ts';
import { isHostileKey, isPlainObject } from '../definition/plain.ts';
import { FsmError } from '../error.ts';
import { compileExpression, compileTemplate } from '../expression/expression.ts';
import type { Json } from '../json.ts';
import type { Evaluator } from './state-node.ts';
import type { Step } from './step.ts';

/** What a registered guard or action, or an inline function of a TypeScript definition, is called with. */
export function callImplementation(implementation: Implementation, step: Step, params: Json | undefined): unknown {
  return implementation({ context: step.context, event: step.event, params });
}

/** `{{ expression }}` and nothing else, without braces inside that only a parser can match. */
const oneExpression = /^\{\{((?:(?!\{\{|\}\}).)*)\}\}$/s;

/** A JSON template, or a function that returns JSON. */
export function compileValue(value: Json | Implementation, path: string): Evaluator {
  if (typeof value === 'function') {
    return { path, evaluate: (step) => checkJson(callImplementation(value, step, undefined), path) };
  }
  const source = typeof value === 'string' ? oneExpression.exec(value)?.[1] : undefined;
  if (source !== undefined) {
    const expression = compileExpression(source, { path });
    return { path, evaluate: (step) => expression.evaluate(step) };
  }
  const template = compileTemplate(value, { path });
  const { constant } = template;
  return { path, evaluate: constant === undefined ? (step) => template.evaluate(step) : () => constant };
}

/** A template whose value must be text: the id of a timer, the receiver of an event. */
export function compileText(value: string, path: string): (step: Step) => string {
  const evaluator = compileValue(value, path);
  return (step) => {
    const text = evaluator.evaluate(step);
    if (typeof text === 'string' && text !== '' && !isHostileKey(text)) return text;
    throw new FsmError('NOT_A_NAME', `${path} gave ${JSON.stringify(text)} where a name is needed.`, {
      path,
      hint: 'Make the template give a text that is not empty.',
    });
  };
}

/** Milliseconds, a duration like `30s`, or an expression that gives one of them. */
export function compileDelay(value: string | number, path: string): (step: Step) => number {
  const constant = parseDuration(value);
  if (constant !== undefined) return () => constant;
  const expression = compileExpression(String(value), { path });
  return (step) => {
    const result = expression.evaluate(step);
    const delay = typeof result === 'number' || typeof result === 'string' ? parseDuration(result) : undefined;
    if (delay !== undefined) return delay;
    throw new FsmError('NOT_A_DURATION', `${path} gave ${JSON.stringify(result)}, which is not a duration.`, {
      path,
      hint: 'Give milliseconds from 0, or a text like "30s".',
    });
  };
}

/** What a function returned, when it is JSON. */
export function checkJson(value: unknown, path: string): Json {
  const wrong = whyNotJson(value, 0);
  if (wrong === undefined) return value as Json;
  throw new FsmError('NOT_JSON', `The function at ${path} returned ${wrong}, which is not JSON.`, {
    path,
    hint: 'Return strings, finite numbers, booleans, null, lists and plain objects.',
  });
}

function whyNotJson(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value);
  if (depth > maxDepth) return 'a value that nests too deeply';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const wrong = whyNotJson(value[index], depth + 1);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (!isPlainObject(value)) return value === undefined ? 'undefined' : `a ${typeof value}`;
  for (const key of Object.keys(value)) {
    const wrong = isHostileKey(key) ? `the key \`${key}\`` : whyNotJson(value[key], depth + 1);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** The implementation registered under a name. Validation has seen to it that there is one. */
export function registered<Kind extends 'guards' | 'actions'>(
  kind: Kind,
  name: string,
  implementations: Implementations,
): Implementation {
  const table: Readonly<Record<string, Implementation>> = implementations[kind] ?? {};
  if (Object.hasOwn(table, name)) return table[name]!;
  throw new FsmError('IMPLEMENTATION_UNKNOWN', `No ${kind.slice(0, -1)} is registered under the name "${name}".`, {
    hint: `Register it where the machine is compiled; registered are ${Object.keys(table).join(', ') || 'none'}.`,
    details: { asked: name, exists: Object.keys(table) },
  });
}
