import { createInterface } from 'node:readline';
import {
  FsmError,
  type Json,
  listNames,
  type Machine,
  parseScenario,
  type Simulation,
  type SimulationOptions,
  type SimulationStep,
  simulate,
  suggest,
} from '@fsm/core';
import type { Io } from '../io.ts';
import type { Output } from '../output.ts';
import { describeMoment, describeResult } from './result-text.ts';

const help = `EVENT [json]         send an event, with data if it has any
advance 30s          let time pass; timers fire in order
done ID [json]       let a running effect end, with its output
fail ID [json]       let a running effect fail, with its error
patch JSON           write into the context: {"applicant.score": 640}
{"event":…}          any step as it stands in a scenario file
context              show the context
undo                 take the last step back
help, quit`;

/** Plays a machine from typed commands, until they end. Returns the simulation as it was left. */
export async function playCommands(
  machine: Machine,
  options: SimulationOptions,
  io: Io,
  output: Output,
): Promise<Simulation> {
  const session = new Session(machine, options, output);
  const terminal = 'isTTY' in io.stdin && io.stdin.isTTY === true;
  if (terminal) output.notice('type "help" for what can be typed, "quit" to end');
  session.show();
  const lines = createInterface({ input: io.stdin, terminal: false });
  const ask = () => {
    if (terminal) io.stderr.write('> ');
  };
  const stop = io.onInterrupt(() => lines.close());
  ask();
  try {
    for await (const line of lines) {
      if (session.handle(line.trim()) === 'quit') break;
      ask();
    }
  } finally {
    stop();
    lines.close();
  }
  return session.simulation;
}

class Session {
  simulation: Simulation;
  private readonly machine: Machine;
  private readonly options: SimulationOptions;
  private readonly output: Output;

  constructor(machine: Machine, options: SimulationOptions, output: Output) {
    this.machine = machine;
    this.options = options;
    this.output = output;
    this.simulation = simulate(machine, options);
  }

  show(): void {
    const { snapshot, now } = this.simulation;
    this.print(describeMoment(this.machine, snapshot, now, (style, text) => this.output.paint(style, text)));
  }

  handle(line: string): 'quit' | undefined {
    switch (line) {
      case '':
        return undefined;
      case 'quit':
      case 'exit':
        return 'quit';
      case 'help':
        this.print(help);
        return undefined;
      case 'context':
        this.print(JSON.stringify(this.simulation.snapshot.context, undefined, 2));
        return undefined;
      case 'undo':
        this.undo();
        return undefined;
    }
    try {
      this.apply(stepOf(line));
    } catch (error) {
      if (!FsmError.is(error)) throw error;
      this.output.complain(error);
    }
    return undefined;
  }

  private apply(step: SimulationStep): void {
    const before = this.simulation.snapshot;
    const result = this.simulation.apply(step);
    this.print(describeResult(result, (style, text) => this.output.paint(style, text)));
    if ('event' in step && !result.taken && result.error === undefined) this.explain(step.event);
    const asked = 'done' in step ? step.done : 'failed' in step ? step.failed : undefined;
    const running = Object.keys(before.invocations ?? {});
    if (asked !== undefined && !running.includes(asked)) {
      this.output.notice(`"${asked}" is not running; running are ${listNames(running) || 'none'}`);
    }
    this.show();
  }

  /** Why nothing took an event, as far as that is easy to say. */
  private explain(event: Extract<SimulationStep, { event: unknown }>['event']): void {
    const type = typeof event === 'string' ? event : event.type;
    const next = this.machine.nextEvents(this.simulation.snapshot);
    const similar = next.includes(type) ? undefined : suggest(type, [...next, ...commands]);
    if (similar !== undefined) this.output.notice(`did you mean "${similar}"?`);
  }

  private undo(): void {
    const { steps } = this.simulation;
    if (steps.length === 0) {
      this.output.notice('there is nothing to undo');
      return;
    }
    this.simulation = simulate(this.machine, this.options);
    this.simulation.replay(steps.slice(0, -1));
    this.show();
  }

  private print(text: string): void {
    if (!this.output.json) this.output.print(text);
  }
}

const commands = ['advance', 'done', 'fail', 'patch', 'context', 'undo', 'help', 'quit'];

/** What a typed line means as a step. */
function stepOf(line: string): SimulationStep {
  if (line.startsWith('{')) return onlyStep(line);
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  switch (word) {
    case 'advance':
      return { advance: rest };
    case 'done':
    case 'fail': {
      const [, id = '', value = ''] = /^(\S*)\s*(.*)$/s.exec(rest) ?? [];
      const given = value === '' ? undefined : readJson(value, `${word} ${id} {"code":"TIMEOUT"}`);
      if (word === 'done') return { done: id, ...(given === undefined ? undefined : { output: given }) };
      return { failed: id, ...(given === undefined ? undefined : { error: given }) };
    }
    case 'patch':
      return onlyStep(`{"patch":${JSON.stringify(readJson(rest, 'patch {"score":640}'))}}`);
    default:
      return { event: rest === '' ? word : { type: word, data: readJson(rest, `${word} {"amount":5}`) } };
  }
}

function onlyStep(line: string): SimulationStep {
  const [step] = parseScenario(line).steps;
  if (step !== undefined) return step;
  throw new FsmError('COMMAND_INVALID', 'The line is no step.', { hint: 'Write for example {"advance":"30s"}.' });
}

function readJson(text: string, example: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new FsmError('COMMAND_INVALID', `${JSON.stringify(text)} is not JSON: ${(cause as Error).message}`, {
      hint: `Write for example: ${example}`,
    });
  }
}
