import { FsmError, type Implementations, type Json, type MachineDefinition, parseDuration } from '@fsm/core';
import { createRegistry, type EffectKind } from '@fsm/effects';
import { type FunctionScript, type Scripted, scripted } from '@fsm/effects/testing';
import { decodeEntry, type Entry } from '../engine/fact.ts';
import { readRecordText } from '../engine/record.ts';
import type { InstanceState } from '../engine/state.ts';
import type { Limits } from '../limits.ts';
import type { Plugin } from '../plugins/plugin.ts';
import { openRuntime, type Runtime } from '../runtime.ts';
import { MemoryStore } from '../store/memory.ts';
import { type FaultStore, faultStore } from './fault-store.ts';
import { SimulatedClock } from './simulated-clock.ts';

/** What is tried: machines, the world around them, and what happens to them. */
export interface Scenario {
  /** The machine, or several; an instance of the first, called "one", is there from the start. */
  readonly machine: MachineDefinition | readonly MachineDefinition[];
  /** Further instances: name to machine id. */
  readonly instances?: { readonly [name: string]: string };
  /** What the functions do that effects call, by name: see `scripted`. */
  readonly functions?: { readonly [name: string]: FunctionScript };
  readonly kinds?: readonly EffectKind[];
  readonly implementations?: Implementations;
  readonly plugins?: readonly Plugin[];
  readonly limits?: Partial<Limits>;
  /** What happens, in order. Afterwards time goes on until nobody waits for it any more, or for `rest`. */
  readonly scenario: readonly ScenarioStep[];
  /** How long to go on after the last step, at most; "30d" when not given. */
  readonly rest?: number | string;
  /** How long the process is down after a crash; no time when not given. */
  readonly downtime?: number | string;
}

export interface ScenarioStep {
  /** How much time passes before: milliseconds, or a text such as "5s". */
  readonly after?: number | string;
  /** An event to send. A client that got no answer before a crash sends it again with the same id. */
  readonly send?: string | { readonly type: string; readonly data?: Json };
  /** The instance; "one" when not given. */
  readonly to?: string;
  /** Ends the instance. */
  readonly destroy?: boolean;
}

/** Where the process dies: at which journal write, and whether that write still arrived. */
export interface CrashPoint {
  /** Counted from 1, over all lives. */
  readonly write: number;
  readonly arrived: boolean;
}

/** How one run went. */
export interface Run {
  readonly writes: number;
  readonly instances: ReadonlyMap<string, RunInstance>;
  /** What the client was told of each step of the scenario. */
  readonly answers: readonly string[];
  readonly world: Scripted;
  /** For each key: how often a call may have been repeated, because a crash came before its outcome was stored. */
  readonly repeatable: ReadonlyMap<string, number>;
  /** What broke while it ran. */
  readonly troubles: readonly string[];
}

export interface RunInstance {
  readonly entries: readonly Entry[];
  readonly state: InstanceState;
}

const tenant = 'acme';

/** Plays a scenario in virtual time, with a crash at each of the points, and reads what is on disk at the end. */
export async function play(scenario: Scenario, crashes: readonly CrashPoint[]): Promise<Run> {
  const player = new Player(scenario, crashes);
  await player.play();
  return player.result();
}

class Player {
  readonly #scenario: Scenario;
  readonly #crashes: CrashPoint[];
  readonly #disk = new MemoryStore();
  readonly #world: Scripted;
  readonly #answers: string[] = [];
  readonly #repeatable = new Map<string, number>();
  readonly #troubles: string[] = [];
  readonly #names: readonly string[];
  #clock = new SimulatedClock(0);
  #turns: (() => void)[] = [];
  #store!: FaultStore;
  #runtime!: Runtime;
  /** Writes of earlier lives. */
  #before = 0;
  #life = 0;

