import { writeFile } from 'node:fs/promises';
import { toMermaid } from '@fsm/core';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { fileError } from '../file-error.ts';
import { readMachineFile } from '../machine-file.ts';
import { requireValid } from '../machine-problems.ts';
import type { Output } from '../output.ts';

interface GraphOptions {
  readonly out?: string;
  readonly functions?: string;
  readonly json?: boolean;
}

export function addGraph(fsm: Command, host: Host): void {
  fsm
    .command('graph')
    .description('Draw a machine as a Mermaid state diagram.')
    .argument('<file>', 'a machine: .json, .jsonc, .ts, .js')
    .option('--out <file>', 'write there instead of printing')
    .option('--functions <file>', 'functions, guards and actions of a JSON machine (default: functions.ts beside it)')
    .option('--json', 'print one JSON object: {"machine","mermaid"}')
    .addHelpText('after', example('fsm graph examples/smart-door/machine.json --out smart-door.mmd'))
    .action((file: string, options: GraphOptions) =>
      host.perform(options.json ?? false, (output) => graph(file, options, output)),
    );
}

async function graph(file: string, options: GraphOptions, output: Output): Promise<number> {
  const machine = await readMachineFile(file, options.functions);
  requireValid(machine);
  const mermaid = toMermaid(machine.definition).trimEnd();
  if (options.out !== undefined) {
    try {
      await writeFile(options.out, `${mermaid}\n`);
    } catch (error) {
      throw fileError(options.out, error);
    }
    output.notice(`written to ${options.out}`);
  }
  if (output.json) output.printJson({ machine: machine.definition.id, mermaid });
  else if (options.out === undefined) output.print(mermaid);
  return exitCode.done;
}
