import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { expressionRoots } from '../expression/code.ts';
import { Fault } from '../expression/fault.ts';
import { arbitraryExpression, arbitraryScope } from '../expression/testing/arbitrary-expression.ts';
import { patience, runs } from '../expression/testing/runs.ts';
import { deepFreeze, evaluateInV8, type Outcome, outcomeOf, sameValue } from '../expression/testing/v8.ts';
import type { JsonObject } from '../json.ts';
import { compileDataExpression, compileScript } from './data-model.ts';
import { CompiledDataExpression } from './expression.ts';
import { expressionLimits } from './limits.ts';
import { parseExpression } from './syntax.ts';
import { arbitraryData, arbitraryScript, dataNames } from './testing/arbitrary-script.ts';
import { scopeOf } from './testing/scope.ts';
import { runInV8 } from './testing/v8.ts';

function reasonOf(outcome: Outcome): unknown {
  if (!('error' in outcome)) return undefined;
  if (FsmError.is(outcome.error)) return outcome.error.details?.reason;
  if (outcome.error instanceof Fault) return outcome.error.reason;
  throw outcome.error;
}

function expectSame(here: Outcome, there: Outcome): void {
  if ('error' in here || 'error' in there) {
    expect('error' in here, `here: ${JSON.stringify(here)}, in V8: ${describeOutcome(there)}`).toBe('error' in there);
    expect(reasonOf(here)).not.toBe('HOST_ERROR');
    return;
  }
  if (!sameValue(here.value, there.value)) {
    throw new Error(`here ${JSON.stringify(here.value)}, in V8 ${JSON.stringify(there.value)}`);
  }
}

function describeOutcome(outcome: Outcome): string {
  return 'error' in outcome ? `${outcome.error}` : `${JSON.stringify(outcome.value)}`;
}

/** Limits, and results that are refused because JSON cannot hold them. */
const deliberate = new Set(['STEPS', 'DEPTH', 'CALL_DEPTH', 'NOT_A_NUMBER', 'RESULT_SIZE', 'RANGE', 'LIST_KEY']);

describe('the data model means what JavaScript means', () => {
  test('random expressions have the same value, or fail as well', patience, () => {
    let values = 0;
    let all = 0;
    fc.assert(
      fc.property(arbitraryExpression(), arbitraryScope(), (source, data) => {
        deepFreeze(data);
        const here = outcomeOf(() => {
          const origin = { source, text: source, offset: 0, path: undefined };
          const expression = new CompiledDataExpression(
            parseExpression(source, expressionLimits),
            origin,
            expressionLimits,
          );
          return expression.evaluateUnchecked(
            scopeOf(data as unknown as JsonObject, { declared: new Set(expressionRoots) }),
          );
        });
        all += 1;
        if (['STEPS', 'DEPTH'].includes(String(reasonOf(here)))) return;
        if (!('error' in here)) values += 1;
        expectSame(here, evaluateInV8(source, data));
      }),
      { numRuns: runs(600) },
    );
    expect(values / all).toBeGreaterThan(0.5);
  });

  test('random scripts leave the same data, or fail as well', patience, () => {
    const tally = { values: 0, errors: 0, deliberate: 0 };
    fc.assert(
      fc.property(arbitraryScript(), arbitraryData(), (source, data) => {
        deepFreeze(data);
        const here = outcomeOf(() => {
          const after = compileScript(source).run(scopeOf(data as unknown as JsonObject));
          return Object.fromEntries(dataNames.filter((name) => name in after).map((name) => [name, after[name]]));
        });
        if (deliberate.has(String(reasonOf(here)))) {
          tally.deliberate += 1;
          return;
        }
        if ('error' in here) tally.errors += 1;
        else tally.values += 1;
        const there = runInV8(source, data);
        expectSame(here, 'error' in there ? there : { value: JSON.parse(JSON.stringify(there.value)) });
      }),
      { numRuns: runs(800) },
    );
    if (process.env.FSM_FUZZ_RUNS !== undefined) console.info(tally);
    const all = tally.values + tally.errors + tally.deliberate;
    expect(tally.values / all).toBeGreaterThan(0.4);
    expect(tally.errors / all).toBeGreaterThan(0.05);
    expect(tally.deliberate / all).toBeLessThan(0.25);
  });
});

test('an expression with the changes of a function it calls sees them while it runs', () => {
  const data = { n: 1, up: { $function: 'function up() { n += 1; return n; }' } };
  expect(compileDataExpression('up() + up() + n').evaluate(scopeOf(data))).toBe(2 + 3 + 3);
});
