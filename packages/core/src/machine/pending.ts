import type { Plan } from './plan.ts';
import type { StateNode } from './state-node.ts';
import type { Step } from './step.ts';

/**
 * Transitions with `before`: they are selected, then an effect runs, then they are taken.
 *
 * B1  Nothing moves while it runs: the snapshot gets `pending`, and everything but the outcome of the effect is deferred.
 *     Effects of states may change the context meanwhile; eventless transitions see it when the wait is over.
 * B2  Transitions that were selected together wait for each other. They are taken all at once, when the last effect has
 *     succeeded; their guards are not asked again. Actions see the event with `event.before.output`. When several had
 *     an effect, the actions of each transition see its own, and exit and entry actions none.
 * B3  When an effect fails, the others are cancelled, and it is as if the guards of the waiting transitions had said no:
 *     the next candidates are asked, and they see the event with `event.before.error`. When none of them takes the event,
 *     the error is logged, the instance stays as it is, and the decision says `taken: false`.
 * B4  Raised events that were due after the event keep their turn.
 */
export function wait(step: Step, plan: Plan): void {
  const { more } = step;
  const before = plan.before!.map((transition) => {
    const invocation = beforeId(transition.source);
    more.invoke(invocation, transition.source.path, transition.before!, { purpose: 'before' });
    return { transition: transition.path, invocation };
  });
  const raised = more.queue.splice(0);
  more.pending = {
    event: step.event,
    transitions: plan.selected.map(({ path }) => path),
    before,
    ...(step.refused === undefined ? undefined : { refused: [...step.refused] }),
    ...(raised.length === 0 ? undefined : { raised }),
    ...(more.fatal ? { fatal: true } : undefined),
  };
  step.taken = true;
}

/** A state never waits for two of its transitions. */
function beforeId(source: StateNode): string {
  return `fsm.before#${source.path === '' ? source.id : source.path}`;
}
