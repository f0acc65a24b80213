import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FsmError } from '@fsm/core';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { CHAIN_START, chainHash } from './chain.ts';
import { openStore } from './open-store.ts';
import type { Commit, Line, Store, StoredMachine } from './store.ts';
import { mountDisk, mountingFails, type TestDisk } from './test-disk.ts';
import { temporaryFolder } from './test-places.ts';
import { verifyStore } from './verify.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

vi.setConfig({ testTimeout: 30_000 });

const kinds = [
  { kind: 'sqlite', target: 'fsm.db' },
  { kind: 'jsonl', target: 'journal/' },
];

const because = mountingFails === undefined ? '' : ` (skipped: ${mountingFails})`;

describe.each(kinds)('a process that is killed while it writes a $kind store', ({ kind, target }) => {
  test('loses nothing acknowledged, leaves no lock behind, and the next one continues', {
    timeout: 20_000,
  }, async () => {
    const path = join(folder, `killed-${target}`);
    const acknowledged = new Map<string, string>();
    for (const acknowledgements of [0, 1, 40, 150, 300]) {
      for (const line of await killAfter(path, acknowledgements)) {
        const [instance, sequence, hash] = line.split(':');
        acknowledged.set(`${instance}:${sequence}`, hash!);
      }
      const store = openStore(path);
      await store.open();
      expect((await verifyStore(store)).problems).toEqual([]);
      const stored = new Map<string, string>();
      for (const { number } of await store.list('acme', { limit: 100 })) {
        for (const { sequence, hash } of await store.lines(number, 1, 100_000))
          stored.set(`${number}:${sequence}`, hash);
      }
      const lost = [...acknowledged].filter(([which, hash]) => stored.get(which) !== hash);
      expect(lost, `${kind}, killed after ${acknowledgements}`).toEqual([]);
      await store.close();
    }
    expect(acknowledged.size).toBeGreaterThan(1000);
  });

  test('holds the lock, which names it, until it is dead', async () => {
    const path = join(folder, `locked-${target}`);
    const { child, lines } = start(path);
    await lines.next();
    const error = await failure(() => openStore(path).open());
    expect(error).toMatchObject({ code: 'STORE_LOCKED', details: { pid: child.pid } });
    expect(error.message).toContain(`process ${child.pid}`);
    const beside = openStore(path, { readOnly: true });
    await beside.open();
    expect(await beside.status()).toBeDefined();
    await beside.close();
    await kill(child);
    const store = openStore(path);
    await store.open();
    await store.close();
  });
});

describe.skipIf(mountingFails !== undefined).each(kinds)(`a $kind store on a full disk${because}`, ({ target }) => {
  test('refuses commits without changing anything, keeps what was acknowledged, and continues with space', async () => {
    const disk = mountDisk('1500k');
    try {
      const filler = join(disk.folder, 'filler');
      const spare = join(disk.folder, 'spare');
      writeFileSync(filler, Buffer.alloc(400_000));
      writeFileSync(spare, Buffer.alloc(60_000));
      const path = join(disk.folder, target);
      const store = openStore(path);
      await store.open();
      const chain = new Chain(store);
      await chain.commit(20_000);
      const error = await chain.fill();
      expect(error).toMatchObject({ code: 'STORE_FULL', next: 'reject' });
      for (let attempt = 0; attempt < 50; attempt += 1) {
        expect(await failure(() => chain.commit(200_000))).toMatchObject({ code: 'STORE_FULL', next: 'reject' });
      }
      // What did not fit is cut off again, down to the last line break.
      if (target === 'journal/') expect(readFileSync(join(path, 'journal-00000001.jsonl')).at(-1)).toBe(10);
      // The machine fits, the line does not.
      rmSync(spare);
      const machine = { tenant: 'acme', hash: 'h', id: 'm', version: undefined, text: '{}' };
      expect(await failure(() => chain.commit(200_000, machine))).toMatchObject({ code: 'STORE_FULL' });
      const beside = openStore(path, { readOnly: true });
      await beside.open();
      for (const each of [store, beside]) expect(await each.machine('acme', 'h')).toBeUndefined();
      await beside.close();
      await chain.check();
      rmSync(filler);
      await chain.commit(20_000, machine);
      expect(await store.machine('acme', 'h')).toEqual(machine);
      await chain.check();
      await chain.fill();
      await store.close();

      disk.resize('6m');
      const again = openStore(path);
      await again.open();
      chain.store = again;
      await chain.check();
      expect(await again.machine('acme', 'h')).toEqual(machine);
      await chain.commit(20_000);
      await chain.check();
      await again.close();
    } finally {
      disk.remove();
    }
  });

  test('says so when there is no room to make it', async () => {
    const disk = mountDisk('16k');
    try {
      writeFileSync(join(disk.folder, 'filler'), Buffer.alloc(8_000));
      const path = join(disk.folder, target);
      const error = await failure(async () => {
        const store = openStore(path);
        try {
          await store.open();
          await new Chain(store).commit(100_000);
        } finally {
          await store.close();
        }
      });
      expect(error).toMatchObject({ code: 'STORE_FULL', next: 'reject' });
    } finally {
      disk.remove();
    }
  });
});

