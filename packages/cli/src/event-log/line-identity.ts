import { hash } from 'node:crypto';
import type { LoggedEvent } from './event-line.ts';

/**
 * Gives every event of a log an id that is the same whenever the log is read again, so that the engine recognises what
 * it already has. An event's own id wins; without one it is what it says (type, time, data) and how many times its
 * instance has said so before. Spaces and the order of the line's keys make no difference; the same content twice in
 * one log is two events.
 *
 * Memory grows by some 80 bytes for each event without an id.
 */
export class LineIdentity {
  readonly #occurrences = new Map<string, Map<string, number>>();

  idOf(event: LoggedEvent): string {
    if (event.id !== undefined) return event.id;
    const content = contentId(event);
    let counts = this.#occurrences.get(event.instance);
    if (counts === undefined) {
      counts = new Map();
      this.#occurrences.set(event.instance, counts);
    }
    const occurrence = (counts.get(content) ?? 0) + 1;
    counts.set(content, occurrence);
    return occurrence === 1 ? content : `${content}:${occurrence}`;
  }
}

/** 128 bits of SHA-256 in base64url, whose letters may all stand in an id. */
function contentId({ type, at, data }: LoggedEvent): string {
  const content = `${at ?? ''} ${JSON.stringify(type)} ${data === undefined ? '' : JSON.stringify(data)}`;
  return hash('sha256', content, 'base64url').slice(0, 22);
}
