import type { z } from 'zod';
import type { MachineDefinition, MachineEvent } from '../definition/definition.ts';
import { compileDataSchema } from '../definition/event-data-schema.ts';
import { FsmError } from '../error.ts';

/** Checks an event against what the machine declares about its data. */
export type EventDataCheck = (event: MachineEvent) => void;

/** How many complaints about one event are told. */
const mostShown = 5;

/**
 * The check of a machine's events, or nothing when it declares no data. Schemas become checkers when their event first
 * comes.
 *
 * The check throws FsmError EVENT_DATA_INVALID with every complaint in `details.problems`.
 */
export function eventDataCheck({ id, events }: MachineDefinition): EventDataCheck | undefined {
  const declared = Object.entries(events ?? {}).filter(([, event]) => event.data !== undefined);
  if (declared.length === 0) return undefined;
  const schemas = new Map(declared.map(([type, { data }]) => [type, data!]));
  const checkers = new Map<string, z.ZodType>();
  return ({ type, data }) => {
    const schema = schemas.get(type);
    if (schema === undefined) return;
    let checker = checkers.get(type);
    if (checker === undefined) {
      checker = compileDataSchema(schema);
      checkers.set(type, checker);
    }
    const { success, error } = checker.safeParse(data);
    if (!success) throw invalidData(id, type, error);
  };
}

function invalidData(machine: string, type: string, error: z.ZodError): FsmError {
  const problems = error.issues.map(({ path, message }) => ({
    path: ['data', ...path].map(String).join('.'),
    message,
  }));
  const shown = problems.slice(0, mostShown).map(({ path, message }) => `${path}: ${message}`);
  const more = problems.length > mostShown ? ` … and ${problems.length - mostShown} more` : '';
  return new FsmError(
    'EVENT_DATA_INVALID',
    `The data of the event "${type}" are not what "${machine}" declares: ${shown.join('; ')}${more}.`,
    {
      hint: `See \`events.${type}.data\` of the machine for what the event carries.`,
      next: 'reject',
      details: { event: type, problems },
    },
  );
}
