import { readFileSync } from 'node:fs';
import { importScxml, type MachineDefinition } from '@fsm/core';
import { openRuntime, type Runtime, type Tenant, VirtualClock } from '@fsm/runtime';
import { afterEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../src/store/memory.ts';
import { killedAtEveryCommit, type Life } from './lives.ts';

const checker: MachineDefinition = {
  id: 'checker',
  context: { amount: 0 },
  initial: 'checking',
  states: {
    checking: {
      on: {
        OK: 'fine',
        BREAK: 'broken',
        TELL: { actions: { send: { type: 'NOTE', data: '{{ event.data }}' }, to: 'parent' } },
      },
    },
    broken: { effect: { type: 'call', function: 'none' } as never, onDone: 'fine' },
    fine: { type: 'final' },
  },
  output: { rate: '{{ context.amount * 2 }}' },
};

const loan = (effect: object): MachineDefinition => ({
  id: 'loan',
  context: { amount: 21 },
  initial: 'open',
  states: {
    open: {
      effect: effect as never,
      on: { CANCEL: 'cancelled', NOTE: { actions: { assign: { noted: '{{ event.data }}' } } } },
      onDone: { target: 'checked', actions: { assign: { outcome: '{{ event.output }}' } } },
      onError: { target: 'failed', actions: { assign: { outcome: '{{ event.error }}' } } },
    },
    checked: {},
    failed: {},
    cancelled: {},
  },
});

const invoke = { type: 'invoke_fsm', machine: 'checker', instance: 'check', input: { amount: '{{ context.amount }}' } };

let running: Runtime | undefined;
afterEach(() => running?.close());

async function begin(effect: object, store = new MemoryStore(), now = 0) {
  const clock = new VirtualClock(now);
  const runtime = await openRuntime({ store, clock });
  running = runtime;
  const acme = runtime.tenant('acme');
  await acme.register(checker);
  await acme.register(loan(effect));
  await acme.create('loan', 'one', { whenExists: 'keep' });
  await runtime.settled();
  return { runtime, clock, acme, store };
}

const context = async (acme: Tenant) => (await acme.get('one')).snapshot.context;

describe('an effect that runs a child', () => {
  test('ends with the output of the child', async () => {
    const { acme, runtime } = await begin(invoke);
    expect(await acme.get('check')).toMatchObject({ parent: 'one', snapshot: { context: { amount: 21 } } });
    await acme.send('check', { type: 'OK' });
    await runtime.settled();
    expect(await context(acme)).toMatchObject({ outcome: { rate: 42 } });
    expect((await acme.get('check')).outbox).toEqual([]);
    expect((await acme.history('one')).map(({ kind }) => kind)).toEqual(['create', 'step', 'child', 'done']);
  });

  test('fails when the child fails', async () => {
    const { acme, runtime } = await begin(invoke);
    await acme.send('check', { type: 'BREAK' });
    await runtime.settled();
    const error = { code: 'CHILD_FAILED', path: '', details: { instance: 'check', kind: 'invoke_fsm' } };
    expect(await context(acme)).toMatchObject({ outcome: error });
  });

  test('fails when the child is destroyed', async () => {
    const { acme, runtime } = await begin(invoke);
    await acme.destroy('check');
    await runtime.settled();
    expect(await context(acme)).toMatchObject({ outcome: { code: 'CHILD_GONE' } });
  });

  test('stops the child, and its children, when its state is left', async () => {
    const { acme, runtime } = await begin({
      type: 'invoke_fsm',
      machine: loan({ ...invoke, machine: checker }),
      instance: 'middle',
    });
    expect((await acme.get('check')).parent).toBe('middle');
    await acme.send('one', { type: 'CANCEL' });
    await runtime.settled();
    for (const name of ['middle', 'check']) {
      expect(await acme.get(name)).toMatchObject({ status: 'done', outbox: [] });
      expect((await acme.history(name)).map(({ kind }) => kind)).toContain('stop');
    }
    expect(await acme.get('one')).toMatchObject({ outbox: [], snapshot: { configuration: ['cancelled'] } });
  });

  test.each(['destroyed', 'timed out', 'outrun'])('stops the child when it is %s', async (how) => {
    const race = { type: 'race', effects: [invoke, { type: 'delay', duration: 5 }] };
    const sequence = { type: 'sequence', effects: [race, { type: 'delay', duration: '1h' }] };
    const effect = how === 'timed out' ? { ...invoke, timeout: 5 } : how === 'outrun' ? sequence : invoke;
    const { acme, runtime, clock } = await begin(effect);
    if (how === 'destroyed') await acme.destroy('one');
    clock.advanceTo(5);
    await runtime.settled();
    expect(await acme.get('check')).toMatchObject({ status: 'done' });
    expect((await acme.get('one')).outbox).toEqual([]);
  });

  test('refuses a name that is taken by somebody else', async () => {
    const store = new MemoryStore();
    const { acme, runtime } = await begin({ type: 'delay', duration: 0 }, store);
    await acme.create('checker', 'check');
    await acme.register({ ...loan(invoke), id: 'other' });
    await acme.create('other', 'two');
    await runtime.settled();
    expect((await acme.get('two')).snapshot.context.outcome).toMatchObject({ code: 'INSTANCE_EXISTS' });
    expect((await acme.get('check')).status).toBe('active');
  });

  test('a retry runs another child, with a name of its own', async () => {
    const { instance: _, ...unnamed } = invoke;
    const { acme, runtime } = await begin({ type: 'retry', attempts: 2, delay: 0, effect: unnamed });
    const children = async () =>
      (await acme.list()).items.map(({ instance }) => instance).filter((name) => name !== 'one');
    await acme.send((await children())[0]!, { type: 'BREAK' });
    await runtime.settled();
    const names = await children();
    expect(names).toHaveLength(2);
    expect(new Set(names)).toEqual(new Set(['one.open-1:1.0', 'one.open-1:2.0']));
    await acme.send('one.open-1:2.0', { type: 'OK' });
    await runtime.settled();
    expect(await context(acme)).toMatchObject({ outcome: { rate: 42 } });
  });

  test('a child tells its parent with `to: "parent"`', async () => {
    const { acme, runtime } = await begin(invoke);
    await acme.send('check', { type: 'TELL', data: 'hello' });
    await runtime.settled();
    expect(await context(acme)).toMatchObject({ noted: 'hello' });
  });

  test('a machine that runs itself comes to an end', async () => {
    const self: MachineDefinition = {
      id: 'self',
      initial: 'a',
      states: { a: { effect: { type: 'invoke_fsm', machine: 'self' } as never } },
    };
    const { acme, runtime } = await begin({ type: 'delay', duration: 0 });
    await acme.register(self);
    await acme.create('self', 'self');
    await runtime.settled();
    const { error } = (await acme.get('self')).snapshot;
    expect(JSON.stringify(error)).toContain('SPAWN_DEPTH');
    expect((await acme.list()).items.filter(({ instance }) => instance.startsWith('self'))).toHaveLength(33);
  });

  test('knows no machine of another tenant', async () => {
    const { runtime } = await begin(invoke);
    const globex = runtime.tenant('globex');
    await globex.register(loan(invoke));
    await globex.create('loan', 'one');
    await runtime.settled();
    expect(await context(globex)).toMatchObject({ outcome: { code: 'MACHINE_UNKNOWN' } });
  });

  const ways = ['OK', 'CANCEL', 'BREAK'].flatMap((how) => [false, true].map((slow) => ({ how, slow })));
  test.each(ways)('ends once, whatever commit the process dies at: $how, slow disk: $slow', async ({ how, slow }) => {
    const script = async ({ runtime }: Life) => {
      const acme = runtime.tenant('acme');
      await acme.register(checker);
      await acme.register(loan(invoke));
      await acme.create('loan', 'one', { whenExists: 'keep' });
      await runtime.settled();
      await acme.send(how === 'CANCEL' ? 'one' : 'check', { type: how, id: 'once' });
      await runtime.settled();
    };
    const commits = await killedAtEveryCommit(
      script,
      async ({ runtime }) => {
        const acme = runtime.tenant('acme');
        const one = await acme.get('one');
        const check = await acme.get('check');
        expect(one).toMatchObject({ executions: [], outbox: [], waiting: [] });
        expect(one.snapshot.configuration).toEqual([
          how === 'OK' ? 'checked' : how === 'CANCEL' ? 'cancelled' : 'failed',
        ]);
        expect(check).toMatchObject({ status: how === 'BREAK' ? 'error' : 'done', outbox: [], executions: [] });
        const ends = (await acme.history('one')).filter(({ kind }) => kind === 'child');
        expect(ends).toHaveLength(how === 'CANCEL' ? 0 : 1);
        expect((await acme.list()).items).toHaveLength(2);
      },
      { slow },
    );
    expect(commits).toBeGreaterThan(6);
  });
});

describe('an effect that creates an instance', () => {
  const spawn = { type: 'spawn_fsm', machine: 'checker', instance: 'check' };

  test('gives its name, and leaves it alone', async () => {
    const { acme, runtime } = await begin({ type: 'sequence', effects: [spawn, { type: 'delay', duration: 5 }] });
    expect(await acme.get('check')).toMatchObject({ parent: 'one', status: 'active' });
    await acme.send('one', { type: 'CANCEL' });
    await acme.send('check', { type: 'TELL', data: 'still here' });
    await runtime.settled();
    expect((await acme.get('check')).status).toBe('active');
    expect((await acme.get('one')).snapshot.configuration).toEqual(['cancelled']);
  });

  test('keeps one that is there when it may', async () => {
    const { acme } = await begin({ type: 'sequence', effects: [spawn, { ...spawn, whenExists: 'keep' }] });
    expect(await context(acme)).toMatchObject({ outcome: { instance: 'check' } });
    const refused = await begin({ type: 'sequence', effects: [spawn, spawn] });
    expect(await context(refused.acme)).toMatchObject({ outcome: { code: 'INSTANCE_EXISTS' } });
  });
});

const corpus = new URL('../../core/test/scxml-corpus/w3c-ecma/', import.meta.url);
const invoking = [191, 192, 229, 233, 234, 236, 240, 338, 347, 530];

describe('an SCXML document that invokes others', () => {
  test.each(invoking)('test%s passes on the runtime', async (number) => {
    const text = readFileSync(new URL(`test${number}.txml.scxml`, corpus), 'utf8');
    const clock = new VirtualClock(0);
    const runtime = await openRuntime({ clock });
    running = runtime;
    const acme = runtime.tenant('acme');
    await acme.register(importScxml(text, { id: `test${number}` }).definition);
    await acme.create(`test${number}`, 'one');
    await runtime.settled();
    for (let due = clock.nextDue; due < 60_000; due = clock.nextDue) {
      clock.advanceTo(due);
      await runtime.settled();
    }
    expect((await acme.get('one')).snapshot.configuration).toEqual(['pass']);
  });
});
