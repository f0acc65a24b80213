export { builtInComponents } from './components/built-in.ts';
export { type Component, type ComponentHost, defineComponent, type Fragment } from './components/component.ts';
export { type Expansion, expandComponents } from './components/expand.ts';
export type { Origin, Origins } from './components/origins.ts';
export {
  actionsParameter,
  durationParameter,
  eventParameter,
  eventsParameter,
  guardParameter,
  targetParameter,
} from './components/parameters.ts';
export { canonicalJson } from './definition/canonical.ts';
export { contentHash } from './definition/content-hash.ts';
export {
  type ContextOf,
  type Defined,
  defineMachine,
  type EventOf,
  type EventType,
  type SentEvent,
  type StatePath,
} from './definition/define-machine.ts';
export type {
  ActionDefinition,
  ActionList,
  Duration,
  EffectDefinition,
  EffectParameter,
  EventDefinition,
  EventTemplate,
  GuardDefinition,
  Implementation,
  ImplementationScope,
  Implementations,
  InvokeDefinition,
  MachineDefinition,
  MachineEvent,
  PluginUse,
  StateDefinition,
  SubscriptionDefinition,
  TransitionDefinition,
  TransitionList,
} from './definition/definition.ts';
export { checkDepth } from './definition/depth.ts';
export { formatDuration, parseDuration } from './definition/duration.ts';
export { maxContextBytes, maxDefinitionBytes, maxDepth, maxStates } from './definition/limits.ts';
export type { Location } from './definition/line-index.ts';
export { type EffectKindSchema, type JsonSchema, machineJsonSchema } from './definition/machine-schema.ts';
export { type MermaidOptions, toMermaid } from './definition/mermaid.ts';
export { type Locate, type ParsedMachine, parseMachine } from './definition/parse-machine.ts';
export { type Problem, type ProblemCode, problemCodes } from './definition/problem.ts';
export { listNames, suggest } from './definition/suggest.ts';
export { type ValidateOptions, validate } from './definition/validate.ts';
export type { ErrorNext, ErrorRecord, FsmErrorOptions } from './error.ts';
export { FsmError } from './error.ts';
export {
  compileExpression,
  compileTemplate,
  type Expression,
  type ExpressionLimits,
  type ExpressionOptions,
  type ExpressionScope,
  type Template,
  type TemplateOptions,
} from './expression/expression.ts';
export type { Json, JsonObject } from './json.ts';
export type { Command, Decision, Microstep, Moment } from './machine/command.ts';
export { contextKeys, withValueAt } from './machine/context-path.ts';
export type { StateValue } from './machine/inspect.ts';
export {
  type CompileOptions,
  compile,
  type Machine,
  type MachineState,
  type MachineTransition,
} from './machine/machine.ts';
export { complete, fire, navigate, patch, start, stop } from './machine/navigate.ts';
export type { Invocation, MachineReference, Pending, Snapshot, Timer } from './machine/snapshot.ts';
export type { AiWorkflow } from './navigator/ai-workflow.ts';
export { canNavigate, type Destination, possibleDestinations, refusals, visualize } from './navigator/navigation.ts';
export { type Navigator, type NavigatorEvent, type NavigatorState, navigator } from './navigator/navigator.ts';
export { type ExportedScxml, type ExportScxmlOptions, exportScxml } from './scxml/document/export.ts';
export { type ImportScxmlOptions, importScxml } from './scxml/document/import.ts';
export { type ScxmlProblemCode, scxmlProblemCodes } from './scxml/document/problem.ts';
export type { ImportedScxml } from './scxml/document/reader.ts';
export { basicHttp } from './scxml/session/basic-http.ts';
export type { EventProcessor } from './scxml/session/event-processor.ts';
export type { Session as ScxmlSession } from './scxml/session/session.ts';
export { ScxmlWorld, type WorldOptions as ScxmlWorldOptions } from './scxml/session/world.ts';
export {
  type CoveredTransition,
  type CoveringScenarios,
  type CoverOptions,
  coveringScenarios,
  pathsToScenarios,
  type TransitionCoverage,
  transitionCoverage,
} from './simulation/coverage.ts';
export type { Difference } from './simulation/expectation.ts';
export {
  type Exploration,
  type ExplorationLimit,
  type ExploredEdge,
  type ExploredState,
  type ExploreOptions,
  explore,
  stepsAlong,
  stepsTo,
} from './simulation/exploration.ts';
export {
  type MachinePath,
  type PathOptions,
  type Paths,
  type PathToState,
  shortestPaths,
  shortestPathsToStates,
  simplePaths,
} from './simulation/paths.ts';
export { runScenario, type ScenarioFailure, type ScenarioRun } from './simulation/run-scenario.ts';
export { formatScenario, parseScenario, recordScenario, type Scenario } from './simulation/scenario.ts';
export type {
  EffectOutcome,
  EffectRun,
  EffectScript,
  ScriptedEffects,
  ScriptedOutcome,
} from './simulation/scripted-effects.ts';
export { Simulation, type SimulationOptions, type SimulationResult, simulate } from './simulation/simulation.ts';
export type { Expectation, SimulationStep } from './simulation/step.ts';
export {
  type ExplorationSummary,
  type Finding,
  type FindingCode,
  findingCodes,
  type VerifyReport,
} from './verify/finding.ts';
export type { InvariantDefinition } from './verify/invariant.ts';
export { type VerifyOptions, verify } from './verify/verify.ts';
export { exportXState, type XStateExport } from './xstate/export.ts';
export { importXState, type XStateImport, type XStateMeanings } from './xstate/import.ts';
export { type XStateProblemCode, xstateProblemCodes } from './xstate/problems.ts';
