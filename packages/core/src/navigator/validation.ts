import type {
  ActionDefinition,
  GuardDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../definition/definition.ts';

/** Something that must be true for any event to be taken. */
export interface Rule {
  readonly guard: GuardDefinition;
  /** Why an event was refused; a template. */
  readonly message: string;
}

/** The event that tells why another one was refused; its data is `{ message, event }`. */
export const refusedEvent = 'navigation.refused';

/**
 * The state with a first transition before those of every event, here and inside, for each rule that does not hold. It
 * stays where it is, so that the event reaches neither the transitions behind it nor the states around. What happens
 * without an event from outside (`always`, `after`, outcomes of effects) is not refused: nobody could be told.
 */
export function withRules<State extends StateDefinition>(state: State, rules: readonly Rule[]): State {
  if (rules.length === 0) return state;
  const refusals = rules.map(refusal);
  const { on, states } = state;
  return {
    ...state,
    ...(on && { on: mapValues(on, (list) => (takesNothing(list) ? list : [...refusals, ...listOf(list)])) }),
    ...(states && { states: mapValues(states, (child) => withRules(child, rules)) }),
  };
}

function refusal({ guard, message }: Rule): TransitionDefinition {
  const actions: ActionDefinition[] = [
    { log: message, level: 'warn' },
    { emit: { type: refusedEvent, data: { message, event: '{{ event.type }}' } } },
  ];
  return { guard: { not: guard }, actions, description: `Refused: ${message}` };
}

/** Whether the list only keeps the event from the states around. */
function takesNothing(list: TransitionList): boolean {
  return listOf(list).every((one) => typeof one !== 'string' && one.target === undefined && one.actions === undefined);
}

function listOf(list: TransitionList): readonly (string | TransitionDefinition)[] {
  return Array.isArray(list) ? list : [list as string | TransitionDefinition];
}

function mapValues<T>(values: { readonly [key: string]: T }, map: (value: T) => T): { readonly [key: string]: T } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
