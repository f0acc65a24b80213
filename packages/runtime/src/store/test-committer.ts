import { once } from 'node:events';
import { CHAIN_START, chainHash } from './chain.ts';
import { openStore } from './open-store.ts';
import type { Line, StoredRecord } from './store.ts';

/*
 * A process to be killed: `node test-committer.ts <store>`. It commits without end and prints, after each commit, its
 * lines as `instance:sequence:hash`, so that whoever kills it knows what was acknowledged.
 */

const instances = 12;
const store = openStore(process.argv[2]!, { headEvery: 20 });
await store.open();

const heads = new Map<number, { sequence: number; hash: string }>();
for (let number = 1; number <= instances; number += 1) {
  const found = await store.load(number);
  const { sequence, hash } = found?.lines.at(-1) ?? found?.record ?? { sequence: 0, hash: CHAIN_START };
  heads.set(number, { sequence, hash });
}

await say('open');
for (let round = 0; ; round += 1) {
  const lines: Line[] = [];
  for (let index = 0; index <= round % 5; index += 1) {
    const instance = ((round * 7 + index * 5) % instances) + 1;
    const head = heads.get(instance)!;
    const text = JSON.stringify({ round, index, filler: 'x'.repeat((round * 37) % 400) });
    const line = { instance, sequence: head.sequence + 1, at: round, text, hash: chainHash(head.hash, text) };
    lines.push(line.sequence === 1 ? { ...line, owner: { tenant: 'acme', name: `i${instance}` } } : line);
    heads.set(instance, line);
  }
  const records: StoredRecord[] = [];
  if (round % 3 === 0) {
    const number = (round % instances) + 1;
    const { sequence, hash } = heads.get(number)!;
    if (sequence > 0) records.push(recordOf(number, sequence, hash));
  }
  await store.commit({ lines, records, machines: [] });
  await say(lines.map(({ instance, sequence, hash }) => `${instance}:${sequence}:${hash}`).join(' '));
}

async function say(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}

function recordOf(number: number, sequence: number, hash: string): StoredRecord {
  return {
    number,
    tenant: 'acme',
    name: `i${number}`,
    sequence,
    hash,
    machine: 'm',
    status: 'active',
    wake: undefined,
    busy: false,
    configuration: 'a',
    at: sequence,
    text: JSON.stringify({ sequence }),
  };
}
