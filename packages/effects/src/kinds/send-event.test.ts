import { FsmError } from '@fsm/core';
import { expect, test } from 'vitest';
import { run } from '../run.ts';
import { start } from '../testing/start.ts';

const send = { type: 'send_event', to: '{{ context.parent }}', event: { type: 'READY', data: '{{ context.n }}' } };

test('sends to the instance, with a key by which the runtime knows it again', () => {
  const life = start({ type: 'sequence', effects: [send] }, { context: { parent: 'order-1', n: 3 } });
  expect(life.host.sent).toEqual([{ to: 'order-1', event: { type: 'READY', data: 3 }, key: 'test:0' }]);
});

test('keeps its key across attempts, so that a retried pipeline sends once', async () => {
  const failing = () => {
    throw new Error('busy');
  };
  const effects = [send, { type: 'call', function: 'failing' }];
  const life = start(
    { type: 'retry', attempts: 2, delay: 0, effect: { type: 'sequence', effects } },
    { context: { parent: 'order-1', n: 3 }, functions: { failing } },
  );
  expect(life.host.sent.map(({ key }) => key)).toEqual(['test:0.0', 'test:0.0']);
});

test('needs the name of an instance', () => {
  expect(start(send, { context: { parent: null } }).error().code).toBe('NOT_A_NAME');
});

test('a refusal is its error', async () => {
  const refuse = async () => {
    throw new FsmError('INSTANCE_UNKNOWN', 'There is no such instance.');
  };
  await expect(run({ type: 'send_event', to: 'a', event: 'B' }, { send: refuse })).rejects.toMatchObject({
    code: 'INSTANCE_UNKNOWN',
  });
});

test('without a runtime there is nobody to send to', () => {
  expect(() => run({ type: 'send_event', to: 'a', event: 'B' })).toThrow(
    expect.objectContaining({ code: 'SEND_UNAVAILABLE' }),
  );
});
