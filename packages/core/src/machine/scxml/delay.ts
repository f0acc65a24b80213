import { parseDuration } from '../../definition/duration.ts';
import { compileDataExpression, type DataScope } from '../../ecmascript/data-model.ts';
import type { Json } from '../../json.ts';
import { deferred } from './deferred.ts';
import { badMessage } from './error-event.ts';

/** Milliseconds, a duration, a CSS2 time such as `.5s`, or an expression that gives one of them. */
export function compileDelay(value: number | string, path: string): (scope: DataScope) => number {
  const constant = parseTime(value);
  if (constant !== undefined) return () => constant;
  const expression = deferred(() => compileDataExpression(String(value), { path }), { evaluate: true });
  return (scope) => {
    const result = expression.evaluate(scope);
    const time = parseTime(result);
    if (time !== undefined) return time;
    throw badMessage(
      'NOT_A_DURATION',
      `The delay at ${path} gave ${JSON.stringify(result)}.`,
      'Give a time like "1.5s".',
    );
  };
}

const cssTime = /^\s*\+?(\d*\.?\d+)\s*(ms|s)\s*$/i;

function parseTime(value: Json | undefined): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const css = typeof value === 'string' ? cssTime.exec(value) : null;
  if (css === null) return parseDuration(value);
  return Math.round(Number(css[1]) * (css[2]!.toLowerCase() === 's' ? 1_000 : 1));
}
