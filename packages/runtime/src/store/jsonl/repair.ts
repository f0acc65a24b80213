import { closeSync, existsSync, fsyncSync, openSync, readSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FsmError } from '@fsm/core';
import { openFailure, storeNotFound } from '../errors.ts';
import { syncDirectory, writeAtomically } from '../files.ts';
import { checkHead, type HeadRecord, headText, readHead } from '../head.ts';
import { acquireLock } from '../lock.ts';
import type { LostLines, RepairReport } from '../repair.ts';
import { headPath, identify, lockPath, segmentNumbers, segmentPath } from './folder.ts';
import { decodeLine, type LineEntry } from './format.ts';
import { Scan } from './scan.ts';

/** What a scan from the beginning finds. */
interface Diagnosis {
  readonly damage: string | undefined;
  /** Where the last good commit ends. */
  readonly segment: number;
  readonly offset: number;
  readonly head: HeadRecord;
  readonly lost: number;
  readonly instances: readonly LostLines[];
}

/** See {@link repairStore}. The bytes taken out are kept in `lost-1.jsonl` and so on in the directory. */
export function repairJsonl(location: string, accept: boolean): RepairReport {
  const folder = resolve(location);
  try {
    const store = identify(folder, location);
    if (store === undefined) throw storeNotFound(location);
    const lock = accept ? acquireLock(lockPath(folder), location) : undefined;
    try {
      const diagnosis = diagnose(folder, location, store);
      const { damage, head, lost, instances } = diagnosis;
      const repaired = accept && damage !== undefined;
      const saved = repaired ? cut(folder, diagnosis) : undefined;
      if (repaired) writeAtomically(headPath(folder), headText(head));
      return { location, damage, kept: head.lines, lost, instances, saved, repaired };
    } finally {
      lock?.release();
    }
  } catch (error) {
    throw openFailure(location, error);
  }
}

function diagnose(folder: string, location: string, store: string): Diagnosis {
  const reached = new Map<number, number>();
  const known = readHead(headPath(folder));
  let newest: LineEntry | undefined;
  let headLine: LineEntry | undefined;
  let lines = 0;
  let damage: string | undefined;
  const scan = new Scan(folder, (line) => {
    const { instance, sequence } = line;
    const before = reached.get(instance) ?? 0;
    if (sequence !== before + 1)
      throw new OutOfOrder(`line ${sequence} of instance ${instance} follows line ${before}`);
    reached.set(instance, sequence);
    newest = line;
    lines += 1;
    if (typeof known !== 'string' && lines === known.lines) headLine = line;
  });
  try {
    const rest = scan.advance();
    if (rest?.torn === false) damage = rest.what;
  } catch (error) {
    if (!(error instanceof OutOfOrder)) throw error;
    damage = error.message;
  }
  const { segment, offset } = scan;
  const found = damage === undefined ? [] : linesAfter(folder, segment, offset);
  try {
    checkHead(known, { location, path: headPath(folder), store, lines: lines + found.length, line: () => headLine });
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    damage ??= String(error.details?.damage ?? error.message);
  }
  const missing = typeof known === 'string' ? 0 : Math.max(0, known.lines - lines - found.length);
  const { instance = 0, sequence = 0, hash = '' } = newest ?? {};
  return {
    damage,
    segment,
    offset,
    head: { format: 1, store, lines, instance, sequence, hash },
    lost: found.length + missing,
    instances: grouped(found),
  };
}

class OutOfOrder extends Error {}

/** Lines that can still be read after an offset. */
function linesAfter(folder: string, segment: number, offset: number): LineEntry[] {
  const found: LineEntry[] = [];
  for (const chunk of bytesAfter(folder, segment, offset)) {
    for (const text of chunk.toString('utf8').split('\n')) {
      const line = decodeLine(text);
      if (line !== undefined) found.push(line);
    }
  }
  return found;
}

/** The rest of a segment, then each later one. */
function* bytesAfter(folder: string, segment: number, offset: number): IterableIterator<Buffer> {
  for (const number of segmentNumbers(folder)) {
    if (number < segment) continue;
    const file = openSync(segmentPath(folder, number), 'r');
    try {
      const parts: Buffer[] = [];
      let position = number === segment ? offset : 0;
      for (;;) {
        const part = Buffer.allocUnsafe(1 << 20);
        const count = readSync(file, part, 0, part.length, position);
        if (count === 0) break;
        parts.push(part.subarray(0, count));
        position += count;
      }
      yield Buffer.concat(parts);
    } finally {
      closeSync(file);
    }
  }
}

function grouped(lines: readonly LineEntry[]): LostLines[] {
  const instances = new Map<number, { instance: number; from: number; lines: number }>();
  for (const { instance, sequence } of lines) {
    const known = instances.get(instance);
    if (known === undefined) instances.set(instance, { instance, from: sequence, lines: 1 });
    else instances.set(instance, { instance, from: Math.min(known.from, sequence), lines: known.lines + 1 });
  }
  return [...instances.values()].sort((one, other) => one.instance - other.instance);
}

/** Takes out all after the last good commit. Later segments go first and backwards: a crash leaves no hole. */
function cut(folder: string, { segment, offset }: Diagnosis): string | undefined {
  let saved: string | undefined;
  for (const bytes of bytesAfter(folder, segment, offset)) {
    if (bytes.length === 0) continue;
    saved ??= freeName(folder);
    const file = openSync(saved, 'a');
    try {
      writeSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
  for (const number of segmentNumbers(folder).reverse()) {
    if (number > segment) rmSync(segmentPath(folder, number));
  }
  if (existsSync(segmentPath(folder, segment))) truncateSync(segmentPath(folder, segment), offset);
  syncDirectory(folder);
  return saved;
}

function freeName(folder: string): string {
  for (let number = 1; ; number += 1) {
    const name = join(folder, `lost-${number}.jsonl`);
    if (!existsSync(name)) return name;
  }
}
