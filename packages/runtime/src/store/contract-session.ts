import { FsmError } from '@fsm/core';
import fc from 'fast-check';
import { expect } from 'vitest';
import { StoreModel } from './contract-model.ts';
import type { Commit, Line, Store, StoredMachine, StoredRecord } from './store.ts';
import { verifyStore } from './verify.ts';

/** Somewhere to keep a store during a test. */
export interface StorePlace {
  /** A store over what is kept here, not opened yet. After the last one was closed it finds what that one held. */
  store(): Store;
  /** What a crash would leave at this moment, as a place of its own. Left out when an adapter has nothing that survives. */
  crash?(): StorePlace | Promise<StorePlace>;
}

export const acme = (name: string) => ({ tenant: 'acme', name });

export const commitOf = (parts: Partial<Commit>): Commit => ({ lines: [], records: [], machines: [], ...parts });

export const machine = (tenant: string, hash: string, version?: string): StoredMachine => ({
  tenant,
  hash,
  id: 'loan',
  version,
  text: `{"id":"loan","v":"${version ?? ''}","\\u0000":",\\"definition\\":"}`,
});

export type Step =
  | { readonly kind: 'reopen' | 'crash' }
  | {
      readonly kind: 'commit';
      /** Instances to append to; one that does not exist yet becomes a new one. */
      readonly lines: readonly number[];
      readonly records: readonly { which: number; back: number; busy: boolean; wake: number | undefined }[];
      readonly machines: readonly number[];
    };

export const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'reopen' }, { kind: 'crash' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      lines: fc.array(fc.nat(11), { maxLength: 12 }),
      records: fc.array(
        fc.record({
          which: fc.nat(11),
          back: fc.nat(4),
          busy: fc.boolean(),
          wake: fc.option(fc.nat(20), { nil: undefined }),
        }),
        { maxLength: 6 },
      ),
      machines: fc.array(fc.nat(5), { maxLength: 2 }),
    }),
  },
);

/** A store and a model that go through the same. */
export class ContractSession {
  readonly model = new StoreModel();
  store: Store;
  readonly #recordsSurvive: boolean;
  #place: StorePlace;

  constructor(place: StorePlace, recordsSurvive: boolean) {
    this.#place = place;
    this.#recordsSurvive = recordsSurvive;
    this.store = place.store();
  }

  async open(): Promise<void> {
    await this.store.open();
  }

  async commit(parts: Partial<Commit>): Promise<void> {
    const commit = commitOf(parts);
    await this.store.commit(commit);
    this.model.apply(commit);
  }

  async create(number: number, name: string): Promise<void> {
    await this.commit({ lines: [this.model.line(number, `{"create":"${name}"}`, acme(name))] });
  }

  async append(number: number, count: number): Promise<void> {
    const lines: Line[] = [];
    for (let index = 0; index < count; index += 1)
      lines.push(this.model.line(number, `{"n":${index}}`, undefined, lines));
    await this.commit({ lines });
  }

  async refuses(code: string, commit: Commit): Promise<void> {
    const error = await Promise.resolve()
      .then(() => this.store.commit(commit))
      .catch((caught: unknown) => caught);
    expect(FsmError.is(error) && { code: error.code, next: error.next }).toEqual({ code, next: 'stop' });
  }

  async reopen(): Promise<void> {
    await this.store.close();
    await this.#continue(this.#place);
  }

  async crash(): Promise<void> {
    if (this.#place.crash === undefined) return;
    const left = await this.#place.crash();
    await this.store.close();
    await this.#continue(left);
  }

  async perform(step: Step): Promise<void> {
    if (step.kind !== 'commit') return step.kind === 'reopen' ? this.reopen() : this.crash();
    const { model } = this;
    const lines: Line[] = [];
    for (const which of step.lines) {
      const number = which + 1;
      const isNew = !model.instances.has(number) && !lines.some(({ instance }) => instance === number);
      const owner = { tenant: which % 3 === 0 ? 'other' : 'acme', name: `i${(which * 7) % 12}` };
      lines.push(model.line(number, `{"text":"${'x'.repeat(which * 20)}"}`, isNew ? owner : undefined, lines));
    }
    const records: StoredRecord[] = [];
    for (const { which, back, busy, wake } of step.records) {
      const own = lines.filter(({ instance }) => instance === which + 1);
      const newest = own.at(-1)?.sequence ?? model.instances.get(which + 1)?.lines.length ?? 0;
      if (newest - back >= 1) records.push(model.record(which + 1, newest - back, lines, { busy, wake }));
    }
    const machines = step.machines.map((index) => machine(index % 2 === 0 ? 'acme' : 'other', `h${index}`));
    await this.commit({ lines, records, machines });
    await this.compare();
  }

  /** Every answer of the store is the model's. */
  async compare(): Promise<void> {
    const { store, model } = this;
    for (const [number, { owner, lines }] of model.instances) {
      expect(await store.load(number)).toEqual(model.load(number));
      expect(await store.find(owner.tenant, owner.name)).toEqual(model.load(number));
      expect(await store.lines(number, 1, lines.length + 1)).toEqual(model.lines(number, 1, lines.length));
    }
    expect(await store.tenants()).toEqual(model.tenants());
    for (const tenant of model.tenants()) {
      expect(await store.list(tenant, { limit: 1000 })).toEqual(model.list(tenant, { limit: 1000 }));
      expect(await store.list(tenant, { after: 'i2', limit: 3 })).toEqual(
        model.list(tenant, { after: 'i2', limit: 3 }),
      );
      const byHash = (one: StoredMachine, other: StoredMachine) => (one.hash < other.hash ? -1 : 1);
      const kept = model.machines(tenant).sort(byHash);
      expect([...(await store.machines(tenant))].sort(byHash)).toEqual(kept);
      for (const each of kept) expect(await store.machine(tenant, each.hash)).toEqual(each);
    }
    expect(await store.unsettled()).toEqual(model.unsettled());
    expect(await store.due(12, 100)).toEqual(model.due(12, 100));
    expect(await store.nextWake(5)).toEqual(model.nextWake(5));
    expect(await store.status()).toMatchObject(model.status());
    expect((await verifyStore(store)).problems).toEqual([]);
  }

  async #continue(place: StorePlace): Promise<void> {
    this.#place = place;
    this.store = place.store();
    await this.store.open();
    if (!this.#recordsSurvive) this.model.forgetRecords();
  }
}
