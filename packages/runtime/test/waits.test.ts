import type { MachineDefinition, MachineEvent } from '@fsm/core';
import { openRuntime, type Runtime, type Tenant, VirtualClock } from '@fsm/runtime';
import { afterEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../src/store/memory.ts';
import { killedAtEveryCommit, type Life } from './lives.ts';

const order = (effect: object): MachineDefinition => ({
  id: 'order',
  context: { order: 7 },
  initial: 'waiting',
  states: {
    waiting: {
      effect: effect as never,
      on: { CANCEL: 'cancelled', NOTE: { actions: { assign: { noted: '{{ event.data }}' } } } },
      onDone: { target: 'done', actions: { assign: { outcome: '{{ event.output }}' } } },
      onError: { target: 'failed', actions: { assign: { outcome: '{{ event.error.code }}' } } },
    },
    done: { on: { AGAIN: 'waiting' } },
    failed: {},
    cancelled: {},
  },
});

const paid = {
  type: 'wait_for_event',
  event: 'order.*',
  match: 'params.event.data.order === context.order',
};

let running: Runtime | undefined;
afterEach(() => running?.close());

async function begin(effect: object, store = new MemoryStore(), now = 0, emitted: MachineEvent[] = []) {
  const clock = new VirtualClock(now);
  const runtime = await openRuntime({ store, clock, observer: { emit: ({ event }) => void emitted.push(event) } });
  running = runtime;
  const acme = runtime.tenant('acme');
  await acme.register(order(effect));
  await acme.create('order', 'one', { whenExists: 'keep' });
  await runtime.settled();
  return { runtime, clock, acme, store, emitted };
}

const outcome = async (acme: Tenant) => (await acme.get('one')).snapshot.context.outcome;

describe('an effect that waits for an event', () => {
  test('gets the first one that no transition takes and that matches', async () => {
    const { acme, runtime } = await begin(paid);
    expect((await acme.get('one')).waiting).toEqual([{ invocation: 'waiting', path: '', events: ['order.*'] }]);
    expect((await acme.send('one', { type: 'NOTE', data: 1 })).taken).toBe(true);
    expect((await acme.send('one', { type: 'order.paid', data: { order: 8 } })).taken).toBe(false);
    const event = { type: 'order.paid', data: { order: 7 }, id: 'p' };
    expect(await acme.send('one', event)).toMatchObject({ taken: true, duplicate: false });
    await runtime.settled();
    expect(await outcome(acme)).toEqual({ type: 'order.paid', data: { order: 7 } });
    expect(await acme.send('one', event)).toMatchObject({ taken: true, duplicate: true });
    expect((await acme.get('one')).waiting).toEqual([]);
  });

  test('leaves an event that a transition takes to it', async () => {
    const { acme, runtime } = await begin({ type: 'wait_for_event', event: '*' });
    await acme.send('one', { type: 'NOTE', data: 1 });
    await runtime.settled();
    expect((await acme.get('one')).waiting).toHaveLength(1);
  });

  test('has the event in its own journal line, which says what it woke', async () => {
    const { acme, runtime } = await begin(paid);
    await acme.send('one', { type: 'order.paid', data: { order: 7 } });
    await runtime.settled();
    const lines = await acme.history('one');
    expect(lines.map(({ kind }) => kind)).toEqual(['create', 'event', 'done']);
    expect(lines[1]).toMatchObject({ taken: true, woke: { invocation: 'waiting', path: '' } });
    for (const { sequence } of lines) expect(await acme.at('one', sequence)).toBeDefined();
  });

  test('does not get an event that came before it waited', async () => {
    const effects = [{ type: 'delay', duration: 100 }, paid];
    const { acme, runtime, clock } = await begin({ type: 'sequence', effects });
    expect((await acme.send('one', { type: 'order.paid', data: { order: 7 } })).taken).toBe(false);
    clock.advanceTo(100);
    await runtime.settled();
    expect((await acme.get('one')).waiting).toHaveLength(1);
  });

  test('an event whose match fails is refused and leaves it waiting', async () => {
    const { acme } = await begin({ ...paid, match: 'params.event.data.a.b === 1' });
    await expect(acme.send('one', { type: 'order.paid' })).rejects.toMatchObject({ path: '' });
    expect((await acme.get('one')).waiting).toHaveLength(1);
  });

  test('waits no more once its state was left', async () => {
    const { acme, runtime } = await begin(paid);
    const sent = [acme.send('one', { type: 'CANCEL' }), acme.send('one', { type: 'order.paid', data: { order: 7 } })];
    expect((await Promise.all(sent)).map(({ taken }) => taken)).toEqual([true, false]);
    await runtime.settled();
    expect((await acme.get('one')).waiting).toEqual([]);
  });

  test('gives up in time, however long the process was down', async () => {
    const { acme, runtime, clock, store } = await begin({ ...paid, timeout: '1h' });
    clock.advanceTo(3_599_999);
    await runtime.settled();
    expect(await outcome(acme)).toBeUndefined();
    await runtime.close();
    const next = await begin({ ...paid, timeout: '1h' }, store, 3_600_000);
    await next.runtime.settled();
    expect(await outcome(next.acme)).toBe('WAIT_TIMEOUT');
  });

  test('misses no event that comes right after a restart', async () => {
    const store = new MemoryStore();
    const later = { type: 'sequence', effects: [{ type: 'put_data', path: 'a', value: 1 }, paid] };
    const first = await openRuntime({ store });
    running = first;
    await first.tenant('acme').register(order({ type: 'parallel', effects: [later, paid] }));
    await first.tenant('acme').create('order', 'one');
    await first.settled();
    await first.close();
    // with a clock that goes on by itself, nothing else holds events back
    const again = await openRuntime({ store });
    running = again;
    const acme = again.tenant('acme');
    const event = { type: 'order.paid', data: { order: 7 } };
    const sent = [acme.send('one', event), acme.send('one', event)];
    expect((await Promise.all(sent)).map(({ taken }) => taken)).toEqual([true, true]);
    await again.settled();
    expect(await outcome(acme)).toHaveLength(2);
  });

  test.each([false, true])('is woken once, whatever commit the process dies at; slow disk: %s', async (slow) => {
    const effects = [
      { ...paid, timeout: '1h' },
      { type: 'put_data', path: 'after', value: '{{ result.data.order }}' },
    ];
    const script = async ({ runtime }: Life) => {
      const acme = runtime.tenant('acme');
      await acme.register(order({ type: 'sequence', effects }));
      await acme.create('order', 'one', { whenExists: 'keep' });
      await runtime.settled();
      await acme.send('one', { type: 'order.paid', data: { order: 7 }, id: 'payment' });
      await runtime.settled();
    };
    const commits = await killedAtEveryCommit(
      script,
      async ({ runtime }) => {
        const acme = runtime.tenant('acme');
        const { snapshot } = await acme.get('one');
        expect(snapshot.configuration).toEqual(['done']);
        expect(snapshot.context.after).toBe(7);
        const woken = (await acme.history('one')).filter((line) => line.kind === 'event' && line.woke !== undefined);
        expect(woken).toHaveLength(1);
      },
      { slow },
    );
    expect(commits).toBeGreaterThan(4);
  });
});

const ask = {
  type: 'request_approval',
  id: 'pay-{{ context.order }}',
  title: 'Pay order {{ context.order }}',
  approvers: ['ann'],
  deadline: '2d',
  escalate: { after: '1d', to: 'boss' },
};

describe('an effect that asks people', () => {
  test('is listed and answered', async () => {
    const { acme, runtime, emitted } = await begin(ask);
    const [asked, ...others] = await acme.approvals();
    expect(others).toEqual([]);
    expect(asked).toMatchObject({
      instance: 'one',
      invocation: 'waiting',
      id: 'pay-7',
      title: 'Pay order 7',
      approvers: ['ann'],
    });
    expect(emitted).toMatchObject([{ type: 'approval.requested', data: { id: 'pay-7', instance: 'one' } }]);
    expect((await acme.get('one')).waiting).toMatchObject([{ approval: { id: 'pay-7' } }]);
    await expect(acme.answerApproval('one', 'pay-8', { decision: 'approved' })).rejects.toMatchObject({
      code: 'APPROVAL_UNKNOWN',
    });
    await expect(acme.answerApproval('one', 'pay-7', { decision: 'approved', by: 'eve' })).rejects.toMatchObject({
      code: 'APPROVER_REFUSED',
    });
    const answer = { decision: 'approved', by: 'ann', comment: 'fine' } as const;
    expect((await acme.answerApproval('one', 'pay-7', answer)).taken).toBe(true);
    await runtime.settled();
    expect(await outcome(acme)).toEqual({ ...answer, at: 0 });
    expect(await acme.approvals()).toEqual([]);
    await expect(acme.answerApproval('one', 'pay-7', answer)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' });
  });

  test('is listed and answered right after a restart, and to those who only read', async () => {
    const { runtime, store } = await begin(ask);
    await runtime.close();
    const reader = await openRuntime({ store, readOnly: true });
    expect(await reader.tenant('acme').approvals()).toMatchObject([{ id: 'pay-7' }]);
    expect((await reader.tenant('acme').get('one')).waiting).toMatchObject([{ approval: { id: 'pay-7' } }]);
    await reader.close();
    const again = await openRuntime({ store, clock: new VirtualClock(0) });
    running = again;
    expect(await again.tenant('acme').approvals()).toMatchObject([{ id: 'pay-7' }]);
    expect(await again.tenant('globex').approvals()).toEqual([]);
    const { taken } = await again.tenant('acme').answerApproval('one', 'pay-7', { decision: 'rejected', by: 'ann' });
    expect(taken).toBe(true);
    await again.settled();
    expect(await outcome(again.tenant('acme'))).toMatchObject({ decision: 'rejected', by: 'ann' });
  });

  test('asks elsewhere and expires', async () => {
    const { acme, runtime, clock, emitted } = await begin(ask);
    clock.advanceTo(86_400_000);
    await runtime.settled();
    expect(emitted.map(({ type }) => type)).toEqual(['approval.requested', 'approval.escalated']);
    clock.advanceTo(172_800_000);
    await runtime.settled();
    expect(await outcome(acme)).toBe('APPROVAL_EXPIRED');
  });

  test.each([false, true])('is decided once, whatever commit the process dies at; slow disk: %s', async (slow) => {
    const script = async ({ runtime, clock }: Life) => {
      const acme = runtime.tenant('acme');
      await acme.register(order(ask));
      await acme.create('order', 'one', { whenExists: 'keep' });
      await runtime.settled();
      clock.advanceTo(86_401_000);
      await runtime.settled();
      if ((await acme.approvals()).length > 0)
        await acme.answerApproval('one', 'pay-7', { decision: 'approved', by: 'boss' });
      await runtime.settled();
    };
    const commits = await killedAtEveryCommit(
      script,
      async ({ runtime }) => {
        expect(await outcome(runtime.tenant('acme'))).toEqual({
          decision: 'approved',
          by: 'boss',
          comment: null,
          at: 86_401_000,
        });
        const lines = await runtime.tenant('acme').history('one');
        expect(lines.filter((line) => line.kind === 'step' && line.step.escalated)).toHaveLength(1);
      },
      { slow },
    );
    expect(commits).toBeGreaterThan(5);
  });
});
