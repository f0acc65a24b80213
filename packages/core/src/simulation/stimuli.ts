import { formatDuration } from '../definition/duration.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Machine } from '../machine/machine.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import { type Candidates, candidates, type ReadTree } from './candidates.ts';
import { valueAt } from './expectation.ts';
import type { MachineRead } from './machine-reads.ts';
import { relevanceOf } from './relevance.ts';
import type { EffectOutcome } from './scripted-effects.ts';
import { defaultError } from './simulation.ts';
import type { SimulationStep } from './step.ts';

export interface StimuliOptions {
  /** What `event.data` may be, by event type, instead of what schema and guards suggest. */
  readonly events?: { readonly [type: string]: readonly Json[] };
  /** How effects may end, by invocation id, instead of what guards suggest. */
  readonly outcomes?: { readonly [invocation: string]: readonly EffectOutcome[] };
}

/** What was left out of the data that could be tried. */
export interface UntriedData {
  readonly kind: 'event-data' | 'outcome';
  /** The event type or the invocation. */
  readonly name: string;
  /** JSON path of an expression that it could make a difference to. */
  readonly path: string;
}

/**
 * What can happen to an instance next, as far as a machine tells: the events it could take with data worth trying, the
 * next timer, every outcome of what runs.
 */
export class Stimuli {
  /** What was left out so far. */
  readonly untried = new Map<string, UntriedData>();
  private readonly machine: Machine;
  private readonly options: StimuliOptions;
  /** Types that somebody names. */
  private readonly types: readonly string[];
  /** Those of them that only a wildcard takes. */
  private readonly unwritten: readonly string[];
  /** All of them, and one that nobody names for each wildcard. */
  private readonly everyType: readonly string[];
  /** Whether something looks at events that no transition asks for: `always` guards may, and so may code. */
  private readonly anyTypeMatters: boolean;
  private readonly eventSteps = new Map<string, readonly SimulationStep[]>();
  private readonly outcomeSteps = new Map<string, readonly SimulationStep[]>();

  constructor(machine: Machine, options: StimuliOptions) {
    const { events = {} } = machine.definition;
    const { deciding, opaque } = relevanceOf(machine.definition);
    const typeReads = deciding.filter(({ keys }) => keys[0] === 'event' && (keys[1] === 'type' || keys.length === 1));
    const unasked = deciding.filter(({ keys, trigger }) => keys[0] === 'event' && trigger === undefined);
    const written = [...machine.transitions()].flatMap(({ descriptor }) => split(descriptor ?? '*'));
    const compared = typeReads.flatMap(({ constants }) => constants.filter((value) => typeof value === 'string'));
    const all = [...Object.keys(events), ...Object.keys(options.events ?? {}), ...written, ...compared];
    this.machine = machine;
    this.options = options;
    this.types = [...new Set(all)].filter((type) => !type.endsWith('*') && !ofEngine.test(type));
    const wildcards = new Set([
      '*',
      ...written.filter((descriptor) => descriptor.endsWith('.*') && !ofEngine.test(descriptor)),
    ]);
    this.everyType = [...this.types, ...Array.from(wildcards, (wildcard) => this.unnamed(wildcard))];
    this.unwritten = this.types.filter((type) => !written.includes(type));
    this.anyTypeMatters = typeReads.length + unasked.length + opaque.length > 0;
  }

  /** In a fixed order: events, time, outcomes. */
  of(snapshot: Snapshot, now: number): readonly SimulationStep[] {
    if (snapshot.status !== 'active') return [];
    const due = Object.values(snapshot.timers ?? {}).map((timer) => timer.due);
    const wait = Math.max(0, Math.min(...due) - now);
    return [
      ...this.eventTypes(snapshot).flatMap((type) => this.events(type)),
      ...(due.length === 0 ? [] : [{ advance: formatDuration(wait) }]),
      ...Object.keys(snapshot.invocations ?? {}).flatMap((invocation) => this.outcomes(invocation)),
    ];
  }

  /** Types for what could be taken now. A wildcard is tried with a type that it alone stands for. */
  private eventTypes(snapshot: Snapshot): readonly string[] {
    if (this.anyTypeMatters) return this.everyType;
    const descriptors = this.machine.nextEvents(snapshot).flatMap(split);
    const types = new Set(descriptors.filter((descriptor) => !descriptor.endsWith('*')));
    for (const wildcard of descriptors.filter((descriptor) => descriptor.endsWith('*'))) {
      const nearer = descriptors.filter((other) => other.endsWith('*') && other.length > wildcard.length);
      const only = this.unwritten.find(
        (type) => matches(wildcard, type) && !nearer.some((other) => matches(other, type)),
      );
      types.add(only ?? this.unnamed(wildcard));
    }
    return [...types];
  }

  private unnamed(wildcard: string): string {
    const base = wildcard === '*' ? 'ANYTHING' : `${wildcard.slice(0, -1)}anything`;
    let type = base;
    for (let count = 2; this.types.includes(type); count++) type = `${base}${count}`;
    return type;
  }

