import type { MachineEvent } from '../../definition/definition.ts';

/**
 * An event I/O processor besides SCXML's own.
 *
 * @see https://www.w3.org/TR/scxml/#eventioprocessors
 */
export interface EventProcessor {
  /** Where messages for a session are sent to. */
  locationOf(session: string): string;
  /** The session a message reaches and the event it becomes there; nothing when it reaches none. */
  receive(
    location: string,
    event: MachineEvent,
  ): { readonly session: string; readonly event: MachineEvent } | undefined;
}
