import type { ErrorRecord } from '@fsm/core';
import type { NodeReport } from '@fsm/effects';
import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { Metrics } from './metrics.ts';
import { remoteSpan, traceparentOf } from './span-context.ts';
import type { ExecutionOutcome, ExecutionTold, ExecutionTrace } from './telemetry.ts';

interface NodeSpan {
  readonly span: Span;
  readonly began: number;
  /** It undoes: then it is no effect of its own. */
  readonly compensation: boolean;
}

/** The trace of one execution: a span for the whole and one for each node that runs. */
export class ExecutionSpans implements ExecutionTrace {
  readonly traceparent: string | undefined;
  readonly #told: ExecutionTold;
  readonly #tracer: Tracer;
  readonly #metrics: Metrics;
  readonly #now: () => number;
  readonly #span: Span;
  readonly #running = new Map<string, NodeSpan>();
  #last: number;
  #over = false;

  constructor(told: ExecutionTold, tracer: Tracer, counts: Metrics, now: () => number) {
    const { tenant, machine, instance, invocation, state, cause, resumed, compensates, at } = told;
    this.#told = told;
    this.#tracer = tracer;
    this.#metrics = counts;
    this.#now = now;
    this.#last = at;
    const linked = cause === undefined ? undefined : remoteSpan(cause);
    this.#span = tracer.startSpan(
      'fsm.execution',
      {
        root: true,
        ...this.#startTime(at),
        links: linked === undefined ? [] : [{ context: linked }],
        attributes: {
          'fsm.tenant': tenant,
          'fsm.machine': machine,
          'fsm.instance': instance,
          'fsm.invocation': invocation,
          'fsm.state': state,
          'fsm.execution.resumed': resumed,
          'fsm.execution.compensates': compensates,
        },
      },
      ROOT_CONTEXT,
    );
    this.traceparent = traceparentOf(this.#span) ?? cause;
  }

  traceparentOf(path: string): string | undefined {
    const node = this.#running.get(path);
    return (node && traceparentOf(node.span)) ?? this.traceparent;
  }

  node(report: NodeReport): void {
    if (this.#over) return;
    const { path, kind, phase, at, message, attempt } = report;
    this.#last = at;
    switch (phase) {
      case 'started':
      case 'compensating':
        this.#start(report);
        break;
      case 'finished':
      case 'failed':
      case 'cancelled':
        this.#end(report, phase);
        break;
      case 'retrying':
        this.#metrics.retry(this.#told.tenant, this.#told.machine, kind);
        this.#say(path, phase, at, attempt === undefined ? {} : { 'fsm.effect.attempt': attempt });
        break;
      default:
        this.#say(path, phase, at, message === undefined ? {} : { 'fsm.message': textOf(message) });
    }
  }

  ended(outcome: ExecutionOutcome, error?: ErrorRecord): void {
    if (this.#over) return;
    this.#over = true;
    // what goes on regardless is of no interest any more
    for (const { span } of [...this.#running.values()].reverse()) {
      span.setAttribute('fsm.effect.outcome', 'cancelled');
      span.end(this.#time(this.#last));
    }
    this.#running.clear();
    this.#span.setAttribute('fsm.execution.outcome', outcome);
    if (error !== undefined) fail(this.#span, error);
    this.#span.end(this.#time(this.#last));
  }

  #start({ path, kind, phase, at, attempt, parent }: NodeReport): void {
    const { tenant, machine, instance } = this.#told;
    const compensation = phase === 'compensating';
    const attributes = {
      'fsm.tenant': tenant,
      'fsm.machine': machine,
      'fsm.instance': instance,
      'fsm.effect.kind': kind,
      'fsm.effect.path': path,
      ...(attempt === undefined ? undefined : { 'fsm.effect.attempt': attempt }),
    };
    const name = compensation ? 'fsm.compensation' : `fsm.effect.${kind}`;
    const span = this.#tracer.startSpan(name, { ...this.#startTime(at), attributes }, this.#around(parent));
    this.#running.set(path, { span, began: this.#moment(at), compensation });
    if (!compensation) this.#metrics.effectStarted(tenant, machine, kind);
  }

  #end({ path, kind, at, error }: NodeReport, outcome: 'finished' | 'failed' | 'cancelled'): void {
    const node = this.#running.get(path);
    if (node === undefined) return;
    this.#running.delete(path);
    const { tenant, machine } = this.#told;
    node.span.setAttribute('fsm.effect.outcome', outcome);
    if (outcome === 'failed') fail(node.span, error);
    node.span.end(this.#time(at));
    if (node.compensation) return;
    const took = Math.max(this.#moment(at) - node.began, 0) / 1_000;
    this.#metrics.effectEnded(tenant, machine, kind, outcome, took, error?.code);
  }

  #say(path: string, phase: string, at: number, attributes: Readonly<Record<string, string | number>>): void {
    const span = this.#running.get(path)?.span ?? this.#span;
    span.addEvent(phase, { 'fsm.effect.path': path, ...attributes }, this.#time(at));
  }

  #around(parent: string | undefined): Context {
    const node = parent === undefined ? undefined : this.#running.get(parent);
    return trace.setSpan(ROOT_CONTEXT, node?.span ?? this.#span);
  }

  /** Under a clock moved by hand times are its own; otherwise those of the tracer, which are finer. */
  #time(at: number): Date | undefined {
    return this.#told.virtual ? new Date(at) : undefined;
  }

  #startTime(at: number): { readonly startTime?: Date } {
    const startTime = this.#time(at);
    return startTime === undefined ? {} : { startTime };
  }

  #moment(at: number): number {
    return this.#told.virtual ? at : this.#now();
  }
}

function fail(span: Span, error: ErrorRecord | undefined): void {
  if (error !== undefined) span.setAttribute('error.type', error.code);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(error === undefined ? undefined : { message: error.message }) });
}

const longestText = 1_000;

function textOf(message: unknown): string {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return text.slice(0, longestText);
}
