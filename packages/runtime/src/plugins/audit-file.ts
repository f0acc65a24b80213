import { closeSync, existsSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { AuditSink } from './audit-trail.ts';

export interface AuditFileOptions {
  /** Whether each entry waits for the disk. Without it the last entries may be lost with the power, not with the process. */
  readonly sync?: boolean;
}

/**
 * An audit trail in a file, one JSON object per line. A line that a crash cut off is removed before the next is written.
 *
 * ```ts
 * openRuntime({ plugins: [auditPlugin({ sink: auditFile('doors.audit.ndjson', { sync: true }) })] });
 * ```
 */
export function auditFile(path: string, { sync = false }: AuditFileOptions = {}): AuditSink {
  let whole = false;
  return {
    append(line) {
      const file = openSync(path, whole ? 'a' : 'a+');
      try {
        if (!whole) cutTornLine(file);
        whole = true;
        writeSync(file, `${line}\n`);
        if (sync) fdatasyncSync(file);
      } finally {
        closeSync(file);
      }
    },
    *lines() {
      if (!existsSync(path)) return;
      const file = openSync(path, 'r');
      try {
        yield* wholeLines(file);
      } finally {
        closeSync(file);
      }
    },
  };
}

/** An audit trail in memory, for tests. */
export function auditMemory(): AuditSink {
  const lines: string[] = [];
  return { append: (line) => void lines.push(line), lines: () => lines };
}

const chunkSize = 64 * 1024;
const lineBreak = 0x0a;

/** The lines that end in a line break; what stands after the last one was never acknowledged. */
function* wholeLines(file: number): Generator<string> {
  const chunk = Buffer.alloc(chunkSize);
  let rest = Buffer.alloc(0);
  for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
    rest = Buffer.concat([rest, chunk.subarray(0, length)]);
    let start = 0;
    for (let end = rest.indexOf(lineBreak); end >= 0; end = rest.indexOf(lineBreak, start)) {
      yield rest.toString('utf8', start, end);
      start = end + 1;
    }
    rest = Buffer.from(rest.subarray(start));
  }
}

function cutTornLine(file: number): void {
  const { size } = fstatSync(file);
  const chunk = Buffer.alloc(chunkSize);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkSize);
    const length = readSync(file, chunk, 0, end - start, start);
    const found = chunk.subarray(0, length).lastIndexOf(lineBreak);
    if (found >= 0) {
      const whole = start + found + 1;
      if (whole < size) ftruncateSync(file, whole);
      return;
    }
    end = start;
  }
  if (size > 0) ftruncateSync(file, 0);
}
