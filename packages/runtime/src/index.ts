export type { Clock } from './clock.ts';
export { systemClock, VirtualClock } from './clock.ts';
export type { ApprovalAnswer, PendingApproval } from './engine/approvals.ts';
export type { RunningExecution } from './engine/execution.ts';
export type { Entry, Fact } from './engine/fact.ts';
export type { Origin, PluginTrouble, RuntimeObserver } from './engine/observer.ts';
export type { Receipt } from './engine/receipt.ts';
export type { ExecutionProgress } from './engine/spectators.ts';
export type { HistoryEntry, InstanceSummary, InstanceView, Page } from './engine/views.ts';
export type { WaitView } from './engine/waits.ts';
export type { Limits } from './limits.ts';
export { defaultLimits } from './limits.ts';
export { type Feed, type FeedEvent, type FeedOptions, feedLog } from './log/feed.ts';
export { type AuditOptions, auditPlugin } from './plugins/audit.ts';
export { type AuditFileOptions, auditFile, auditMemory } from './plugins/audit-file.ts';
export {
  type AuditEntry,
  type AuditHead,
  type AuditReport,
  type AuditSink,
  readAudit,
  verifyAudit,
} from './plugins/audit-trail.ts';
export { type LoggerOptions, type LogLine, loggerPlugin } from './plugins/logger.ts';
export {
  definePlugin,
  type EffectEnd,
  type EffectStart,
  type FailureReport,
  type HookName,
  type Plugin,
  type PluginHooks,
} from './plugins/plugin.ts';
export type { PluginCounts } from './plugins/plugin-host.ts';
export { RegisteredPlugins } from './plugins/registered-plugins.ts';
export type { Cause, Report } from './plugins/report.ts';
export type {
  CreateOptions,
  MachineInfo,
  OutsideEvent,
  RuntimeOptions,
  RuntimeStatus,
  SendOptions,
} from './runtime.ts';
export { openRuntime, Runtime, Tenant } from './runtime.ts';
export { openStore, type StoreOptions } from './store/open-store.ts';
export { type LostLines, type RepairReport, repairStore } from './store/repair.ts';
export type { Store } from './store/store.ts';
export { type VerifyProblem, type VerifyReport, verifyStore } from './store/verify.ts';
export { type OpenTelemetryOptions, openTelemetry } from './telemetry/open-telemetry.ts';
export type {
  EventTold,
  EventTrace,
  ExecutionOutcome,
  ExecutionTold,
  ExecutionTrace,
  MachineTold,
  Telemetry,
} from './telemetry/telemetry.ts';
export { formatTraceparent, parseTraceparent, type TraceParent, traceOf } from './telemetry/traceparent.ts';
