import type { ParseError } from 'jsonc-parser';

/** `jsonc-parser` exports its codes as an ambient `const enum`, which type stripping cannot read. */
const code = {
  invalidSymbol: 1,
  invalidNumber: 2,
  propertyNameExpected: 3,
  valueExpected: 4,
  colonExpected: 5,
  commaExpected: 6,
  closeBraceExpected: 7,
  closeBracketExpected: 8,
  endOfFileExpected: 9,
  invalidComment: 10,
  commentNotClosed: 11,
  stringNotClosed: 12,
  invalidUnicode: 14,
  invalidEscape: 15,
  invalidCharacter: 16,
};

export interface SyntaxErrorText {
  readonly message: string;
  readonly hint: string;
}

/** What a syntax error of `jsonc-parser` means, and what to try. */
export function describeSyntaxError(source: string, { error, offset, length }: ParseError): SyntaxErrorText {
  const found = source.slice(offset, offset + Math.max(1, Math.min(length, 30)));
  if (source.trim() === '') {
    return { message: 'The text is empty.', hint: 'Write a machine: `{ "id": …, "initial": …, "states": { … } }`.' };
  }
  switch (error as number) {
    case code.invalidComment:
      return {
        message: 'JSON has no comments.',
        hint: 'Use `description` and `meta`, or name the file `*.jsonc`.',
      };
    case code.commentNotClosed:
      return { message: 'A comment is not closed.', hint: 'End it with `*/`.' };
    case code.stringNotClosed:
      return {
        message: 'A string is not closed on its line.',
        hint: 'End it with `"`; write a line break inside a string as `\\n` and a quote as `\\"`.',
      };
    case code.invalidUnicode:
    case code.invalidEscape:
      return {
        message: 'A string has an escape that JSON does not know.',
        hint: 'Write a backslash as `\\\\`; JSON knows \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hex digits.',
      };
    case code.invalidCharacter:
      return {
        message: 'A string has a control character.',
        hint: 'Write a tab as `\\t`, other control characters as `\\u00…`.',
      };
    case code.invalidNumber:
      return { message: `\`${found}\` is not a JSON number.`, hint: 'Write numbers like 1, -0.5 or 2e3.' };
    case code.endOfFileExpected:
      return { message: 'Something follows the end of the JSON value.', hint: 'A file holds one machine: `{ … }`.' };
    default:
      return unexpected(source, error, offset, found);
  }
}

function unexpected(source: string, error: number, offset: number, found: string): SyntaxErrorText {
  const before = source.slice(0, offset).trimEnd();
  const rest = source.slice(offset).trimStart();
  if (rest === '') {
    return {
      message: 'The text ends too early.',
      hint: 'Close what is open with `}`, `]` or `"`; perhaps the file was cut off.',
    };
  }
  if (rest.startsWith("'") || found.startsWith("'")) {
    return { message: 'JSON strings and keys stand in double quotes.', hint: 'Replace \' by ".' };
  }
  if (before.endsWith(',') && /^[}\]]/.test(rest)) {
    return { message: `A comma stands before \`${rest[0]}\`.`, hint: 'Remove the comma.' };
  }
  if (error === code.invalidSymbol && /[{,]$/.test(before) && rest.slice(found.length).trimStart().startsWith(':')) {
    return { message: `The key \`${found}\` has no quotes.`, hint: `Write \`"${found}"\`.` };
  }
  switch (error) {
    case code.commaExpected:
      return { message: 'A comma is missing.', hint: `Put a comma before \`${start(rest)}\`.` };
    case code.colonExpected:
      return { message: 'A colon is missing.', hint: `Put a colon before \`${start(rest)}\`.` };
    case code.propertyNameExpected:
      return {
        message: `A key was expected, but \`${start(rest)}\` stands there.`,
        hint: 'Keys are strings in double quotes: `"initial": "idle"`.',
      };
    case code.closeBraceExpected:
      return { message: 'An object is not closed.', hint: `Put \`}\` before \`${start(rest)}\`.` };
    case code.closeBracketExpected:
      return { message: 'A list is not closed.', hint: `Put \`]\` before \`${start(rest)}\`.` };
    default:
      return {
        message: `A value was expected, but \`${start(rest)}\` stands there.`,
        hint: 'Write an object, a list, a string in double quotes, a number, `true`, `false` or `null`.',
      };
  }
}

function start(text: string): string {
  return /^(\w{1,30}|"[^"\n]{0,30}"?|[^\s]{1})/.exec(text)?.[0] ?? text.slice(0, 1);
}
