import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  contentHash,
  expandComponents,
  FsmError,
  listNames,
  type MachineDefinition,
  type StateDefinition,
  suggest,
  toMermaid,
} from '@fsm/core';
import type { SvgOptions } from '@fsm/core/diagram';
import { type Command, Option } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { fileError } from '../file-error.ts';
import { readMachineFile } from '../machine-file.ts';
import { requireValid } from '../machine-problems.ts';
import type { Output } from '../output.ts';
import { StoreView } from '../store-view.ts';

type Format = 'mermaid' | 'svg';

interface GraphOptions {
  readonly format?: Format;
  readonly out?: string;
  readonly state?: string;
  readonly instance?: string;
  readonly db?: string;
  readonly tenant: string;
  readonly theme: NonNullable<SvgOptions['theme']>;
  readonly direction?: NonNullable<SvgOptions['direction']>;
  readonly functions?: string;
  readonly json?: boolean;
}

export function addGraph(fsm: Command, host: Host): void {
  fsm
    .command('graph')
    .description('Draw a machine: as an SVG picture, or as a Mermaid state diagram.')
    .argument('<file>', 'a machine: .json, .jsonc, .ts, .js')
    .addOption(
      new Option('--format <format>', 'what to draw (default: what --out ends with, else mermaid)').choices([
        'mermaid',
        'svg',
      ]),
    )
    .option('--out <file>', 'write there instead of printing: .svg, .mmd')
    .option('--state <paths>', 'highlight these states, separated by commas')
    .option('--instance <name>', 'highlight the states this instance is in; needs --db')
    .option('--db <path>', 'its store: an SQLite file, or a directory of JSON lines')
    .option('--tenant <id>', 'whose instance', 'default')
    .addOption(new Option('--theme <theme>', 'of an SVG').choices(['light', 'dark', 'auto']).default('auto'))
    .addOption(new Option('--direction <direction>', 'where the arrows of an SVG lead').choices(['down', 'right']))
    .option('--functions <file>', 'functions, guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--json', 'print one JSON object: {"machine","mermaid"} or {"machine","svg"}')
    .addHelpText(
      'after',
      example(
        'fsm graph examples/smart-door/machine.json --out smart-door.svg',
        'fsm graph machine.json --out now.svg --instance door-1 --db doors.db',
      ),
    )
    .action((file: string, options: GraphOptions) =>
      host.perform(options.json ?? false, (output) => graph(file, options, output)),
    );
}

async function graph(file: string, options: GraphOptions, output: Output): Promise<number> {
  const machine = await readMachineFile(file, options.functions);
  requireValid(machine);
  const { definition } = expandComponents(machine.definition);
  const current = await statesToHighlight(definition, options, output);
  const format = options.format ?? (extname(options.out ?? '').toLowerCase() === '.svg' ? 'svg' : 'mermaid');
  const drawing = (await draw(definition, format, current, options)).trimEnd();
  if (options.out !== undefined) {
    try {
      await writeFile(options.out, `${drawing}\n`);
    } catch (error) {
      throw fileError(options.out, error);
    }
    output.notice(`written to ${options.out}`);
  }
  if (output.json) output.printJson({ machine: definition.id, [format]: drawing });
  else if (options.out === undefined) output.print(drawing);
  return exitCode.done;
}

async function draw(
  definition: MachineDefinition,
  format: Format,
  current: readonly string[],
  { theme, direction }: GraphOptions,
): Promise<string> {
  if (format === 'mermaid') return toMermaid(definition, { active: current });
  // loaded only for those who draw: the layout is larger than all the rest
  const { toSvg } = await import('@fsm/core/diagram');
  return toSvg(definition, { current, theme, ...(direction && { direction }) });
}

async function statesToHighlight(
  definition: MachineDefinition,
  options: GraphOptions,
  output: Output,
): Promise<readonly string[]> {
  const { state, instance } = options;
  const named = (state ?? '').split(',').flatMap((path) => path.trim() || []);
  requireStates(named, pathsOf(definition));
  if (instance === undefined) return named;
  const { machine, snapshot } = await StoreView.with(options, output, (view) => view.get(instance));
  if (machine.id !== definition.id) {
    throw new FsmError('MACHINE_MISMATCH', `${instance} is an instance of ${machine.id}, not of ${definition.id}.`, {
      hint: `Name the file of ${machine.id}.`,
      details: { instance, machine: machine.id },
    });
  }
  if (machine.hash !== contentHash(definition)) {
    output.notice(`${instance} runs another version of ${machine.id} than this file: states it has not are not drawn`);
  }
  return [...named, ...snapshot.configuration];
}

function requireStates(named: readonly string[], paths: readonly string[]): void {
  const unknown = named.find((path) => !paths.includes(path));
  if (unknown === undefined) return;
  const near = suggest(unknown, paths);
  throw new FsmError('STATE_UNKNOWN', `There is no state ${unknown}.`, {
    hint: near === undefined ? `There are ${listNames(paths)}.` : `Did you mean ${near}?`,
    details: { state: unknown },
  });
}

function pathsOf(state: StateDefinition, prefix = ''): string[] {
  return Object.entries(state.states ?? {}).flatMap(([key, child]) => [
    prefix + key,
    ...pathsOf(child, `${prefix}${key}.`),
  ]);
}
