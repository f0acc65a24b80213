import type { MachineDefinition } from '../../definition/definition.ts';
import { parseDuration } from '../../definition/duration.ts';
import { FsmError } from '../../error.ts';
import type { JsonObject } from '../../json.ts';
import type { Microstep } from '../../machine/command.ts';
import { compile, type Machine } from '../../machine/machine.ts';
import { complete, fire, navigate, start } from '../../machine/navigate.ts';
import type { Snapshot } from '../../machine/snapshot.ts';
import type { SimulationStep } from '../../simulation/step.ts';
import type { Finding, FindingCode } from '../finding.ts';
import { type VerifyOptions, verify } from '../verify.ts';

/** What became of an instance that the steps of a finding were played to. */
export interface Replayed {
  readonly machine: Machine;
  readonly snapshot: Snapshot;
  readonly now: number;
  /** Leaves after each step, the start first. */
  readonly path: readonly string[];
  /** JSON paths of all transitions taken, step by step. */
  readonly transitions: readonly (readonly string[])[];
  /** Of the last step, those of its first microstep. */
  readonly first: readonly string[];
  /** Leaves of every microstep. */
  readonly visited: ReadonlySet<string>;
  /** The code of the error of the last step, when it was refused. */
  readonly refused: string | undefined;
}

/** Plays steps with the engine alone, knowing nothing of how they were found. */
export function replay(
  subject: MachineDefinition | Machine,
  steps: readonly SimulationStep[],
  { implementations, input }: { implementations?: VerifyOptions['implementations']; input?: JsonObject } = {},
): Replayed {
  const machine =
    'hash' in subject ? (subject as Machine) : compile(subject, { ...(implementations && { implementations }) });
  const path: string[] = [];
  const transitions: (readonly string[])[] = [];
  const visited = new Set<string>();
  let first: readonly string[] = [];
  let now = 0;
  let snapshot: Snapshot | undefined;
  let refused: string | undefined;
  const act = (decide: (trace: Microstep[]) => Snapshot) => {
    if (refused !== undefined) throw new Error('a step follows one that was refused');
    const trace: Microstep[] = [];
    try {
      snapshot = decide(trace);
      path.push(snapshot.configuration.join(' '));
    } catch (error) {
      if (!FsmError.is(error)) throw error;
      refused = error.code;
    }
    first = trace[0]?.transitions ?? [];
    transitions.push(trace.flatMap((microstep) => microstep.transitions));
    for (const { configuration } of trace) for (const leaf of configuration) visited.add(leaf);
  };
  const moment = (trace: Microstep[]) => ({ now, instance: 'simulation', tenant: 'default', trace });
  act((trace) => start(machine, moment(trace), input).snapshot);
  for (const step of steps) act((trace) => play(machine, snapshot!, step, trace));
  return { machine, snapshot: snapshot!, now, path, transitions, first, visited, refused };

  function play(of: Machine, before: Snapshot, step: SimulationStep, trace: Microstep[]): Snapshot {
    if ('event' in step) {
      const event = typeof step.event === 'string' ? { type: step.event } : step.event;
      return navigate(of, before, event, moment(trace)).snapshot;
    }
    if ('advance' in step) return advance(of, before, parseDuration(step.advance)!, trace);
    if ('done' in step || 'failed' in step) {
      const id = 'done' in step ? step.done : step.failed;
      const running = before.invocations?.[id];
      if (running === undefined) throw new Error(`the effect ${id} does not run`);
      const outcome = 'done' in step ? { output: step.output ?? null } : { error: step.error ?? null };
      return complete(of, before, id, running.incarnation, outcome, moment(trace)).snapshot;
    }
    throw new Error(`no step for a counter-example: ${JSON.stringify(step)}`);
  }

  function advance(of: Machine, before: Snapshot, milliseconds: number, trace: Microstep[]): Snapshot {
    const end = now + milliseconds;
    let reached = before;
    for (let fired = 0; ; fired++) {
      const due = Object.entries(reached.timers ?? {}).filter(([, timer]) => timer.due <= end);
      due.sort(([, a], [, b]) => a.due - b.due || a.incarnation - b.incarnation);
      const next = due[0];
      if (next === undefined) break;
      if (fired > 5_000) throw new FsmError('TIMERS_ENDLESS', 'The timers do not come to rest.');
      now = Math.max(now, next[1].due);
      reached = fire(of, reached, next[0], next[1].incarnation, moment(trace)).snapshot;
    }
    now = end;
    return reached;
  }
}

/** The findings of one check. */
export function found(
  definition: MachineDefinition | Machine,
  code: FindingCode,
  options: VerifyOptions = {},
): readonly Finding[] {
  return verify(definition, options).findings.filter((finding) => finding.code === code);
}

/** The only finding of a check, with its steps played. */
export function shown(
  definition: MachineDefinition,
  code: FindingCode,
  options: VerifyOptions = {},
): Finding & { readonly replayed: Replayed } {
  const all = found(definition, code, options);
  const [only] = all;
  if (all.length !== 1 || only?.steps === undefined) {
    throw new Error(`expected one ${code} with steps, found ${JSON.stringify(all)}`);
  }
  return { ...only, replayed: replay(definition, only.steps, options) };
}
