import type { Machine, SubscriptionDefinition } from '@fsm/core';
import { decodeEntry, type Entry } from '../engine/fact.ts';
import { type Folded, foldLines } from '../engine/fold.ts';
import type { StoredLine } from '../store/store.ts';

/** A line as it reached the disk. */
export interface WrittenLine extends StoredLine {
  readonly tenant: string;
  readonly name: string;
}

interface Subscriber {
  readonly tenant: string;
  readonly name: string;
  readonly machine: Machine;
  active: boolean;
}

/**
 * Subscriptions as their definition says, worked out once more from what reached the disk and nothing else: whoever was active
 * when another entered the state, or took the event, is told, and has it exactly once.
 */
export function checkNotices(
  lines: readonly WrittenLine[],
  machines: ReadonlyMap<string, Machine>,
  hops: number,
): { readonly violations: readonly string[]; readonly deliveries: number } {
  const violations: string[] = [];
  const subscribers = new Map<string, Subscriber>();
  const states = new Map<string, Folded>();
  const made = new Map<string, { readonly to: readonly string[]; readonly tenant: string }>();
  const accepted = new Map<string, number>();
  const heard = new Map<string, number>();
  for (const line of lines) {
    const { tenant, name } = line;
    const key = `${tenant}/${name}`;
    const entry = decodeEntry(line.text);
    const before = states.get(key);
    const machine = machines.get(entry.kind === 'create' ? entry.machine.hash : before!.state.snapshot.machine.hash)!;
    const after = foldLines(machine, tenant, name, before, [line])!;
    states.set(key, after);
    const told = new Map((entry.notices ?? []).flatMap(({ to }, index) => to.map((one) => [`${index} ${one}`, one])));
    for (const { to } of entry.notices ?? []) {
      if (to.includes(name)) violations.push(`L2: ${key} told itself in line ${entry.sequence}`);
    }
    const expected = expectations(entry, machine, before, after, name, tenant, [...subscribers.values()], hops);
    const counts = countOf([...told.values()]);
    for (const [one, count] of countOf(expected)) {
      if (counts.get(one) !== count) {
        violations.push(
          `L2: line ${entry.sequence} of ${key} tells ${one} ${counts.get(one) ?? 0} times, not ${count}`,
        );
      }
    }
    for (const one of counts.keys()) {
      if (!expected.includes(one) && subscribers.get(`${tenant}/${one}`)?.active !== false) {
        violations.push(`L2: line ${entry.sequence} of ${key} tells ${one}, who does not listen`);
      }
    }
    for (const [index, { to }] of (entry.notices ?? []).entries()) {
      made.set(`${tenant} ${name}/${entry.sequence}.n${index}`, { to, tenant });
    }
    if ((entry.kind === 'event' || entry.kind === 'refused') && entry.id?.includes('.n') === true) {
      const id = `${tenant} ${entry.id}`;
      accepted.set(`${id} ${name}`, (accepted.get(`${id} ${name}`) ?? 0) + 1);
      if (made.get(id)?.to.includes(name) !== true)
        violations.push(`L3: ${key} has ${entry.id}, which nobody made for it`);
    }
    if (entry.kind === 'heard') {
      for (const one of entry.by)
        heard.set(`${tenant} ${entry.id} ${one}`, (heard.get(`${tenant} ${entry.id} ${one}`) ?? 0) + 1);
    }
    const active = after.state.snapshot.status === 'active' && after.state.destroyed !== true;
    subscribers.set(key, { tenant, name, machine, active });
  }
  let deliveries = 0;
  for (const [id, { to, tenant }] of made) {
    for (const one of to) {
      const count = accepted.get(`${id} ${one}`) ?? 0;
      deliveries += count;
      const active = subscribers.get(`${tenant}/${one}`)!.active;
      if (count > 1 || (count === 0 && active)) violations.push(`L4: ${one} accepted ${id} ${count} times`);
      if (!heard.has(`${id} ${one}`)) violations.push(`L4: ${id} is never done with ${one}`);
    }
  }
  return { violations, deliveries };
}

function expectations(
  entry: Entry,
  machine: Machine,
  before: Folded | undefined,
  after: Folded,
  name: string,
  tenant: string,
  subscribers: readonly Subscriber[],
  hops: number,
): string[] {
  if (entry.kind === 'event' && (entry.hops ?? 0) >= hops) return [];
  const matches = ({ machine: id, instance, entered, event }: SubscriptionDefinition, subscriber: string): boolean => {
    if (id !== machine.id || (instance !== undefined && (subscriber === 'a' ? 'b' : 'a') !== name)) return false;
    if (event !== undefined) return takenIn(entry, before, after) === event;
    const was = before !== undefined && machine.matches(before.state.snapshot, entered!);
    return !was && machine.matches(after.state.snapshot, entered!);
  };
  return subscribers
    .filter((subscriber) => subscriber.active && subscriber.tenant === tenant && subscriber.name !== name)
    .flatMap((subscriber) =>
      (subscriber.machine.definition.subscriptions ?? [])
        .filter((subscription) => matches(subscription, subscriber.name))
        .map(() => subscriber.name),
    );
}

/** Type of the event that a line says is taken: its own, or the one that waited for the effect before a transition. */
function takenIn(entry: Entry, before: Folded | undefined, after: Folded): string | undefined {
  if (!entry.taken || after.state.snapshot.pending !== undefined) return undefined;
  if (entry.kind === 'event') return entry.type;
  const { pending, invocations = {} } = before?.state.snapshot ?? {};
  const ends =
    (entry.kind === 'done' || entry.kind === 'failed') && invocations[entry.invocation]?.purpose === 'before';
  return ends ? pending?.event.type : undefined;
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
