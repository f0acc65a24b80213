import type { PreparedEffect } from './effect.ts';
import type { Frame } from './frame.ts';

/** Takes over what the effect, and those below it, wrote into the context in an earlier life, and what they owe. */
export function absorbRecorded(effect: PreparedEffect, prefix: string, frame: Frame): void {
  if (effect.compensates) recallDebts(effect, prefix, frame);
  if (effect.writes) absorbWrites(effect, prefix, frame);
}

/** A compensation that ran, whose writes came later than those around the step it undid. */
interface Undone {
  readonly order: number;
  readonly prefix: string;
  readonly compensation: PreparedEffect;
}

const none: readonly Undone[] = Object.freeze([]);

/** Gives the compensations below whose writes are still to be taken over: when the saga or race that ran them ended. */
function absorbWrites(effect: PreparedEffect, prefix: string, frame: Frame): readonly Undone[] {
  if (!effect.writes) return none;
  const { host, branch } = frame;
  const path = prefix + effect.path;
  const record = host.recorded(path);
  if (effect.leaf !== undefined) {
    if (record?.patch !== undefined) branch.rewrite(record.patch);
    return none;
  }
  if (effect.owes) {
    const [done, compensation] = effect.children as [PreparedEffect, PreparedEffect];
    const below = absorbWrites(done, prefix, frame);
    return record?.undone === undefined ? below : [...below, { order: record.owed ?? 0, prefix, compensation }];
  }
  let undone: readonly Undone[] = none;
  for (const inside of insides(effect, prefix, host)) {
    for (const child of effect.children) {
      const below = absorbWrites(child, inside, frame);
      if (below.length > 0) undone = [...undone, ...below];
    }
  }
  const ended = effect.undoes ? record?.error !== undefined : record?.branch !== undefined;
  if (!ended) return undone;
  for (const { compensation, prefix: at } of [...undone].sort((a, b) => b.order - a.order)) {
    absorbWrites(compensation, at, frame);
  }
  return none;
}

/** Takes over what steps of an earlier life owe. */
export function recallDebts(effect: PreparedEffect, prefix: string, frame: Frame): void {
  if (!effect.compensates) return;
  if (effect.owes) {
    recallDebt(effect, prefix, frame);
    return;
  }
  const { host, debts } = frame;
  for (const inside of insides(effect, prefix, host)) {
    for (const child of effect.children) recallDebts(child, inside, frame);
  }
  if (!effect.undoes) return;
  const path = prefix + effect.path;
  const record = host.recorded(path);
  debts.saga(path, record?.output !== undefined || record?.error !== undefined);
}

function recallDebt(effect: PreparedEffect, prefix: string, frame: Frame): void {
  const { host, debts } = frame;
  const path = prefix + effect.path;
  const record = host.recorded(path);
  const done = effect.children[0]!;
  const rounds = debts.rounds(path, record?.owed);
  const inside = rounds === 0 ? frame : frame.forRound(rounds);
  recallDebts(done, prefix, inside);
  // a step whose own outcome is on record is done, also when the process died before the debt was
  const output = record?.output !== undefined ? record.output : done.leaf && host.recorded(prefix + done.path)?.output;
  if (output === undefined) return;
  const order = record?.owed ?? debts.next();
  if (record?.undone !== undefined)
    debts.settled(path, order, record.undone, { prefix, compensation: effect.children[1]! });
  else {
    const params = record?.params ?? host.scope.params;
    debts.add({ path, prefix, order, effect, output, params, round: inside.round });
  }
}

/** Whether an earlier life recorded anything of the effect or of those below it: then it had begun. */
export function hasRecords(effect: PreparedEffect, prefix: string, host: Frame['host']): boolean {
  if (host.recorded(prefix + effect.path) !== undefined) return true;
  for (const inside of insides(effect, prefix, host)) {
    if (inside !== prefix && host.recorded(inside) !== undefined) return true;
    if (effect.children.some((child) => hasRecords(child, inside, host))) return true;
  }
  return false;
}

/** The prefixes below which an effect's children ran, as far as records tell. */
function* insides(effect: PreparedEffect, prefix: string, host: Frame['host']): Generator<string> {
  const path = prefix + effect.path;
  if (effect.repeats === undefined) yield prefix;
  else if (effect.repeats === '@') {
    const count = host.recorded(path)?.count ?? 0;
    for (let index = 0; index < count; index += 1) yield `${path}@${index}`;
  } else {
    for (let attempt = 1; ; attempt += 1) {
      yield `${path}#${attempt}`;
      if (host.recorded(`${path}#${attempt}`) === undefined) return;
    }
  }
}
