import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { parseMachine } from './parse-machine.ts';
import { validate } from './validate.ts';

function failure(text: string, file?: string): FsmError {
  try {
    parseMachine(text, file);
  } catch (error) {
    if (FsmError.is(error)) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('parseMachine', () => {
  test('reads a definition and finds everything in it again', () => {
    const text =
      '{\n  "id": "m",\r\n  "initial": "a b",\n  "states": {\n    "a b": { "after": { "30d": [{}, "x"] } }\n  }\n}';
    const { definition, locate } = parseMachine(text, 'm.json');
    expect(definition).toEqual(JSON.parse(text));
    expect(locate('$')).toEqual({ line: 1, column: 1 });
    expect(locate('$.id')).toEqual({ line: 2, column: 9 });
    expect(locate('$.id', 'key')).toEqual({ line: 2, column: 3 });
    expect(locate('$.states["a b"].after["30d"][1]')).toEqual({ line: 5, column: 37 });
    expect(locate('$.nothing')).toBeUndefined();
  });

  test('counts what stands at the very start of a line to that line', () => {
    const { locate } = parseMachine('{\n"id":\n"m"}');
    expect(locate('$.id', 'key')).toEqual({ line: 2, column: 1 });
    expect(locate('$.id')).toEqual({ line: 3, column: 1 });
  });

  test('finds a character inside a string, counting escapes as one', () => {
    const { locate } = parseMachine('{"g":"a\\n\\u0041\\"b"}');
    expect(locate('$.g', 0)).toEqual({ line: 1, column: 7 });
    expect(locate('$.g', 2)).toEqual({ line: 1, column: 10 });
    expect(locate('$.g', 4)).toEqual({ line: 1, column: 18 });
    expect(locate('$.g', 99)).toEqual({ line: 1, column: 19 });
  });

  test('gives the problems of a definition their line and column', () => {
    const text =
      '{\n  "id": "m",\n  "initial": "a",\n  "states": { "a": { "onn": {}, "always": { "guard": "1 +", "target": "b" } } }\n}';
    const { definition, locate } = parseMachine(text);
    expect(validate(definition, { locate }).map(({ code, line, column }) => ({ code, line, column }))).toEqual([
      { code: 'UNKNOWN_KEY', line: 4, column: 22 },
      { code: 'EXPRESSION_INVALID', line: 4, column: 58 },
      { code: 'UNKNOWN_TARGET', line: 4, column: 71 },
    ]);
  });

  test('takes a byte order mark for nothing', () => {
    expect(parseMachine('\uFEFF{"id":"m"}').definition).toEqual({ id: 'm' });
  });

  test('allows comments and trailing commas in a .jsonc file only', () => {
    const text = '{\n  // the name\n  "id": "m",\n}';
    expect(parseMachine(text, 'm.jsonc').definition).toEqual({ id: 'm' });
    expect(failure(text, 'm.json')).toMatchObject({
      code: 'MACHINE_SYNTAX',
      message: 'JSON has no comments. At m.json:2:3 (and 1 more).',
    });
  });

  test.each([
    ['', 'The text is empty.'],
    ['  \n ', 'The text is empty.'],
    ['{"a": 1', 'The text ends too early.'],
    ['{"a": [1', 'The text ends too early.'],
    ['{"a": "b', 'A string is not closed on its line.'],
    ['{"a": "b\n"}', 'A string is not closed on its line.'],
    ['{"a": 1,}', 'A comma stands before `}`.'],
    ['[1, ]', 'A comma stands before `]`.'],
    ['{"a": 1 "b": 2}', 'A comma is missing.'],
    ['{"a" 1}', 'A colon is missing.'],
    ["{'a': 1}", 'JSON strings and keys stand in double quotes.'],
    ['{a: 1}', 'The key `a` has no quotes.'],
    ['{"a": tru}', 'A value was expected, but `tru` stands there.'],
    ['{1: 2}', 'A key was expected, but `1` stands there.'],
    ['{"a": "\\x"}', 'A string has an escape that JSON does not know.'],
    ['{"a": "\\u12"}', 'A string has an escape that JSON does not know.'],
    ['{"a": "\t"}', 'A string has a control character.'],
    ['{"a": 1}}', 'Something follows the end of the JSON value.'],
    ['{} {}', 'Something follows the end of the JSON value.'],
    ['{"a": 1 ]', 'A comma is missing.'],
    ['/* {', 'JSON has no comments.'],
  ])('explains what is wrong with %j', (text, message) => {
    const error = failure(text, 'm.json');
    expect(error.code).toBe('MACHINE_SYNTAX');
    expect(error.message.startsWith(`${message} At m.json:`)).toBe(true);
    expect(error.hint).toBeTruthy();
    expect(error.details).toMatchObject({ file: 'm.json', line: expect.any(Number), column: expect.any(Number) });
  });

  test('reports one mistake for each line, and all of them', () => {
    const error = failure('{\n "a": tru,\n "b" 1,\n "c": 2\n "d": 3\n}');
    expect(error.details).toMatchObject({
      line: 2,
      problems: [{ line: 2 }, { line: 3 }, { line: 5, message: 'A comma is missing.' }],
    });
    expect(error.message).toContain('At line 2, column 7 (and 2 more).');
  });

  test('reports duplicate and hostile keys, all of them, with their paths', () => {
    const error = failure('{"a": {"x": 1, "x": 2, "__proto__": {}}, "b": [{"constructor": 1}]}');
    expect(error).toMatchObject({
      code: 'DUPLICATE_KEY',
      path: '$.a.x',
      details: {
        problems: [
          { code: 'DUPLICATE_KEY', path: '$.a.x', line: 1, column: 16 },
          { code: 'HOSTILE_KEY', path: '$.a.__proto__', line: 1, column: 24 },
          { code: 'HOSTILE_KEY', path: '$.b[0].constructor', line: 1, column: 49 },
        ],
      },
    });
  });

  test.each([
    ['10 MB of white space', ' '.repeat(10_000_000), 'MACHINE_TOO_LARGE'],
    ['10 MB in one string', `{"a":"${'x'.repeat(10_000_000)}"}`, 'MACHINE_TOO_LARGE'],
    ['600,000 characters of two bytes', `{"a":"${'é'.repeat(600_000)}"}`, 'MACHINE_TOO_LARGE'],
    ['10,000 levels', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 'TOO_DEEP'],
    ['10,000 levels that are not even JSON', '[}'.repeat(10_000), 'TOO_DEEP'],
    ['1 MB of mistakes', '[,'.repeat(20) + ',,,'.repeat(340_000), 'MACHINE_SYNTAX'],
  ])('answers %s at once', (_what, text, code) => {
    const started = performance.now();
    expect(failure(text).code).toBe(code);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('reads a text of exactly 1 MB', () => {
    const text = `{"a":"${'x'.repeat(1_048_576 - 8)}"}`;
    expect(text.length).toBe(1_048_576);
    expect(() => parseMachine(text)).not.toThrow();
    expect(failure(`${text} `).code).toBe('MACHINE_TOO_LARGE');
  });
});
