import { compileTemplate, FsmError, type Json, type Problem } from '@fsm/core';
import { jsonPath } from './json-path.ts';

/** What is wrong with an expression or a template that did not compile: in a template, everything and not just the first. */
export function expressionProblems(error: unknown, source: Json, path: string): Problem[] {
  if (!FsmError.is(error)) throw error;
  if (typeof source === 'object' && source !== null && error.code === 'EXPRESSION_INVALID') {
    const entries = Array.isArray(source)
      ? [...source.entries()]
      : Object.entries(source as { readonly [key: string]: Json });
    const inside = entries.flatMap(([key, value]) => problemsOf(value, jsonPath(path, [key])));
    if (inside.length > 0) return inside;
  }
  const { code, message, hint } = error;
  return [
    { code, severity: 'error', path: error.path ?? path, message, ...(hint === undefined ? undefined : { hint }) },
  ];
}

function problemsOf(template: Json, path: string): Problem[] {
  try {
    compileTemplate(template, { path });
    return [];
  } catch (error) {
    return expressionProblems(error, template, path);
  }
}
