/** Test doubles for the runtime: a clock to move, a store that fails where you say, and the crash explorer. */
export {
  type Behaviour,
  type FunctionScript,
  type ScriptClock,
  type Scripted,
  type ScriptedCall,
  scripted,
} from '@fsm/effects/testing';
export { VirtualClock } from '../clock.ts';
export { MemoryStore } from '../store/memory.ts';
export { type CrashProblem, type CrashReport, type ExploreOptions, exploreCrashes } from './crash-explorer.ts';
export type { CrashPoint, Scenario, ScenarioStep } from './crash-run.ts';
export { type Fault, type FaultStore, faultStore } from './fault-store.ts';
