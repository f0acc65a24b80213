import type { ActionDefinition } from '../../definition/definition.ts';
import { formatKey } from '../../definition/path.ts';
import { type Chart, covers, isEngineEvent, toList } from '../chart.ts';
import type { Finding } from '../finding.ts';
import { type Subject, selectable } from '../subject.ts';

/** Events that are declared, or that the machine raises, and that nobody takes: at all, or, when asked for, somewhere. */
export function unhandledEvents(subject: Subject): readonly Finding[] {
  const nobody = neverHandled(subject);
  return subject.unhandledByState ? [...nobody, ...handledInPart(subject)] : nobody;
}

function neverHandled({ chart, structure }: Subject): readonly Finding[] {
  const alive = chart.transitions.filter((each) => !structure.dead.has(each) && !each.forbidden);
  const handled = (type: string) =>
    alive.some(({ descriptor }) => descriptor !== undefined && takes(chart, descriptor, type));
  const declared = Object.keys(chart.definition.events ?? {});
  const made = raisedEvents(chart);
  const findings: Finding[] = [];
  for (const [type, path] of made) {
    if (handled(type)) continue;
    findings.push({
      code: 'UNHANDLED_EVENT',
      severity: 'warning',
      evidence: 'proven',
      path,
      message: `The machine raises \`${type}\`, and none of its states takes it.`,
      hint: 'Handle it in `on` of a state that is active then, or do not raise it.',
    });
  }
  for (const type of declared) {
    if (handled(type) || made.has(type)) continue;
    findings.push({
      code: 'UNHANDLED_EVENT',
      severity: 'warning',
      evidence: 'proven',
      path: `$.events${formatKey(type)}`,
      message: `The event \`${type}\` is declared, and no state ever takes it.`,
      hint: 'Handle it in `on` of a state, or remove it.',
    });
  }
  return findings;
}

function takes(chart: Chart, descriptor: string, type: string): boolean {
  if (!chart.scxml) return covers(descriptor, type);
  const stem = descriptor.replace(/\.?\*$/, '');
  return stem === '' || type === stem || type.startsWith(`${stem}.`);
}

/** Types the machine sends itself, with the place of the first. */
function raisedEvents(chart: Chart): ReadonlyMap<string, string> {
  const raised = new Map<string, string>();
  const look = (actions: unknown, path: string): void => {
    const listed = Array.isArray(actions);
    for (const [index, action] of (toList(actions) as ActionDefinition[]).entries()) {
      if (typeof action !== 'object' || !('raise' in action)) continue;
      const type = typeof action.raise === 'string' ? action.raise : action.raise.type;
      const place = `${listed ? `${path}[${index}]` : path}.raise`;
      if (!type.includes('{{') && !isEngineEvent(type) && !raised.has(type)) raised.set(type, place);
    }
  };
  for (const { definition, at, transitions } of chart.states) {
    look(definition.entry, `${at}.entry`);
    look(definition.exit, `${at}.exit`);
    if (typeof definition.initial === 'object') look(definition.initial.actions, `${at}.initial.actions`);
    for (const { definition: transition, path } of transitions) look(transition.actions, `${path}.actions`);
  }
  return raised;
}

/** Configurations in which an event that the machine knows is not taken. */
function handledInPart({ explored }: Subject): readonly Finding[] {
  if (explored === undefined) return [];
  const { machine, exploration, eventTypes } = explored;
  const active = exploration.states.filter(({ snapshot }) => snapshot.status === 'active');
  const byConfiguration = new Map(active.toReversed().map((state) => [state.snapshot.configuration.join('\n'), state]));
  const configurations = [...byConfiguration.values()].toReversed();
  return eventTypes.flatMap((type): readonly Finding[] => {
    const without = configurations.filter((state) => {
      const selection = machine.selection(machine.configurationOf(state.snapshot), type);
      return selectable(selection).every(({ forbidden }) => forbidden);
    });
    const first = without[0];
    if (first === undefined || without.length === configurations.length) return [];
    const all = configurations.length;
    return [
      {
        code: 'UNHANDLED_EVENT',
        severity: 'info',
        evidence: 'shown',
        path: '$',
        message: `Nobody takes \`${type}\` in ${without.length} of the ${all} configurations reached; first in ${first.snapshot.configuration.join(', ')}.`,
        steps: [...exploration.stepsTo(first), { event: { type } }],
        states: first.snapshot.configuration,
      },
    ];
  });
}
