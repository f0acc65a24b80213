export type { Compile, Compiled } from './compile.ts';
export { depthLimit } from './compile.ts';
export { copyJson, resultLimit } from './copy-json.ts';
export type { Settlement } from './debts.ts';
export type {
  Category,
  Composite,
  EffectKind,
  Leaf,
  LeafOptions,
  Performer,
  PreparedEffect,
  Repeat,
} from './effect.ts';
export { composite, defineEffect, leaf } from './effect.ts';
export { after, type Eventual, isPromise, settle } from './eventual.ts';
export { compensate, execute } from './execute.ts';
export type { EffectFunction, FunctionCall, FunctionDefinition } from './function.ts';
export { defineFunction } from './function.ts';
export type { ExecutionHost, ExecutionScope, LogLevel, ProgressReport, StepRecord } from './host.ts';
export { builtInKinds } from './kinds.ts';
export { MemoryHost, type MemoryHostOptions } from './memory-host.ts';
export * as parameters from './parameters.ts';
export { perform } from './perform.ts';
export { effectKindSchema, effectSchema, referenceRow, referenceTable } from './reference.ts';
export { createRegistry, type Registry, type RegistryOptions } from './registry.ts';
export { type RunOptions, run } from './run.ts';
export { type Settled, sideBySide, type Work } from './side-by-side.ts';
export type { Step } from './step.ts';
