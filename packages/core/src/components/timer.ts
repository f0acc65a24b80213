import { z } from 'zod';
import type { ActionDefinition, GuardDefinition, TransitionDefinition } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import { defineComponent, type Fragment } from './component.ts';
import {
  actionsParameter,
  durationParameter,
  eventParameter,
  eventsParameter,
  guardParameter,
  targetParameter,
} from './parameters.ts';

const none: readonly string[] = [];

/**
 * A clock that runs while its state is active. A timer that nothing touches is a plain `after`; one that can be started
 * anew or stopped is a delayed event of the machine to itself, which is cancelled when the state is left.
 */
export const timer = defineComponent({
  name: 'Timer',
  description: 'After a time, takes a transition or raises an event; events can start it anew and stop it.',
  parameters: z.strictObject({
    duration: durationParameter.describe('How long it runs: `"30s"`, milliseconds, or an expression.'),
    event: eventParameter
      .optional()
      .describe('The event it raises when the time is up, for transitions of the machine; `timer.<name>` when absent.'),
    target: targetParameter.optional().describe('The state to go to when the time is up.'),
    guard: guardParameter.optional().describe('What must be true when the time is up; otherwise nothing happens.'),
    actions: actionsParameter.optional().describe('What to do when the time is up.'),
    restartOn: eventsParameter
      .default(none)
      .describe('Events that start it from zero, whether it runs or not, also where a state inside handles them.'),
    stopOn: eventsParameter
      .default(none)
      .describe('Events that stop it until it is started again, also where a state inside handles them.'),
    autostart: z.boolean().default(true).describe('Whether it starts when its state is entered.'),
    repeat: z.boolean().default(false).describe('Whether it starts again each time it is up. Not with `target`.'),
  }),
  build(parameters, { name }): Fragment {
    const { duration, restartOn, stopOn, autostart, repeat, target } = parameters;
    refuseContradictions(parameters);
    const reaction = reactionOf(parameters);
    const untouched = restartOn.length === 0 && stopOn.length === 0 && autostart && !repeat;
    if (untouched && parameters.event === undefined) return { after: { [String(duration)]: reaction } };

    const event = parameters.event ?? `timer.${name}`;
    const id = timerId(name);
    const arm: ActionDefinition = { raise: event, delay: duration, id };
    const disarm: ActionDefinition = { cancel: id };
    const reacts = target !== undefined || reaction.actions !== undefined;
    return {
      ...(autostart && { entry: [arm] }),
      exit: [disarm],
      ...(reacts && { on: { [event]: repeat ? repeating(reaction, arm) : reaction } }),
      watch: {
        // the author's own transitions take the event, and have to start the timer again
        ...(repeat && !reacts && { [event]: [arm] }),
        ...Object.fromEntries(restartOn.map((type) => [type, [disarm, arm]])),
        ...Object.fromEntries(stopOn.map((type) => [type, [disarm]])),
      },
      events: { [event]: { description: `The time of \`${name}\` is up.` } },
    };
  },
});

interface TimerParameters {
  readonly event?: string | undefined;
  readonly target?: string | undefined;
  readonly guard?: z.output<typeof guardParameter> | undefined;
  readonly actions?: z.output<typeof actionsParameter> | undefined;
  readonly restartOn: readonly string[];
  readonly stopOn: readonly string[];
  readonly autostart: boolean;
  readonly repeat: boolean;
}

/** Timers of a machine have names of the author's too, with which this cannot be confused. */
function timerId(name: string): string {
  return `component.${name}`;
}

function reactionOf({ target, guard, actions }: TimerParameters): TransitionDefinition {
  return {
    ...(target !== undefined && { target }),
    ...(guard !== undefined && { guard: guard as GuardDefinition }),
    ...(actions !== undefined && { actions: actions as ActionDefinition }),
  };
}

/** What a repeating timer does when it is up: whatever its guard says, it starts again. */
function repeating(reaction: TransitionDefinition, arm: ActionDefinition): TransitionDefinition[] {
  const again = { ...reaction, actions: [...listOf(reaction.actions), arm] };
  return reaction.guard === undefined ? [again] : [again, { actions: [arm] }];
}

function listOf(actions: TransitionDefinition['actions']): readonly ActionDefinition[] {
  if (actions === undefined) return [];
  return Array.isArray(actions) ? actions : [actions as ActionDefinition];
}

function refuseContradictions({
  event,
  target,
  guard,
  actions,
  restartOn,
  stopOn,
  autostart,
  repeat,
}: TimerParameters) {
  const refuse = (message: string, hint: string): never => {
    throw new FsmError('INVALID_PARAMETERS', message, { hint });
  };
  if (event === undefined && target === undefined && actions === undefined) {
    refuse('The timer does nothing when its time is up.', 'Give it an `event`, a `target` or `actions`.');
  }
  if (guard !== undefined && target === undefined && actions === undefined) {
    refuse('The timer has a `guard`, but neither `target` nor `actions`.', 'Put the guard where the event is handled.');
  }
  if (repeat && target !== undefined) {
    refuse('A timer that goes to a `target` cannot repeat.', 'Remove `repeat` or `target`.');
  }
  if (!autostart && restartOn.length === 0) {
    refuse('Nothing starts the timer.', 'Name the events that do in `restartOn`, or remove `"autostart": false`.');
  }
  const both = restartOn.find((type) => stopOn.includes(type));
  if (both !== undefined)
    refuse(`\`${both}\` would both start and stop the timer.`, 'Remove it from one of the two lists.');
}
