// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import type { EffectDefinition, MachineDefinition } from '@fsm/core';
import type { Behaviour } from '@fsm/effects/testing';
import type { Scenario, ScenarioStep } from './crash-run.ts';
import { Random } from './random.ts';

/** Where in a tree an effect stands, as far as it matters for what may stand there. */
interface Place {
  readonly depth: number;
  /** It runs beside others: then everything takes its own time, so that no two end in the same millisecond. */
  readonly beside: boolean;
}

/**
 * A random machine, the world it works in and what happens to it, all from one number.
 *
 * The machine's states go forward only, so every run comes to an end. What works takes random times out of a wide range:
 * two that end in the same millisecond could change places after a crash, and rightly so.
 */
export function randomScenario(seed: number): Scenario {
  return new ScenarioMaker(new Random(seed)).make();
}

const hour = 3_600_000;

class ScenarioMaker {
  readonly #random: Random;
  readonly #functions: { [name: string]: Behaviour[] } = {};
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  make(): Scenario {
    const machine = this.#machine();
    const scenario = Array.from({ length: 1 + this.#random.below(4) }, () => this.#step());
    return { machine, instances: { two: machine.id }, functions: this.#functions, scenario };
  }

  #step(): ScenarioStep {
    const to = this.#random.chance(0.8) ? 'one' : 'two';
    const after = this.#time();
    if (this.#random.chance(0.05)) return { after, to, destroy: true };
    return { after, to, send: { type: this.#random.pick(['GO', 'GO', 'BACK', 'NOISE']), data: this.#random.below(9) } };
  }

  #machine(): MachineDefinition {
    const length = 2 + this.#random.below(3);
    const states: { [name: string]: object } = {};
    for (let index = 0; index < length; index += 1) states[`s${index}`] = this.#state(index, length);
    states.end = { type: 'final' };
    const assign = { last: '{{ event.data }}' };
    const definition = {
      id: 'random',
      context: { a: 0, last: null },
      initial: 's0',
      states,
      on: { NOTE: { actions: { assign } } },
    };
    return definition as unknown as MachineDefinition;
  }

  #state(index: number, length: number): object {
    const later = () => {
      const next = index + 1 + this.#random.below(length - index);
      return next >= length ? 'end' : `s${next}`;
    };
    const events = {
      GO: later(),
      ...(this.#random.chance(0.3) ? { BACK: { target: `s${index}`, reenter: true } } : undefined),
    };
    const timer = this.#random.chance(0.3) ? { after: { [`${this.#time()}ms`]: later() } } : undefined;
    if (this.#random.chance(0.2)) return { on: events, ...timer };
    const effect = this.#effect({ depth: 0, beside: false });
    const failed = { target: later(), actions: { assign: { last: '{{ event.error.code }}' } } };
    return {
      on: events,
      ...timer,
      effect,
      onDone: { target: later(), actions: { assign: { last: '{{ event.output }}' } } },
      onError: failed,
    };
  }

  #effect(place: Place): EffectDefinition {
    const inner: Place = { ...place, depth: place.depth + 1 };
    const beside: Place = { ...inner, beside: true };
    if (place.depth >= 4 || this.#random.chance(0.1 * place.depth)) return this.#leaf(place);
    switch (this.#random.below(12)) {
      case 0:
        return this.#leaf(place);
      case 1:
      case 2:
        return { type: 'sequence', effects: this.#several(inner) };
      case 3:
        return {
          type: 'parallel',
          effects: this.#several(beside),
          ...(this.#random.chance(0.2) ? { concurrency: 1 } : undefined),
        };
      case 4:
        return { type: 'race', effects: this.#several(beside), first: this.#random.pick(['outcome', 'success']) };
      case 5:
        return {
          type: 'retry',
          attempts: 1 + this.#random.below(3),
          delay: this.#time(),
          maxDelay: '24h',
          jitter: this.#random.pick([0, 0.5]),
          effect: this.#effect(inner),
        };
      case 6:
        return { type: 'timeout', duration: this.#time(), effect: this.#effect(beside) };
      case 7:
        return {
          type: 'with_compensation',
          effect: this.#effect(inner),
          compensate: this.#undo(inner),
        };
      case 8:
        return {
          type: 'saga',
          steps: this.#several(inner).map((effect) =>
            this.#random.chance(0.7) ? { effect, compensate: this.#undo(inner) } : { effect },
          ),
        };
      case 9:
        return {
          type: 'for_each',
          items: Array.from({ length: this.#random.below(4) }, (_, index) => index),
          concurrency: 1,
          effect: this.#effect(inner),
        };
      case 10:
        return { type: 'fallback', effect: this.#effect(inner), fallback: this.#effect(inner) };
      default:
        return {
          type: 'choose',
          branches: [{ when: this.#random.pick(['context.a == 1', 'result == null']), then: this.#effect(inner) }],
          otherwise: this.#effect(inner),
        };
    }
  }

  /** Takes its own time before anything else, because it runs beside whatever its machine does next. */
  #undo(place: Place): EffectDefinition {
    const first = this.#call({ ...place, beside: true });
    if (this.#random.chance(0.5)) return first;
    return { type: 'sequence', effects: [first, ...this.#several({ depth: 3, beside: false })] };
  }

  #several(place: Place): EffectDefinition[] {
    return Array.from({ length: 1 + this.#random.below(3) }, () => this.#effect(place));
  }

  #leaf(place: Place): EffectDefinition {
    const dice = this.#random.below(12);
    if (dice === 0) return { type: 'delay', duration: this.#time() };
    if (dice === 1 && !place.beside) return { type: 'log', message: '{{ context.a }}' };
    if (dice === 2 && !place.beside) {
      return {
        type: 'put_data',
        path: this.#random.pick(['a', 'b', 'c.d']),
        value: this.#random.pick([1, 2, '{{ result }}']),
      };
    }
    if (dice === 3 && !place.beside)
      return { type: 'send_event', to: 'two', event: { type: 'NOTE', data: this.#random.below(9) } };
    return this.#call(place);
  }

  #call(place: Place): EffectDefinition {
    this.#count += 1;
    const name = `f${this.#count}`;
    this.#functions[name] = Array.from({ length: 1 + this.#random.below(3) }, () => this.#behaviour(name, place));
    return { type: 'call', function: name, params: { seen: '{{ context }}', result: '{{ result }}' } };
  }

  #behaviour(name: string, { beside }: Place): Behaviour {
    const end = this.#random.chance(0.35) ? { fails: this.#random.pick(['BUSY', 'BROKEN']) } : { returns: name };
    if (this.#random.chance(0.04)) return { hangs: this.#random.pick(['aborted', 'deaf']) };
    const deaf = this.#random.chance(0.1) ? { deaf: true } : undefined;
    return beside || this.#random.chance(0.6) ? { takes: this.#time(), ...deaf, ...end } : end;
  }

  #time(): number {
    return 1 + this.#random.below(hour);
  }
}
