import fc, { type Arbitrary } from 'fast-check';
import { arbitraryExpression } from './arbitrary-expression.ts';

/** What attackers, typos and models put into expressions. */
const tokens = [
  'context', 'event', 'result', 'params', 'now', 'x', 'y', 'i', 'items', 'data', 'length', 'name', 'a', 'b', '0', '1', '-1', '1e9', '1e21', '0.1', '1n', '0x7f',
  '"a"', "'b'", '`c`', '`${', '}', '{', '(', ')', '[', ']', '=>', '(x) =>', '(x, i) =>', '({ a }) =>', '([k, v]) =>', ',', ':', ';', '.', '?.', '?.[', '?.(', '?', '??', '...', '=', '+=', '++', '--',
  '===', '!==', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '**', '&&', '||', '!', '~', '&', '|', '^', '<<', '>>', '>>>', 'in', 'instanceof', 'typeof', 'void', 'delete', 'new', 'this', 'null', 'undefined', 'true', 'false', 'NaN',
  'async', 'await', 'yield', 'function', 'class', 'super', 'import', 'import.meta', 'new.target', 'return', 'let', 'var', 'if', 'throw', 'get', 'set', 'static', 'of', 'eval', 'arguments',
  'constructor', 'prototype', '__proto__', '"constructor"', '"__proto__"', '["constructor"]', '.constructor', '.__proto__', '__defineGetter__', '__lookupGetter__', 'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'Symbol', 'Symbol.iterator', 'then',
  '\\u0063onstructor', '\\u{63}onstructor', '"\\u0063onstructor"', '"__pro" + "to__"', 'globalThis', 'process', 'require', 'Function', 'Reflect', 'Proxy', 'Date', 'Math', 'Math.max', 'Math.random', 'Object', 'Object.keys', 'Object.entries', 'Object.fromEntries', 'Object.assign', 'Object.defineProperty', 'Object.getPrototypeOf', 'Array', 'Array.from', 'Array.isArray', 'JSON.parse', 'JSON.stringify', 'String', 'String.raw', 'Number', 'Boolean', 'parseInt', 'encodeURIComponent',
  '.map', '.filter', '.reduce', '.flatMap', '.find', '.some', '.sort', '.toSorted', '.flat', '.join', '.slice', '.splice', '.concat', '.repeat', '.padStart', '.split', '.replace', '.replaceAll', '.match', '.matchAll', '.test', '.exec', '.includes', '.at', '.call', '.apply', '.bind', '.push', '.toString', '.valueOf', '.trim', '.normalize', '.with', '.localeCompare', '.entries', '.length',
  '(x => x)', '(x => x.map(x => x))', '(a => [a, a])', '(a => a + a)', '((a, b) => a + b)', '((a, b) => [...a, ...a])', '({ ...context })', '[...context.items]', '...context.items', '/a/', '/(a+)+$/', '/(?=a)/', '/\\1/g', '/[/', '/x{1000}{1000}/', '/./gu', '"x".repeat(1e9)', '//', '/*', '*/', '<!--', '-->', '#!', '#a', '@', '\\', '\n', '\t', '\u2028', '\u0000', '😀', '\ud800', 'é', '"', "'", '`', '{{', '}}',
]; // biome-ignore format: one word a line would hide the families

/** Words of expressions in any order. */
export function tokenSoup(): Arbitrary<string> {
  const token = fc.constantFrom(...tokens);
  return fc
    .tuple(fc.array(token, { maxLength: 14 }), fc.constantFrom('', ' '))
    .map(([parts, glue]) => parts.join(glue));
}

/** Calls and accesses on values, with words of the soup in the places of names and arguments: most of it compiles. */
export function likelySource(): Arbitrary<string> {
  const token = fc.constantFrom(...tokens);
  const start = fc.constantFrom(
    'context',
    'event.data',
    'context.items',
    '[1, 2]',
    '"text"',
    '({ a: 1 })',
    '5',
    'null',
    'context.deep',
    'context.long',
  );
  const argument = fc.oneof(start, token);
  const step = fc.oneof(
    token.map((name) => `.${name.replace(/^\./, '')}`),
    argument.map((value) => `[${value}]`),
    fc
      .tuple(token, fc.array(argument, { maxLength: 3 }))
      .map(([name, values]) => `.${name.replace(/^\./, '')}(${values.join(', ')})`),
    argument.map((value) => ` + ${value}`),
    argument.map((value) => `.map((x) => ${value})`),
    argument.map((value) => `.reduce((a, b) => ${value}, ${value})`),
  );
  return fc
    .tuple(start, fc.array(step, { minLength: 1, maxLength: 4 }))
    .map(([first, steps]) => first + steps.join(''));
}

/** A valid expression with some characters removed, doubled, swapped or replaced by a word of the soup. */
export function mutatedExpression(): Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(400),
    length: fc.nat(6),
    kind: fc.constantFrom('remove', 'double', 'swap', 'insert'),
    token: fc.constantFrom(...tokens),
  });
  return fc.tuple(arbitraryExpression(), fc.array(change, { minLength: 1, maxLength: 2 })).map(([source, changes]) =>
    changes.reduce((text, { at, length, kind, token }) => {
      const start = text.length === 0 ? 0 : at % text.length;
      const part = text.slice(start, start + length);
      const middle = { remove: '', double: part + part, swap: [...part].reverse().join(''), insert: token + part }[
        kind
      ];
      return text.slice(0, start) + middle + text.slice(start + length);
    }, source),
  );
}
