import { compile, FsmError, type Json, type Machine, type MachineDefinition } from '@fsm/core';
import { createRegistry, defineFunction, type FunctionCall } from '@fsm/effects';
import { decodeEntry } from '../engine/fact.ts';
import type { Receipt } from '../engine/receipt.ts';
import { type OutsideEvent, openRuntime, type Runtime } from '../runtime.ts';
import { MemoryStore } from '../store/memory.ts';
import type { Commit, Store } from '../store/store.ts';
import { checkInvariants } from './invariants.ts';
import type { WrittenLine } from './notice-invariants.ts';
import { Random } from './random.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { orderMachine, shiftMachine } from './simulated-machines.ts';
import { simulatedStore } from './simulated-store.ts';
import { hopsLimit, withSubscriptions } from './simulated-subscriptions.ts';
import { Watcher } from './watcher.ts';

export interface SimulationOptions {
  /** Steps before faults stop and everything is left to come to rest. */
  readonly steps?: number;
  /** Breaks the engine on purpose, to see whether the checks notice. */
  readonly sabotage?: (commit: Commit) => Commit;
}

export interface SimulationResult {
  readonly seed: number;
  /** Everything that happened, in order: equal for equal seeds, byte for byte. */
  readonly trace: string;
  /** What broke, each as a sentence that names the invariant (I1 to I20). */
  readonly violations: readonly string[];
  readonly crashes: number;
  readonly refusals: number;
  readonly lines: number;
  readonly calls: number;
  /** Events that subscriptions brought about. */
  readonly deliveries: number;
}

/** What one sender has sent to one instance and what it was told. */
export interface Client {
  readonly tenant: string;
  readonly instance: string;
  readonly machine: 'order' | 'shift';
  readonly plan: readonly (OutsideEvent & { readonly id: string })[];
  readonly answers: (Receipt | { readonly error: string } | undefined)[];
  created: boolean;
  next: number;
  waiting: number;
  failed: boolean;
}

/** What the outside world saw of a step. */
export interface LedgerEntry {
  calls: number;
  readonly once: boolean;
  /** It undoes something: when its execution is cancelled meanwhile, it is performed again. */
  readonly undoes: boolean;
}

const tenants = ['acme', 'globex'];

/**
 * Runs the real engine over a simulated disk, clock, outside world and scheduler. The seed decides everything: which
 * waiting moment comes next, what clients send, which calls fail, when the disk is full, when the process dies and whether
 * its last commit reached the disk. Afterwards faults stop, everything comes to rest, and the invariants are checked.
 *
 * ```ts
 * const { violations } = await simulate(4711); // []
 * ```
 */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const simulation = new Simulation(seed, options);
  await simulation.run();
  return simulation.result();
}

export class Simulation {
  readonly seed: number;
  readonly clients: Client[];
  readonly ledger = new Map<string, LedgerEntry>();
  readonly violations: string[] = [];
  readonly watcher = new Watcher();
  readonly disk: Store = new MemoryStore();
  /** Every line in the order it reached the disk. */
  readonly written: WrittenLine[] = [];
  /** By their ids. */
  readonly machines: Readonly<Record<Client['machine'], Machine>>;
  crashes = 0;
  refusals = 0;
  deliveries = 0;
  runtime: Runtime | undefined;
  readonly #steps: number;
  readonly #sabotage: ((commit: Commit) => Commit) | undefined;
  readonly #random: Random;
  readonly #clock = new SimulatedClock(1_000_000);
  readonly #trace: string[] = [];
  readonly #slowReads: boolean;
  readonly #live: number;
  readonly #unrecorded: number;
  #moments: { readonly label: string; readonly action: () => void }[] = [];
  #store: ReturnType<typeof simulatedStore> | undefined;
  #life = 0;
  #healed = false;
  #calls = 0;
  #lines = 0;
  /** Steps and executions that are over on disk: nobody may perform them again. */
  readonly #settledKeys = new Set<string>();
  readonly #owners = new Map<number, string>();

