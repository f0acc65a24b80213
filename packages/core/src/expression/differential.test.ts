import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { expressionRoots } from './code.ts';
import { CompiledExpression } from './compiled.ts';
import { defaultLimits } from './limits.ts';
import { parseWhole } from './parse.ts';
import { arbitraryExpression, arbitraryScope } from './testing/arbitrary-expression.ts';
import { patience, runs } from './testing/runs.ts';
import { deepFreeze, evaluateInV8, type Outcome, outcomeOf, sameValue } from './testing/v8.ts';

/** Refused on purpose where JavaScript goes on: converted keys, and the limits. */
const deliberate = new Set(['KEY_TYPE', 'STEPS', 'DEPTH', 'TOO_MANY_NODES', 'TOO_DEEP']);

function evaluateHere(source: string, scope: object): Outcome {
  return outcomeOf(() => {
    const origin = { source, text: source, offset: 0, path: undefined };
    return new CompiledExpression(parseWhole(source), origin, expressionRoots, defaultLimits).evaluateUnchecked(scope);
  });
}

function reasonOf(error: unknown): unknown {
  if (FsmError.is(error)) return error.details?.reason;
  return (error as { reason?: unknown }).reason;
}

describe('an expression means what it means in JavaScript', () => {
  test('on random expressions and scopes it gives the same value, or fails as well', patience, () => {
    const tally = { values: 0, errors: 0, deliberate: 0 };
    fc.assert(
      fc.property(arbitraryExpression(), arbitraryScope(), (source, scope) => {
        deepFreeze(scope);
        const here = evaluateHere(source, scope);
        if ('error' in here && deliberate.has(String(reasonOf(here.error)))) {
          tally.deliberate++;
          return;
        }
        const there = evaluateInV8(source, scope);
        if ('error' in here) {
          tally.errors++;
          expect(there, `here: ${here.error}`).toHaveProperty('error');
          expect(reasonOf(here.error)).not.toBe('HOST_ERROR');
          return;
        }
        tally.values++;
        if ('error' in there)
          throw new Error(`only here it has a value: ${JSON.stringify(here.value)}`, { cause: there.error });
        if (!sameValue(here.value, there.value)) {
          throw new Error(`here ${JSON.stringify(here.value)}, in V8 ${JSON.stringify(there.value)}`);
        }
      }),
      { numRuns: runs(3_000) },
    );
    const all = tally.values + tally.errors + tally.deliberate;
    if (process.env.FSM_FUZZ_RUNS !== undefined) console.info(tally);
    // a generator that mostly fails would compare nothing
    expect(tally.values / all).toBeGreaterThan(0.5);
    expect(tally.errors / all).toBeGreaterThan(0.05);
    expect(tally.deliberate / all).toBeLessThan(0.1);
  });
});
