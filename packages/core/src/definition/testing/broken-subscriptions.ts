import type { Problem } from '../problem.ts';
import { type BrokenDefinition, inState } from './broken-definition.ts';

const whole = { machine: 'alarm-system', entered: 'alarm', send: 'LOCK' };
const one = '$.subscriptions[0]';
const listening = (subscription: unknown) => inState({ on: { LOCK: 'b' } }, { subscriptions: [subscription] });
const plugged = (...plugins: unknown[]) => inState({}, { plugins });

/** Subscriptions and plugins that mean nothing, or not what they say. */
export const brokenSubscriptions: readonly BrokenDefinition[] = [
  { code: 'WRONG_TYPE', definition: inState({}, { subscriptions: {} }), path: '$.subscriptions', says: 'a list' },
  { code: 'WRONG_TYPE', definition: listening('alarm-system'), path: one, says: 'an object' },
  {
    code: 'INVALID_VALUE',
    definition: inState({}, { subscriptions: Array(101).fill(whole) }),
    path: '$.subscriptions',
    says: 'more than 100',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: listening({ ...whole, machin: 'x' }),
    path: `${one}.machin`,
    says: 'did you mean `machine`?',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: listening({ ...whole, target: 'b' }),
    path: `${one}.target`,
    says: 'a subscription.',
    hint: '`send`',
  },
  { code: 'MISSING_KEY', definition: listening({ entered: 'alarm', send: 'LOCK' }), path: one, says: 'which machine' },
  {
    code: 'MISSING_KEY',
    definition: listening({ machine: 'alarm-system', send: 'LOCK' }),
    path: one,
    says: 'listens for',
  },
  {
    code: 'MISSING_KEY',
    definition: listening({ machine: 'alarm-system', event: 'RING' }),
    path: one,
    says: 'which event',
  },
  {
    code: 'MISPLACED_KEY',
    definition: listening({ ...whole, event: 'RING' }),
    path: `${one}.event`,
    says: 'does not go with',
    hint: 'two subscriptions',
  },
  { code: 'INVALID_VALUE', definition: listening({ ...whole, machine: '' }), path: `${one}.machine`, says: 'empty' },
  { code: 'INVALID_VALUE', definition: listening({ ...whole, instance: '' }), path: `${one}.instance`, says: 'empty' },
  {
    code: 'INVALID_VALUE',
    definition: listening({ ...whole, entered: '{{ context.x }}' }),
    path: `${one}.entered`,
    says: 'computed',
  },
  {
    code: 'INVALID_VALUE',
    definition: listening({ machine: 'm', event: 'A.*', send: 'LOCK' }),
    path: `${one}.event`,
    says: 'not one event',
  },
  {
    code: 'INVALID_VALUE',
    definition: listening({ ...whole, entered: '#alarm' }),
    path: `${one}.entered`,
    says: 'not one state',
    hint: 'path from the root',
  },
  { code: 'WRONG_TYPE', definition: listening({ ...whole, machine: 7 }), path: `${one}.machine`, says: 'a string' },
  {
    code: 'EXPRESSION_INVALID',
    definition: listening({ ...whole, instance: '{{ context. }}' }),
    path: `${one}.instance`,
    says: '',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: listening({ ...whole, send: { type: 'LOCK', data: { who: '{{ instance + }}' } } }),
    path: `${one}.send.data.who`,
    says: '',
  },
  {
    code: 'RESERVED_EVENT',
    definition: listening({ ...whole, send: 'done.invoke.x' }),
    path: `${one}.send`,
    says: 'belongs to the engine',
  },
  {
    code: 'UNKNOWN_EVENT',
    definition: inState(
      { on: { LOCK: 'b' } },
      { events: { LOCK: {} }, subscriptions: [{ ...whole, send: { type: 'LOCKK' } }] },
    ),
    path: `${one}.send.type`,
    says: 'did you mean `LOCK`?',
  },

  { code: 'WRONG_TYPE', definition: inState({}, { plugins: 'Logger' }), path: '$.plugins', says: 'a list' },
  { code: 'WRONG_TYPE', definition: plugged(7), path: '$.plugins[0]', says: 'an object' },
  { code: 'INVALID_VALUE', definition: plugged(''), path: '$.plugins[0]', says: 'empty' },
  { code: 'INVALID_VALUE', definition: plugged('Logger', { use: 'Logger' }), path: '$.plugins[1].use', says: 'twice' },
  { code: 'MISSING_KEY', definition: plugged({ with: {} }), path: '$.plugins[0]', says: 'no `use`' },
  {
    code: 'UNKNOWN_KEY',
    definition: plugged({ use: 'Logger', options: {} }),
    path: '$.plugins[0].options',
    says: 'a plugin.',
    hint: '`with`',
  },
  { code: 'WRONG_TYPE', definition: plugged({ use: 'Logger', with: 7 }), path: '$.plugins[0].with', says: 'an object' },
  {
    code: 'INVALID_VALUE',
    definition: plugged('Loger'),
    path: '$.plugins[0]',
    says: 'no such plugin',
    options: {
      checkPlugin: (_, path): Problem[] => [
        { code: 'INVALID_VALUE', severity: 'error', path, message: 'no such plugin', hint: 'Register it.' },
      ],
    },
  },
];
