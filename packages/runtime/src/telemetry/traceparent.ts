import { FsmError } from '@fsm/core';

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** What a `traceparent` says. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/**
 * Reads a `traceparent` as W3C Trace Context has it. `undefined` for anything else, which whoever receives one from
 * outside must treat as if there were none.
 */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = form.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/**
 * A header as the field of an event: empty when it is missing or no trace, as W3C Trace Context asks.
 *
 * ```ts
 * await tenant.send('order-1', { type: 'PAY', ...traceOf(request.headers.get('traceparent')) });
 * ```
 */
export function traceOf(header: string | null | undefined): { readonly traceparent?: string } {
  return typeof header === 'string' && parseTraceparent(header) !== undefined ? { traceparent: header } : {};
}

/** Refuses what is not a `traceparent`. Throws TRACEPARENT_INVALID. */
export function checkTraceparent(text: unknown): asserts text is string {
  if (typeof text === 'string' && text.length <= 128 && parseTraceparent(text) !== undefined) return;
  throw new FsmError('TRACEPARENT_INVALID', 'The event has a "traceparent" that is none.', {
    hint: 'Give it as W3C Trace Context has it, or use traceOf(header), which leaves out what is not one.',
  });
}

/** The text that {@link parseTraceparent} reads. */
export function formatTraceparent({ traceId, spanId, traceFlags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
