export type { Clock } from './clock.ts';
export { systemClock, VirtualClock } from './clock.ts';
export type { Entry, Fact } from './engine/fact.ts';
export type { Origin, RuntimeObserver } from './engine/observer.ts';
export type { Receipt } from './engine/receipt.ts';
export type { HistoryEntry, InstanceSummary, InstanceView, Page } from './engine/views.ts';
export type { Limits } from './limits.ts';
export { defaultLimits } from './limits.ts';
export { type Feed, type FeedEvent, type FeedOptions, feedLog } from './log/feed.ts';
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
