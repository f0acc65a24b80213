import type { MachineDefinition, SubscriptionDefinition } from '@fsm/core';
import type { Random } from './random.ts';

/** Short, so that circles of subscriptions end soon. */
export const hopsLimit = 5;

const occasions: Readonly<Record<string, { readonly states: readonly string[]; readonly events: readonly string[] }>> =
  {
    order: { states: ['open', 'paying', 'shipping', 'review', 'expired'], events: ['ADD', 'PAY', 'PING', 'SPOIL'] },
    shift: { states: ['light', 'light.on', 'light.off', 'guard.walking'], events: ['ADD', 'CANCEL', 'PING'] },
  };

/** Nothing that starts a timer: two shifts that switch each other on go on for ever, and rightly so. */
const sent = ['PING', 'PING', 'CANCEL'];

/** The machine with two to five subscriptions to machines of the simulation, its own included; circles are likely. */
export function withSubscriptions(machine: MachineDefinition, random: Random): MachineDefinition {
  const subscriptions = Array.from({ length: 2 + random.below(4) }, (): SubscriptionDefinition => {
    const to = random.pick(Object.keys(occasions));
    const { states, events } = occasions[to]!;
    return {
      machine: to,
      ...(random.chance(0.3) ? { instance: "{{ instance == 'a' ? 'b' : 'a' }}" } : undefined),
      ...(random.chance(0.6) ? { entered: random.pick(states) } : { event: random.pick(events) }),
      send: { type: random.pick(sent), data: { tenant: '{{ tenant }}' } },
    };
  });
  return { ...machine, subscriptions };
}