  constructor(seed: number, options: SimulationOptions) {
    this.seed = seed;
    this.#steps = options.steps ?? 250;
    this.#sabotage = options.sabotage;
    this.#random = new Random(seed);
    this.#slowReads = this.#random.chance(0.5);
    this.#live = this.#random.pick([1, 2, 50]);
    this.#unrecorded = this.#random.pick([1, 5, 40]);
    this.machines = {
      order: compile({ ...withSubscriptions(orderMachine, this.#random), plugins: ['Watcher'] }),
      shift: compile(withSubscriptions(shiftMachine, this.#random)),
    };
    this.clients = this.#makeClients();
  }

  result(): SimulationResult {
    return {
      seed: this.seed,
      trace: this.#trace.join('\n'),
      violations: this.violations,
      crashes: this.crashes,
      refusals: this.refusals,
      lines: this.#lines,
      calls: this.#calls,
      deliveries: this.deliveries,
    };
  }

  async run(): Promise<void> {
    await this.#start();
    for (let step = 0; step < this.#steps; step += 1) {
      await this.#step();
      await turn();
    }
    await this.#heal();
    await checkInvariants(this);
    const calls = this.#calls;
    await this.#until(this.runtime!.close());
    if (this.#calls !== calls) this.violations.push('I20: closing and reading performed outside calls');
  }

  get now(): number {
    return this.#clock.now();
  }

  /** The snapshot the runtime shows of a client's instance. */
  async show(client: Client): Promise<unknown> {
    const { snapshot } = await this.#until(this.runtime!.tenant(client.tenant).get(client.instance));
    return snapshot;
  }

  #note(what: string): void {
    this.#trace.push(`${this.#clock.now()} ${what}`);
  }

  #later(label: string, action: () => void): void {
    const life = this.#life;
    this.#moments.push({
      label,
      action: () => {
        if (life === this.#life) action();
      },
    });
  }

  async #start(): Promise<void> {
    this.#life += 1;
    this.#moments = [];
    const life = this.#life;
    this.#store = simulatedStore(
      this.disk,
      (label, action) => this.#later(label, action),
      { full: () => this.#full(), slowReads: this.#slowReads },
      (commit) => this.#watch(commit),
    );
    if (this.#sabotage !== undefined) {
      const { commit } = this.#store;
      const sabotage = this.#sabotage;
      this.#store.commit = (given) => commit(sabotage(given));
    }
    const opening = openRuntime({
      store: this.#store,
      clock: this.#clock,
      limits: { liveInstances: this.#live, unrecordedLines: this.#unrecorded, hops: hopsLimit },
      registry: createRegistry({ functions: this.#functions(life) }),
      plugins: [this.watcher.plugin(life, () => this.#hook(life))],
      afterTurn: (callback) => this.#later('turn', callback),
      observer: {
        refused: ({ instance, error }) => this.violations.push(`I5: ${instance} was refused: ${error.message}`),
        broken: (error) => this.violations.push(`the engine broke: ${String(error)}`),
        plugin: ({ plugin, trouble, error }) => this.violations.push(`P3: ${plugin} ${trouble}: ${String(error)}`),
        fault: ({ instance, error }) => this.violations.push(`${instance} failed: ${error.message}`),
      },
    });
    this.runtime = await this.#until(opening);
    for (const tenant of tenants) {
      for (const { definition } of Object.values(this.machines)) {
        await this.#register(tenant, definition);
      }
    }
    this.#note(`life ${life}`);
  }

  /** How long a hook takes: mostly no time, sometimes until a later moment. */
  #hook(life: number): Promise<void> | undefined {
    if (life !== this.#life || this.#random.chance(0.7)) return undefined;
    return new Promise((resolve) => this.#later('hook', resolve));
  }

  async #register(tenant: string, machine: MachineDefinition): Promise<void> {
    for (;;) {
      try {
        await this.#until(this.runtime!.tenant(tenant).register(machine));
        return;
      } catch (error) {
        if (codeOf(error) !== 'STORE_FULL') throw error;
      }
    }
  }

  /** Lets moments pass until a promise of the runtime is settled. */
  async #until<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const settled = promise.finally(() => {
      over = true;
    });
    settled.catch(() => undefined);
    for (let guard = 0; !over; guard += 1) {
      if (guard > 100_000) throw new Error(`seed ${this.seed}: nothing happens any more`);
      await turn();
      if (!over && !this.#moment() && this.#clock.nextDue !== undefined) this.#clock.moveTo(this.#clock.nextDue);
    }
    return settled;
  }

  async #step(): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.5) {
      if (!this.#moment()) this.#client();
    } else if (dice < 0.85) {
      this.#client();
    } else if (dice < 0.98) {
      this.#time();
    } else if (this.#random.chance(0.5)) {
      await this.#crash();
    }
  }

  /** One waiting moment comes: any of them, except that turns keep their order. */
  #moment(): boolean {
    if (this.#moments.length === 0) return false;
    let index = this.#random.below(this.#moments.length);
    if (this.#moments[index]!.label === 'turn') index = this.#moments.findIndex(({ label }) => label === 'turn');
    const [moment] = this.#moments.splice(index, 1);
    this.#note(moment!.label);
    moment!.action();
    return true;
  }

  #time(): void {
    const due = this.#clock.nextDue;
    const now = this.#clock.now();
    const dice = this.#random.next();
    if (dice < 0.03) this.#clock.moveTo(now - this.#random.below(3000));
    else if (dice < 0.5 || due === undefined) this.#clock.moveTo(now + this.#random.below(2000));
    else this.#clock.moveTo(Math.max(due, now));
    this.#note('time');
  }

  async #crash(): Promise<void> {
    const applied = this.#random.chance(0.5);
    this.#note(`crash ${applied ? 'after' : 'before'} the last commit arrived`);
    this.crashes += 1;
    this.#store!.dieWith(applied);
    this.#clock.forget();
    for (const client of this.clients) {
      client.waiting = 0;
      client.failed = false;
      client.next = client.answers.indexOf(undefined);
      if (client.next < 0) client.next = client.plan.length;
    }
    await this.#start();
  }

  #full(): boolean {
    if (this.#healed || !this.#random.chance(0.02)) return false;
    this.refusals += 1;
    return true;
  }

  /** A client does something: creates its instance, sends the next event, or repeats an old one. */
  #client(): void {
    const client = this.#random.pick(this.clients);
    if (client.failed) {
      if (client.waiting > 0) return;
      client.failed = false;
      client.next = client.answers.indexOf(undefined);
      if (client.next < 0) client.next = client.plan.length;
    }
    if (!client.created) {
      if (client.waiting === 0) this.#create(client);
      return;
    }
    const repeat = client.next > 0 && this.#random.chance(0.15);
    const index = repeat ? this.#random.below(client.next) : client.next;
    if (index >= client.plan.length || client.waiting >= 3 || (repeat && client.answers[index] === undefined)) return;
    if (!repeat) client.next += 1;
    this.#send(client, index);
  }

  #create(client: Client): void {
    const life = this.#life;
    client.waiting += 1;
    this.#note(`create ${client.tenant}/${client.instance}`);
    this.runtime!.tenant(client.tenant)
      .create(client.machine, client.instance, { whenExists: 'keep' })
      .then(
        () => {
          if (life !== this.#life) return;
          client.waiting -= 1;
          client.created = true;
        },
        (error) => {
          if (life !== this.#life) return;
          client.waiting -= 1;
          this.#note(`create refused ${codeOf(error)}`);
        },
      );
  }

  #send(client: Client, index: number): void {
    const life = this.#life;
    const event = client.plan[index]!;
    client.waiting += 1;
    this.#note(`send ${client.tenant}/${client.instance} ${event.id} ${event.type}`);
    this.runtime!.tenant(client.tenant)
      .send(client.instance, event)
      .then(
        (receipt) => {
          if (life !== this.#life) return;
          client.waiting -= 1;
          this.#note(`ack ${event.id} ${receipt.sequence} ${receipt.taken}`);
          this.#answered(client, index, receipt);
        },
        (error) => {
          if (life !== this.#life) return;
          client.waiting -= 1;
          this.#note(`refused ${event.id} ${codeOf(error)}`);
          if (FsmError.is(error) && error.next === 'reject' && error.code !== 'STORE_FULL') {
            this.#answered(client, index, { error: error.code });
          } else {
            client.failed = true;
          }
        },
      );
  }

  #answered(client: Client, index: number, answer: Receipt | { readonly error: string }): void {
    const earlier = client.answers[index];
    if (earlier !== undefined && answerKey(earlier) !== answerKey(answer)) {
      this.violations.push(
        `I9: ${client.plan[index]!.id} was answered ${answerKey(earlier)}, then ${answerKey(answer)}`,
      );
    }
    client.answers[index] ??= answer;
  }

  #functions(life: number) {
    const perform = (name: string, call: FunctionCall, once: boolean): Promise<Json> => {
      this.#calls += 1;
      const { signal } = call;
      const execution = call.key.slice(0, call.key.lastIndexOf(':'));
      const key = `${call.key}@${call.attempt}`;
      if (life !== this.#life) this.violations.push(`I7: ${key} was performed by a dead process`);
      if (this.#settledKeys.has(key) || this.#settledKeys.has(execution)) {
        this.violations.push(`I7: ${key} was performed again after its result was recorded`);
      }
      const entry = this.ledger.get(key) ?? { calls: 0, once, undoes: name === 'refund' };
      entry.calls += 1;
      this.ledger.set(key, entry);
      const fails = this.#random.chance(this.#healed ? 0 : 0.2);
      return new Promise((resolve, reject) => {
        if (this.#random.chance(0.3)) signal.addEventListener('abort', () => reject(signal.reason));
        this.#later(`${name} ${key}`, () => (fails ? reject(new Error('out of order')) : resolve({ done: name })));
      });
    };
    return {
      'risk.rate': defineFunction({ repeat: 'pure', run: () => 1 }),
      'card.charge': defineFunction({ run: (_, call) => perform('charge', call, false) }),
      'card.refund': defineFunction({ run: (_, call) => perform('refund', call, false) }),
      'risk.check': defineFunction({ run: (_, call) => perform('check', call, false) }),
      'mail.send': defineFunction({ run: (_, call) => perform('mail', call, false) }),
      'parcel.ship': defineFunction({
        repeat: 'once',
        run: (_, call) => perform('ship', call, true),
      }),
    };
  }

  /** Everything that reached the disk passes here. */
  #watch(commit: Commit): void {
    for (const { instance, owner, text, sequence, hash } of commit.lines) {
      this.#lines += 1;
      if (owner !== undefined) this.#owners.set(instance, `${owner.tenant}/${owner.name}`);
      const entry = decodeEntry(text);
      const base = this.#owners.get(instance)!;
      const [tenant = '', name = ''] = base.split('/');
      this.written.push({ tenant, name, sequence, text, hash });
      const isStep = entry.kind === 'step' || entry.kind === 'compensating';
      if (isStep && (entry.step.output !== undefined || entry.step.error !== undefined)) {
        this.#settledKeys.add(`${base}/${entry.invocation}#${entry.incarnation}:${attemptKey(entry.path)}`);
      }
      if (entry.kind === 'done' || entry.kind === 'failed' || entry.kind === 'compensated') {
        this.#settledKeys.add(`${base}/${entry.invocation}#${entry.incarnation}`);
      }
      this.#note(`disk ${base} ${text}`);
    }
  }

  /** Faults stop; whatever waits comes; time goes on until nobody waits for it. */
  async #heal(): Promise<void> {
    this.#healed = true;
    this.#note('healed');
    for (let round = 0; round < 20_000; round += 1) {
      await turn();
      if (this.#moment()) continue;
      const open = this.clients.find((client) => !client.created || client.next < client.plan.length || client.failed);
      if (open !== undefined) {
        this.#client();
        continue;
      }
      if (this.clients.some((client) => client.waiting > 0)) continue;
      const due = this.#clock.nextDue;
      if (due === undefined) return;
      this.#clock.moveTo(Math.max(due, this.#clock.now()));
    }
    this.violations.push('I15: the system did not come to rest');
  }

  #makeClients(): Client[] {
    const clients: Client[] = [];
    const names = ['a', 'b'];
    for (const tenant of tenants) {
      for (const instance of names) {
        const machine = this.#random.chance(0.6) ? 'order' : 'shift';
        const plan = Array.from({ length: 4 + this.#random.below(9) }, (_, index) => ({
          id: `${tenant}-${instance}-${index}`,
          type: this.#random.pick([
            'ADD',
            'ADD',
            'PAY',
            'PAY',
            'PAY',
            'CANCEL',
            'NUDGE',
            'NUDGE',
            'NOISE',
            'SPOIL',
            'GIVE_UP',
          ]),
          data: { tenant, peer: this.#random.pick([...names, 'nobody']) },
        }));
        const answers = plan.map(() => undefined);
        clients.push({ tenant, instance, machine, plan, answers, created: false, next: 0, waiting: 0, failed: false });
      }
    }
    return clients;
  }
}

/** `1#2.0` is the step `1.0` in attempt 2, which is how functions are told. */
function attemptKey(path: string): string {
  const attempts = [...path.matchAll(/#(\d+)/g)];
  return `${path.replace(/#\d+/g, '')}@${attempts.at(-1)?.[1] ?? 1}`;
}

/** Lets all microtasks run: nothing else in a simulation is asynchronous. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function answerKey(answer: Receipt | { readonly error: string }): string {
  return 'error' in answer ? answer.error : `${answer.sequence} ${answer.taken}`;
}

function codeOf(error: unknown): string {
  return FsmError.is(error) ? error.code : String(error);
}
