import { expect, test } from 'vitest';
import { validate } from '../definition/validate.ts';
import { compile } from './machine.ts';
import { navigate, start } from './navigate.ts';

const at = { now: 0 };
const order = {
  id: 'order',
  context: { amount: 0 },
  events: {
    PAY: {
      data: {
        type: 'object',
        properties: { amount: { type: 'number', minimum: 1 }, note: { type: 'string' } },
        required: ['amount'],
      },
    },
    LOOK: {},
  },
  initial: 'open',
  states: {
    open: { on: { PAY: { target: 'paid', actions: { assign: { amount: '{{ event.data.amount }}' } } }, LOOK: {} } },
    paid: {},
  },
};
const machine = compile(order);
const open = start(machine, at).snapshot;

test('an event with the declared data is taken, with all it carries', () => {
  const data = { amount: 12, note: 'thanks', extra: true };
  expect(navigate(machine, open, { type: 'PAY', data }, at).snapshot.context).toEqual({ amount: 12 });
});

test.each([
  [undefined, 'data'],
  [{}, 'data.amount'],
  [{ amount: '12' }, 'data.amount'],
  [{ amount: 0 }, 'data.amount'],
  [{ amount: 1, note: 7 }, 'data.note'],
])('data %j are refused with the place that is wrong, and nothing changes', (data, path) => {
  const send = () => navigate(machine, open, { type: 'PAY', ...(data !== undefined && { data }) }, at);
  expect(send).toThrow(expect.objectContaining({ code: 'EVENT_DATA_INVALID', next: 'reject' }));
  expect(send).toThrow(path);
  expect(open.configuration).toEqual(['open']);
});

test('events without declared data carry what they like', () => {
  expect(navigate(machine, open, { type: 'LOOK', data: [1, 2] }, at).snapshot).toBe(open);
});

test.each([
  { type: 'money' },
  { $ref: '#/nowhere' },
  // a text can hang the engine that would match it
  { type: 'string', pattern: '(a+)+$' },
  { type: 'object', patternProperties: { '^(a+)+$': {} } },
])('the declaration %j is a problem of the definition', (data) => {
  const definition = { ...order, events: { PAY: { data }, LOOK: {} } };
  expect(validate(definition)).toMatchObject([{ code: 'INVALID_VALUE', path: '$.events.PAY.data', severity: 'error' }]);
});
