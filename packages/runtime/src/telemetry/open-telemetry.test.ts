import type { MachineDefinition } from '@fsm/core';
import { createRegistry, type FunctionCall } from '@fsm/effects';
import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { type DataPoint, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, expect, test } from 'vitest';
import { VirtualClock } from '../clock.ts';
import { openRuntime, type Runtime, type RuntimeOptions } from '../runtime.ts';
import { MemoryStore } from '../store/memory.ts';
import { openTelemetry } from './open-telemetry.ts';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function collect(attributeLimit?: number) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const reader = new Reader();
  const meters = new MeterProvider({ readers: [reader] });
  const telemetry = openTelemetry({
    tracer: provider.getTracer('test'),
    meter: meters.getMeter('test'),
    ...(attributeLimit === undefined ? undefined : { attributeLimit }),
  });
  return {
    telemetry,
    provider,
    spans: () => exporter.getFinishedSpans(),
    span: (name: string, path?: string) => {
      const found = exporter
        .getFinishedSpans()
        .filter((span) => span.name === name && (path === undefined || span.attributes['fsm.effect.path'] === path));
      expect(found, `spans ${name} ${path ?? ''}`).toHaveLength(1);
      return found[0]!;
    },
    /** Value, or count of a histogram, by attributes. */
    async metric(name: string): Promise<Record<string, number>> {
      const { resourceMetrics } = await reader.collect();
      const metric = resourceMetrics.scopeMetrics[0]?.metrics.find(({ descriptor }) => descriptor.name === name);
      const points = (metric?.dataPoints ?? []) as readonly DataPoint<number | Histogram>[];
      return Object.fromEntries(
        points.map(({ attributes, value }) => [
          Object.values(attributes).join(' '),
          typeof value === 'number' ? value : value.count,
        ]),
      );
    },
  };
}

const runtimes: Runtime[] = [];
afterEach(async () => {
  for (const runtime of runtimes.splice(0)) await runtime.close();
});

async function open(options: RuntimeOptions) {
  const runtime = await openRuntime({ clock: new VirtualClock(1_000), ...options });
  runtimes.push(runtime);
  return { runtime, acme: runtime.tenant('acme') };
}

const order: MachineDefinition = {
  id: 'order',
  initial: 'open',
  states: {
    open: { on: { PAY: 'paying', NOTE: { actions: { assign: { noted: true } } } }, after: { '1h': 'expired' } },
    paying: {
      effect: {
        type: 'sequence',
        effects: [
          { type: 'delay', duration: '3s' },
          { type: 'retry', attempts: 3, delay: '1s', jitter: 0, effect: { type: 'call', function: 'charge' } },
        ],
      },
      onDone: 'shipping',
      onError: 'open',
      on: { CANCEL: 'open' },
    },
    shipping: { effect: { type: 'call', function: 'ship' }, onDone: 'shipped' },
    shipped: { type: 'final' },
    expired: {},
  },
};

const caller = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function functionsThatFail(times: number) {
  const seen: (string | undefined)[] = [];
  return {
    seen,
    registry: createRegistry({
      functions: {
        charge: (_: unknown, { attempt, traceparent }: FunctionCall) => {
          seen.push(traceparent);
          if (attempt <= times) throw new Error('no answer');
          return 'c1';
        },
        ship: () => 's1',
      },
    }),
  };
}

async function payAndWait({ runtime, acme }: Awaited<ReturnType<typeof open>>, traceparent?: string) {
  await acme.register(order);
  await acme.create('order', 'one');
  await acme.send('one', traceparent === undefined ? { type: 'PAY' } : { type: 'PAY', traceparent });
  await runtime.settled();
}

const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId;
const idOf = (span: ReadableSpan) => span.spanContext().spanId;

