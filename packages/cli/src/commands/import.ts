import { importXState, type MachineDefinition, type Problem } from '@fsm/core';
import { Argument, type Command } from 'commander';
import { example, type Host } from '../command.ts';
import { type ConversionOptions, finishConversion, prettyJson } from '../conversion.ts';
import { readMachineFile, readText } from '../machine-file.ts';
import type { Output } from '../output.ts';
import { importScxmlFile } from '../scxml-file.ts';

interface Imported {
  readonly definition: MachineDefinition;
  readonly problems: readonly Problem[];
}

/** How a file of each format becomes a machine. */
const importers = {
  scxml: async (file: string): Promise<Imported> => importScxmlFile(file, await readText(file)),
  xstate: async (file: string): Promise<Imported> => importXState((await readMachineFile(file)).definition),
  json: async (file: string): Promise<Imported> => ({
    definition: (await readMachineFile(file)).definition,
    problems: [],
  }),
};

type Format = keyof typeof importers;

export function addImport(fsm: Command, host: Host): void {
  fsm
    .command('import')
    .description('Make a machine of a document in another format, and say what has no counterpart.')
    .addArgument(new Argument('<format>', 'what the file is').choices(Object.keys(importers)))
    .argument('<file>', 'the document: .scxml; for xstate and json also .json, .jsonc, .ts, .js')
    .option('--out <file>', 'write the machine there instead of printing it')
    .option('--json', 'print one JSON object: {"format","file","machine","problems"}')
    .addHelpText('after', example('fsm import scxml traffic-light.scxml --out traffic-light.json'))
    .action((format: Format, file: string, options: ConversionOptions) =>
      host.perform(options.json ?? false, (output) => importFile(format, file, options, output)),
    );
}

async function importFile(format: Format, file: string, options: ConversionOptions, output: Output): Promise<number> {
  const { definition, problems } = await importers[format](file);
  const conversion = { format, file, text: prettyJson(definition), result: { machine: definition }, problems };
  return await finishConversion(conversion, options, output);
}
