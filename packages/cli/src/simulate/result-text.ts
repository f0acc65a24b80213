import { formatDuration, type Machine, type SimulationResult, type SimulationStep, type Snapshot } from '@fsm/core';
import type { Output } from '../output.ts';

type Paint = Output['paint'];

/** A step as a person would type it. */
export function describeStep(step: SimulationStep): string {
  if ('event' in step) {
    if (typeof step.event === 'string') return step.event;
    const { type, ...rest } = step.event;
    const data = 'data' in rest ? rest.data : undefined;
    return data === undefined ? type : `${type} ${JSON.stringify(data)}`;
  }
  if ('advance' in step)
    return `advance ${typeof step.advance === 'number' ? formatDuration(step.advance) : step.advance}`;
  if ('done' in step) return withValue(`done ${step.done}`, step.output);
  if ('failed' in step) return withValue(`fail ${step.failed}`, step.error);
  if ('patch' in step) return `patch ${JSON.stringify(step.patch)}`;
  return `expect ${JSON.stringify(step.expect)}`;
}

function withValue(text: string, value: unknown): string {
  return value === undefined ? text : `${text} ${JSON.stringify(value)}`;
}

/** What a step did, one line for each kind of thing; several lines, all indented. */
export function describeResult(result: SimulationResult, paint: Paint): string {
  const { error, differences, taken, step } = result;
  if (error !== undefined) {
    const hint = error.hint === undefined ? [] : [`    try ${error.hint}`];
    return [`  ${paint('red', 'refused')} ${error.message} ${paint('dim', `[${error.code}]`)}`, ...hint].join('\n');
  }
  if (differences !== undefined) {
    if (differences.length === 0) return `  ${paint('green', '✓')} as expected`;
    return differences.map(({ message }) => `  ${paint('red', '✗')} ${message}`).join('\n');
  }
  if (!taken && step !== undefined && !('advance' in step)) return `  ${paint('yellow', 'not taken')}`;
  const lines = [...changes(result), ...effects(result), ...messages(result)];
  return lines.length === 0 ? '  nothing happened' : lines.map((line) => `  ${line}`).join('\n');
}

function changes({ transitions, entered, left, fired, snapshot }: SimulationResult): string[] {
  const moved = [...left.map((state) => `-${state}`), ...entered.map((state) => `+${state}`)];
  return [
    ...(fired.length === 0 ? [] : [`fired   ${fired.join(', ')}`]),
    ...(transitions.length === 0 ? [] : [`took    ${transitions.join(', ')}`]),
    ...(moved.length === 0 ? [] : [`states  ${moved.join(' ')}`]),
    ...(snapshot.status === 'active'
      ? []
      : [`status  ${withValue(snapshot.status, snapshot.output ?? snapshot.error)}`]),
  ];
}

function effects({ started, cancelled, outcomes }: SimulationResult): string[] {
  return [
    ...outcomes.map((outcome) =>
      'error' in outcome
        ? `failed  ${outcome.invocation} ${JSON.stringify(outcome.error)}`
        : `done    ${outcome.invocation} ${JSON.stringify(outcome.output)}`,
    ),
    ...(cancelled.length === 0 ? [] : [`cancel  ${cancelled.join(', ')}`]),
    ...(started.length === 0 ? [] : [`start   ${started.join(', ')}`]),
  ];
}

function messages({ logs, emits, sends }: SimulationResult): string[] {
  return [
    ...sends.map(({ to, event }) => `send    ${withValue(event.type, event.data)} to ${to}`),
    ...emits.map((event) => `emit    ${withValue(event.type, event.data)}`),
    ...logs.map(
      ({ level, message }) => `log     ${level} ${typeof message === 'string' ? message : JSON.stringify(message)}`,
    ),
  ];
}

/** Where an instance is, and what can happen to it next. */
export function describeMoment(machine: Machine, snapshot: Snapshot, now: number, paint: Paint): string {
  const events = machine.nextEvents(snapshot);
  const running = Object.keys(snapshot.invocations ?? {});
  const timers = Object.entries(snapshot.timers ?? {}).map(
    ([id, { due, event }]) =>
      `${id.startsWith('fsm.timer.') ? event.type : id} in ${formatDuration(Math.max(0, due - now))}`,
  );
  const status = snapshot.status === 'active' ? '' : ` (${snapshot.status})`;
  return [
    `${paint('bold', snapshot.configuration.join(', ') || machine.id)}${status}`,
    ...(events.length === 0 ? [] : [`  events  ${events.join(' ')}`]),
    ...(running.length === 0 ? [] : [`  running ${running.join(', ')}`]),
    ...(timers.length === 0 ? [] : [`  timers  ${timers.join(', ')}`]),
  ].join('\n');
}

/** A result for programs. */
export function resultRecord({ step, taken, snapshot, now, transitions, ...rest }: SimulationResult): object {
  const { entered, left, fired, outcomes, started, cancelled, sends, emits, logs, error, differences } = rest;
  const lists = { entered, left, fired, outcomes, started, cancelled, sends, emits, logs };
  return {
    ...(step && { step }),
    taken,
    now,
    configuration: snapshot.configuration,
    transitions,
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...(error && { error }),
    ...(differences && { differences }),
  };
}