test('an execution is one trace, linked to the event that caused it, with a span for each node', async () => {
  const { telemetry, span, spans } = collect();
  const { registry } = functionsThatFail(1);
  const clock = new VirtualClock(1_000);
  const opened = await open({ telemetry, registry, clock });
  await payAndWait(opened);
  await clock.advanceTo(10_000);
  await opened.runtime.settled();

  const event = span('fsm.event');
  expect(event.attributes).toMatchObject({
    'fsm.tenant': 'acme',
    'fsm.machine': 'order',
    'fsm.instance': 'one',
    'fsm.event.type': 'PAY',
    'fsm.event.outcome': 'taken',
    'fsm.sequence': 2,
  });
  const [first, second] = spans().filter(({ name }) => name === 'fsm.execution');
  expect(first!.attributes).toMatchObject({ 'fsm.state': 'paying', 'fsm.execution.outcome': 'done' });
  expect(first!.links.map(({ context }) => context.spanId)).toEqual([idOf(event)]);
  expect(first!.spanContext().traceId).not.toBe(event.spanContext().traceId);
  expect(second!.attributes).toMatchObject({ 'fsm.state': 'shipping' });
  expect(second!.links.map(({ context }) => context.spanId)).toEqual([idOf(first!)]);

  const sequence = span('fsm.effect.sequence');
  const delay = span('fsm.effect.delay');
  const retry = span('fsm.effect.retry');
  const failed = span('fsm.effect.call', '1#1.0');
  const worked = span('fsm.effect.call', '1#2.0');
  expect([sequence, delay, retry, failed, worked].map(parentOf)).toEqual(
    [first!, sequence, sequence, retry, retry].map(idOf),
  );
  expect([sequence, delay, worked].map((one) => one.spanContext().traceId)).toEqual(
    Array(3).fill(first!.spanContext().traceId),
  );
  expect([delay.startTime, delay.endTime]).toEqual([
    [1, 0],
    [4, 0],
  ]);
  expect(failed).toMatchObject({
    attributes: { 'fsm.effect.attempt': 1, 'error.type': 'EFFECT_FAILED', 'fsm.effect.outcome': 'failed' },
    status: { code: SpanStatusCode.ERROR, message: 'no answer' },
  });
  expect(worked.attributes).toMatchObject({ 'fsm.effect.attempt': 2, 'fsm.effect.kind': 'call' });
  expect(retry.events.map(({ name, attributes }) => [name, attributes?.['fsm.effect.attempt']])).toEqual([
    ['retrying', 2],
  ]);
});

test('a trace that comes with an event goes on to what its effects call', async () => {
  const { telemetry, span } = collect();
  const { registry, seen } = functionsThatFail(0);
  const clock = new VirtualClock(1_000);
  const opened = await open({ telemetry, registry, clock });
  await payAndWait(opened, caller);
  await clock.advanceTo(10_000);
  await opened.runtime.settled();
  const event = span('fsm.event');
  expect([event.spanContext().traceId, parentOf(event)]).toEqual(caller.split('-').slice(1, 3));
  const { traceId, spanId } = span('fsm.effect.call', '1#1.0').spanContext();
  expect(seen).toEqual([`00-${traceId}-${spanId}-01`]);
});

test('without telemetry, functions get the trace that came with the event, also after a restart', async () => {
  const { registry, seen } = functionsThatFail(0);
  const store = new MemoryStore();
  const clock = new VirtualClock(1_000);
  const opened = await open({ registry, clock, store });
  await payAndWait(opened, caller);
  expect((await opened.acme.history('one'))[1]).toMatchObject({ kind: 'event', traceparent: caller });
  await opened.runtime.close();
  const again = await open({ registry, clock, store });
  await clock.advanceTo(10_000);
  await again.runtime.settled();
  expect(seen).toEqual([caller]);
});

test('an event is part of the trace it is sent in', async () => {
  const { telemetry, span, provider } = collect();
  const opened = await open({ telemetry });
  await opened.acme.register(order);
  await opened.acme.create('order', 'one');
  const request = provider.getTracer('test').startSpan('request');
  const active = trace.setSpan(ROOT_CONTEXT, request);
  context.setGlobalContextManager({
    active: () => active,
    with: (_, run, self, ...args) => run.call(self as never, ...args),
    bind: (_, target) => target,
    enable: () => context as never,
    disable: () => context as never,
  });
  const sent = opened.acme.send('one', { type: 'NOTE' });
  context.disable();
  await sent;
  expect(parentOf(span('fsm.event'))).toBe(request.spanContext().spanId);
});

test('a state that is left ends the spans of its execution as cancelled', async () => {
  const { telemetry, span } = collect();
  const opened = await open({ telemetry, registry: functionsThatFail(0).registry });
  await payAndWait(opened);
  await opened.acme.send('one', { type: 'CANCEL' });
  await opened.runtime.settled();
  expect(span('fsm.execution').attributes['fsm.execution.outcome']).toBe('cancelled');
  expect(span('fsm.effect.delay').attributes['fsm.effect.outcome']).toBe('cancelled');
});

