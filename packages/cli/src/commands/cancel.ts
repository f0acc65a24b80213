import { FsmError, type Json } from '@fsm/core';
import type { InstanceView, Tenant } from '@fsm/runtime';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { readFunctions, readMachineFile } from '../machine-file.ts';
import type { Output } from '../output.ts';
import { builtInPlugins } from '../plugins.ts';
import { registryFor } from '../registry.ts';
import { openForRun } from '../run/open-for-run.ts';

interface CancelOptions {
  readonly db?: string;
  readonly tenant: string;
  readonly invocation?: string;
  readonly machine?: string;
  readonly functions?: string;
  readonly json?: boolean;
}

/** What became of what a cancelled effect had done. */
interface Compensation {
  readonly invocation: string;
  readonly compensated: readonly string[];
  readonly failed: readonly { readonly path: string; readonly error: Json }[];
}

const help = `
Each effect ends as failed with EXECUTION_CANCELLED, which the machine meets like any failure (onError), and what it did is undone
as far as its compensations say; the command waits for that. Nothing else in the store goes on meanwhile. The store must not be in
use by another process. Give --functions, or --machine when the machine is written in TypeScript, for what effects call.`;

export function addCancel(fsm: Command, host: Host): void {
  fsm
    .command('cancel')
    .description('Cancel the running effects of an instance and undo what they did.')
    .argument('<instance>', 'its name')
    .option('--db <path>', 'an SQLite file, or a directory of JSON lines (required)')
    .option('--tenant <id>', 'whose instance', 'default')
    .option('--invocation <id>', 'only this effect: see "effects" of fsm get')
    .option('--machine <file>', 'the machine, for the code it brings along')
    .option('--functions <file>', 'functions that `call` may call')
    .option('--json', 'print one JSON object: {"instance","cancelled","compensations","status","configuration"}')
    .addHelpText('after', `${help}\n${example('fsm cancel order-7 --db orders.db --functions functions.ts')}`)
    .action((instance: string, options: CancelOptions) =>
      host.perform(options.json ?? false, (output) => cancel(instance, options, output)),
    );
}

async function cancel(instance: string, options: CancelOptions, output: Output): Promise<number> {
  const { db, invocation } = options;
  if (db === undefined) {
    throw new FsmError('OPTION_MISSING', 'The option --db is missing.', { hint: 'Name the store: --db loans.db' });
  }
  const machine = options.machine === undefined ? undefined : await readMachineFile(options.machine, options.functions);
  const { functions = {}, http } = machine ?? (await readFunctions(options.functions, undefined));
  const runtime = await openForRun({
    store: db,
    registry: registryFor({ functions, http }),
    plugins: [...builtInPlugins(() => undefined, db), ...(machine?.plugins ?? [])],
    awaken: false,
    ...(machine === undefined ? undefined : { implementations: machine.implementations }),
  });
  try {
    const tenant = runtime.tenant(options.tenant);
    if (machine !== undefined) await tenant.register(machine.definition, machine.implementations);
    const { sequence } = await tenant.get(instance);
    const cancelled = await tenant.cancel(instance, invocation);
    await tenant.compensated(instance);
    const compensations = await compensationsOf(tenant, instance, sequence + 1);
    report(await tenant.get(instance), cancelled, compensations, output);
    return compensations.some(({ failed }) => failed.length > 0) ? exitCode.failed : exitCode.done;
  } finally {
    await runtime.close();
  }
}

async function compensationsOf(tenant: Tenant, instance: string, first: number): Promise<readonly Compensation[]> {
  const found: Compensation[] = [];
  for (let from = first; ; ) {
    const lines = await tenant.history(instance, { from });
    for (const line of lines) {
      if (line.kind !== 'compensated') continue;
      found.push({ invocation: line.invocation, compensated: line.compensated, failed: line.failed });
    }
    if (lines.length === 0) return found;
    from += lines.length;
  }
}

function report(
  { instance, status, snapshot: { configuration } }: InstanceView,
  cancelled: readonly string[],
  compensations: readonly Compensation[],
  output: Output,
): void {
  if (output.json) {
    output.printJson({ instance, cancelled, compensations, status, configuration });
    return;
  }
  if (cancelled.length === 0) output.notice(`${instance} runs no effect`);
  for (const invocation of cancelled) output.print(`cancelled ${invocation}`);
  for (const { invocation, compensated, failed } of compensations) {
    if (compensated.length > 0) output.print(`undone    ${invocation}: ${compensated.map(shown).join(', ')}`);
    for (const { path, error } of failed) {
      output.print(`failed    ${invocation}: ${shown(path)} could not be undone: ${messageOf(error)}`);
    }
  }
  output.print(`${instance} is ${status} in ${configuration.join(' ')}`);
}

/** The root of an effect has an empty path. */
function shown(path: string): string {
  return path === '' ? 'step' : `step ${path}`;
}

function messageOf(error: Json): string {
  const isRecord = typeof error === 'object' && error !== null && !Array.isArray(error) && 'message' in error;
  return isRecord ? String(error.message) : JSON.stringify(error);
}
