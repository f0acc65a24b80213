import type { MachineDefinition } from '@fsm/core';

/**
 * The machines that simulations run. Between them: sequence, parallel, race, retry with backoff, timeouts, delays, a `once`
 * leaf, compensations, effects before transitions and of actions, context written by effects, timers that are cancelled, sends to others, guards that fail, states left while they work.
 */
export const orderMachine: MachineDefinition = {
  id: 'order',
  context: { items: 0, pings: 0, paid: null, tenant: '' },
  initial: 'open',
  on: {
    PING: { actions: { assign: { pings: '{{ context.pings + 1 }}' } } },
    NUDGE: { actions: { send: { type: 'PING', data: { tenant: '{{ tenant }}' } }, to: '{{ event.data.peer }}' } },
    SPOIL: { actions: { assign: { items: '{{ context.nothing.there }}' } } },
  },
  states: {
    open: {
      on: {
        ADD: { actions: { assign: { items: '{{ context.items + 1 }}', tenant: '{{ event.data.tenant }}' } } },
        PAY: [
          { guard: 'context.items % 2 == 1', target: 'paying', before: { type: 'call', function: 'risk.check' } },
          { guard: 'context.items > 0', target: 'paying' },
        ],
      },
      after: { '90s': 'expired' },
    },
    paying: {
      effect: {
        type: 'sequence',
        effects: [
          { type: 'call', function: 'risk.rate', params: { items: '{{ context.items }}' } },
          {
            type: 'with_compensation',
            effect: {
              type: 'retry',
              attempts: 3,
              delay: '2s',
              effect: { type: 'timeout', duration: '20s', effect: { type: 'call', function: 'card.charge' } },
            },
            compensate: { type: 'retry', attempts: 2, delay: '1s', effect: { type: 'call', function: 'card.refund' } },
          },
          { type: 'put_data', path: 'paid', value: '{{ result }}' },
          { type: 'delay', duration: '3s' },
          {
            type: 'parallel',
            effects: [
              { type: 'call', function: 'mail.send' },
              {
                type: 'race',
                effects: [
                  { type: 'call', function: 'mail.send' },
                  { type: 'delay', duration: '5s' },
                ],
              },
            ],
          },
        ],
      },
      onDone: 'shipping',
      onError: 'open',
      on: { CANCEL: 'open' },
      after: { '70s': 'open' },
    },
    shipping: {
      effect: { type: 'call', function: 'parcel.ship' },
      onDone: 'delivered',
      onError: 'review',
    },
    review: {
      on: { PAY: { target: 'paying', before: { type: 'call', function: 'risk.check' } }, GIVE_UP: 'expired' },
      after: { '200s': 'expired' },
    },
    delivered: { type: 'final', entry: { effect: { type: 'call', function: 'mail.send' } } },
    expired: { type: 'final' },
  },
};

export const shiftMachine: MachineDefinition = {
  id: 'shift',
  context: { pings: 0, rounds: 0, last: null },
  type: 'parallel',
  on: { PING: { actions: { assign: { pings: '{{ context.pings + 1 }}' } } } },
  states: {
    light: {
      initial: 'off',
      states: {
        off: { on: { ADD: 'on' } },
        on: {
          after: { '7s': 'off' },
          on: { ADD: { target: 'on', reenter: true }, CANCEL: 'off' },
          entry: { assign: { rounds: '{{ context.rounds + 1 }}' } },
        },
      },
    },
    guard: {
      initial: 'resting',
      states: {
        resting: { on: { PAY: 'walking' } },
        walking: {
          invoke: [
            {
              id: 'round',
              effect: {
                type: 'sequence',
                effects: [
                  { type: 'delay', duration: '4s' },
                  { type: 'call', function: 'mail.send' },
                  { type: 'merge_data', data: { last: '{{ result }}' } },
                ],
              },
              onDone: 'resting',
              onError: 'resting',
            },
            { id: 'watch', effect: { type: 'delay', duration: '30s' }, onDone: 'resting' },
          ],
          on: {
            CANCEL: 'resting',
            NUDGE: {
              actions: { send: { type: 'PING', data: { tenant: '{{ tenant }}' } }, to: '{{ event.data.peer }}' },
            },
          },
        },
      },
    },
  },
};