test('undoing what a cancelled execution did is a trace of its own, linked to the event that cancelled it', async () => {
  const { telemetry, span, spans, metric } = collect();
  const step = {
    type: 'with_compensation',
    effect: { type: 'call', function: 'ship' },
    compensate: { type: 'call', function: 'charge' },
  };
  const effect = { type: 'sequence', effects: [step, { type: 'delay', duration: '1h' }] };
  const opened = await open({ telemetry, registry: functionsThatFail(0).registry });
  const { acme, runtime } = opened;
  await acme.register({
    id: 'trip',
    initial: 'booking',
    states: { booking: { effect, on: { CANCEL: 'over' } }, over: {} },
  });
  await acme.create('trip', 'one');
  await runtime.settled();
  const progress = acme.watch('one');
  await acme.send('one', { type: 'CANCEL' });
  await runtime.settled();
  const [cancelled, undoing] = spans().filter(({ name }) => name === 'fsm.execution');
  expect(cancelled!.attributes).toMatchObject({
    'fsm.execution.outcome': 'cancelled',
    'fsm.execution.compensates': false,
  });
  expect(undoing!.attributes).toMatchObject({ 'fsm.execution.outcome': 'done', 'fsm.execution.compensates': true });
  expect(undoing!.links.map(({ context }) => context.spanId)).toEqual([idOf(span('fsm.event'))]);
  const compensation = span('fsm.compensation', '0');
  expect(parentOf(compensation)).toBe(idOf(undoing!));
  expect(parentOf(span('fsm.effect.call', '0.1'))).toBe(idOf(compensation));
  expect(await metric('fsm.effects.started')).toMatchObject({ 'acme trip with_compensation': 1, 'acme trip call': 2 });
  const phases: string[] = [];
  for await (const { path, phase, compensates } of progress) {
    if (compensates) phases.push(`${phase} ${path}`);
    if (phase === 'finished' && path === '0') break;
  }
  expect(phases).toEqual(['compensating 0', 'started 0.1', 'finished 0.1', 'finished 0']);
});

test('events, transitions, timers, effects and commits are counted, and measured', async () => {
  const { telemetry, metric } = collect();
  const clock = new VirtualClock(1_000);
  const opened = await open({ telemetry, registry: functionsThatFail(1).registry, clock });
  const { acme, runtime } = opened;
  await payAndWait(opened);
  await clock.advanceTo(10_000);
  await acme.create('order', 'two');
  await acme.send('two', { type: 'NOTE', id: 'n1' });
  await acme.send('two', { type: 'NOTE', id: 'n1' });
  await acme.send('two', { type: 'UNKNOWN' });
  await expect(acme.send('nobody', { type: 'PAY' })).rejects.toMatchObject({ code: 'INSTANCE_UNKNOWN' });
  await expect(acme.send('two', { type: 'done.x' })).rejects.toMatchObject({ code: 'EVENT_RESERVED' });
  await clock.advanceTo(4_000_000);
  await runtime.settled();

  const events = {
    'acme order taken': 2,
    'acme order ignored': 1,
    'acme duplicate': 1,
    'acme refused INSTANCE_UNKNOWN': 1,
    'acme refused EVENT_RESERVED': 1,
  };
  expect(await metric('fsm.events')).toEqual(events);
  expect(await metric('fsm.event.duration')).toEqual(events);
  // PAY, charged, shipped, NOTE, expired
  expect(await metric('fsm.transitions')).toEqual({ 'acme order': 5 });
  expect(await metric('fsm.timers.fired')).toEqual({ 'acme order': 1 });
  expect(await metric('fsm.effects.started')).toEqual({
    'acme order sequence': 1,
    'acme order delay': 1,
    'acme order retry': 1,
    'acme order call': 3,
  });
  const ended = {
    'acme order sequence finished': 1,
    'acme order delay finished': 1,
    'acme order retry finished': 1,
    'acme order call finished': 2,
    'acme order call failed EFFECT_FAILED': 1,
  };
  expect(await metric('fsm.effects.ended')).toEqual(ended);
  expect(await metric('fsm.effect.duration')).toEqual(ended);
  expect(await metric('fsm.effects.retries')).toEqual({ 'acme order retry': 1 });
  expect(Object.values(await metric('fsm.commit.lines'))[0]).toBeGreaterThan(5);
});

test('no attribute of a metric has more values than allowed, and none is an instance', async () => {
  const { telemetry, metric } = collect(2);
  const { runtime } = await open({ telemetry });
  for (const tenant of ['a', 'b', 'c', 'd']) {
    const space = runtime.tenant(tenant);
    await space.register(order);
    await space.create('order', `instance-of-${tenant}`);
    await space.send(`instance-of-${tenant}`, { type: 'NOTE' });
  }
  expect(await metric('fsm.events')).toEqual({ 'a order taken': 1, 'b order taken': 1, 'other order taken': 2 });
});

test('a traceparent that is none is refused, and changes nothing', async () => {
  const { acme } = await open({});
  await acme.register(order);
  await acme.create('order', 'one');
  const sent = acme.send('one', { type: 'PAY', traceparent: '00-"},-x' });
  await expect(sent).rejects.toMatchObject({ code: 'TRACEPARENT_INVALID' });
  expect(await acme.history('one')).toHaveLength(1);
});