describe.skipIf(mountingFails !== undefined).each(kinds)(
  `a $kind store on a read-only disk${because}`,
  ({ target }) => {
    const onDisk = async (leave: 'closed' | 'open' | 'none', check: (path: string, chain: Chain) => Promise<void>) => {
      const disk: TestDisk = mountDisk('6m');
      try {
        const path = join(disk.folder, target);
        const store = openStore(path);
        const chain = new Chain(store);
        if (leave !== 'none') {
          await store.open();
          for (let count = 0; count < 5; count += 1) await chain.commit(100);
          if (leave === 'closed') await store.close();
          else chain.store = await crashed(path, join(disk.folder, 'copy'), store);
        }
        disk.makeReadOnly();
        await check(chain.store.location, chain);
        disk.makeWritable();
      } finally {
        disk.remove();
      }
    };

    test('is refused with what to do when it is opened for writing', async () => {
      for (const leave of ['closed', 'none'] as const) {
        await onDisk(leave, async (path) => {
          const error = await failure(() => openStore(path).open());
          expect(error).toMatchObject({ code: 'STORE_READ_ONLY', next: 'reject' });
          expect(error.hint).toContain('permission');
        });
      }
    });

    test.each(['closed', 'open'] as const)('can be read when it was left %s', async (leave) => {
      await onDisk(leave, async (path, chain) => {
        const store = openStore(path, { readOnly: true });
        await store.open();
        chain.store = store;
        await chain.check();
        expect((await verifyStore(store)).problems).toEqual([]);
        await store.close();
      });
    });
  },
);

/** A copy of a store that is open, as a crash would leave it. */
async function crashed(path: string, copy: string, store: Store): Promise<Store> {
  const { execFileSync } = await import('node:child_process');
  execFileSync('mkdir', [copy]);
  execFileSync('sh', ['-c', `cp -r ${path.replace(/\/$/, '')}* ${copy}/`]);
  await store.close();
  return openStore(join(copy, path.endsWith('/') ? 'journal/' : 'fsm.db'), { readOnly: true });
}

/** One instance that grows, and what is acknowledged of it. */
class Chain {
  store: Store;
  readonly #acknowledged: Line[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  async commit(size: number, machine?: StoredMachine): Promise<void> {
    const last = this.#acknowledged.at(-1);
    const sequence = (last?.sequence ?? 0) + 1;
    const text = JSON.stringify({ filler: 'x'.repeat(size) });
    const hash = chainHash(last?.hash ?? CHAIN_START, text);
    const owner = sequence === 1 ? { owner: { tenant: 'acme', name: 'a' } } : undefined;
    const line: Line = { instance: 1, sequence, at: sequence, text, hash, ...owner };
    const commit: Commit = { lines: [line], records: [], machines: machine === undefined ? [] : [machine] };
    await this.store.commit(commit);
    this.#acknowledged.push(line);
  }

  /** Commits until that fails, in ever smaller pieces. */
  async fill(): Promise<FsmError> {
    let error: FsmError | undefined;
    for (const size of [100_000, 10_000, 1_000]) {
      error = undefined;
      while (error === undefined) error = await failureOf(() => this.commit(size));
    }
    return error!;
  }

  async check(): Promise<void> {
    const expected = this.#acknowledged.map(({ sequence, text, hash }) => ({ sequence, text, hash }));
    expect(await this.store.lines(1, 1, expected.length + 1)).toEqual(expected);
  }
}

async function failureOf(work: () => unknown): Promise<FsmError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return error;
  }
}

async function failure(work: () => unknown): Promise<FsmError> {
  const error = await failureOf(work);
  if (error === undefined) throw new Error('it should have failed');
  return error;
}

function start(path: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'test-committer.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, lines };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Starts a committer, kills it after so many acknowledgements, and returns all that it had acknowledged. */
async function killAfter(path: string, acknowledgements: number): Promise<string[]> {
  const { child, lines } = start(path);
  await lines.next();
  const acknowledged: string[] = [];
  for (let count = 0; count < acknowledgements; count += 1)
    acknowledged.push(...(await lines.next()).value!.split(' '));
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await gone;
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    if (next.value.includes(':')) acknowledged.push(...next.value.split(' '));
  }
  return acknowledged;
}
