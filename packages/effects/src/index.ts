export { type Builder, type BuilderArguments, builderOf, type EffectInput } from './build/builder.ts';
export { type EffectBuilders, effect } from './build/effect.ts';
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
export type { EffectExample } from './example.ts';
export { compensate, execute } from './execute.ts';
export type { EffectFunction, FunctionCall, FunctionDefinition, WorkerFunctionDefinition } from './function.ts';
export { defineFunction } from './function.ts';
export { type Gate, type Pass, type Passage, throughGate } from './gate.ts';
export type {
  ActiveNode,
  ApprovalRequest,
  ExecutionHost,
  ExecutionScope,
  LogLevel,
  ProgressReport,
  StepRecord,
} from './host.ts';
export type { AddressRules } from './http/address-policy.ts';
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type HttpResponse,
  type SecretRequest,
  type SecretSource,
} from './http/client.ts';
export type { HttpErrorCode } from './http/http-error.ts';
export { BatchCall } from './kinds/batch.ts';
export { approvalEvents, mayDecide } from './kinds/request-approval.ts';
export { builtInKinds } from './kinds.ts';
export { MemoryHost, type MemoryHostOptions } from './memory-host.ts';
export * as parameters from './parameters.ts';
export { perform } from './perform.ts';
export { type NodeReport, Nodes, parentPath, type RunningNode } from './progress/nodes.ts';
export { type Missed, ProgressStream } from './progress/progress-stream.ts';
export { type WatchedRun, type WatchOptions, watch } from './progress/watch.ts';
export { effectKindSchema, effectSchema, referenceRow, referenceTable } from './reference.ts';
export { referencePage, referenceSection } from './reference-page.ts';
export { createRegistry, type PrepareOptions, type Registry, type RegistryOptions } from './registry.ts';
export { type RunOptions, run } from './run.ts';
export type {
  BatchView,
  BreakerView,
  BulkheadView,
  CacheView,
  Dependency,
  DependencyKind,
  Override,
  RateView,
  ServiceChange,
} from './services/dependency.ts';
export {
  createServices,
  defaultServiceLimits,
  type ResourceKey,
  type Services,
  type ServicesOptions,
  servicesOf,
} from './services/services.ts';
export type { ServiceLimits, TenantServices } from './services/tenant-services.ts';
export { type Settled, sideBySide, type Work } from './side-by-side.ts';
export type { Step } from './step.ts';
export { type ChildRequest, type EventWait, matchesDescriptor, type StepOutcome } from './wait.ts';
export { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './workers/worker-pool.ts';
export type { WorkerAnswer, WorkerCall, WorkerTask } from './workers/worker-task.ts';
