import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { FsmError } from '@fsm/core';
import { afterAll, describe, expect, test } from 'vitest';
import { longestLine, openEventLog } from './event-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'fsm-event-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The texts of all lines, and the code and hint of the error that ended them, if any. */
async function read(path: string, stdin: Readable = Readable.from([])) {
  const lines: (string | undefined)[] = [];
  try {
    for await (const batch of openEventLog(path, stdin).lines())
      lines.push(...batch.map(({ text, problem }) => text ?? problem));
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return { lines, code: error.code, hint: error.hint };
  }
  return { lines };
}

const many = Array.from({ length: 20_000 }, (_, n) => `{"instance":"i${n % 97}","type":"E","data":${Math.sin(n)}}`);

describe('openEventLog', () => {
  test('a plain file, an archive and standard input give the same lines', async () => {
    const text = `${many.join('\n')}\n`;
    const expected = { lines: many };
    expect(await read(file('plain.ndjson', text))).toEqual(expected);
    expect(await read(file('archive.ndjson.gz', gzipSync(text)))).toEqual(expected);
    expect(await read('-', Readable.from([Buffer.from(text)]))).toEqual(expected);
    expect(await read('-', Readable.from([gzipSync(text)]))).toEqual(expected);
  });

  test('what a file is shows in its bytes, not in its name', async () => {
    expect(await read(file('not-really.gz', 'a\nb'))).toEqual({ lines: ['a', 'b'] });
    expect(await read(file('packed.ndjson', gzipSync('a\nb')))).toEqual({ lines: ['a', 'b'] });
  });

  test.each([0, 1, 2])('a file of %i bytes', async (length) => {
    expect(await read(file('tiny', 'x'.repeat(length)))).toEqual({ lines: length === 0 ? [] : ['x'.repeat(length)] });
  });

  test('an archive that was cut off gives every line that can still be read, then says so', async () => {
    const whole = gzipSync(many.join('\n'));
    const cut = await read(file('cut.gz', whole.subarray(0, Math.floor(whole.length / 2))));
    expect(cut.code).toBe('FILE_TRUNCATED');
    expect(cut.hint).toContain('run the same command');
    expect(cut.lines.length).toBeGreaterThan(5_000);
    expect(cut.lines).toEqual(many.slice(0, cut.lines.length));
    expect(await read(file('cut.gz', whole.subarray(0, Math.floor(whole.length / 2))))).toEqual(cut);
  });

  test('a damaged archive is told from one that was cut off', async () => {
    const bytes = gzipSync(many.join('\n'));
    bytes.fill(0xff, 50_000, 50_050);
    expect((await read(file('damaged.gz', bytes))).code).toBe('FILE_DAMAGED');
  });

  test('a line of 10 MB does not disturb its neighbours', async () => {
    const path = file('long.ndjson', `a\n${'x'.repeat(10 * 1024 * 1024)}\nb\n`);
    expect(longestLine).toBeLessThan(10 * 1024 * 1024);
    expect(await read(path)).toEqual({ lines: ['a', 'too long', 'b'] });
  });

  test('a missing file suggests the one that was probably meant', async () => {
    file('loans.ndjson', '');
    expect(await read(join(folder, 'loan.ndjson'))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      hint: `Did you mean ${join(folder, 'loans.ndjson')}?`,
    });
    expect(await read(join(folder, 'nowhere', 'x'))).toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('a directory in place of a file is named as such', async () => {
    expect(await read(folder)).toMatchObject({ lines: [], code: 'FILE_IS_DIRECTORY' });
  });
});
