import type { MachineEvent } from '../definition/definition.ts';
import type { Snapshot } from './snapshot.ts';
import type { Evaluator, Operation, StateNode } from './state-node.ts';
import type { Step } from './step.ts';

/** What entering a state does: its entry actions, its timers, its invocations, then the actions of its `initial`. */
export function enterState(state: StateNode, byDefault: boolean): Operation[] {
  return [
    ...state.entry,
    ...state.timers.map((timer) => ({
      path: timer.path,
      run: (step: Step) => {
        step.more.arm(timer.id, { due: step.now + timer.delay(step), event: timer.event, state: state.path });
      },
    })),
    ...state.invocations.map(({ id, index, path }) => ({
      path,
      run: (step: Step) => {
        step.more.invoke(id, state.path, index);
      },
    })),
    ...(byDefault ? (state.initial?.actions ?? []) : []),
  ];
}

/** What leaving a state does: its exit actions, then its timers and invocations stop. */
export function exitState(state: StateNode): Operation[] {
  return [
    ...state.exit,
    ...state.timers.map((timer) => ({
      path: timer.path,
      run: (step: Step) => {
        step.more.disarm(timer.id);
      },
    })),
    ...state.invocations.map(({ id, path }) => ({
      path,
      run: (step: Step) => {
        step.more.release(id);
      },
    })),
  ];
}

/** Keeps what history states recorded in this step. At most one operation. */
export function keepHistory(records: ReadonlyMap<StateNode, readonly StateNode[]>): Operation[] {
  if (records.size === 0) return [];
  const entries = [...records].map(([history, states]) => [history.path, states.map((state) => state.path)] as const);
  const run = (step: Step) => {
    step.more.history = withRecords(step.history, entries);
  };
  return [{ path: '$', run }];
}

/** The same object when everything was recorded so already. */
function withRecords(
  history: Snapshot['history'],
  records: readonly (readonly [string, readonly string[]])[],
): Snapshot['history'] {
  const before = history ?? {};
  const fresh = records.filter(([path, states]) => !Object.hasOwn(before, path) || !sameTexts(before[path]!, states));
  return fresh.length === 0 ? history : { ...before, ...Object.fromEntries(fresh) };
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

/** Raises `done.state.<id>`, with the output of the final state that completed it. */
export function raiseDone(state: StateNode, final: StateNode | undefined): Operation {
  const type = `done.state.${state.id}`;
  const output = final?.output;
  if (output === undefined) {
    const event: MachineEvent = Object.freeze({ type });
    return { path: '$', run: (step) => step.more.raise(event) };
  }
  return { path: output.path, run: (step) => step.more.raise({ type, output: output.evaluate(step) }) };
}

/**
 * The machine is done; `last` is the final state of the root, or the parallel root itself. Its output is what the root's
 * `output` makes of that state's done event, or else the final state's own.
 */
export function finishMachine(last: StateNode): Operation {
  const root = last.parent ?? last;
  const own: Evaluator | undefined = last.kind === 'final' ? last.output : undefined;
  const whole = root.output;
  const type = `done.state.${last.id}`;
  const run = (step: Step) => {
    const output = own?.evaluate(step);
    step.more.output =
      whole === undefined ? output : evaluateWith(whole, step, output === undefined ? { type } : { type, output });
  };
  return { path: (whole ?? own)?.path ?? '$', run };
}

function evaluateWith(evaluator: Evaluator, step: Step, event: MachineEvent) {
  const before = step.event;
  step.event = event;
  const value = evaluator.evaluate(step);
  step.event = before;
  return value;
}
