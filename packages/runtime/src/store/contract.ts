import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acme, ContractSession, commitOf, machine, type StorePlace, stepArbitrary } from './contract-session.ts';
import type { Line } from './store.ts';

export type { StorePlace };

export interface ContractOptions {
  /** Cases an adapter cannot pass, by title, each group with its reason, which becomes part of the title. */
  readonly skip?: readonly { readonly because: string; readonly cases: readonly string[] }[];
  /** Whether records are found again after opening; the port allows both. `true` when not given. */
  readonly recordsSurvive?: boolean;
}

/**
 * Every rule of the store port as tests, over any adapter.
 *
 * ```ts
 * storeContract('memory', () => { const store = new MemoryStore(); return { store: () => store }; });
 * ```
 */
export function storeContract(
  name: string,
  factory: () => StorePlace | Promise<StorePlace>,
  { skip = [], recordsSurvive = true }: ContractOptions = {},
): void {
  const titles = new Set<string>();
  const it = (title: string, run: (session: ContractSession) => Promise<void>, timeout = 20_000) => {
    titles.add(title);
    const skipped = skip.find(({ cases }) => cases.includes(title));
    if (skipped !== undefined) {
      test.skip(`${title} (skipped: ${skipped.because})`, () => {});
      return;
    }
    test(title, { timeout }, async () => {
      const session = new ContractSession(await factory(), recordsSurvive);
      await session.open();
      try {
        await run(session);
      } finally {
        await session.store.close();
      }
    });
  };

  describe(`store contract: ${name}`, () => {
    it('a new store is empty', async ({ store }) => {
      expect(await store.status()).toMatchObject({ lines: 0, instances: 0, lastNumber: 0, lastTime: 0 });
      expect(await store.tenants()).toEqual([]);
      expect(await store.unsettled()).toEqual([]);
      expect(await store.nextWake(0)).toBeUndefined();
      expect(await store.find('acme', 'nobody')).toBeUndefined();
      expect(await store.load(1)).toBeUndefined();
      expect(await store.lines(1, 1, 10)).toEqual([]);
    });

    it('S1 S2 S5 what was committed is read at once, after closing and after a crash', async (session) => {
      await session.create(1, 'a');
      await session.append(1, 3);
      await session.create(2, 'b');
      await session.compare();
      await session.reopen();
      await session.compare();
      await session.crash();
      await session.compare();
      await session.append(1, 2);
      await session.compare();
    });

    it('S1 one commit may hold several lines of one instance, its creation and its record', async (session) => {
      const { model } = session;
      const lines: Line[] = [];
      lines.push(model.line(7, '{"a":1}', acme('x'), lines));
      for (let index = 0; index < 5; index += 1) lines.push(model.line(7, `{"i":${index}}`, undefined, lines));
      await session.commit({ lines, records: [model.record(7, 4, lines)] });
      await session.compare();
    });

    it('S2 commits that do not wait for each other are stored in order', async (session) => {
      const { model, store } = session;
      const done: (void | Promise<void>)[] = [];
      for (let index = 0; index < 40; index += 1) {
        const number = (index % 4) + 1;
        const owner = model.instances.has(number) ? undefined : acme(`i${number}`);
        const commit = commitOf({ lines: [model.line(number, `{"n":${index}}`, owner)] });
        done.push(store.commit(commit));
        model.apply(commit);
      }
      await Promise.all(done);
      await session.compare();
      await session.reopen();
      await session.compare();
    });

    it('S4 a line that does not follow is refused and changes nothing, whatever else the commit holds', async (session) => {
      await session.create(1, 'a');
      await session.append(1, 2);
      const { model } = session;
      const good = model.line(1, '{"good":true}');
      const fresh = model.line(2, '{}', acme('fresh'));
      const wrong: Line[][] = [
        [{ ...good, sequence: 3 }],
        [{ ...good, sequence: 5 }],
        [{ ...good, sequence: 1, owner: acme('again') }],
        [good, { ...good }],
        [good, fresh, { ...fresh, instance: 3 }],
        [good, { ...fresh, instance: 3, sequence: 2 }],
        [good, { ...fresh, owner: undefined }],
        [good, { ...fresh, owner: acme('a') }],
        [good, { ...fresh, instance: 0 }],
      ];
      for (const lines of wrong) {
        await session.refuses('STORE_CONFLICT', commitOf({ lines, machines: [machine('acme', 'never')] }));
      }
      await session.compare();
      await session.commit({ lines: [good, fresh] });
      await session.compare();
    });

    it('S4 a record of a line that is not there is refused', async (session) => {
      await session.create(1, 'a');
      const { model } = session;
      const record = model.record(1, 1, []);
      await session.refuses('STORE_CONFLICT', commitOf({ records: [{ ...record, sequence: 2 }] }));
      await session.refuses('STORE_CONFLICT', commitOf({ records: [{ ...record, number: 2 }] }));
      await session.refuses('STORE_CONFLICT', commitOf({ records: [{ ...record, sequence: 0 }] }));
      await session.compare();
    });

    it('S4 a commit that builds on one under way is accepted, a second one of the same line is not', async (session) => {
      const { model, store } = session;
      const first = commitOf({ lines: [model.line(1, '{"n":1}', acme('a'))] });
      const one = store.commit(first);
      model.apply(first);
      const next = commitOf({ lines: [model.line(1, '{"n":2}')] });
      const two = store.commit(next);
      await session.refuses('STORE_CONFLICT', next);
      await session.refuses('STORE_CONFLICT', commitOf({ lines: [model.line(5, '{}', acme('a'))] }));
      await Promise.all([one, two]);
      model.apply(next);
      await session.compare();
    });

    it('S5 a found record comes with exactly the lines after it', async (session) => {
      await session.create(1, 'a');
      await session.append(1, 9);
      for (const sequence of [3, 7, 7, 10]) {
        await session.commit({ records: [session.model.record(1, sequence, [])] });
        await session.compare();
      }
      await session.append(1, 2);
      await session.compare();
      await session.reopen();
      await session.compare();
    });

    it('S5 a record that comes late does not replace a newer one', async (session) => {
      await session.create(1, 'a');
      await session.append(1, 5);
      const { model } = session;
      await session.commit({ records: [model.record(1, 4, [], { wake: 50 })] });
      await session.commit({ records: [model.record(1, 2, [], { busy: true, wake: 10 })] });
      await session.compare();
      await session.commit({ records: [model.record(1, 4, [], { busy: true })] });
      await session.compare();
    });

    it('S5 lines are read in pages, forwards, from anywhere', async (session) => {
      await session.create(1, 'a');
      await session.create(2, 'b');
      for (let round = 0; round < 6; round += 1) {
        await session.append(1, 150);
        await session.append(2, 1);
      }
      const { store, model } = session;
      for (const [from, limit] of [
        [1, 10],
        [1, 901],
        [0, 3],
        [255, 4],
        [256, 1],
        [257, 300],
        [890, 100],
        [902, 5],
      ]) {
        expect(await store.lines(1, from!, limit!)).toEqual(model.lines(1, from!, limit!));
      }
      expect(await store.lines(1, 1, 0)).toEqual([]);
      expect(await store.lines(9, 1, 10)).toEqual([]);
      expect(await store.lines(2, 1, 100)).toEqual(model.lines(2, 1, 100));
    });

    it('texts come back byte for byte, whatever they hold', async (session) => {
      const values = [
        '{"a":"\\u0000\\ud800 ä 🚦 \\"line\\":{},\\"h\\":\\"x\\""}',
        '{"__proto__":{"polluted":true},"constructor":1}',
        '{ "spaces" : [ 1.0, 1e3 , -0 ] }',
        `{"commit":1,"lines":1,"hash":"x","long":"${'é'.repeat(300_000)}"}`,
      ];
      const lines: Line[] = [];
      for (const text of values)
        lines.push(session.model.line(1, text, lines.length === 0 ? acme('a') : undefined, lines));
      await session.commit({ lines, records: [session.model.record(1, 2, lines, { text: values[0]! })] });
      await session.compare();
      await session.crash();
      await session.compare();
    });

    it('names that mean something to JavaScript or to files are only names', async (session) => {
      const names = ['__proto__', 'constructor', 'toString', '..', '.', 'a.b:c-d_e', 'A', 'a'];
      let number = 0;
      for (const tenant of names) {
        for (const each of names) {
          number += 1;
          await session.commit({
            lines: [session.model.line(number, '{}', { tenant, name: each })],
            machines: [machine(tenant, each)],
          });
        }
      }
      await session.compare();
      await session.reopen();
      await session.compare();
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });

    it('instances are listed by name in pages, those without a record too', async (session) => {
      for (const [index, letter] of ['d', 'b', 'e', 'a', 'c'].entries()) await session.create(index + 1, letter);
      await session.commit({ lines: [session.model.line(9, '{}', { tenant: 'other', name: 'b' })] });
      await session.commit({ records: [2, 3].map((number) => session.model.record(number, 1, [])) });
      const { store, model } = session;
      for (const query of [
        { limit: 2 },
        { limit: 2, after: 'b' },
        { limit: 9, after: 'bb' },
        { limit: 9, after: 'e' },
      ]) {
        expect(await store.list('acme', query)).toEqual(model.list('acme', query));
      }
      expect((await store.list('acme', { limit: 9 })).map((summary) => summary.name)).toEqual([
        'a',
        'b',
        'c',
        'd',
        'e',
      ]);
      expect(await store.list('nobody', { limit: 9 })).toEqual([]);
      expect(await store.tenants()).toEqual(['acme', 'other']);
    });

    it('the engine is told of instances with unrecorded lines and of busy ones', async (session) => {
      for (const number of [1, 2, 3, 4]) await session.create(number, `i${number}`);
      const { model, store } = session;
      await session.commit({ records: [model.record(1, 1, []), model.record(2, 1, [], { busy: true })] });
      expect(await store.unsettled()).toEqual([2, 3, 4]);
      await session.append(1, 1);
      await session.commit({ records: [model.record(2, 1, []), model.record(4, 1, [])] });
      expect(await store.unsettled()).toEqual([1, 3]);
      await session.compare();
    });

    it('wake times are found in order, and a new record replaces the old wish', async (session) => {
      const { model, store } = session;
      const wishes = [50, 10, undefined, 30, 10, 70];
      for (const [index, wake] of wishes.entries()) {
        await session.create(index + 1, `i${index}`);
        await session.commit({ records: [model.record(index + 1, 1, [], { wake })] });
      }
      expect(await store.due(9, 10)).toEqual([]);
      expect(await store.due(30, 10)).toEqual([2, 5, 4]);
      expect(await store.due(100, 2)).toEqual([2, 5]);
      expect(await store.due(100, Number.MAX_SAFE_INTEGER)).toEqual([2, 5, 4, 1, 6]);
      expect(await store.nextWake(Number.NEGATIVE_INFINITY)).toBe(10);
      expect(await store.nextWake(10)).toBe(30);
      expect(await store.nextWake(70)).toBeUndefined();
      await session.commit({
        records: [model.record(2, 1, [], { wake: 60 }), model.record(5, 1, [], { wake: undefined })],
      });
      expect(await store.due(60, 10)).toEqual([4, 1, 2]);
      await session.compare();
    });

    it('machines are kept per tenant and once', async (session) => {
      const one = machine('acme', 'h1', '1.0.0');
      await session.commit({ machines: [one, machine('acme', 'h2'), machine('other', 'h1')] });
      await session.commit({ machines: [one, { ...one }] });
      await session.compare();
      const { store } = session;
      expect(await store.machine('acme', 'h1')).toEqual(one);
      expect(await store.machine('acme', 'h2')).toEqual(machine('acme', 'h2'));
      expect(await store.machine('nobody', 'h1')).toBeUndefined();
      expect(await store.tenants()).toEqual(['acme', 'other']);
      await session.crash();
      await session.compare();
    });

    it('what the caller does with its objects afterwards changes nothing', async (session) => {
      const { model, store } = session;
      const line = { ...model.line(1, '{}', acme('a')) };
      const other = { ...model.line(2, '{}', acme('b')) };
      const record = { ...model.record(1, 1, [line]) };
      const one = { ...machine('acme', 'h1') };
      const commit = commitOf({ lines: [line, other], records: [record], machines: [one] });
      const before = structuredClone(commit);
      await store.commit(commit);
      Object.assign(line, { text: '{"changed":1}', hash: 'changed' });
      Object.assign(other.owner!, { tenant: 'changed', name: 'changed' });
      Object.assign(record, { text: 'changed', wake: 1, tenant: 'changed' });
      Object.assign(one, { text: 'changed' });
      model.apply(before);
      await session.compare();
    });

    it('an empty commit is fine', async (session) => {
      await session.commit({});
      await session.compare();
    });

    it('a closed store answers nothing and takes nothing; closing and opening twice is fine', async ({ store }) => {
      await store.open();
      await store.close();
      await store.close();
      await expect((async () => store.commit(commitOf({})))()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
      await expect((async () => store.find('acme', 'a'))()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    });

    it('any mix of commits, late records, restarts and crashes reads like the model', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(stepArbitrary, { minLength: 1, maxLength: 25 }), async (steps) => {
          const session = new ContractSession(await factory(), recordsSurvive);
          await session.open();
          try {
            for (const step of steps) await session.perform(step);
            await session.compare();
          } finally {
            await session.store.close();
          }
        }),
        { numRuns: 30 },
      );
    }, 60_000);
  });

  for (const { cases } of skip) {
    for (const title of cases) if (!titles.has(title)) throw new Error(`The contract has no case "${title}" to skip.`);
  }
}
