/** Test doubles for effects: a host with a clock to move, fake functions that follow a script. */
export {
  type Behaviour,
  type FunctionScript,
  type ScriptClock,
  type Scripted,
  type ScriptedCall,
  scripted,
} from './scripted.ts';
export { Manual, type Started, start } from './start.ts';
export {
  Crash,
  nextTurn,
  type RecordedFact,
  TestHost,
  type TestHostOptions,
  type Watched,
} from './test-host.ts';
