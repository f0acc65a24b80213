import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machineShape } from './machine-shape.ts';
import { parseMachine } from './parse-machine.ts';
import { isPlainObject } from './plain.ts';
import { problemCodes } from './problem.ts';
import { resolveTarget, stateTree } from './state-tree.ts';
import { brokenDefinitions } from './testing/broken-definitions.ts';
import { validMachine } from './testing/valid-machines.ts';
import { validate } from './validate.ts';

function errors(definition: unknown) {
  return validate(definition).filter(({ severity }) => severity === 'error');
}

/** A machine in which one value is replaced or one key is added, anywhere. */
const mutatedMachine = fc
  .record({
    machine: validMachine,
    place: fc.nat(),
    key: fc.constantFrom(
      'on',
      'states',
      'target',
      'guard',
      'type',
      'initial',
      'effect',
      'always',
      'id',
      '__proto__',
      'x',
    ),
    value: fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        'final',
        'history',
        's0',
        '.s1',
        '#m.s0',
        {},
        [],
        '{{',
        'a.*',
        undefined,
        Number.NaN,
        new Date(0),
      ),
    ),
    adds: fc.boolean(),
  })
  .map(({ machine, place, key, value, adds }) => {
    const copy = structuredClone(machine);
    const holders: Record<string, unknown>[] = [];
    const collect = (item: unknown): void => {
      if (isPlainObject(item)) holders.push(item);
      if (typeof item === 'object' && item !== null) Object.values(item).forEach(collect);
    };
    collect(copy);
    const holder = holders[place % holders.length]!;
    const keys = Object.keys(holder);
    const changed = adds || keys.length === 0 ? key : keys[place % keys.length]!;
    Object.defineProperty(holder, changed, { value, enumerable: true, configurable: true, writable: true });
    return copy;
  });

describe('validate, for any input,', () => {
  test('finds no error in a valid machine', () => {
    fc.assert(
      fc.property(validMachine, (machine) => {
        expect(errors(machine)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('never throws on a JSON value, and gives each problem a known code, a path and something to try', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), mutatedMachine), (value) => {
        for (const problem of validate(value)) {
          expect(Object.keys(problemCodes)).toContain(problem.code);
          expect(problem.path).toMatch(/^\$/);
          expect(problem.message).toMatch(/[.?]$/);
          expect(problem.message).not.toMatch(/`([^`]+)`.*did you mean `\1`\?$/);
          expect(problem.hint).toMatch(/\S/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('never throws on values that are not JSON', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          expect(Array.isArray(validate({ id: 'm', context: value, meta: value, states: { a: value } }))).toBe(true);
          expect(Array.isArray(validate(value))).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('leaves no dangling target in a machine it accepts', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(validMachine, mutatedMachine), (machine) => {
        if (errors(machine).length > 0) return;
        accepted += 1;
        const tree = stateTree(machine);
        for (const state of tree.states) {
          for (const target of targetsOf(state.definition)) expect(resolveTarget(tree, state, target)).toBeDefined();
          if (state.kind === 'compound') expect(state.children.has(String(state.definition.initial))).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });

  test('is at least as strict as the JSON Schema', () => {
    const everything = fc.oneof(
      fc.jsonValue(),
      validMachine,
      mutatedMachine,
      fc.constantFrom(...brokenDefinitions.map(({ definition }) => definition)),
    );
    fc.assert(
      fc.property(everything, (definition) => {
        if (errors(definition).length === 0) expect(machineShape.safeParse(definition).error).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test('finds the line and column of every problem of a text', () => {
    fc.assert(
      fc.property(mutatedMachine, (machine) => {
        const text = JSON.stringify(machine, undefined, 1);
        if (/"(?:__proto__|constructor|prototype)"/.test(text)) return;
        const { definition, locate } = parseMachine(text);
        for (const problem of validate(definition, { locate })) {
          expect(problem).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
        }
      }),
      { numRuns: 500 },
    );
  });
});

function targetsOf(definition: Readonly<Record<string, unknown>>): string[] {
  const { on, always, after, onDone, onError, invoke, target } = definition;
  const invocations = [invoke ?? []].flat() as Record<string, unknown>[];
  const lists = [
    ...Object.values(on ?? {}),
    ...Object.values(after ?? {}),
    always,
    onDone,
    onError,
    ...invocations.flatMap((one) => [one.onDone, one.onError]),
    target === undefined ? undefined : { target },
  ];
  return lists
    .flat()
    .flatMap((item) => (typeof item === 'string' ? [item] : isPlainObject(item) ? [item.target ?? []].flat() : []))
    .filter((item): item is string => typeof item === 'string');
}
