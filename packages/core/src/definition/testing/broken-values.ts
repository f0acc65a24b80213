import { type BrokenDefinition, entry, inState, withEntry } from './broken-definition.ts';

/** Values that are not JSON, hostile keys, limits. */
export const brokenValues: readonly BrokenDefinition[] = [
  {
    code: 'WRONG_TYPE',
    // what cannot become text must not be made one on the way to saying so
    definition: { id: { toString: [] }, initial: 'a', states: { a: {} } },
    path: '$.id',
    says: 'must be a string',
  },
  { code: 'WRONG_TYPE', definition: null, path: '$', says: 'A machine must be an object, but this is null.' },
  { code: 'WRONG_TYPE', definition: [], path: '$', says: 'a list' },
  { code: 'WRONG_TYPE', definition: () => 1, path: '$', says: 'a function' },
  { code: 'NOT_JSON', definition: undefined, path: '$', says: '`undefined` cannot be written as JSON.' },
  { code: 'NOT_JSON', definition: new Map(), path: '$', says: 'An instance of `Map`' },
  { code: 'NOT_JSON', definition: inState({ meta: { at: new Date(0) } }), path: '$.states.a.meta.at', says: '`Date`' },
  { code: 'NOT_JSON', definition: inState({ entry: undefined }), path: entry, says: '`undefined`', hint: 'Remove' },
  { code: 'NOT_JSON', definition: inState({ meta: { n: Number.NaN } }), path: '$.states.a.meta.n', says: '`NaN`' },
  { code: 'NOT_JSON', definition: inState({}, { context: { n: 1n } }), path: '$.context.n', says: 'A bigint' },
  { code: 'NOT_JSON', definition: inState({}, { context: { f: () => 1 } }), path: '$.context.f', says: 'A function' },
  { code: 'NOT_JSON', definition: inState({}, { context: () => ({}) }), path: '$.context', says: 'A function' },
  {
    code: 'NOT_JSON',
    definition: withEntry({ assign: { n: () => 1 } }),
    path: `${entry}.assign.n`,
    says: 'A function cannot stand here.',
    hint: 'the whole of an `assign`',
  },
  {
    code: 'HOSTILE_KEY',
    definition: inState({ meta: JSON.parse('{"__proto__":1}') }),
    path: '$.states.a.meta.__proto__',
    says: '`__proto__` is not allowed',
  },
  {
    code: 'HOSTILE_KEY',
    definition: inState({ constructor: {} }),
    path: '$.states.a.constructor',
    says: 'constructor',
  },
  {
    code: 'HOSTILE_KEY',
    definition: { id: 'm', initial: 'a', states: { a: {}, prototype: {} } },
    path: '$.states.prototype',
    says: 'prototype',
  },
  {
    code: 'HOSTILE_KEY',
    definition: withEntry({ assign: { 'a.__proto__.b': 1 } }),
    path: `${entry}.assign["a.__proto__.b"]`,
    says: 'The path `a.__proto__.b`',
  },
  { code: 'TOO_DEEP', definition: inState({ meta: nested(65) }), path: deepPath(), says: '64 levels' },
  {
    code: 'TOO_MANY_VALUES',
    definition: inState({}, { context: { list: new Array(500_001).fill(0) } }),
    path: '$',
    says: '500000 values',
  },
  {
    code: 'TOO_MANY_STATES',
    definition: {
      id: 'm',
      initial: 's0',
      states: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`s${i}`, {}])),
    },
    path: '$',
    says: '10000 states',
  },
  {
    code: 'CONTEXT_TOO_LARGE',
    definition: inState({}, { context: { text: 'é'.repeat(524_288) } }),
    path: '$.context',
    says: '1048587 bytes',
  },
];

function nested(levels: number): object {
  let value: object = {};
  for (let level = 1; level < levels; level++) value = { in: value };
  return value;
}

/** `meta` of a state is the fourth level, so the object on the 65th stands 61 keys below it. */
function deepPath(): string {
  return `$.states.a.meta${'.in'.repeat(61)}`;
}
