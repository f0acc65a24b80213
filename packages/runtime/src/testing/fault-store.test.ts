import type { MachineDefinition } from '@fsm/core';
import { expect, test } from 'vitest';
import { openRuntime } from '../runtime.ts';
import { MemoryStore } from '../store/memory.ts';
import { type Fault, faultStore } from './fault-store.ts';

const machine: MachineDefinition = {
  id: 'light',
  initial: 'off',
  states: { off: { on: { PRESS: 'on' } }, on: { on: { PRESS: 'off' } } },
};

/** The state of the lamp on disk after a fault at the write of its first PRESS. */
async function afterFault(
  fault: Fault,
): Promise<{ answer: string; state: readonly string[]; died: number | undefined }> {
  const disk = new MemoryStore();
  const store = faultStore(disk, (write) => (write === 3 ? fault : undefined));
  const runtime = await openRuntime({ store });
  const tenant = runtime.tenant('acme');
  await tenant.register(machine);
  await tenant.create('light', 'lamp');
  const turns = new Promise<string>((resolve) =>
    setImmediate(() => setImmediate(() => setImmediate(() => resolve('none')))),
  );
  const answer = await Promise.race([
    tenant.send('lamp', { type: 'PRESS' }).then(
      () => 'taken',
      (error) => error.code,
    ),
    turns,
  ]);
  const second = await openRuntime({ store: disk });
  const { snapshot } = await second.tenant('acme').get('lamp');
  await second.close();
  return { answer, state: snapshot.configuration, died: store.died };
}

test('a lost write leaves nothing on disk and nobody is told', async () => {
  expect(await afterFault('lost')).toEqual({ answer: 'none', state: ['off'], died: 3 });
});

test('a kept write is on disk and nobody is told', async () => {
  expect(await afterFault('kept')).toEqual({ answer: 'none', state: ['on'], died: 3 });
});

test('a full disk refuses the write and goes on', async () => {
  expect(await afterFault('full')).toEqual({ answer: 'STORE_FULL', state: ['off'], died: undefined });
});
