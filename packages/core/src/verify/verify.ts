import type { EffectDefinition, MachineDefinition } from '../definition/definition.ts';
import type { Json, JsonObject } from '../json.ts';
import { CompiledMachine } from '../machine/compiled-machine.ts';
import { type CompileOptions, compile, type Machine } from '../machine/machine.ts';
import { areExclusive, type Chart, chartOf, isEngineEvent } from './chart.ts';
import { deadTransitions } from './checks/dead-transition.ts';
import { deadlocks } from './checks/deadlock.ts';
import { eventlessLoops } from './checks/eventless-loop.ts';
import { failingExpressions } from './checks/failing-expression.ts';
import { rememberedBy, violatedInvariants } from './checks/invariant-violated.ts';
import { livelocks } from './checks/livelock.ts';
import { missingErrorHandlers } from './checks/missing-error-handler.ts';
import { regionConflicts } from './checks/region-conflict.ts';
import { shadowedGuards } from './checks/shadowed-guard.ts';
import { unhandledEvents } from './checks/unhandled-event.ts';
import { unreachableStates } from './checks/unreachable-state.ts';
import { ConflictWatch } from './conflicts.ts';
import { actionsOf, type DataFlow, dataFlowOf, typesAskedFor } from './data-flow.ts';
import { eventSampler } from './event-samples.ts';
import { Exploration } from './exploration.ts';
import type { ExplorationSummary, Finding, VerifyReport } from './finding.ts';
import { compileInvariant, type Invariant, type InvariantDefinition, invariantsOf } from './invariant.ts';
import { missingCode, withStubs } from './missing-code.ts';
import { structureOf } from './structure.ts';
import type { Explored, Subject } from './subject.ts';

export interface VerifyOptions extends Pick<CompileOptions, 'implementations' | 'checkEffect'> {
  /** Besides those in the machine's `meta.invariants`. */
  readonly invariants?: readonly (string | InvariantDefinition)[];
  /** How many states are explored at most; 20,000 when not given. */
  readonly maxStates?: number;
  /** How many steps from the start are explored at most; 1,000 when not given. */
  readonly maxDepth?: number;
  /** The input of the instance. */
  readonly input?: JsonObject;
  /** Data to try, besides what can be worked out: by event type, `done.invoke.<id>` or `error.invoke.<id>`. */
  readonly data?: { readonly [type: string]: readonly Json[] };
  /** Whether an effect can fail; all can, when not given. */
  readonly mayFail?: (effect: EffectDefinition) => boolean;
  /** Also report, for each event, configurations in which nobody takes it. */
  readonly unhandledByState?: boolean;
}

/**
 * Proves what can be proved about a machine, and looks for a way to everything that must not happen.
 *
 * Two things are done. The definition is reasoned about (`structure.ts`): what no data could ever reach or pass. And the
 * machine is run through everything it can meet, breadth-first (`exploration.ts`): events with data on both sides of
 * what guards compare them with, due timers, and effects that end or fail. Each check (`checks/`) looks at both, and
 * says of each finding whether it is proven, shown by steps that replay, or only possible.
 *
 * A machine whose way depends on no data and that has finitely many configurations is explored exhaustively; the report
 * says so. Otherwise it says what was left out, and claims nothing about it.
 *
 * ```ts
 * const report = verify(loan, { invariants: ["!active('approved') || entered('checked')"] });
 * for (const { code, message, steps } of report.findings) console.log(code, message, steps);
 * ```
 *
 * @throws FsmError MACHINE_INVALID for a definition with errors, INVARIANT_INVALID.
 */
export function verify(subject: Machine | MachineDefinition, options: VerifyOptions = {}): VerifyReport {
  const { machine, unexplored } = prepared(subject, options);
  const chart = chartOf(machine?.definition ?? (subject as MachineDefinition));
  const structure = structureOf(chart);
  const invariants = allInvariants(chart, options);
  const { mayFail = () => true, unhandledByState = false } = options;
  const flow = dataFlowOf(
    chart,
    invariants.map(({ rewritten }) => rewritten),
  );
  const found = unexplored === undefined && machine ? explore(machine, chart, flow, invariants, options) : undefined;
  const all: Subject = { chart, structure, mayFail, explored: found?.explored, invariants, unhandledByState };
  const findings = inOrder(checks.flatMap((check) => check(all)));
  const broken = findings.filter(({ code }) => code === 'INVARIANT_VIOLATED').map(({ path }) => path);
  return {
    machine: chart.definition.id,
    ok: !findings.some(({ severity }) => severity === 'error'),
    findings,
    ...(found && { exploration: found.summary }),
    ...(unexplored !== undefined && { unexplored }),
    invariants: found ? invariants.map(({ name, path }) => ({ name, holds: !broken.includes(path) })) : [],
  };
}

const checks: readonly ((subject: Subject) => readonly Finding[])[] = [
  violatedInvariants,
  deadlocks,
  livelocks,
  eventlessLoops,
  unreachableStates,
  deadTransitions,
  shadowedGuards,
  regionConflicts,
  failingExpressions,
  missingErrorHandlers,
  unhandledEvents,
];

const ranks = { error: 0, warning: 1, info: 2 } as const;

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => ranks[a.severity] - ranks[b.severity]);
}

