import type { EffectDefinition, MachineDefinition } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import { type Configuration, ConfigurationTable } from './configuration.ts';
import { type EventDataCheck, eventDataCheck } from './event-data.ts';
import { activeTags, nextEvents, type StateValue, stateValue } from './inspect.ts';
import type { Machine, MachineState, MachineTransition } from './machine.ts';
import { type Plan, planStart } from './plan.ts';
import type { EventMatching, Rules } from './rules.ts';
import { isCertain, type Selection, selectionWithoutEvent } from './selection.ts';
import type { MachineReference, Snapshot } from './snapshot.ts';
import type { StateNode, Transition } from './state-node.ts';

export interface CompiledMachineOptions {
  readonly definition: MachineDefinition;
  readonly hash: string;
  readonly nodes: readonly StateNode[];
  readonly rules: Rules;
  readonly maxMicrosteps: number;
  readonly memoLimit: number;
}

/** A machine as the engine sees it: its states as tables, and what it has learned about its configurations. */
export class CompiledMachine implements Machine {
  readonly id: string;
  readonly version: string | undefined;
  readonly hash: string;
  readonly definition: MachineDefinition;
  /** Shared by all snapshots. */
  readonly reference: MachineReference;
  readonly nodes: readonly StateNode[];
  readonly root: StateNode;
  /** Absent when the machine declares nothing about the data of its events. */
  readonly checkData: EventDataCheck | undefined;
  readonly maxMicrosteps: number;
  readonly configurations: ConfigurationTable;
  readonly events: EventMatching;
  readonly rules: Rules;
  private firstPlan: Plan | undefined;
  private byPath: ReadonlyMap<string, Transition> | undefined;

  constructor({ definition, hash, nodes, rules, maxMicrosteps, memoLimit }: CompiledMachineOptions) {
    const { id, version } = definition;
    this.id = id;
    this.version = version;
    this.hash = hash;
    this.definition = definition;
    this.reference = Object.freeze(version === undefined ? { id, hash } : { id, version, hash });
    this.nodes = nodes;
    this.root = nodes[0]!;
    this.checkData = eventDataCheck(definition);
    this.maxMicrosteps = maxMicrosteps;
    this.configurations = new ConfigurationTable(nodes, memoLimit);
    this.rules = rules;
    this.events = rules.classes(nodes.flatMap((node) => [...node.transitions.keys()]));
    this.firstPlan = undefined;
    this.byPath = undefined;
  }

  get start(): Plan {
    this.firstPlan ??= planStart(this.configurations, this.root, this.rules);
    return this.firstPlan;
  }

  /** What an event of this type may take in a configuration. */
  selection(configuration: Configuration, type: string): Selection | undefined {
    const eventClass = this.events.of(type);
    if (eventClass === -1) return undefined;
    const known = configuration.selections[eventClass];
    if (known !== undefined) return known ?? undefined;
    const active = new Set(configuration.states);
    const selection = this.rules.select(this.root, active, this.events.descriptors(eventClass));
    if (this.configurations.remember()) configuration.selections[eventClass] = selection ?? null;
    return selection;
  }

  /** What may be taken without an event. */
  eventless(configuration: Configuration): Selection | undefined {
    const known = configuration.eventless;
    if (known !== undefined) return known ?? undefined;
    const selection = selectionWithoutEvent(configuration.leaves);
    configuration.eventless = selection ?? null;
    return selection;
  }

  effect(statePath: string, index = 0): EffectDefinition {
    const state = this.configurations.state(statePath);
    const found = state === undefined ? undefined : effectsOf(state)[index];
    if (found !== undefined) return found;
    const exists = this.nodes.flatMap((node) => effectsOf(node).map((_, index) => `${node.path}[${index}]`));
    throw new FsmError('EFFECT_UNKNOWN', `The machine "${this.id}" has no effect ${index} in a state "${statePath}".`, {
      hint: exists.length === 0 ? 'The machine has no effects.' : `It has ${exists.slice(0, 10).join(', ')}.`,
      details: { asked: { state: statePath, index }, exists },
    });
  }

  nextEvents(snapshot: Snapshot): readonly string[] {
    return snapshot.status === 'active' ? nextEvents(this, this.configurationOf(snapshot)) : [];
  }

  matches(snapshot: Snapshot, statePath: string): boolean {
    return this.configurationOf(snapshot).states.some((state) => state.path === statePath);
  }

  tags(snapshot: Snapshot): readonly string[] {
    return activeTags(this.configurationOf(snapshot));
  }

  stateValue(snapshot: Snapshot): StateValue {
    return stateValue(this.configurationOf(snapshot), this.root);
  }

  /**
   * The configuration a snapshot of this machine names.
   *
   * @throws FsmError SNAPSHOT_MISMATCH for a snapshot of another machine, SNAPSHOT_INVALID for an impossible one.
   */
  configurationOf(snapshot: Snapshot): Configuration {
    const { machine } = snapshot;
    if (machine !== this.reference && machine.hash !== this.hash) throw this.mismatch(machine);
    return this.configurations.find(snapshot.configuration);
  }

  /**
   * The transition at a JSON path, as snapshots name those that wait.
   *
   * @throws FsmError SNAPSHOT_INVALID
   */
  transition(path: string): Transition {
    this.byPath ??= new Map(
      this.nodes.flatMap((node) => [...node.transitions.values()].flat().map((each) => [each.path, each] as const)),
    );
    const found = this.byPath.get(path);
    if (found !== undefined) return found;
    throw new FsmError('SNAPSHOT_INVALID', `The snapshot names the transition ${path}, which does not exist.`, {
      hint: 'Restore the snapshot from the journal; snapshots are not written by hand.',
      details: { found: path },
    });
  }

  private mismatch(found: MachineReference): FsmError {
    return new FsmError(
      'SNAPSHOT_MISMATCH',
      `The snapshot is of "${found.id}" ${found.hash}, not of "${this.id}" ${this.hash}.`,
      {
        hint: 'Use the version of the machine that the snapshot names: instances stay on the one they were created with.',
        details: { asked: found, exists: this.reference },
      },
    );
  }

  *states(): Iterable<MachineState> {
    for (const { path, id, key, kind, depth, parent, tags, definition } of this.nodes) {
      yield { path, id, key, type: kind, depth, parent: parent?.path, tags, description: definition.description };
    }
  }

  *transitions(): Iterable<MachineTransition> {
    for (const node of this.nodes) {
      for (const [descriptor, list] of node.transitions) for (const each of list) yield shown(each, descriptor);
      for (const each of node.always) yield shown(each, undefined);
    }
  }
}

/** The effects of a state in the order of their numbers. */
function effectsOf(state: StateNode): readonly EffectDefinition[] {
  return [...state.invocations.map(({ effect }) => effect), ...state.otherEffects];
}

function shown(transition: Transition, descriptor: string | undefined): MachineTransition {
  const { path, source, targets, forbidden } = transition;
  return {
    path,
    source: source.path,
    descriptor,
    targets: targets.map((target) => target.path),
    guarded: !isCertain(transition),
    forbidden,
  };
}
