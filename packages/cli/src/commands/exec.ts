import { FsmError, type Json, type JsonObject, type Problem } from '@fsm/core';
import { type NodeReport, type Registry, type WatchedRun, watch } from '@fsm/effects';
import type { Command } from 'commander';
import { example, type Host } from '../command.ts';
import { type Display, openDisplay } from '../exec/display.ts';
import { type Pipeline, readPipeline } from '../exec/pipeline.ts';
import { exitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { readFunctions } from '../machine-file.ts';
import { parseJson, parseJsonObject, parseTime } from '../options.ts';
import { errorRecord, type Output } from '../output.ts';
import { registryFor } from '../registry.ts';
import { describeProblem } from './validate.ts';

interface ExecOptions {
  readonly functions?: string;
  readonly context?: JsonObject;
  readonly params?: Json;
  readonly timeout?: number;
  readonly verbose?: boolean;
  readonly json?: boolean;
}

const help = `
A pipeline is one effect, {"type":"sequence","effects":[…]}, or {"effect":…,"context":{…},"params":…}. It runs in memory: when the
process ends, it is gone. Ctrl-C cancels it and undoes what it did as far as its compensations say; twice ends at once.`;

export function addExec(fsm: Command, host: Host): void {
  fsm
    .command('exec')
    .description('Run a pipeline of effects once, without a machine, and print its result as JSON.')
    .argument('[pipeline]', 'a tree of effects: .json, .jsonc; - for standard input', '-')
    .option(
      '--functions <file>',
      'functions that `call` may call, and `http` for call_api (default: functions.ts beside the pipeline)',
    )
    .option(
      '--context <json>',
      'what expressions see as `context`; goes over what the pipeline brings',
      parseJsonObject,
    )
    .option('--params <json>', 'what expressions see as `params`; instead of what the pipeline brings', parseJson)
    .option('--timeout <duration>', 'cancel it when it takes longer: 30s, 5m', parseTime)
    .option('--verbose', 'print what each effect does, logs and emits')
    .option('--json', 'print one JSON object: { ok, output or error, steps, seconds }')
    .addHelpText('after', `${help}\n${example('fsm exec pipeline.json --context \'{"order":7}\'')}`)
    .action((pipeline: string, options: ExecOptions) =>
      host.perform(options.json ?? false, (output) => exec(pipeline, options, host.io, output)),
    );
}

async function exec(path: string, options: ExecOptions, io: Io, output: Output): Promise<number> {
  const started = performance.now();
  const steps = { finished: 0 };
  const end = (result: { readonly output: Json } | { readonly error: unknown }) => {
    const seconds = Math.round(performance.now() - started) / 1_000;
    report(path, result, { steps: steps.finished, seconds }, io, output);
  };
  let registry: Registry;
  let pipeline: Pipeline;
  try {
    const { functions = {}, http, codeFrom } = await readFunctions(options.functions, path === '-' ? undefined : path);
    if (codeFrom !== undefined && codeFrom !== options.functions) output.notice(`functions come from ${codeFrom}`);
    if (path === '-' && isTerminal(io)) output.notice('reading the pipeline from the terminal; Ctrl-D ends');
    registry = registryFor({ functions, http });
    pipeline = await readPipeline(path, registry, io);
  } catch (error) {
    end({ error });
    return exitCode.wrongUse;
  }
  const display = openDisplay(io, output, options.verbose ?? false);
  const leaves = new Set(registry.kinds().flatMap(({ name, repeat }) => (repeat === undefined ? [] : [name])));
  const progress = (report: NodeReport) => {
    if (report.phase === 'finished' && leaves.has(report.kind)) steps.finished += 1;
    display.note(report);
  };
  const stop = stopping(options.timeout, io);
  try {
    const run = start(pipeline, registry, options, { display, progress, signal: stop.signal });
    const result = await Promise.race([run.result, stop.again]);
    display.finish();
    end({ output: result });
    return exitCode.done;
  } catch (error) {
    display.finish();
    end({ error });
    return stop.interrupted() ? exitCode.interrupted : exitCode.failed;
  } finally {
    stop.over();
    // not waited for: what goes on regardless must not hold up the end
    void registry.close();
  }
}

interface Watcher {
  readonly display: Display;
  readonly progress: (report: NodeReport) => void;
  readonly signal: AbortSignal;
}

function start(
  { effect, ...brought }: Pipeline,
  registry: Registry,
  { context, params = brought.params, verbose = false }: ExecOptions,
  { display, progress, signal }: Watcher,
): WatchedRun {
  return watch(effect, {
    registry,
    context: { ...brought.context, ...context },
    ...(params === undefined ? undefined : { params }),
    progress,
    signal,
    log(level, message) {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      if (verbose || level === 'warn' || level === 'error') display.say(`${level} ${text}`);
    },
    emit(event) {
      if (verbose) display.say(`emits ${JSON.stringify(event)}`);
    },
  });
}

/** What can stop a run: its time, and whoever sits before it. Asked twice it is not waited for. */
function stopping(timeout: number | undefined, io: Io) {
  let interrupts = 0;
  const controller = new AbortController();
  const { promise: again, reject } = Promise.withResolvers<never>();
  again.catch(() => {});
  const forget = io.onInterrupt(() => {
    interrupts += 1;
    if (interrupts === 1) controller.abort(new FsmError('INTERRUPTED', 'The pipeline was interrupted.'));
    else {
      reject(
        new FsmError('INTERRUPTED', 'The pipeline was interrupted twice; it may not have undone all that it did.', {
          hint: 'See with --verbose how far it came, and undo the rest by hand.',
        }),
      );
    }
  });
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => controller.abort(tooLong(timeout)), Math.min(timeout, longestTimeout));
  return {
    signal: controller.signal,
    again,
    interrupted: () => interrupts > 0,
    over() {
      forget();
      clearTimeout(timer);
    },
  };
}

const longestTimeout = 2 ** 31 - 1;

function tooLong(timeout: number): FsmError {
  return new FsmError('EXECUTION_TIMEOUT', `The pipeline did not end within ${timeout} ms.`, {
    hint: 'Give it more time with --timeout.',
    details: { timeout },
  });
}

function report(
  path: string,
  result: { readonly output: Json } | { readonly error: unknown },
  counts: { readonly steps: number; readonly seconds: number },
  io: Io,
  output: Output,
): void {
  if (output.json) {
    const told = 'error' in result ? { ok: false, error: errorRecord(result.error) } : { ok: true, ...result };
    output.printJson({ ...told, ...counts });
    return;
  }
  if ('output' in result) {
    output.print(JSON.stringify(result.output, null, io.stdout.isTTY === true ? 2 : undefined));
    return;
  }
  const details = FsmError.is(result.error) ? result.error.details : undefined;
  const problems = details?.problems;
  if (FsmError.is(result.error) && result.error.code === 'PIPELINE_INVALID') {
    const file = path === '-' ? 'standard input' : path;
    for (const problem of problems as readonly Problem[]) output.notice(describeProblem(file, problem, output));
    return;
  }
  output.complain(result.error);
  const compensated = details?.compensated;
  if (Array.isArray(compensated) && compensated.length > 0) output.notice(`  undone: ${compensated.join(', ')}`);
}

function isTerminal({ stdin }: Io): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true;
}
