import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { compile } from '../machine/machine.ts';
import { definitionOf, eventTypes, implementations, layoutOf, machineSpec } from '../machine/testing/random-machine.ts';
import { runScenario } from './run-scenario.ts';
import { formatScenario, parseScenario, recordScenario } from './scenario.ts';
import { simulate } from './simulation.ts';
import type { SimulationStep } from './step.ts';

function refusal(text: string): FsmError {
  try {
    parseScenario(text);
  } catch (error) {
    if (FsmError.is(error)) return error;
    throw error;
  }
  throw new Error('the scenario was accepted');
}

describe('a scenario file', () => {
  test('has one step per line, comments and empty lines between, and a first line about the start', () => {
    const scenario = parseScenario(`// the happy path
{"machine":"loan.json","input":{"amount":5},"now":100,"effects":{"checking":{"output":1,"after":"2s"}}}

{"event":"SUBMIT"}
  // time passes
{"advance":"2s"}
`);
    expect(scenario).toEqual({
      machine: 'loan.json',
      input: { amount: 5 },
      now: 100,
      effects: { checking: { output: 1, after: '2s' } },
      steps: [{ event: 'SUBMIT' }, { advance: '2s' }],
      lines: [4, 6],
    });
  });

  test('may be one list, with comments', () => {
    const scenario = parseScenario('\n[\n // first\n {"event":"GO"},\n {"expect":\n{"taken":true}},\n]');
    expect(scenario).toEqual({ steps: [{ event: 'GO' }, { expect: { taken: true } }], lines: [4, 5] });
  });

  test.each([
    ['{"event":"A"}\n{"event":', 2, 'is not JSON'],
    ['[{"event":"A"},\n{]', 2, 'is not JSON'],
    ['{"event":"A"}\n\n{"evnt":"A"}', 3, 'is no step'],
    ['{"event":5}', 1, 'unusable "event"'],
    ['{"event":{"data":5}}', 1, 'unusable "event"'],
    ['{"event":"A","advance":"1s"}', 1, 'has "advance" beside "event"'],
    ['{"expect":{"configuraton":["a"]}}', 1, '"configuraton"'],
    ['{"expect":{"configuration":"a"}}', 1, 'unusable "configuration"'],
    ['{"done":"a"}\n{"machine":"late"}', 2, 'is no step'],
    ['"event"', 1, 'is not an object'],
    ['{"machine":"x","imput":{}}', 1, 'imput'],
  ])('%j is refused with its line', (text, line, message) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: 'SCENARIO_INVALID', details: { line } });
    expect(error.message).toContain(message);
    expect(error.hint).toBeTruthy();
  });

  test('a misspelled key is guessed, and a line for fsm run recognised', () => {
    expect(refusal('{"evnt":"A"}').hint).toBe('Did you mean "event"?');
    expect(refusal('{"expect":{"configuraton":["a"]}}').hint).toBe('Did you mean "configuration"?');
    expect(refusal('{"instance":"a","type":"GO"}').hint).toContain('{"event":{"type":…');
  });

  test('that is written can be read', () => {
    const scenario = { machine: 'm.json', now: 5, steps: [{ event: 'GO' }, { done: 'a', output: [1] }] };
    const { lines, ...read } = parseScenario(formatScenario(scenario));
    expect(read).toEqual(scenario);
    expect(lines).toEqual([2, 3]);
    expect(formatScenario({ steps: [{ event: 'GO' }] })).toBe('{"event":"GO"}\n');
  });
});

describe('playing a scenario', () => {
  const machine = compile({
    id: 'm',
    context: { n: 0 },
    initial: 'a',
    states: { a: { on: { GO: { guard: 'event.data.ok', target: 'b', actions: { assign: { n: 1 } } } } }, b: {} },
  });

  test('passes when all is as expected', () => {
    const text = '{"event":{"type":"GO","data":{"ok":true}}}\n{"expect":{"configuration":["b"],"context":{"n":1}}}';
    expect(runScenario(machine, parseScenario(text))).toMatchObject({ passed: true, failures: [] });
  });

  test('tells every difference with its line', () => {
    const text =
      '// comment\n{"event":{"type":"GO","data":{"ok":false}}}\n{"expect":{"configuration":["b"],"taken":true}}';
    const { passed, failures } = runScenario(machine, parseScenario(text));
    expect(passed).toBe(false);
    expect(failures).toMatchObject([
      { line: 3, subject: 'configuration', expected: ['b'], actual: ['a'] },
      { line: 3, subject: 'taken', expected: true, actual: false },
    ]);
  });

  test('a refused step fails, unless that very error is expected next', () => {
    const refused = '{"event":{"type":"GO"}}';
    expect(runScenario(machine, parseScenario(refused)).failures).toMatchObject([
      { line: 1, subject: 'step', actual: 'GUARD_FAILED' },
    ]);
    const awaited = (code: string) => parseScenario(`${refused}\n{"expect":{"error":"${code}"}}`);
    expect(runScenario(machine, awaited('GUARD_FAILED')).passed).toBe(true);
    expect(runScenario(machine, awaited('ACTION_FAILED')).passed).toBe(false);
  });

  test('starts as its first line says', () => {
    const { simulation } = runScenario(machine, parseScenario('{"input":{"n":7},"now":50}\n{"advance":1}'));
    expect(simulation.now).toBe(51);
    expect(simulation.snapshot.context).toEqual({ n: 7 });
  });
});

const steps: fc.Arbitrary<readonly SimulationStep[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...eventTypes).map((event) => ({ event })) },
    { weight: 2, arbitrary: fc.constantFrom(5, 10, 15, '20ms').map((advance) => ({ advance })) },
    { weight: 2, arbitrary: fc.constantFrom('i:s0', 'i:s1', 'i:s0:s0').map((done) => ({ done, output: 1 })) },
    { weight: 1, arbitrary: fc.constantFrom('i:s0', 'i:s1', 'i:s0:s0').map((failed) => ({ failed })) },
    { weight: 1, arbitrary: fc.nat({ max: 4 }).map((a) => ({ patch: { a } })) },
  ),
  { minLength: 1, maxLength: 12 },
);

test('a recorded scenario of a random machine passes, with the same snapshots', () => {
  const machines = machineSpec({ invocations: true }).map((spec) => definitionOf(layoutOf(spec)));
  fc.assert(
    fc.property(machines, steps, (definition, played) => {
      const machine = compile(definition, { implementations, maxMicrosteps: 60 });
      let simulation: ReturnType<typeof simulate>;
      try {
        simulation = simulate(machine);
      } catch (error) {
        if (FsmError.is(error) && error.code === 'MICROSTEP_LIMIT') return;
        throw error;
      }
      simulation.replay(played);
      const recorded = parseScenario(formatScenario(recordScenario(simulation)));
      const again = runScenario(machine, recorded);
      expect(again.failures).toEqual([]);
      const snapshots = again.steps.filter(({ result }) => !('expect' in result.step!));
      expect(snapshots.map(({ result }) => result.snapshot)).toStrictEqual(
        simulation.results.map((result) => result.snapshot),
      );
    }),
    { numRuns: 150 },
  );
});
