import type { Random } from './random.ts';

/** One line of a log, as `fsm run --events` reads it. */
export interface SampleEvent {
  readonly instance: string;
  readonly type: string;
  readonly at: string;
  readonly data: { readonly amount: number; readonly resource?: string };
}

export type Outcome = 'approved' | 'declined' | 'cancelled' | 'undecided';

export type Queue =
  | 'W_Afhandelen_leads'
  | 'W_Completeren_aanvraag'
  | 'W_Nabellen_offertes'
  | 'W_Valideren_aanvraag'
  | 'W_Nabellen_incomplete_dossiers'
  | 'W_Beoordelen_fraude'
  | 'W_Wijzigen_contractgegevens';

const second = 1000;
const hour = 3600 * second;
export const day = 24 * hour;

const system = '112';
const clerks = 40;

/** The events of one application in the making: a clock that only goes forward, and what happens as it goes. */
export class Story {
  readonly events: SampleEvent[] = [];
  readonly random: Random;
  now: number;
  /** What became of the application, and the moment of the event that decided it. */
  decision: { readonly outcome: Outcome; readonly at: number } = { outcome: 'undecided', at: Number.POSITIVE_INFINITY };
  readonly #instance: string;
  readonly #amount: number;

  constructor(random: Random, instance: string, amount: number, start: number) {
    this.random = random;
    this.now = start;
    this.#instance = instance;
    this.#amount = amount;
  }

  seconds(low: number, high = low): void {
    this.now += this.random.between(low, high) * second;
  }

  days(low: number, high: number): void {
    this.now += this.random.between(low, high) * day;
  }

  /** The latest event of the application itself is the one that decided. */
  decide(outcome: Outcome): void {
    const deciding = this.events.findLast((event) => event.type.startsWith('A_'))!;
    this.decision = { outcome, at: Date.parse(deciding.at) };
  }

  automatic(...types: string[]): void {
    for (const type of types) this.#add(type, system);
  }

  byClerk(...types: string[]): void {
    const clerk = this.#clerk();
    for (const type of types) this.#add(type, clerk);
  }

  schedule(queue: Queue, by: 'system' | 'clerk'): void {
    this.seconds(0.2, 2);
    this.#add(`${queue}.SCHEDULE`, by === 'system' ? system : this.#clerk());
  }

  /** One turn at a work item: somebody takes it up in office hours, something may come of it, and the turn ends. */
  turn(queue: Queue, outcome?: () => void): void {
    this.#untilOfficeHours();
    const clerk = this.random.chance(0.93) ? this.#clerk() : undefined;
    this.#add(`${queue}.START`, clerk);
    this.now += Math.min(this.random.skewed(150 * second, 1.2), hour);
    outcome?.();
    this.seconds(1, 4);
    this.#add(`${queue}.COMPLETE`, clerk);
  }

  /** Turns that lead to nothing: nobody answers, a payslip is still missing. Each time as likely as before. */
  fruitlessTurns(queue: Queue, again: number): void {
    while (this.random.chance(again)) {
      this.turn(queue);
      if (this.random.chance(0.45)) this.seconds(20, 1200);
      else this.days(0.2, 4);
    }
  }

  /** The nightly run closes an item for good, whoever had it last. */
  closedAtNight(queue: Queue): void {
    this.now = Math.floor(this.now / day) * day + day + 8.25 * hour;
    this.#add(`${queue}.COMPLETE`, system);
  }

  #untilOfficeHours(): void {
    const time = this.now % day;
    const opens = 7.5 * hour;
    const closes = 19 * hour;
    if (time < opens) this.now += opens - time + this.random.between(0, 4 * hour);
    else if (time > closes) this.now += day - time + opens + this.random.between(0, 4 * hour);
    else this.seconds(5, 900);
  }

  #clerk(): string {
    return `clerk-${String(1 + Math.floor(this.random.next() ** 1.6 * clerks)).padStart(2, '0')}`;
  }

  #add(type: string, resource: string | undefined): void {
    this.events.push({
      instance: this.#instance,
      type,
      at: new Date(Math.floor(this.now)).toISOString(),
      data: resource === undefined ? { amount: this.#amount } : { amount: this.#amount, resource },
    });
    this.seconds(0.01, 0.6);
  }
}