  private events(type: string): readonly SimulationStep[] {
    const known = this.eventSteps.get(type);
    if (known !== undefined) return known;
    const { definition } = this.machine;
    const declared = own(definition.events, type);
    const schema = declared?.data;
    // what any event may have led to sees the data of one that was declared to have none, but does not ask for them
    const bare = declared !== undefined && schema === undefined;
    const answers = ({ trigger }: { readonly trigger: string | undefined }) =>
      trigger === undefined ? !bare : matches(trigger, type);
    const tree = readTree(this.machine, ['event', 'data'], answers);
    const given = own(this.options.events, type);
    const derived: Candidates =
      tree === undefined && schema === undefined ? { values: [], complete: true } : candidates(tree, schema);
    const values = given ?? derived.values;
    if (!derived.complete) this.leaveOut('event-data', type, firstPath(this.machine, ['event', 'data'], answers));
    const steps: readonly SimulationStep[] =
      values.length === 0 ? [{ event: type }] : values.map((data) => ({ event: { type, data } }));
    this.eventSteps.set(type, steps);
    return steps;
  }

  private outcomes(invocation: string): readonly SimulationStep[] {
    const known = this.outcomeSteps.get(invocation);
    if (known !== undefined) return known;
    const steps = (own(this.options.outcomes, invocation) ?? this.derivedOutcomes(invocation)).map(
      (outcome): SimulationStep =>
        'error' in outcome
          ? { failed: invocation, error: outcome.error }
          : { done: invocation, ...(outcome.output === null ? undefined : { output: outcome.output }) },
    );
    this.outcomeSteps.set(invocation, steps);
    return steps;
  }

  private derivedOutcomes(invocation: string): readonly EffectOutcome[] {
    const outputs = this.outcomeValues(invocation, 'output', null);
    const errors = this.outcomeValues(invocation, 'error', defaultError);
    return [...outputs.map((output) => ({ output })), ...errors.map((error) => ({ error }))];
  }

  private outcomeValues(invocation: string, part: 'output' | 'error', ordinary: Json): readonly Json[] {
    const type = part === 'output' ? `done.invoke.${invocation}` : `error.invoke.${invocation}`;
    const answers = ({ trigger }: { readonly trigger: string | undefined }) =>
      trigger === undefined || matches(trigger, type);
    const tree = readTree(this.machine, ['event', part], answers);
    if (tree === undefined) return [ordinary];
    const { values, complete } = candidates(tree, undefined);
    if (!complete) this.leaveOut('outcome', invocation, firstPath(this.machine, ['event', part], answers));
    if (part === 'output') return values;
    // what is caught by its code is tried, and so is what nobody thought of
    return [...values.map((value) => (isObject(value) ? { ...(ordinary as JsonObject), ...value } : value)), ordinary];
  }

  private leaveOut(kind: UntriedData['kind'], name: string, path: string): void {
    this.untried.set(`${kind} ${name}`, { kind, name, path });
  }
}

/** Events that nobody sends from outside. */
const ofEngine = /^(?:done|error|fsm)\./;

/** In SCXML one key may hold several descriptors. */
function split(descriptors: string): readonly string[] {
  return descriptors.trim().split(/\s+/);
}

/** As the engine matches: `a.*` takes `a`, `a.b` and `a.b.c`. */
function matches(descriptor: string, type: string): boolean {
  if (descriptor === '*' || descriptor === type) return true;
  if (!descriptor.endsWith('.*')) return false;
  const prefix = descriptor.slice(0, -2);
  return type === prefix || type.startsWith(`${prefix}.`);
}

type Answers = (read: { readonly trigger: string | undefined }) => boolean;

/** What is read of the value at `root`, by expressions that `answers` says could see it; nothing if nobody does. */
function readTree(machine: Machine, root: readonly string[], answers: Answers): ReadTree | undefined {
  const { reads, copies, deciding } = relevanceOf(machine.definition);
  const decides = new Set<MachineRead>(deciding);
  const context = machine.definition.context ?? {};
  const constantsOf = (read: MachineRead): readonly Json[] => [
    ...read.constants,
    ...read.against.map((keys): Json => {
      const value = keys[0] === 'context' && keys.length > 1 ? valueAt(context, keys.slice(1).join('.')) : undefined;
      // two values that nobody knows: around the same number each is once smaller, once equal and once larger
      return value === undefined || (typeof value === 'object' && value !== null) ? 1 : value;
    }),
  ];
  let tree: GrowingTree | undefined;
  for (const read of reads) {
    if (!answers(read) || !startsWith(read.keys, root)) continue;
    tree ??= new GrowingTree();
    tree.add(read.keys.slice(root.length), constantsOf(read), decides.has(read));
  }
  for (const { from, to, trigger } of copies) {
    if (tree === undefined || !answers({ trigger }) || !startsWith(from, root)) continue;
    for (const read of reads) {
      if (!startsWith(read.keys, to)) continue;
      const keys = [...from.slice(root.length), ...read.keys.slice(to.length)];
      tree.add(keys, constantsOf(read), decides.has(read));
    }
  }
  return tree;
}

class GrowingTree implements ReadTree {
  deciding = false;
  readonly constants: Json[] = [];
  readonly children = new Map<string, GrowingTree>();

  add(keys: readonly string[], constants: readonly Json[], deciding: boolean): void {
    const [key, ...rest] = keys;
    if (key === undefined) {
      this.constants.push(...constants);
      this.deciding ||= deciding;
      return;
    }
    const child = this.children.get(key) ?? new GrowingTree();
    this.children.set(key, child);
    child.add(rest, constants, deciding);
  }
}

function firstPath(machine: Machine, root: readonly string[], answers: Answers): string {
  const { deciding } = relevanceOf(machine.definition);
  return deciding.find((read) => answers(read) && startsWith(read.keys, root))?.path ?? '$';
}

function startsWith(keys: readonly string[], start: readonly string[]): boolean {
  return start.every((key, index) => keys[index] === key);
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