function allInvariants(chart: Chart, { invariants = [] }: VerifyOptions): readonly Invariant[] {
  const given = invariants.map((each, index) =>
    compileInvariant(typeof each === 'string' ? { expression: each } : each, `invariant ${index + 1}`, chart),
  );
  return [...invariantsOf(chart), ...given];
}

function explore(
  machine: CompiledMachine,
  chart: Chart,
  flow: DataFlow,
  invariants: readonly Invariant[],
  options: VerifyOptions,
): { readonly explored: Explored; readonly summary: ExplorationSummary } {
  const eventTypes = externalEvents(chart);
  const watch = new ConflictWatch(machine);
  const exploration = new Exploration({
    machine,
    eventTypes,
    sampler: eventSampler(flow, chart.definition.events ?? {}, options.data ?? {}),
    relevant: flow.relevant,
    remembered: rememberedBy(invariants),
    mayFail: options.mayFail ?? (() => true),
    sideBySide: timersSideBySide(chart),
    input: options.input,
    maxStates: options.maxStates ?? 20_000,
    maxDepth: options.maxDepth ?? 1_000,
    onEvent: (state, event) => watch.look(state, event),
  });
  const limits = limitsOf(exploration, flow, options);
  const exhaustive = limits.length === 0;
  const byPath = new Map(chart.transitions.map((each) => [each.path, each]));
  const { states, configurations, steps, depth } = exploration;
  return {
    explored: {
      machine,
      exploration,
      exhaustive,
      eventTypes,
      conflicts: watch.conflicts,
      effectsDecide: flow.relevant === 'all' || flow.relevant.size > 0,
      transitionAt: (path) => byPath.get(path),
    },
    summary: { states: states.length, configurations, steps, depth, exhaustive, limits },
  };
}

/** Why there may be more than was explored. */
function limitsOf(exploration: Exploration, flow: DataFlow, options: VerifyOptions): readonly string[] {
  const limits: string[] = [];
  if (exploration.stoppedBy === 'states') {
    limits.push(`stopped at the bound of ${(options.maxStates ?? 20_000).toLocaleString('en-US')} states`);
  }
  if (exploration.stoppedBy === 'depth') limits.push(`stopped ${options.maxDepth ?? 1_000} steps from the start`);
  if (flow.decidedBy.length > 0) {
    const shown = flow.decidedBy.slice(0, 4).join(', ');
    const more = flow.decidedBy.length > 4 ? ` and ${flow.decidedBy.length - 4} more` : '';
    limits.push(`the way depends on data (${shown}${more}), of which only samples were tried`);
  }
  if (exploration.ranSideBySide) limits.push('timers run side by side, and not every order of them was tried');
  if (exploration.lost) limits.push('some steps failed with all data tried, and where they lead is not known');
  return limits;
}

/** Types of the events that may come from outside: the declared ones, or else all that some state takes. */
function externalEvents(chart: Chart): readonly string[] {
  const { events } = chart.definition;
  if (events !== undefined) return Object.keys(events);
  const types = new Set<string>();
  for (const { descriptor, trigger } of chart.transitions) {
    if (trigger !== 'event' || descriptor === undefined || isEngineEvent(descriptor)) continue;
    if (descriptor === '*') types.add('any.other');
    else if (descriptor.endsWith('.*')) types.add(descriptor.slice(0, -2)).add(`${descriptor.slice(0, -2)}.any`);
    else types.add(descriptor);
  }
  const asked = typesAskedFor(chart).filter((type) => !isEngineEvent(type));
  // a guard of an eventless transition sees also events that nobody takes
  return [...new Set([...types, ...asked, ...(asked.length > 0 ? ['any.other'] : [])])];
}

/** Whether two timers may be armed at the same time: then it matters how long after one the other starts. */
function timersSideBySide(chart: Chart): boolean {
  const delayed = chart.states
    .flatMap(actionsOf)
    .some((action) => typeof action === 'object' && 'delay' in action && action.delay !== undefined);
  const timed = chart.states.flatMap((state) => Object.keys(state.definition.after ?? {}).map(() => state));
  if (delayed) return true;
  return timed.some((a, index) => timed.slice(index + 1).some((b) => a === b || !areExclusive(a, b)));
}

/** The machine compiled, and why it cannot be run, if it cannot. */
function prepared(
  subject: Machine | MachineDefinition,
  { implementations = {}, checkEffect }: VerifyOptions,
): { readonly machine: CompiledMachine | undefined; readonly unexplored: string | undefined } {
  if (subject instanceof CompiledMachine) return { machine: subject, unexplored: whyUnexplored(subject.definition) };
  const definition = subject as MachineDefinition;
  const missing = missingCode(chartOf(definition), implementations);
  const names = [...missing.guards, ...missing.actions];
  const machine = compile(definition, {
    implementations: withStubs(missing, implementations),
    // an exploration comes back to most configurations
    memoLimit: 500_000,
    ...(checkEffect && { checkEffect }),
  });
  if (!(machine instanceof CompiledMachine)) throw new Error('`compile` made something else than a compiled machine');
  const without = `the code of ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''} is not at hand`;
  return { machine, unexplored: names.length > 0 ? without : whyUnexplored(definition) };
}

function whyUnexplored({ semantics }: MachineDefinition): string | undefined {
  return semantics === 'scxml' ? 'it follows SCXML, whose data model is not explored' : undefined;
}
