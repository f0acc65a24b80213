import { FsmError } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { parseEventLine } from './event-line.ts';
import type { RawLine } from './line-splitter.ts';

const raw = (text: string): RawLine => ({ number: 1, text, problem: undefined, bytes: text.length });

function refusal(line: string | RawLine): { code: string; message: string } {
  try {
    parseEventLine(typeof line === 'string' ? raw(line) : line);
  } catch (error) {
    if (FsmError.is(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'none', message: '' };
}

describe('parseEventLine', () => {
  test('a line with everything', () => {
    expect(
      parseEventLine(raw('{"instance":"a1","type":"GO","data":{"n":1},"at":"1970-01-01T00:00:01Z","id":"e1"}')),
    ).toEqual({
      instance: 'a1',
      type: 'GO',
      data: { n: 1 },
      at: 1000,
      id: 'e1',
      unknownKeys: [],
    });
  });

  test('only instance and type are needed, and a number may serve as an id', () => {
    expect(parseEventLine(raw('{"instance":173688,"type":"GO","id":7}'))).toMatchObject({
      instance: '173688',
      id: '7',
      data: undefined,
      at: undefined,
    });
  });

  test.each(['', '   ', '\t'])('an empty line is no event', (text) => {
    expect(parseEventLine(raw(text))).toBeUndefined();
  });

  test.each([
    [0, 0],
    [1_317_422_324_546, 1_317_422_324_546],
    ['2011-09-30T22:38:44.546Z', 1_317_422_324_546],
    ['2011-10-01T00:38:44.546+02:00', 1_317_422_324_546],
    ['2011-09-30 22:38:44.546', 1_317_422_324_546],
    ['1970-01-02', 86_400_000],
  ])('the time %j is understood', (at, milliseconds) => {
    expect(parseEventLine(raw(JSON.stringify({ instance: 'a', type: 'b', at })))?.at).toBe(milliseconds);
  });

  test.each([
    ['{"instance":"a"}', 'LINE_INVALID', 'The line has no "type".'],
    ['{"type":"a"}', 'LINE_INVALID', 'The line has no "instance".'],
    ['{"instance":"","type":"a"}', 'LINE_INVALID', '"instance" is empty.'],
    ['{"instance":["a"],"type":"a"}', 'LINE_INVALID', '"instance" is a list, not text.'],
    ['{"instance":"a","type":1}', 'LINE_INVALID', '"type" is a number, not text.'],
    ['{"instance":"a","type":"b","id":null}', 'LINE_INVALID', '"id" is null, not text.'],
    ['{"instance":"a","type":"b","at":"yesterday"}', 'LINE_INVALID', '"at" is "yesterday", not a time.'],
    [
      '{"instance":"a","type":"b","at":"2011-13-45T00:00:00Z"}',
      'LINE_INVALID',
      '"at" is "2011-13-45T00:00:00Z", not a time.',
    ],
    ['{"instance":"a","type":"b","at":1e300}', 'LINE_INVALID', '"at" is 1e+300, not a time.'],
    ['{"__proto__":{"instance":"a","type":"b"}}', 'LINE_INVALID', 'The line has no "instance".'],
    ['[1]', 'LINE_INVALID', 'The line holds a list, not an object.'],
    ['null', 'LINE_INVALID', 'The line holds null, not an object.'],
  ])('%s is refused', (line, code, message) => {
    expect(refusal(line)).toEqual({ code, message });
  });

  test('what is not JSON, not UTF-8, too long or too deep is refused by name', () => {
    expect(refusal('{"instance":').code).toBe('LINE_NOT_JSON');
    expect(refusal({ number: 1, text: undefined, problem: 'not UTF-8', bytes: 3 }).code).toBe('LINE_NOT_UTF8');
    expect(refusal({ number: 1, text: undefined, problem: 'too long', bytes: 10_485_760 })).toEqual({
      code: 'LINE_TOO_LONG',
      message: 'The line has 10,485,760 bytes.',
    });
    expect(refusal(`{"instance":"a","type":"b","data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`).code).toBe(
      'LINE_TOO_DEEP',
    );
  });

  test('brackets inside strings are no nesting', () => {
    const data = `${'['.repeat(500)}\\"{{{`;
    expect(parseEventLine(raw(`{"instance":"a","type":"b","data":"${data}"}`))?.data).toBe(`${'['.repeat(500)}"{{{`);
  });

  test('keys that mean nothing are named, and hostile ones do no harm', () => {
    const event = parseEventLine(raw('{"instance":"a","type":"b","amount":5,"__proto__":{"polluted":true}}'));
    expect(event?.unknownKeys).toEqual(['amount', '__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
