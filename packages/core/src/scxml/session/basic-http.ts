import type { MachineEvent } from '../../definition/definition.ts';
import type { Json } from '../../json.ts';
import type { EventProcessor } from './event-processor.ts';

export const basicHttpProcessor = 'http://www.w3.org/TR/scxml/#BasicHTTPEventProcessor';

/**
 * The Basic HTTP event I/O processor between the sessions of one world: messages take the form they have in an HTTP
 * request, and are not sent over a network.
 *
 * @see https://www.w3.org/TR/scxml/#BasicHTTPEventProcessor
 */
export function basicHttp(base = 'http://localhost/scxml/'): { readonly [name: string]: EventProcessor } {
  const processor: EventProcessor = {
    locationOf: (session) => base + encodeURIComponent(session),
    receive: (location, event) => {
      if (!location.startsWith(base)) return undefined;
      const { content, form } = encode(event);
      const name = form.get('_scxmleventname') ?? 'HTTP.POST';
      form.delete('_scxmleventname');
      const data: Json | undefined = content ?? (form.size === 0 ? undefined : Object.fromEntries(form));
      const body = content === undefined ? encode(event).form : encodeURIComponent(content);
      const raw = `POST ${location}\n\n${body}`;
      const delivery = { kind: 'external', origintype: basicHttpProcessor, raw } as const;
      return {
        session: decodeURIComponent(location.slice(base.length)),
        event: data === undefined ? { type: name, delivery } : { type: name, data, delivery },
      };
    },
  };
  return { basichttp: processor, [basicHttpProcessor]: processor };
}

/** Parameters are form-encoded with the name of the event; content is the body itself. */
function encode({ type, data }: MachineEvent): {
  readonly content: string | undefined;
  readonly form: URLSearchParams;
} {
  const form = new URLSearchParams();
  if (type !== '') form.set('_scxmleventname', type);
  if (typeof data === 'string') return { content: data, form };
  if (Array.isArray(data)) return { content: JSON.stringify(data), form };
  for (const [name, value] of Object.entries(data ?? {})) {
    form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return { content: undefined, form };
}
