import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineDefinition } from '@fsm/core';
import { openRuntime, VirtualClock } from '@fsm/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** A machine with TypeScript functions lives on in the store; its functions do not. */
const withFunctions = (step: number): MachineDefinition => ({
  id: 'stepper',
  context: { count: 0 },
  initial: 'on',
  states: {
    on: {
      on: {
        ADD: {
          actions: { assign: ({ context }: { context: { count: number } }) => ({ count: context.count + step }) },
        },
      },
      after: { '1h': 'late' },
    },
    late: {},
  },
});
const definition = withFunctions(1);

let folder: string;
let db: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fsm-code-'));
  db = join(folder, 'store.db');
  const runtime = await openRuntime({ store: db, clock: new VirtualClock(0) });
  const acme = runtime.tenant('acme');
  await acme.register(definition);
  await acme.create('stepper', 's');
  await acme.send('s', { type: 'ADD' });
  await runtime.close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('without its code an instance takes nothing, is listed and keeps its history; with it, it goes on', async () => {
  const clock = new VirtualClock(0);
  const runtime = await openRuntime({ store: db, clock });
  const acme = runtime.tenant('acme');
  await expect(acme.send('s', { type: 'ADD' })).rejects.toMatchObject({
    code: 'MACHINE_UNKNOWN',
    hint: expect.stringContaining('Register the same code'),
  });
  expect((await acme.list()).items).toMatchObject([{ instance: 's', configuration: ['on'], sequence: 2 }]);
  expect((await acme.history('s')).map(({ kind }) => kind)).toEqual(['create', 'event']);

  await acme.register(definition);
  expect(await acme.send('s', { type: 'ADD' })).toMatchObject({ taken: true, sequence: 3 });
  clock.advanceTo(3_600_000);
  await runtime.settled();
  expect((await acme.get('s')).snapshot).toMatchObject({ configuration: ['late'], context: { count: 2 } });
  await runtime.close();
});

test('a reader sees an instance whose record is current without its code', async () => {
  const reader = await openRuntime({ store: db, readOnly: true });
  const acme = reader.tenant('acme');
  expect(await acme.get('s')).toMatchObject({ sequence: 2, snapshot: { context: { count: 1 } } });
  await expect(acme.at('s', 1)).rejects.toMatchObject({ code: 'MACHINE_UNKNOWN' });
  await expect(acme.send('s', { type: 'ADD' })).rejects.toMatchObject({ code: 'RUNTIME_READ_ONLY' });
  await reader.close();
});

test('a function is known by its text: what it closes over makes no other version', async () => {
  const runtime = await openRuntime({ store: db, clock: new VirtualClock(0) });
  const acme = runtime.tenant('acme');
  const old = await acme.register(definition);
  const changed = await acme.register(withFunctions(10));
  await acme.create('stepper', 'new');
  for (const name of ['s', 'new']) await acme.send(name, { type: 'ADD' });
  expect(changed.hash).toBe(old.hash);
  expect((await acme.get('s')).snapshot.context).toEqual({ count: 2 });
  await runtime.close();
});
