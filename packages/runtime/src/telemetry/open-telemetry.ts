import { FsmError } from '@fsm/core';
import {
  context,
  type Meter,
  metrics,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Receipt } from '../engine/receipt.ts';
import { ExecutionSpans } from './execution-spans.ts';
import { type EventOutcome, Metrics } from './metrics.ts';
import { remoteSpan, traceparentOf } from './span-context.ts';
import type { EventTold, EventTrace, Telemetry } from './telemetry.ts';

export interface OpenTelemetryOptions {
  /** Where spans go; the tracer of the global provider when not given. */
  readonly tracer?: Tracer;
  /** Where metrics go; the meter of the global provider when not given. */
  readonly meter?: Meter;
  /** How many values an attribute of a metric may have, such as tenants; the rest are `other`. 200 when not given. */
  readonly attributeLimit?: number;
  /** Milliseconds, to measure with; `performance.now` when not given. */
  readonly now?: () => number;
}

/**
 * Traces and metrics of a runtime through the OpenTelemetry API. Which SDK collects them, and where they go, is up to the
 * application; without one the API does nothing.
 *
 * ```ts
 * const runtime = await openRuntime({ store: 'orders.db', registry, telemetry: openTelemetry() });
 * ```
 *
 * - A span `fsm.event` for each event, from its arrival to its commit; child of the trace that came with it.
 * - One trace for each execution: a span `fsm.execution`, linked to the event that caused it, and below it a span
 *   `fsm.effect.<kind>` for each node, as they stand inside each other.
 * - Functions find the span they are called in as `call.traceparent`.
 * - Metrics: `fsm.events`, `fsm.transitions`, `fsm.timers.fired`, `fsm.effects.started`, `fsm.effects.ended`,
 *   `fsm.effects.retries`, and histograms `fsm.event.duration`, `fsm.effect.duration`, `fsm.commit.lines`. They never
 *   say which instance.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  const tracer = options.tracer ?? trace.getTracer('@fsm/runtime');
  const counts = new Metrics(options.meter ?? metrics.getMeter('@fsm/runtime'), options.attributeLimit ?? 200);
  const now = options.now ?? (() => performance.now());
  return {
    event: (told) => new EventSpan(told, tracer, counts, now),
    transition: ({ tenant, machine }) => counts.transition(tenant, machine),
    timerFired: ({ tenant, machine }) => counts.timerFired(tenant, machine),
    execution: (told) => new ExecutionSpans(told, tracer, counts, now),
    committed: (lines) => counts.committed(lines),
  };
}

class EventSpan implements EventTrace {
  readonly traceparent: string | undefined;
  readonly #tenant: string;
  readonly #metrics: Metrics;
  readonly #now: () => number;
  readonly #span: Span;
  readonly #began: number;
  #machine: string | undefined;

  constructor(told: EventTold, tracer: Tracer, counts: Metrics, now: () => number) {
    const { tenant, instance, type, from, traceparent } = told;
    this.#tenant = tenant;
    this.#metrics = counts;
    this.#now = now;
    this.#began = now();
    const parent = traceparent === undefined ? undefined : remoteSpan(traceparent);
    const attributes = {
      'fsm.tenant': tenant,
      'fsm.instance': instance,
      'fsm.event.type': type,
      ...(from === undefined ? undefined : { 'fsm.event.from': from }),
    };
    this.#span = tracer.startSpan(
      'fsm.event',
      { kind: SpanKind.CONSUMER, attributes },
      parent === undefined ? context.active() : trace.setSpanContext(ROOT_CONTEXT, parent),
    );
    this.traceparent = traceparentOf(this.#span) ?? (parent && traceparent);
  }

  decided(machine: string): void {
    this.#machine = machine;
    this.#span.setAttribute('fsm.machine', machine);
  }

  settled({ duplicate, taken, sequence }: Receipt): void {
    const outcome: EventOutcome = duplicate ? 'duplicate' : taken ? 'taken' : 'ignored';
    this.#span.setAttributes({ 'fsm.event.outcome': outcome, 'fsm.sequence': sequence });
    this.#end(outcome);
  }

  refused(error: unknown): void {
    const { code, message } = FsmError.is(error) ? error : { code: 'UNEXPECTED', message: String(error) };
    this.#span.setAttributes({ 'fsm.event.outcome': 'refused', 'error.type': code });
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
    this.#end('refused', code);
  }

  #end(outcome: EventOutcome, code?: string): void {
    this.#span.end();
    this.#metrics.event(this.#tenant, this.#machine, outcome, (this.#now() - this.#began) / 1_000, code);
  }
}
