import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter, type RawLine } from './line-splitter.ts';

const limit = 64;

function split(...chunks: readonly (string | Uint8Array)[]): RawLine[] {
  const splitter = new LineSplitter(limit);
  const lines = chunks.flatMap((chunk) => splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  return [...lines, ...splitter.end()];
}

const texts = (lines: readonly RawLine[]) => lines.map((line) => line.text ?? line.problem);

describe('LineSplitter', () => {
  test('lines are numbered from one, empty ones included, and the last needs no line break', () => {
    expect(split('a\n\nb\nc').map(({ number, text }) => [number, text])).toEqual([
      [1, 'a'],
      [2, ''],
      [3, 'b'],
      [4, 'c'],
    ]);
  });

  test('carriage returns and a byte order mark are taken away', () => {
    expect(texts(split('\u{feff}a\r\nb\r\n\u{feff}c'))).toEqual(['a', 'b', '\u{feff}c']);
  });

  test('a line beyond the limit is dropped and counted, the lines around it stay', () => {
    const long = 'x'.repeat(limit + 1);
    expect(split(`a\n${long}\nb`)[1]).toEqual({ number: 2, text: undefined, problem: 'too long', bytes: limit + 1 });
    expect(texts(split('a\n', long, long, '\nb\n', 'c'.repeat(limit)))).toEqual([
      'a',
      'too long',
      'b',
      'c'.repeat(limit),
    ]);
    expect(texts(split(`${'ab\n'.repeat(50)}${long}\nb`)).slice(-2)).toEqual(['too long', 'b']);
  });

  test('bytes that are not UTF-8 spoil only their line', () => {
    const bytes = Buffer.concat([Buffer.from('a\n'), Buffer.from([0xc3, 0x28, 0x0a]), Buffer.from('é\n')]);
    expect(texts(split(bytes))).toEqual(['a', 'not UTF-8', 'é']);
    expect(texts(split(bytes.subarray(0, 3), bytes.subarray(3, 6), bytes.subarray(6)))).toEqual([
      'a',
      'not UTF-8',
      'é',
    ]);
  });

  test('the chunk may be reused by its owner once it was pushed', () => {
    const splitter = new LineSplitter(limit);
    const chunk = Buffer.from('abc');
    splitter.push(chunk);
    chunk.fill(0);
    expect(texts(splitter.push(Buffer.from('d\n')))).toEqual(['abcd']);
  });

  test('where the chunks are cut makes no difference', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 6 }), (lines, cuts) => {
        const bytes = Buffer.concat(lines.flatMap((one) => [one, Buffer.from('\n')]));
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((to, index) => bytes.subarray(places[index], to));
        expect(texts(split(...chunks))).toEqual(texts(split(bytes)));
      }),
    );
  });
});
