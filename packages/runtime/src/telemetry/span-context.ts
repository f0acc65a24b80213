import { isSpanContextValid, type Span, type SpanContext } from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

/** The span that a `traceparent` names, wherever it is. */
export function remoteSpan(traceparent: string): SpanContext | undefined {
  const parsed = parseTraceparent(traceparent);
  return parsed === undefined ? undefined : { ...parsed, isRemote: true };
}

/** How others name the span; nothing when it is not part of a trace. */
export function traceparentOf(span: Span): string | undefined {
  const spanContext = span.spanContext();
  return isSpanContextValid(spanContext) ? formatTraceparent(spanContext) : undefined;
}
