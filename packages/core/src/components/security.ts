import { z } from 'zod';
import type {
  ActionDefinition,
  GuardDefinition,
  StateDefinition,
  TransitionDefinition,
} from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import type { Json } from '../json.ts';
import { defineComponent, type Fragment } from './component.ts';
import { durationParameter, eventParameter, guardParameter, targetParameter } from './parameters.ts';

/**
 * Access codes: a right one grants, too many wrong ones lock out for a while or raise the alarm. The machine decides in
 * plain transitions: what counts as right is a guard, the counters stand in the context, the lockout is a state. So a
 * transition that leaves the state, or enters it anew, ends a lockout; the counters stay.
 */
export const security = defineComponent({
  name: 'Security',
  description: 'Counts failed attempts, and after too many of them locks out for a time or goes to an alarm state.',
  parameters: z.strictObject({
    attempt: eventParameter.default('ENTER_CODE').describe('The event that carries a code. Needs `code`.'),
    code: guardParameter
      .optional()
      .describe('True when the attempt is right, for example `event.data.code == context.code`.'),
    success: eventParameter.optional().describe('An event that stands for a right attempt, when others check it.'),
    failure: eventParameter.optional().describe('An event that stands for a wrong attempt, when others check it.'),
    granted: targetParameter.optional().describe('The state after a right attempt; it stays when absent.'),
    maxAttempts: z.int().min(1).max(1_000_000).default(3).describe('How many wrong attempts in a row are too many.'),
    lockout: durationParameter
      .nullable()
      .default('5m')
      .describe('How long nothing is accepted then; an expression may look at the counters; `null` is until `unlock`.'),
    unlock: eventParameter.optional().describe('An event that ends the lockout.'),
    unlockCode: guardParameter.optional().describe('What must be true of `unlock`.'),
    alarm: targetParameter.optional().describe('The state after too many wrong attempts, instead of a lockout.'),
    resume: targetParameter
      .optional()
      .describe('The state after the lockout; the one where attempts are expected when absent.'),
    forgetAfter: durationParameter
      .optional()
      .describe('How long after the last wrong attempt all of them are forgotten; never when absent.'),
    counter: contextKey('failed_attempts').describe('The key of the context that counts wrong attempts in a row.'),
    lockoutCounter: contextKey('lockouts').describe('The key of the context that counts lockouts and alarms in a row.'),
    announce: z
      .boolean()
      .default(true)
      .describe('Whether it emits `security.granted`, `security.attempt_failed`, `security.locked_out` and so on.'),
  }),
  build(parameters, host): Fragment {
    refuseContradictions(parameters);
    const { counter, lockoutCounter, alarm, forgetAfter } = parameters;
    const forget = forgetAfter === undefined ? undefined : forgetting(host.name, counter, forgetAfter);
    const data: Fragment = {
      context: { [counter]: 0, [lockoutCounter]: 0 },
      ...(forget && { exit: [forget.cancel], events: { [forget.event]: { description: forget.description } } }),
    };
    const shared = { ...parameters, name: host.name, forget };
    if (alarm !== undefined) return { ...data, on: attempts(shared, alarm) };
    if (host.kind === 'compound') {
      const resume = parameters.resume ?? (host.initial === undefined ? undefined : host.initial);
      const target = lockedOut(shared, resume ?? '');
      return { ...data, on: attempts(shared, '.locked_out'), states: { locked_out: target } };
    }
    const ready: StateDefinition = {
      description: 'Attempts are accepted.',
      on: attempts(shared, 'locked_out'),
    };
    const states = { ready, locked_out: lockedOut(shared, parameters.resume ?? 'ready') };
    if (host.kind === 'atomic') return { ...data, initial: 'ready', states };
    const description = `Whether \`${host.name}\` accepts attempts.`;
    return { ...data, states: { [host.name]: { description, initial: 'ready', states } } };
  },
});

function contextKey(name: string) {
  return z
    .string()
    .regex(/^[A-Za-z_$][\w$]*$/, 'expected a name that expressions can use: letters, digits, `_`')
    .default(name);
}

interface SecurityParameters {
  readonly attempt: string;
  readonly code?: z.output<typeof guardParameter> | undefined;
  readonly success?: string | undefined;
  readonly failure?: string | undefined;
  readonly granted?: string | undefined;
  readonly maxAttempts: number;
  readonly lockout: string | number | null;
  readonly unlock?: string | undefined;
  readonly unlockCode?: z.output<typeof guardParameter> | undefined;
  readonly alarm?: string | undefined;
  readonly resume?: string | undefined;
  readonly counter: string;
  readonly lockoutCounter: string;
  readonly announce: boolean;
}

interface Shared extends SecurityParameters {
  readonly name: string;
  readonly forget: Forgetting | undefined;
}

interface Forgetting {
  readonly event: string;
  readonly description: string;
  readonly cancel: ActionDefinition;
  readonly arm: ActionDefinition;
  readonly transition: TransitionDefinition;
}

