import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { compileExpression } from '../expression/expression.ts';
import type { Json } from '../json.ts';
import { and, expressionFormula, not } from './formula.ts';
import { isSatisfiable } from './satisfiable.ts';

const constant = fc.constantFrom('0', '1', '5', '-2', '2.5', "'5'", "'a'", "''", 'true', 'false', 'null', 'undefined');
const path = fc.constantFrom('context.x', 'context.y', 'context.z?.w');
const operator = fc.constantFrom('===', '!==', '==', '!=', '<', '<=', '>', '>=');

const expression = fc.letrec<{ whole: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    path,
    fc.tuple(path, operator, constant).map((parts) => parts.join(' ')),
    fc.tuple(constant, operator, path).map((parts) => parts.join(' ')),
    constant,
    fc.constantFrom('context.x + context.y > 3', "typeof context.x === 'number'", 'context.x < context.y'),
  ),
  whole: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('atom'),
    fc.tuple(tie('whole'), fc.constantFrom('&&', '||'), tie('whole')).map(([a, by, b]) => `(${a} ${by} ${b})`),
    tie('whole').map((part) => `!(${part})`),
    fc.tuple(tie('whole'), tie('whole'), tie('whole')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
})).whole;

const value: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constantFrom<Json | undefined>(0, 1, 5, -2, 2.5, 3, -7, 100, '5', '5.0', 'a', 'b', '', ' ', '0', '-2'),
  fc.constantFrom<Json | undefined>(true, false, null, undefined, {}, [], [5], ['a'], [0], [1, 2]),
);
const context = fc.record({ x: value, y: value, z: fc.oneof(value, fc.record({ w: value })) });

test('what is called impossible is true of no data', () => {
  let impossible = 0;
  fc.assert(
    fc.property(
      expression,
      expression,
      fc.array(context, { minLength: 40, maxLength: 40 }),
      (first, second, contexts) => {
        const both = and(expressionFormula(second), not(expressionFormula(first)));
        if (isSatisfiable(both)) return;
        impossible += 1;
        const a = compileExpression(first);
        const b = compileExpression(second);
        for (const data of contexts) {
          const scope = { context: data };
          let holds: boolean;
          try {
            // in the order of a machine: the first guard is asked first
            holds = !a.evaluateTest(scope) && b.evaluateTest(scope);
          } catch (error) {
            if (!FsmError.is(error)) throw error;
            continue;
          }
          expect(holds, `${first} | ${second} | ${JSON.stringify(data)}`).toBe(false);
        }
      },
    ),
    { numRuns: Number(process.env.FSM_RUNS ?? 600) },
  );
  expect(impossible).toBeGreaterThan(20);
});
