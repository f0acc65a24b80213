import { type Attributes, type Meter, ValueType } from '@opentelemetry/api';
import { BoundedNames } from './bounded-names.ts';

export type EventOutcome = 'taken' | 'ignored' | 'duplicate' | 'refused';

/** Bounds of histograms of seconds, from 100 µs to an hour. */
const seconds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3_600];
const lines = [1, 4, 16, 64, 256, 1_024, 4_096];

/** The instruments, and which attributes they have: never an instance, an event type or a path. */
export class Metrics {
  readonly #events;
  readonly #transitions;
  readonly #timers;
  readonly #effectsStarted;
  readonly #effectsEnded;
  readonly #retries;
  readonly #eventDuration;
  readonly #effectDuration;
  readonly #commitLines;
  readonly #tenants: BoundedNames;
  readonly #machines: BoundedNames;
  readonly #kinds: BoundedNames;
  readonly #codes: BoundedNames;

  constructor(meter: Meter, limit: number) {
    const counter = (name: string, description: string, unit: string) =>
      meter.createCounter(name, { description, unit, valueType: ValueType.INT });
    const duration = (name: string, description: string) =>
      meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: seconds } });
    this.#events = counter('fsm.events', 'Events, by what became of them.', '{event}');
    this.#transitions = counter('fsm.transitions', 'Transitions taken.', '{transition}');
    this.#timers = counter('fsm.timers.fired', 'Timers fired.', '{timer}');
    this.#effectsStarted = counter('fsm.effects.started', 'Effects started, by kind.', '{effect}');
    this.#effectsEnded = counter('fsm.effects.ended', 'Effects ended, by kind and how.', '{effect}');
    this.#retries = counter('fsm.effects.retries', 'Attempts after the first.', '{attempt}');
    this.#eventDuration = duration('fsm.event.duration', 'From the arrival of an event to its commit.');
    this.#effectDuration = duration('fsm.effect.duration', 'How long effects took, by kind.');
    this.#commitLines = meter.createHistogram('fsm.commit.lines', {
      description: 'Journal lines that became durable together.',
      unit: '{line}',
      valueType: ValueType.INT,
      advice: { explicitBucketBoundaries: lines },
    });
    this.#tenants = new BoundedNames(limit);
    this.#machines = new BoundedNames(limit);
    this.#kinds = new BoundedNames(limit);
    this.#codes = new BoundedNames(limit);
  }

  event(tenant: string, machine: string | undefined, outcome: EventOutcome, took: number, code?: string): void {
    const attributes: Attributes = { ...this.#place(tenant, machine), 'fsm.event.outcome': outcome };
    if (code !== undefined) attributes['error.type'] = this.#codes.of(code);
    this.#events.add(1, attributes);
    this.#eventDuration.record(took, attributes);
  }

  transition(tenant: string, machine: string): void {
    this.#transitions.add(1, this.#place(tenant, machine));
  }

  timerFired(tenant: string, machine: string): void {
    this.#timers.add(1, this.#place(tenant, machine));
  }

  effectStarted(tenant: string, machine: string, kind: string): void {
    this.#effectsStarted.add(1, this.#effect(tenant, machine, kind));
  }

  effectEnded(
    tenant: string,
    machine: string,
    kind: string,
    outcome: 'finished' | 'failed' | 'cancelled',
    took: number,
    code?: string,
  ): void {
    const attributes: Attributes = { ...this.#effect(tenant, machine, kind), 'fsm.effect.outcome': outcome };
    if (code !== undefined && outcome === 'failed') attributes['error.type'] = this.#codes.of(code);
    this.#effectsEnded.add(1, attributes);
    this.#effectDuration.record(took, attributes);
  }

  retry(tenant: string, machine: string, kind: string): void {
    this.#retries.add(1, this.#effect(tenant, machine, kind));
  }

  committed(count: number): void {
    this.#commitLines.record(count);
  }

  #place(tenant: string, machine: string | undefined): Attributes {
    const place: Attributes = { 'fsm.tenant': this.#tenants.of(tenant) };
    if (machine !== undefined) place['fsm.machine'] = this.#machines.of(machine);
    return place;
  }

  #effect(tenant: string, machine: string, kind: string): Attributes {
    return { ...this.#place(tenant, machine), 'fsm.effect.kind': this.#kinds.of(kind) };
  }
}
