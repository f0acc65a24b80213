import type { JsonObject } from '../json.ts';
import type { CheckedMachine } from './checked-machine.ts';
import type { Defined, ScopeContext } from './machine-types.ts';
import type { EventDefinitions, TypedMachine } from './typed-machine.ts';

export type { ContextOf, Defined, EventOf, EventType, SentEvent, StatePath } from './machine-types.ts';

/**
 * A machine written in TypeScript: returns the definition as it is, and lets the compiler know its states, events and
 * context. Unknown keys, targets, events and context keys do not compile; everything else is what `validate` checks.
 * Functions get the context and, where `events` says what its data is, the event of the transition they stand at.
 *
 * ```ts
 * const door = defineMachine({
 *   id: 'door',
 *   context: { opened: 0 },
 *   events: { OPEN: { data: { type: 'object', properties: { by: { type: 'string' } }, required: ['by'] } }, CLOSE: {} },
 *   initial: 'closed',
 *   states: {
 *     closed: { on: { OPEN: { target: 'open', guard: ({ context, event }) => context.opened < 100 && event.data.by !== '' } } },
 *     open: { on: { CLOSE: { target: 'closed', actions: { assign: { opened: '{{ context.opened + 1 }}' } } } } },
 *   },
 * });
 * type State = StatePath<typeof door>;   // 'closed' | 'open'
 * type Event = EventOf<typeof door>;     // { type: 'OPEN', data: { by: string } } | { type: 'CLOSE', data?: Json }
 * type Context = ContextOf<typeof door>; // { opened: number }
 * ```
 */
export function defineMachine<
  const Context extends JsonObject,
  const Events extends EventDefinitions,
  const Definition extends object,
>(
  definition: Definition &
    TypedMachine<ScopeContext<Context>, Events> & { readonly context?: Context } & CheckedMachine<Definition>,
): Definition & Defined;
// what is checked has been checked by the compiler, and its mark is for nobody else
export function defineMachine(definition: unknown): unknown {
  return definition;
}
