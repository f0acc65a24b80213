import { writeFile } from 'node:fs/promises';
import {
  formatScenario,
  type JsonObject,
  type Machine,
  recordScenario,
  runScenario,
  type Simulation,
  type SimulationOptions,
} from '@fsm/core';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { fileError } from '../file-error.ts';
import type { Io } from '../io.ts';
import type { Output } from '../output.ts';
import { describeMoment, describeResult, describeStep, resultRecord } from '../simulate/result-text.ts';
import { playCommands } from '../simulate/session.ts';
import { parseJsonObject, readScenarioFile, readSimulatedMachine } from '../simulate/simulated-machine.ts';

interface SimulateOptions {
  readonly events?: string;
  readonly input?: JsonObject;
  readonly record?: string;
  readonly functions?: string;
  readonly json?: boolean;
}

const help = `
Nothing is performed: time is virtual, effects end when a step says so, what the machine sends to others is only shown.
Without --events it asks for commands; type "help" there. A scenario file has one step per line:
  {"event":{"type":"SUBMIT","data":{"amount":5}}}   {"advance":"30s"}   {"done":"checking","output":640}
  {"failed":"checking","error":{"code":"TIMEOUT"}}  {"patch":{"score":1}}
  {"expect":{"configuration":["approved"],"context":{"score":640}}}
Its first line may be {"machine":…,"input":{…},"now":0,"effects":{"checking":{"output":640,"after":"2s"}}}.`;

export function addSimulate(fsm: Command, host: Host): void {
  fsm
    .command('simulate')
    .description('Play a machine by hand or from a file, under a virtual clock and without side effects.')
    .argument('<machine>', 'a machine: .json, .jsonc, .ts, .js')
    .option('--events <file>', 'a scenario file; - for standard input')
    .option('--input <json>', 'what the instance starts with', parseJsonObject)
    .option('--record <file>', 'write what was played there, with what each step came to, for fsm test')
    .option('--functions <file>', 'guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `${help}\n${example('fsm simulate loan.json', 'fsm simulate loan.json --events happy.jsonl')}`,
    )
    .action((path: string, options: SimulateOptions) =>
      host.perform(options.json ?? false, async (output) => {
        const machine = await readSimulatedMachine(path, options.functions);
        return options.events === undefined
          ? await simulateByHand(machine, path, options, host.io, output)
          : await simulateFile(machine, path, options.events, options, host.io, output);
      }),
    );
}

async function simulateByHand(
  machine: Machine,
  path: string,
  { input, record }: SimulateOptions,
  io: Io,
  output: Output,
): Promise<number> {
  const options: SimulationOptions = input === undefined ? {} : { input };
  const simulation = await playCommands(machine, options, io, output);
  if (record !== undefined) await writeRecord(record, path, simulation, output);
  if (output.json) output.printJson(summary(machine, simulation, true));
  return exitCode.done;
}

async function simulateFile(
  machine: Machine,
  path: string,
  events: string,
  { input, record }: SimulateOptions,
  io: Io,
  output: Output,
): Promise<number> {
  const scenario = await readScenarioFile(events, io);
  const { simulation, passed, failures } = runScenario(machine, scenario, input === undefined ? {} : { input });
  if (record !== undefined) await writeRecord(record, path, simulation, output);
  if (output.json) {
    output.printJson({ ...summary(machine, simulation, passed), failures });
  } else {
    printSteps(machine, simulation, output);
    if (!passed) {
      output.print(
        `${output.paint('red', '✗')} ${failures.length} ${failures.length === 1 ? 'thing is' : 'things are'} not as expected`,
      );
    }
  }
  return passed ? exitCode.done : exitCode.failed;
}

function printSteps(machine: Machine, simulation: Simulation, output: Output): void {
  const paint: Output['paint'] = (style, text) => output.paint(style, text);
  output.print(`start\n${describeResult(simulation.started, paint)}`);
  for (const result of simulation.results) {
    output.print(`${describeStep(result.step!)}\n${describeResult(result, paint)}`);
  }
  output.print(describeMoment(machine, simulation.snapshot, simulation.now, paint));
}

function summary(machine: Machine, simulation: Simulation, passed: boolean): object {
  const { snapshot, now, started, results } = simulation;
  return { machine: machine.id, passed, start: resultRecord(started), steps: results.map(resultRecord), now, snapshot };
}

async function writeRecord(file: string, machine: string, simulation: Simulation, output: Output): Promise<void> {
  const { input, now, effects } = simulation.options;
  const header = {
    machine,
    ...(input && { input }),
    ...(now !== undefined && { now }),
    ...(effects && { effects: effects as JsonScripts }),
  };
  try {
    await writeFile(file, formatScenario(recordScenario(simulation, header)));
  } catch (error) {
    throw fileError(file, error);
  }
  output.notice(`recorded in ${file}`);
}

/** Scripts that came from a file are JSON: none of them is a function. */
type JsonScripts = NonNullable<Parameters<typeof formatScenario>[0]['effects']>;
