import { exportScxml, exportXState, type MachineDefinition, type Problem, toMermaid } from '@fsm/core';
import { Argument, type Command } from 'commander';
import { example, type Host } from '../command.ts';
import { type ConversionOptions, finishConversion, prettyJson, writeText } from '../conversion.ts';
import { type MachineFile, readMachineFile } from '../machine-file.ts';
import { requireValid } from '../machine-problems.ts';
import type { Output } from '../output.ts';

interface ExportOptions extends ConversionOptions {
  readonly functions?: string;
  readonly implementations?: string;
  readonly lossy?: boolean;
}

interface Exported {
  readonly text: string | undefined;
  readonly result: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  /** Code that goes with the text. */
  readonly implementations?: string;
}

/** How a machine becomes each format. */
const exporters = {
  scxml: (definition: MachineDefinition, { lossy = false }: ExportOptions): Exported => {
    const { text, problems } = exportScxml(definition, { lossy });
    return { text, result: { scxml: text ?? null }, problems };
  },
  xstate: (definition: MachineDefinition): Exported => {
    const { config, implementations, problems } = exportXState(definition);
    return { text: prettyJson(config), result: { config, implementations }, problems, implementations };
  },
  json: (definition: MachineDefinition): Exported => {
    const problems = functionsIn(definition, '$');
    return { text: prettyJson(definition), result: { machine: definition }, problems };
  },
  mermaid: (definition: MachineDefinition): Exported => {
    const text = toMermaid(definition);
    return { text, result: { mermaid: text }, problems: [] };
  },
};

type Format = keyof typeof exporters;

export function addExport(fsm: Command, host: Host): void {
  fsm
    .command('export')
    .description('Write a machine in another format, and say what has no counterpart there.')
    .addArgument(new Argument('<format>', 'what to write').choices(Object.keys(exporters)))
    .argument('<file>', 'a machine: .json, .jsonc, .scxml, .ts, .js')
    .option('--out <file>', 'write there instead of printing')
    .option('--lossy', 'scxml: write transitions whose guard has no form as never taken')
    .option('--implementations <file>', 'xstate: write the module with the functions behind the names there')
    .option('--functions <file>', 'functions, guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--json', 'print one JSON object: {"format","file","scxml" | "config" | "machine" | "mermaid","problems"}')
    .addHelpText('after', example('fsm export scxml examples/loan-application/machine.json --out loan.scxml'))
    .action((format: Format, file: string, options: ExportOptions) =>
      host.perform(options.json ?? false, (output) => exportFile(format, file, options, output)),
    );
}

async function exportFile(format: Format, file: string, options: ExportOptions, output: Output): Promise<number> {
  const machine: MachineFile = await readMachineFile(file, options.functions);
  requireValid(machine);
  const { implementations, ...exported } = exporters[format](machine.definition, options);
  if (implementations !== undefined && options.implementations !== undefined) {
    await writeText(options.implementations, implementations);
    output.notice(`functions written to ${options.implementations}`);
  }
  return await finishConversion({ format, file, ...exported }, options, output);
}

/** Functions have no JSON form: writing the machine without them would make another machine of it. */
function functionsIn(value: unknown, path: string): readonly Problem[] {
  if (typeof value === 'function') {
    const hint = 'Register it under a name, or write an expression.';
    return [
      { code: 'NOT_JSON', severity: 'error', path, message: 'A function has no form in JSON; it is missing.', hint },
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const step = Array.isArray(value)
      ? `[${key}]`
      : /^[A-Za-z_]\w*$/.test(key)
        ? `.${key}`
        : `[${JSON.stringify(key)}]`;
    return functionsIn(item, path + step);
  });
}
