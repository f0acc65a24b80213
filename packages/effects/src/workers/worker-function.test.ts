import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { execute } from '../execute.ts';
import { defineFunction } from '../function.ts';
import { createRegistry, type Registry } from '../registry.ts';
import { createServices } from '../services/services.ts';
import { TestHost } from '../testing/test-host.ts';

const worker = new URL('../testing/workers/compute.ts', import.meta.url);
const registries: Registry[] = [];

function registry(): Registry {
  const made = createRegistry({
    workers: { size: 1 },
    functions: {
      add: defineFunction({ worker, parameters: z.strictObject({ a: z.number(), b: z.number() }) }),
      about: defineFunction({ worker, export: 'about' }),
      once: defineFunction({ worker, export: 'about', repeat: 'once' }),
      loop: defineFunction({ worker, export: 'loop' }),
    },
  });
  registries.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(registries.splice(0).map((made) => made.close()));
});

test('`call` calls a function in a thread like any other', async () => {
  const functions = registry();
  const host = new TestHost({ context: { a: 40 } });
  const effect = functions.prepare({ type: 'call', function: 'add', params: { a: '{{ context.a }}', b: 2 } });
  expect(await execute(effect, host)).toBe(42);
  const about = functions.prepare({ type: 'call', function: 'about', params: { x: 1 } });
  expect(await execute(about, new TestHost())).toEqual({
    params: { x: 1 },
    call: { key: 'test:', instance: 'one', tenant: 'acme', attempt: 1 },
  });
});

test('its parameters and how it may be repeated are checked in the definition', () => {
  const functions = registry();
  expect(functions.check({ type: 'call', function: 'add', params: { a: 1 } })).toMatchObject([{ path: '$.params' }]);
  const retried = { type: 'retry', attempts: 2, effect: { type: 'call', function: 'once' } };
  expect(functions.check(retried)).toMatchObject([{ code: 'RETRY_ONCE' }]);
});

test('cancelling the execution ends the thread', async () => {
  const functions = registry();
  const host = new TestHost();
  const channel = new BroadcastChannel('worker-function.test');
  const began = new Promise((resolve) => {
    channel.onmessage = resolve;
  });
  // a thread that never ends by itself holds the only place
  const effect = functions.prepare({ type: 'call', function: 'loop', params: { channel: channel.name } });
  const running = host.outcome(() => execute(effect, host));
  await began;
  channel.close();
  host.abort();
  await host.rest();
  expect(running.settled).toMatchObject({ error: { code: 'EXECUTION_CANCELLED' } });
  const next = functions.prepare({ type: 'call', function: 'add', params: { a: 1, b: 1 } });
  expect(await execute(next, new TestHost())).toBe(2);
});

test('the threads of executions with services are closed with the services', async () => {
  const functions = registry();
  const services = createServices();
  const host = Object.assign(new TestHost(), { services });
  const effect = functions.prepare({ type: 'call', function: 'add', params: { a: 1, b: 1 } });
  expect(await execute(effect, host)).toBe(2);
  await services.close();
  const after = Object.assign(new TestHost(), { services });
  await expect(async () => execute(effect, after)).rejects.toMatchObject({ code: 'SERVICES_CLOSED' });
});
