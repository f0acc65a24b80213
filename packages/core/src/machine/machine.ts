import type { Component } from '../components/component.ts';
import { expandComponents } from '../components/expand.ts';
import { allComponents } from '../definition/check-components.ts';
import { contentHash } from '../definition/content-hash.ts';
import type { EffectDefinition, Implementations, MachineDefinition } from '../definition/definition.ts';
import type { Defined } from '../definition/machine-types.ts';
import { type ValidateOptions, validate } from '../definition/validate.ts';
import { FsmError } from '../error.ts';
import { compileStates } from './compile-states.ts';
import { CompiledMachine } from './compiled-machine.ts';
import type { StateValue } from './inspect.ts';
import { nativeLanguage } from './language.ts';
import { nativeRules } from './rules.ts';
import { compileScxml } from './scxml/compile-scxml.ts';
import type { Snapshot } from './snapshot.ts';
import type { StateKind } from './state-node.ts';

/**
 * A compiled definition: immutable, shared by all its instances, and free of clocks, randomness and I/O.
 *
 * From here to a decision. `compile` turns a definition into flat tables of states in document order
 * (`compile-states.ts`). `navigate` finds the configuration a snapshot names (`configuration.ts`), the transitions the
 * event may take in it (`selection.ts`), asks their guards, and looks up what taking them means: a *plan*
 * (`plan.ts`), worked out once by SCXML's algorithm with XState v5's domains and then remembered. Running the plan
 * changes a `Step`; when nothing more can happen (`microstep.ts`) the step becomes a new snapshot and commands.
 */
export interface Machine<Definition extends MachineDefinition = MachineDefinition> {
  readonly id: string;
  readonly version: string | undefined;
  /** The exact version: content hash of the definition. */
  readonly hash: string;
  /** With its components expanded into plain states and transitions. */
  readonly definition: Definition;
  /**
   * The effect that a `start` command or an invocation of a snapshot names: of the state itself, of one of its actions,
   * or before one of its transitions.
   *
   * @throws FsmError EFFECT_UNKNOWN
   */
  effect(statePath: string, index?: number): EffectDefinition;
  /** All states in document order, the root first. */
  states(): Iterable<MachineState>;
  /** All transitions, state by state in document order; traces name them by their path. */
  transitions(): Iterable<MachineTransition>;
  /**
   * The event descriptors that could be taken now, guards permitting, from the inside out. Neither events of the engine
   * (`done.`, `error.`, `fsm.`) nor events that an inner state forbids.
   *
   * @throws as do the three below, FsmError SNAPSHOT_MISMATCH or SNAPSHOT_INVALID.
   */
  nextEvents(snapshot: Snapshot): readonly string[];
  /** Whether a state is active: `matches(snapshot, 'application.review')`. */
  matches(snapshot: Snapshot, statePath: string): boolean;
  /** Tags of all active states, each once, in document order. */
  tags(snapshot: Snapshot): readonly string[];
  /** XState's nested form of the configuration: `"closed"`, `{ "application": "review", "offer": "none" }`. */
  stateValue(snapshot: Snapshot): StateValue;
}

export interface MachineState {
  /** Keys from the root, joined with dots; `''` for the root. */
  readonly path: string;
  /** What stands behind `#` in targets and behind `done.state.` in events. */
  readonly id: string;
  readonly key: string;
  readonly type: StateKind;
  readonly depth: number;
  readonly parent: string | undefined;
  readonly tags: readonly string[];
  readonly description: string | undefined;
}

export interface MachineTransition {
  /** JSON path in the definition: `$.states.review.on.APPROVE[1]`. */
  readonly path: string;
  /** Path of the state it belongs to. */
  readonly source: string;
  /** The event descriptor that it answers; absent when it needs no event. */
  readonly descriptor: string | undefined;
  /** Paths of the states it leads to; none when it moves nowhere. */
  readonly targets: readonly string[];
  /** It has a guard, or an effect that must succeed first. */
  readonly guarded: boolean;
  /** `{}`: keeps the states around from handling the event and does nothing. */
  readonly forbidden: boolean;
}

