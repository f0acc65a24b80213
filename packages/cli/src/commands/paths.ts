import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import {
  coveringScenarios,
  FsmError,
  formatScenario,
  type JsonObject,
  type Machine,
  type MachinePath,
  type PathToState,
  pathsToScenarios,
  type Scenario,
  shortestPathsToStates,
  simplePaths,
  suggest,
  transitionCoverage,
} from '@fsm/core';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { fileError } from '../file-error.ts';
import { parseCount } from '../options.ts';
import type { Output } from '../output.ts';
import { describeStep } from '../simulate/result-text.ts';
import { parseJsonObject, readSimulatedMachine } from '../simulate/simulated-machine.ts';

interface PathsOptions {
  readonly simple?: boolean;
  readonly cover?: boolean;
  readonly to?: string;
  readonly out?: string;
  readonly input?: JsonObject;
  readonly maxStates?: number;
  readonly maxDepth?: number;
  readonly maxPaths?: number;
  readonly functions?: string;
  readonly json?: boolean;
}

export function addPaths(fsm: Command, host: Host): void {
  fsm
    .command('paths')
    .description('Find how every state is reached, or scenarios that take every transition.')
    .argument('<machine>', 'a machine: .json, .jsonc, .ts, .js')
    .option('--simple', 'all paths that come to nothing twice, instead of a shortest one to each state')
    .option('--cover', 'a few scenarios that together take every transition')
    .option('--to <state>', 'only paths to this state: its keys joined with dots')
    .option('--out <folder>', 'write each path as a scenario file for fsm test')
    .option('--input <json>', 'what the instance starts with', parseJsonObject)
    .option('--max-states <count>', 'look at no more than so many states (default: 10,000)', parseCount)
    .option('--max-depth <count>', 'go no further than so many steps (default: 1,000)', parseCount)
    .option('--max-paths <count>', 'list no more than so many simple paths (default: 10,000)', parseCount)
    .option('--functions <file>', 'guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', example('fsm paths loan.json --to approved', 'fsm paths loan.json --cover --out scenarios'))
    .action((machine: string, options: PathsOptions) =>
      host.perform(options.json ?? false, (output) => paths(machine, options, output)),
    );
}

/** A scenario with what it is for. */
interface Found {
  readonly name: string;
  readonly scenario: Scenario;
  /** Of a path that was to be a shortest one. */
  readonly shortest?: boolean;
}

interface Answer {
  readonly found: readonly Found[];
  readonly exhaustive: boolean;
  readonly limits: readonly { readonly kind: string; readonly message: string }[];
  /** States that no path was found to, or transitions that no scenario takes. */
  readonly missing: readonly string[];
  /** What was left out makes no difference to the answer. */
  readonly certain?: boolean;
}

async function paths(path: string, options: PathsOptions, output: Output): Promise<number> {
  if (options.simple && options.cover) {
    throw new FsmError('OPTION_CONFLICT', '--simple and --cover cannot both be given.', {
      hint: 'Leave out one of them.',
    });
  }
  const machine = await readSimulatedMachine(path, options.functions);
  if (options.to !== undefined) requireState(machine, options.to);
  const answer = options.cover
    ? covering(machine, options)
    : options.simple
      ? simple(machine, options)
      : shortest(machine, options);
  const files = options.out === undefined ? [] : await writeScenarios(options.out, path, answer.found);
  if (output.json) output.printJson(summary(machine, answer, files));
  else print(answer, output);
  if (files.length > 0)
    output.notice(`${files.length} scenario${files.length === 1 ? '' : 's'} written to ${options.out}`);
  return options.to !== undefined && answer.found.length === 0 ? exitCode.failed : exitCode.done;
}

function requireState(machine: Machine, asked: string): void {
  const states = Array.from(machine.states(), (state) => state.path).filter((state) => state !== '');
  if (states.includes(asked)) return;
  const similar = suggest(asked, states);
  throw new FsmError('STATE_UNKNOWN', `The machine "${machine.id}" has no state "${asked}".`, {
    hint: similar === undefined ? `Its states: ${states.slice(0, 20).join(', ')}.` : `Did you mean "${similar}"?`,
    details: { asked, exists: states },
  });
}