  constructor(scenario: Scenario, crashes: readonly CrashPoint[]) {
    this.#scenario = scenario;
    this.#crashes = [...crashes];
    this.#world = scripted(scenario.functions ?? {});
    this.#names = ['one', ...Object.keys(scenario.instances ?? {})];
  }

  async play(): Promise<void> {
    const { scenario, rest = '30d' } = this.#scenario;
    await this.#open();
    for (const [index, step] of scenario.entries()) {
      await this.#advance(this.#clock.now() + milliseconds(step.after ?? 0));
      this.#answers.push(await this.#act(step, `step-${index + 1}`));
    }
    await this.#advance(this.#clock.now() + milliseconds(rest), true);
    for (let life = 0; life !== this.#life; ) {
      life = this.#life;
      await this.#survive(() => this.#runtime.close());
    }
  }

  result(): Run {
    this.#disk.open();
    const instances = new Map(this.#names.map((name) => [name, this.#read(name)]));
    return {
      writes: this.#writes,
      instances,
      answers: this.#answers,
      world: this.#world,
      repeatable: this.#repeatable,
      troubles: this.#troubles,
    };
  }

  get #writes(): number {
    return this.#before + this.#store.writes;
  }

  #read(name: string): RunInstance {
    const found = this.#disk.find(tenant, name)!;
    const entries = this.#disk.lines(found.number, 1, Number.MAX_SAFE_INTEGER).map(({ text }) => decodeEntry(text));
    return { entries, state: JSON.parse(readRecordText(found.record!.text).state) as InstanceState };
  }

  async #open(): Promise<void> {
    const { kinds, implementations, plugins, limits, machine, instances } = this.#scenario;
    this.#life += 1;
    const clock = new SimulatedClock(this.#clock.now());
    this.#clock = clock;
    this.#turns = [];
    const turns = this.#turns;
    this.#store = faultStore(this.#disk, (write) => this.#fault(this.#before + write));
    const registry = createRegistry({ functions: this.#world.functions(clock), ...(kinds && { kinds }) });
    const opening = openRuntime({
      store: this.#store,
      clock,
      registry,
      ...(implementations && { implementations }),
      ...(plugins && { plugins }),
      ...(limits && { limits }),
      afterTurn: (callback) => void turns.push(callback),
      observer: {
        broken: (error) => this.#troubles.push(`the engine broke: ${String(error)}`),
        fault: ({ instance, error }) => this.#troubles.push(`${instance} failed: ${error.message}`),
        refused: ({ instance, error }) => this.#troubles.push(`${instance} was refused: ${error.message}`),
      },
    });
    const life = this.#life;
    await this.#survive(async () => {
      const runtime = await opening;
      if (life === this.#life) this.#runtime = runtime;
    });
    if (life !== this.#life) return;
    const machines = Array.isArray(machine) ? machine : [machine as MachineDefinition];
    for (const definition of machines) {
      await this.#survive(() => this.#runtime.tenant(tenant).register(definition));
      if (life !== this.#life) return;
    }
    for (const [name, id] of Object.entries({ one: machines[0]!.id, ...instances })) {
      await this.#survive(() => this.#runtime.tenant(tenant).create(id, name, { whenExists: 'keep' }));
      if (life !== this.#life) return;
    }
  }

  /** Does something until it is answered; after a crash in another life, in which all is open and there again. */
  async #survive<T>(action: () => Promise<T>): Promise<T | undefined> {
    const life = this.#life;
    let answer: { readonly value: T } | { readonly error: unknown } | undefined;
    action().then(
      (value) => {
        answer = { value };
      },
      (error) => {
        answer = { error };
      },
    );
    for (;;) {
      await this.#rest();
      if (life !== this.#life) return undefined;
      if (answer !== undefined) break;
      if (this.#clock.nextDue === undefined)
        throw new Error('nothing happens any more, and something was not answered');
      this.#clock.wakeNext();
    }
    if ('error' in answer) throw answer.error;
    return answer.value;
  }

  async #act(step: ScenarioStep, id: string): Promise<string> {
    const { send, to = 'one', destroy = false } = step;
    if (send === undefined && !destroy) return '';
    const event = typeof send === 'string' ? { type: send } : send;
    for (let times = 1; ; times += 1) {
      const life = this.#life;
      try {
        const receipt = await this.#survive(() => {
          const here = this.#runtime.tenant(tenant);
          return event === undefined ? here.destroy(to) : here.send(to, { ...event, id });
        });
        if (receipt !== undefined && life === this.#life) return receipt.taken ? 'taken' : 'ignored';
      } catch (error) {
        const code = FsmError.is(error) ? error.code : String(error);
        // whoever asks again whether something is gone is told that it is
        return destroy && times > 1 && code === 'INSTANCE_UNKNOWN' ? 'taken' : code;
      }
    }
  }

  /** Lets time pass, stopping wherever somebody wakes; at the end of a scenario only as long as somebody waits. */
  async #advance(end: number, untilNobodyWaits = false): Promise<void> {
    await this.#rest();
    for (;;) {
      const due = this.#clock.nextDue;
      if (due === undefined || due > end) break;
      this.#clock.wakeNext();
      await this.#rest();
    }
    if (!untilNobodyWaits && end > this.#clock.now()) this.#clock.moveTo(end);
  }

  /** Lets everything happen that does not wait for the clock. */
  async #rest(): Promise<void> {
    for (;;) {
      await turn();
      if (this.#store.died !== undefined) {
        await this.#crash();
        return;
      }
      const next = this.#turns.shift();
      if (next === undefined) return;
      next();
    }
  }

  async #crash(): Promise<void> {
    const stored = this.#storedOutcomes();
    const called = new Map<string, number>();
    for (const { key } of this.#world.calls) called.set(plainKey(key), (called.get(plainKey(key)) ?? 0) + 1);
    for (const [key, times] of called) {
      if (times > (stored.get(key) ?? 0)) this.#repeatable.set(key, (this.#repeatable.get(key) ?? 0) + 1);
    }
    this.#before += this.#store.writes;
    // an instance that the dead process held wakes nobody, and what it had in mind for after the turn does not happen
    this.#clock.forget();
    const now = this.#clock.now() + milliseconds(this.#scenario.downtime ?? 0);
    this.#clock = new SimulatedClock(now);
    this.#disk.close();
    await this.#open();
  }

  #storedOutcomes(): Map<string, number> {
    const stored = new Map<string, number>();
    for (const name of this.#names) {
      const found = this.#disk.find(tenant, name);
      if (found === undefined) continue;
      for (const { text } of this.#disk.lines(found.number, 1, Number.MAX_SAFE_INTEGER)) {
        const entry = decodeEntry(text);
        if (entry.kind !== 'step' && entry.kind !== 'compensating') continue;
        if (entry.step.output === undefined && entry.step.error === undefined) continue;
        const path = entry.path.replace(/^#\d+\.|#\d+/g, '');
        const key = `${tenant}/${name}/${entry.invocation}#${entry.incarnation}:${path}`;
        stored.set(key, (stored.get(key) ?? 0) + 1);
      }
    }
    return stored;
  }

  #fault(write: number): 'lost' | 'kept' | undefined {
    const [next] = this.#crashes;
    if (next?.write !== write) return undefined;
    this.#crashes.shift();
    return next.arrived ? 'kept' : 'lost';
  }
}

/** The key without how often its step was undone before. */
export function plainKey(key: string): string {
  return key.replace(/(~\d+)+$/, '');
}

function milliseconds(duration: number | string): number {
  const parsed = parseDuration(duration);
  if (parsed !== undefined) return parsed;
  throw new FsmError('SCENARIO_INVALID', `\`${duration}\` is not a duration.`, {
    hint: 'Write milliseconds or a text such as "500ms", "30s" or "5m".',
  });
}

/** Lets all microtasks run: nothing else in a run is asynchronous. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
