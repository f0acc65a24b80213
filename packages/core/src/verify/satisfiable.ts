import type { Formula } from './formula.ts';

/** More combinations than this are not tried: the answer is then "perhaps". */
const mostCombinations = 50_000;

/**
 * Whether some data make the formula true. `false` is a proof: for every variable one value of each kind that its tests
 * can tell apart is tried. `true` may be wrong, because an unknown part is taken to be able to be anything.
 *
 * @param known Variables with the only value they can have.
 */
export function isSatisfiable(formula: Formula, known: ReadonlyMap<string, unknown> = new Map()): boolean {
  const tests = new Map<string, TestFormula[]>();
  const unknowns = new Set<string>();
  collect(formula, tests, unknowns);
  const choices: { readonly name: string; readonly values: readonly unknown[] }[] = [];
  for (const [name, asked] of tests) {
    const values = known.has(name) ? [known.get(name)] : distinguishable(asked);
    choices.push({ name, values });
  }
  for (const name of unknowns) choices.push({ name: unknownPrefix + name, values: [true, false] });
  if (choices.reduce((product, { values }) => product * values.length, 1) > mostCombinations) return true;
  return someAssignment(choices, 0, new Map(), (assignment) => isTrue(formula, assignment));
}

type TestFormula = Extract<Formula, { readonly kind: 'test' }>;

/** Unknown parts and variables have names of their own. */
const unknownPrefix = '? ';

function collect(formula: Formula, tests: Map<string, TestFormula[]>, unknowns: Set<string>): void {
  switch (formula.kind) {
    case 'constant':
      return;
    case 'unknown':
      unknowns.add(formula.name);
      return;
    case 'test': {
      const known = tests.get(formula.variable);
      if (known === undefined) tests.set(formula.variable, [formula]);
      else known.push(formula);
      return;
    }
    case 'not':
      collect(formula.part, tests, unknowns);
      return;
    default:
      for (const part of formula.parts) collect(part, tests, unknowns);
  }
}

function isTrue(formula: Formula, assignment: ReadonlyMap<string, unknown>): boolean {
  switch (formula.kind) {
    case 'constant':
      return formula.value;
    case 'unknown':
      return assignment.get(unknownPrefix + formula.name) === true;
    case 'test':
      return formula.holds(assignment.get(formula.variable));
    case 'not':
      return !isTrue(formula.part, assignment);
    case 'and':
      return formula.parts.every((part) => isTrue(part, assignment));
    case 'or':
      return formula.parts.some((part) => isTrue(part, assignment));
  }
}

function someAssignment(
  choices: readonly { readonly name: string; readonly values: readonly unknown[] }[],
  index: number,
  assignment: Map<string, unknown>,
  accept: (assignment: ReadonlyMap<string, unknown>) => boolean,
): boolean {
  const choice = choices[index];
  if (choice === undefined) return accept(assignment);
  return choice.values.some((value) => {
    assignment.set(choice.name, value);
    return someAssignment(choices, index + 1, assignment, accept);
  });
}

/** One value of every kind that the tests of a variable tell apart, out of all JSON values and an absent one. */
function distinguishable(tests: readonly TestFormula[]): readonly unknown[] {
  const kinds = new Map<string, unknown>();
  for (const value of valuesAround(tests.map(({ constant }) => constant))) {
    const answers = tests.map(({ holds }) => (holds(value) ? '1' : '0')).join('');
    if (!kinds.has(answers)) kinds.set(answers, value);
  }
  return [...kinds.values()];
}

/**
 * A test compares identity with a constant, the value as a number with a constant, or asks for truth. So it is enough to
 * look at each constant, at every gap between numbers as a number and as something else (a list: texts may be constants
 * themselves), and at what is none of these.
 */
function valuesAround(constants: readonly unknown[]): readonly unknown[] {
  const given = constants.filter((value) => typeof value === 'number' && Number.isFinite(value)) as number[];
  const numbers = [...new Set(given.length === 0 ? [0] : given)].sort((a, b) => a - b);
  const points = numbers.flatMap((number, index) => {
    const next = numbers[index + 1];
    return next === undefined ? [number, number + 1] : [number, (number + next) / 2];
  });
  points.unshift(numbers[0]! - 1);
  const texts = constants.filter((value) => typeof value === 'string');
  const others = [`other than ${texts.join(' ')}`, '', true, false, null, undefined, {}];
  return [...points, ...points.map((point) => [point]), ...texts, ...others];
}