function shortest(machine: Machine, options: PathsOptions): Answer {
  const { to } = options;
  const until =
    to === undefined ? {} : { until: ({ snapshot }: Pick<MachinePath, 'snapshot'>) => machine.matches(snapshot, to) };
  const { states, exhaustive, limits } = shortestPathsToStates(machine, { ...limitsOf(options), ...until });
  const all = [...states].filter(([state]) => to === undefined || state === to);
  const named = all.flatMap(([name, path]) => (path === undefined ? [] : [{ name, path }]));
  const missing = all.flatMap(([name, path]) => (path === undefined ? [name] : []));
  // a shortest path is one however much there was left to look at
  const certain = missing.length === 0 && named.every(({ path }) => path.shortest);
  return { found: withScenarios(machine, named, options), exhaustive, limits, missing, certain };
}

function simple(machine: Machine, options: PathsOptions): Answer {
  const { to, maxPaths } = options;
  const {
    paths: found,
    exhaustive,
    limits,
  } = simplePaths(machine, {
    ...limitsOf(options),
    ...(to !== undefined && { to }),
    ...(maxPaths !== undefined && { maxPaths }),
  });
  const named = found.map((path) => ({ name: path.snapshot.configuration.join(', '), path }));
  return { found: withScenarios(machine, named, options), exhaustive, limits, missing: [] };
}

function covering(machine: Machine, options: PathsOptions): Answer {
  const { scenarios, exploration } = coveringScenarios(machine, limitsOf(options));
  const { never } = transitionCoverage(machine, scenarios);
  const found = scenarios.map((scenario, index) => ({ name: `cover ${index + 1}`, scenario }));
  const missing = never.map(({ path }) => path);
  return { found, exhaustive: exploration.exhaustive, limits: exploration.limits, missing };
}

function limitsOf({ input, maxStates, maxDepth }: PathsOptions) {
  return {
    ...(input && { input }),
    ...(maxStates !== undefined && { maxStates }),
    ...(maxDepth !== undefined && { maxDepth }),
  };
}

function withScenarios(
  machine: Machine,
  named: readonly { readonly name: string; readonly path: MachinePath | PathToState }[],
  { input }: PathsOptions,
): readonly Found[] {
  const all = named.map(({ path }) => path);
  const scenarios = pathsToScenarios(machine, all, input === undefined ? {} : { input });
  return named.map(({ name, path }, index) => ({
    name,
    scenario: scenarios[index]!,
    ...('shortest' in path && { shortest: path.shortest }),
  }));
}

/** `scenarios/loan-01-approved.jsonl`: numbered, because many lead to the same state. */
async function writeScenarios(folder: string, machine: string, found: readonly Found[]): Promise<readonly string[]> {
  const digits = String(found.length).length;
  const base = basename(machine, extname(machine));
  const files: string[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for (const [index, { name, scenario }] of found.entries()) {
      const label = name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
      const file = join(folder, `${base}-${String(index + 1).padStart(digits, '0')}-${label}.jsonl`);
      await writeFile(file, formatScenario({ machine, description: name, ...scenario }));
      files.push(file);
    }
  } catch (error) {
    throw fileError(folder, error);
  }
  return files;
}

function stepsOf(scenario: Scenario) {
  return scenario.steps.filter((step) => !('expect' in step));
}

function summary(machine: Machine, { found, exhaustive, limits, missing }: Answer, files: readonly string[]): object {
  return {
    machine: machine.id,
    exhaustive,
    paths: found.map(({ name, scenario, shortest }, index) => ({
      name,
      ...(shortest !== undefined && { shortest }),
      steps: stepsOf(scenario),
      ...(files[index] !== undefined && { file: files[index] }),
    })),
    missing,
    limits,
  };
}

function print({ found, exhaustive, limits, missing, certain = false }: Answer, output: Output): void {
  for (const { name, scenario, shortest } of found) {
    const steps = stepsOf(scenario).map(describeStep);
    const perhaps = shortest === false ? ' (perhaps not the shortest)' : '';
    output.print(
      `${output.paint('bold', name)}${perhaps}\n  ${steps.length === 0 ? '(at the start)' : steps.join(' → ')}`,
    );
  }
  for (const name of missing) output.print(`${output.paint('yellow', 'not reached')} ${name}`);
  if (exhaustive) output.notice('everything that can happen was looked at');
  else if (!certain) for (const { message } of limits) output.notice(message);
}
