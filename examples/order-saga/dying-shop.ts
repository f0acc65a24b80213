import { appendFileSync, readFileSync } from 'node:fs';
import { parseMachine } from '@fsm/core';
import { createRegistry, type EffectFunction } from '@fsm/effects';
import { openRuntime } from '@fsm/runtime';
import { functions } from './functions.ts';

/**
 * A process that takes an order and dies in the middle of it: `node dying-shop.ts DB DIARY FUNCTION before|after`.
 * The test of this example starts it and looks at what it leaves.
 */
const [db = '', diary = '', lethal = '', moment = ''] = process.argv.slice(2);

const watched: Record<string, EffectFunction> = {};
for (const [name, perform] of Object.entries<EffectFunction>(functions)) {
  watched[name] = (params, call) => {
    if (name === lethal && moment === 'before') die();
    const output = perform(params, call);
    appendFileSync(diary, `${name} ${call.key}\n`);
    if (name === lethal) die();
    return output;
  };
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const { definition } = parseMachine(readFileSync(new URL('machine.json', import.meta.url), 'utf8'));
const shop = (await openRuntime({ store: db, registry: createRegistry({ functions: watched }) })).tenant('shop');
await shop.register(definition);
await shop.create('order-saga', 'order');
await shop.send('order', {
  type: 'PLACE',
  data: { item: 'piano', quantity: 1, amount: 8200, trouble: 'no carrier' },
  id: 'order-placed',
});
