export { canonicalJson } from './definition/canonical.ts';
export { contentHash } from './definition/content-hash.ts';
export { type ContextOf, defineMachine, type EventType, type StatePath } from './definition/define-machine.ts';
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
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from './definition/definition.ts';
export { checkDepth } from './definition/depth.ts';
export { formatDuration, parseDuration } from './definition/duration.ts';
export { maxContextBytes, maxDefinitionBytes, maxDepth, maxStates } from './definition/limits.ts';
export { type EffectKindSchema, type JsonSchema, machineJsonSchema } from './definition/machine-schema.ts';
export { type MermaidOptions, toMermaid } from './definition/mermaid.ts';
export { type Locate, type Location, type ParsedMachine, parseMachine } from './definition/parse-machine.ts';
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
export type { Command, Decision, Moment } from './machine/command.ts';
export { contextKeys, withValueAt } from './machine/context-path.ts';
export type { StateValue } from './machine/inspect.ts';
export { type CompileOptions, compile, type Machine, type MachineState } from './machine/machine.ts';
export { complete, fire, navigate, patch, start } from './machine/navigate.ts';
export type { Invocation, MachineReference, Snapshot, Timer } from './machine/snapshot.ts';
