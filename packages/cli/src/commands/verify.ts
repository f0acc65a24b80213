import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EffectDefinition,
  type Finding,
  FsmError,
  formatScenario,
  type Json,
  type JsonObject,
  parseDuration,
  toMermaid,
  type VerifyReport,
  verify,
} from '@fsm/core';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { fileError } from '../file-error.ts';
import { type MachineFile, readMachineFile } from '../machine-file.ts';
import { requireValid } from '../machine-problems.ts';
import { parseCount } from '../options.ts';
import type { Output } from '../output.ts';
import { parseJsonObject } from '../simulate/simulated-machine.ts';
import { printReport } from '../verify/report-text.ts';

interface VerifyCommandOptions {
  readonly invariant: readonly string[];
  readonly maxStates?: number;
  readonly maxDepth?: number;
  readonly data?: string;
  readonly input?: JsonObject;
  readonly out?: string;
  readonly unhandled?: boolean;
  readonly graph?: boolean;
  readonly functions?: string;
  readonly json?: boolean;
}

const help = `
An invariant is an expression over context, status, tags, active('path') and entered('path'); a machine may hold its own in
"meta": { "invariants": [{ "name": "…", "expression": "!active('approved') || entered('checked')" }] }.
The file of --data holds values to try: {"SUBMIT":[{"amount":5}],"done.invoke.checking":[640]}.`;

export function addVerify(fsm: Command, host: Host): void {
  fsm
    .command('verify')
    .description(
      'Prove machines: dead ends, dead parts, endless loops, broken invariants, each with steps that show it.',
    )
    .argument('<machine...>', 'machines: .json, .jsonc, .ts, .js')
    .option('--invariant <expression>', 'what must always be true (may be repeated)', collect, [])
    .option('--max-states <number>', 'explore at most so many states (default: 20000)', parseCount)
    .option('--max-depth <number>', 'explore at most so many steps from the start (default: 1000)', parseCount)
    .option('--data <file>', 'data of events and outcomes of effects to try')
    .option('--input <json>', 'what the instance starts with', parseJsonObject)
    .option('--unhandled', 'also say where events are not taken')
    .option('--out <folder>', 'write the steps of each finding there, as a scenario for fsm simulate')
    .option('--graph', 'print a Mermaid diagram with the states of the findings highlighted')
    .option('--functions <file>', 'guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `${help}\n${example("fsm verify loan.json --invariant \"!active('paid') || entered('approved')\"")}`,
    )
    .action((files: string[], options: VerifyCommandOptions) =>
      host.perform(options.json ?? false, (output) => verifyFiles(files, options, output)),
    );
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** A finding with the file that replays it. */
export interface WrittenFinding extends Finding {
  readonly scenario?: string;
}

async function verifyFiles(files: readonly string[], options: VerifyCommandOptions, output: Output): Promise<number> {
  const data = options.data === undefined ? undefined : await readData(options.data);
  const reports: (Omit<VerifyReport, 'findings'> & { file: string; findings: readonly WrittenFinding[] })[] = [];
  for (const file of files) {
    const machine = await readMachineFile(file, options.functions);
    requireValid(machine);
    const report = verifyFile(machine, data, options);
    const findings = await writeScenarios(file, report, options);
    reports.push({ file, ...report, findings });
    if (output.json) continue;
    printReport(file, { ...report, findings }, output);
    if (options.graph) output.print(toMermaid(machine.definition, { active: concerned(report) }).trimEnd());
  }
  const ok = reports.every((report) => report.ok);
  if (output.json) output.printJson({ ok, files: reports });
  return ok ? exitCode.done : exitCode.failed;
}

function verifyFile(machine: MachineFile, data: Samples | undefined, options: VerifyCommandOptions): VerifyReport {
  const { maxStates, maxDepth, input, invariant, unhandled = false } = options;
  return verify(machine.definition, {
    implementations: machine.implementations,
    invariants: invariant,
    mayFail,
    unhandledByState: unhandled,
    ...(maxStates !== undefined && { maxStates }),
    ...(maxDepth !== undefined && { maxDepth }),
    ...(input && { input }),
    ...(data && { data }),
  });
}

/** Waiting for a fixed time cannot fail, nor can writing a fixed text. */
function mayFail({ type, duration, message }: EffectDefinition): boolean {
  if (type === 'delay') return parseDuration(duration as string) === undefined;
  return !(type === 'log' && typeof message === 'string' && !message.includes('{{'));
}

function concerned({ findings }: VerifyReport): readonly string[] {
  return findings.filter(({ severity }) => severity !== 'info').flatMap(({ states = [] }) => states);
}

type Samples = { readonly [type: string]: readonly Json[] };

async function readData(path: string): Promise<Samples> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(path, error);
  }
  const wrong = (problem: string, cause?: unknown) =>
    new FsmError('DATA_INVALID', `${path} ${problem}.`, {
      hint: 'Write lists of data by event type: {"SUBMIT":[{"amount":5},{"amount":50000}]}.',
      ...(cause === undefined ? undefined : { cause }),
    });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw wrong('is not JSON', cause);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw wrong('holds no object');
  const other = Object.entries(data).find(([, values]) => !Array.isArray(values));
  if (other !== undefined) throw wrong(`holds no list for "${other[0]}"`);
  return data as Samples;
}

async function writeScenarios(
  file: string,
  { machine, findings }: VerifyReport,
  { out, input }: VerifyCommandOptions,
): Promise<readonly WrittenFinding[]> {
  if (out === undefined) return findings;
  const written: WrittenFinding[] = [];
  const counts = new Map<string, number>();
  for (const finding of findings) {
    if (finding.steps === undefined) {
      written.push(finding);
      continue;
    }
    const name = finding.code.toLowerCase().replaceAll('_', '-');
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const scenario = join(out, `${machine}.${name}${count === 1 ? '' : `-${count}`}.jsonl`);
    const header = { machine: file, description: finding.message, ...(input && { input }) };
    try {
      await mkdir(out, { recursive: true });
      await writeFile(scenario, formatScenario({ ...header, steps: finding.steps }));
    } catch (error) {
      throw fileError(scenario, error);
    }
    written.push({ ...finding, scenario });
  }
  return written;
}