export interface CompileOptions {
  /** Guards and actions the definition refers to by name. */
  readonly implementations?: Implementations;
  /** Components besides the built-in ones; of two with the same name the later one counts. */
  readonly components?: readonly Component[];
  /** Checks effects, which are opaque to core. */
  readonly checkEffect?: ValidateOptions['checkEffect'];
  /** Checks uses of plugins, which core only knows by name. */
  readonly checkPlugin?: ValidateOptions['checkPlugin'];
  /** How many microsteps one event may cause; 1,000 when not given. */
  readonly maxMicrosteps?: number;
  /**
   * How many facts about configurations are remembered before all are forgotten and learned again; 20,000 when not
   * given, which is some megabytes at most. With 0 every step is worked out afresh.
   */
  readonly memoLimit?: number;
}

/**
 * Checks a definition and compiles it.
 *
 * ```ts
 * const machine = compile({ id: 'door', initial: 'closed', states: {
 *   closed: { on: { OPEN: 'open' } },
 *   open: { on: { CLOSE: 'closed' } },
 * } });
 * const { snapshot } = start(machine, { now: 0 });
 * navigate(machine, snapshot, { type: 'OPEN' }, { now: 1 }).snapshot.configuration; // ['open']
 * ```
 *
 * The definition must not be changed afterwards.
 *
 * @throws FsmError MACHINE_INVALID with all errors of `validate` in `details.problems`.
 */
export function compile<Definition extends MachineDefinition & Defined>(
  definition: Definition,
  options?: CompileOptions,
): Machine<Definition>;
export function compile(definition: MachineDefinition, options?: CompileOptions): Machine;
export function compile(definition: MachineDefinition, options: CompileOptions = {}): Machine {
  const {
    implementations = {},
    components,
    checkEffect,
    checkPlugin,
    maxMicrosteps = 1_000,
    memoLimit = 20_000,
  } = options;
  const problems = validate(definition, {
    guards: Object.keys(implementations.guards ?? {}),
    actions: Object.keys(implementations.actions ?? {}),
    ...(components === undefined ? undefined : { components }),
    ...(checkEffect === undefined ? undefined : { checkEffect }),
    ...(checkPlugin === undefined ? undefined : { checkPlugin }),
  }).filter((problem) => problem.severity === 'error');
  if (problems.length > 0) throw invalidMachine(definition, problems);
  const { definition: expanded } = expandComponents(definition, allComponents(components));
  return new CompiledMachine({
    definition: expanded,
    hash: contentHash(expanded),
    ...statesAndRules(expanded, implementations),
    maxMicrosteps,
    memoLimit,
  });
}

function statesAndRules(definition: MachineDefinition, implementations: Implementations) {
  if (definition.semantics === 'scxml') return compileScxml(definition, implementations);
  return { nodes: compileStates(definition, implementations, nativeLanguage), rules: nativeRules };
}

const shownProblems = 3;

function invalidMachine(definition: unknown, problems: ReturnType<typeof validate>): FsmError {
  const id: unknown =
    typeof definition === 'object' && definition !== null && 'id' in definition ? definition.id : undefined;
  const name = typeof id === 'string' ? `The machine "${id}"` : 'The machine';
  const shown = problems.slice(0, shownProblems).map(({ path, message }) => `${path}: ${message}`);
  const more = problems.length > shownProblems ? ` … and ${problems.length - shownProblems} more.` : '';
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new FsmError('MACHINE_INVALID', `${name} has ${count}. ${shown.join(' ')}${more}`, {
    hint: problems[0]?.hint ?? 'Correct the definition; `fsm validate` shows every problem with its place.',
    ...(problems[0] === undefined ? undefined : { path: problems[0].path }),
    details: { problems },
  });
}