function forgetting(name: string, counter: string, delay: string | number): Forgetting {
  const event = `security.${name}.forget`;
  const description = 'The failed attempts are long enough ago.';
  const cancel = { cancel: event };
  const transition = { description, actions: [{ assign: { [counter]: 0 } }] };
  return { event, description, cancel, arm: { raise: event, delay, id: event }, transition };
}

/** What happens to attempts where they are accepted. */
function attempts(shared: Shared, exhausted: string): Record<string, TransitionDefinition[]> {
  const { attempt, code, success, failure, granted, counter, lockoutCounter, maxAttempts, alarm, forget } = shared;
  const count = { assign: { [counter]: `{{ context.${counter} + 1 }}` } };
  const right: TransitionDefinition = {
    description: 'Right.',
    ...(granted !== undefined && { target: granted }),
    actions: [
      ...announcing(shared, 'granted'),
      { assign: { [counter]: 0, [lockoutCounter]: 0 } },
      ...(forget ? [forget.cancel] : []),
    ],
  };
  const wrong: TransitionDefinition[] = [
    {
      description: alarm === undefined ? 'Wrong once too often: locked out.' : 'Wrong once too often: alarm.',
      guard: `context.${counter} + 1 >= ${maxAttempts}`,
      target: exhausted,
      actions: [
        { assign: { ...count.assign, [lockoutCounter]: `{{ context.${lockoutCounter} + 1 }}` } },
        ...(forget ? [forget.cancel] : []),
        ...announcing(shared, 'attempt_failed'),
        ...announcing(shared, alarm === undefined ? 'locked_out' : 'alarm'),
        // a lockout shows its counter until it ends; after an alarm, attempts are counted afresh
        ...(alarm === undefined ? [] : [{ assign: { [counter]: 0 } }]),
      ],
    },
    {
      description: 'Wrong.',
      actions: [count, ...(forget ? [forget.cancel, forget.arm] : []), ...announcing(shared, 'attempt_failed')],
    },
  ];
  return {
    ...(code !== undefined && { [attempt]: [{ ...right, guard: code as GuardDefinition }, ...wrong] }),
    ...(success !== undefined && { [success]: [right] }),
    ...(failure !== undefined && { [failure]: wrong }),
    ...(forget && { [forget.event]: [forget.transition] }),
  };
}

/** The state in which no attempt is accepted. */
function lockedOut(shared: Shared, resume: string): StateDefinition {
  const { attempt, code, success, failure, lockout, unlock, unlockCode, counter } = shared;
  const reset = { assign: { [counter]: 0 } };
  const refused: TransitionDefinition = {
    description: 'Refused: locked out.',
    // without any action the transition forbids the event, which keeps it from the states around as well
    ...(shared.announce && { actions: announcing(shared, 'attempt_refused') }),
  };
  const refusedEvents = [code === undefined ? undefined : attempt, success, failure].filter(
    (type) => type !== undefined,
  );
  const end: TransitionDefinition = { target: resume, actions: [reset, ...announcing(shared, 'unlocked')] };
  return {
    description: 'Too many wrong attempts: no attempt is accepted.',
    tags: ['locked_out'],
    on: {
      ...Object.fromEntries(refusedEvents.map((type) => [type, refused])),
      ...(unlock !== undefined && {
        [unlock]: { ...end, ...(unlockCode !== undefined && { guard: unlockCode as GuardDefinition }) },
      }),
    },
    ...(lockout !== null && { after: { [String(lockout)]: end } }),
  };
}

function announcing({ announce, name, counter }: Shared, what: string): ActionDefinition[] {
  const data: Json = { component: name, attempts: `{{ context.${counter} }}` };
  return announce ? [{ emit: { type: `security.${what}`, data } }] : [];
}

function refuseContradictions(parameters: SecurityParameters): void {
  const { attempt, code, success, failure, lockout, unlock, unlockCode, alarm, resume, counter, lockoutCounter } =
    parameters;
  const refuse = (message: string, hint: string): never => {
    throw new FsmError('INVALID_PARAMETERS', message, { hint });
  };
  if (code === undefined && failure === undefined) {
    refuse(
      'Nothing says when an attempt is wrong.',
      'Give a guard in `code`, or the event of a wrong attempt in `failure`.',
    );
  }
  const events = [code === undefined ? undefined : attempt, success, failure, unlock].filter(
    (type) => type !== undefined,
  );
  const twice = events.find((type, index) => events.indexOf(type) !== index);
  if (twice !== undefined) refuse(`The event \`${twice}\` has two meanings.`, 'Use different events.');
  if (counter === lockoutCounter)
    refuse('Both counters have the same key.', 'Give `counter` and `lockoutCounter` different names.');
  if (unlockCode !== undefined && unlock === undefined)
    refuse('`unlockCode` guards nothing.', 'Name the event in `unlock`.');
  if (alarm !== undefined && (unlock !== undefined || resume !== undefined)) {
    refuse('With an `alarm` there is no lockout to leave.', 'Remove `unlock` and `resume`, or `alarm`.');
  }
  if (alarm === undefined && lockout === null && unlock === undefined) {
    refuse('Nothing ends the lockout.', 'Give it a duration in `lockout`, or an event in `unlock`.');
  }
}
