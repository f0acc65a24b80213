import type { ProblemCode } from '../problem.ts';
import type { ValidateOptions } from '../validate.ts';

/** A definition with one thing wrong, and what must be said about it. */
export interface BrokenDefinition {
  readonly code: ProblemCode;
  readonly definition: unknown;
  readonly path: string;
  /** The message, or a part of it. */
  readonly says: string;
  /** A part of the hint. */
  readonly hint?: string;
  readonly severity?: 'warning';
  readonly options?: ValidateOptions;
}

/** A machine with one state `a` that has the given keys, beside `b` and the parallel `p` with regions `x` and `y`. */
function inState(keys: object, machine: object = {}): object {
  return {
    id: 'm',
    initial: 'a',
    states: {
      a: keys,
      b: {},
      p: {
        type: 'parallel',
        states: { x: { initial: 'x1', states: { x1: {}, x2: {} } }, y: { id: 'why' } },
      },
    },
    ...machine,
  };
}

function onGo(transition: unknown): object {
  return inState({ on: { GO: transition } });
}

function withGuard(guard: unknown): object {
  return onGo({ target: 'b', guard });
}

function withEntry(entry: unknown): object {
  return inState({ entry });
}

const go = '$.states.a.on.GO';
const entry = '$.states.a.entry';

export const brokenDefinitions: readonly BrokenDefinition[] = [
  // values
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

  // keys
  {
    code: 'UNKNOWN_KEY',
    definition: inState({ onn: {} }),
    path: '$.states.a.onn',
    says: '`onn` is not a key of a state; did you mean `on`?',
  },
  { code: 'UNKNOWN_KEY', definition: inState({}, { contxt: {} }), path: '$.contxt', says: 'did you mean `context`?' },
  { code: 'UNKNOWN_KEY', definition: inState({ xyz: 1 }), path: '$.states.a.xyz', says: 'state.', hint: 'Keys: `id`' },
  {
    code: 'UNKNOWN_KEY',
    definition: inState({ context: {} }),
    path: '$.states.a.context',
    says: 'context',
    hint: 'Only the machine',
  },
  { code: 'UNKNOWN_KEY', definition: onGo({ targt: 'b' }), path: `${go}.targt`, says: 'did you mean `target`?' },
  {
    code: 'UNKNOWN_KEY',
    definition: onGo({ target: 'b', cond: 'x' }),
    path: `${go}.cond`,
    says: 'a transition.',
    hint: '`guard`',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: onGo({ target: 'b', internal: false }),
    path: `${go}.internal`,
    says: 'internal',
    hint: '`"reenter": true`',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: inState({ type: 'final', data: 1 }),
    path: '$.states.a.data',
    says: 'data',
    hint: '`output`',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: inState({ activities: ['x'] }),
    path: '$.states.a.activities',
    says: 'activities',
    hint: '"type": "call"',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: inState({}, { services: {} }),
    path: '$.services',
    says: 'a machine.',
    hint: 'not part of a definition',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: inState({ invoke: { effect: { type: 'call' }, input: {} } }),
    path: '$.states.a.invoke.input',
    says: 'an invocation.',
    hint: 'parameters of the `effect`',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: withEntry({ log: 1, levle: 'info' }),
    path: `${entry}.levle`,
    says: 'did you mean `level`?',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: withEntry({ raise: { type: 'A', payload: 1 } }),
    path: `${entry}.raise.payload`,
    says: 'payload',
    hint: '`data`',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: withGuard({ type: 'g', parms: 1 }),
    path: `${go}.guard.parms`,
    says: 'did you mean `params`?',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: inState({ on: { GO: 'b' } }, { events: { GO: { schema: {} } } }),
    path: '$.events.GO.schema',
    says: 'an event.',
    hint: '`data`',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: inState({}, { initial: { target: 'a', to: 'b' } }),
    path: '$.initial.to',
    says: 'an initial transition',
  },
  { code: 'MISSING_KEY', definition: { initial: 'a', states: { a: {} } }, path: '$', says: 'The machine has no `id`.' },
  { code: 'MISSING_KEY', definition: inState({ effect: {} }), path: '$.states.a.effect', says: 'no `type`' },
  {
    code: 'MISSING_KEY',
    definition: inState({ invoke: [{ id: 'x' }] }),
    path: '$.states.a.invoke[0]',
    says: 'no `effect`',
  },
  { code: 'MISSING_KEY', definition: withEntry({ send: 'A' }), path: entry, says: 'to whom', hint: '`raise`' },
  { code: 'MISSING_KEY', definition: withEntry({ raise: {} }), path: `${entry}.raise`, says: 'no `type`' },
  { code: 'MISSING_KEY', definition: inState({}, { initial: {} }), path: '$.initial', says: 'no `target`' },
  {
    code: 'WRONG_TYPE',
    definition: inState({}, { version: 1 }),
    path: '$.version',
    says: '`version` must be a string, but is a number.',
  },
  {
    code: 'WRONG_TYPE',
    definition: inState({ on: [] }),
    path: '$.states.a.on',
    says: 'an object, but is a list',
    hint: '"SUBMIT"',
  },
  { code: 'WRONG_TYPE', definition: inState({ after: 'x' }), path: '$.states.a.after', says: 'an object' },
  {
    code: 'WRONG_TYPE',
    definition: inState({ tags: ['x', 5] }),
    path: '$.states.a.tags[1]',
    says: 'This item must be a string',
  },
  { code: 'WRONG_TYPE', definition: inState({ tags: 5 }), path: '$.states.a.tags', says: 'a list of strings' },
  { code: 'WRONG_TYPE', definition: inState({ meta: 'x' }), path: '$.states.a.meta', says: 'an object' },
  { code: 'WRONG_TYPE', definition: inState({ description: 5 }), path: '$.states.a.description', says: 'a string' },
  { code: 'WRONG_TYPE', definition: inState({ id: 5 }), path: '$.states.a.id', says: 'a string' },
  { code: 'WRONG_TYPE', definition: inState({ effect: 'call' }), path: '$.states.a.effect', says: 'an object' },
  {
    code: 'WRONG_TYPE',
    definition: inState({ effect: { type: 5 } }),
    path: '$.states.a.effect.type',
    says: 'a string',
  },
  { code: 'WRONG_TYPE', definition: inState({ invoke: 'x' }), path: '$.states.a.invoke', says: 'an object' },
  {
    code: 'WRONG_TYPE',
    definition: { id: 'm', initial: 'a', states: { a: {}, b: null } },
    path: '$.states.b',
    says: 'a state',
  },
  { code: 'WRONG_TYPE', definition: inState({ states: [] }), path: '$.states.a.states', says: 'an object' },
  { code: 'WRONG_TYPE', definition: onGo(null), path: go, says: 'null', hint: '`{}`' },
  { code: 'WRONG_TYPE', definition: onGo({ target: 5 }), path: `${go}.target`, says: 'a string or a list of strings' },
  {
    code: 'WRONG_TYPE',
    definition: onGo({ target: 'b', reenter: 'yes' }),
    path: `${go}.reenter`,
    says: '`true` or `false`',
  },
  { code: 'WRONG_TYPE', definition: withGuard(true), path: `${go}.guard`, says: 'an expression' },
  { code: 'WRONG_TYPE', definition: withGuard({ and: 'x' }), path: `${go}.guard.and`, says: 'a list of guards' },
  { code: 'WRONG_TYPE', definition: withEntry(5), path: entry, says: 'an action' },
  { code: 'WRONG_TYPE', definition: withEntry({ assign: 'x' }), path: `${entry}.assign`, says: 'an object' },
  { code: 'WRONG_TYPE', definition: withEntry({ raise: 5 }), path: `${entry}.raise`, says: 'an object' },
  {
    code: 'WRONG_TYPE',
    definition: withEntry({ raise: 'A', delay: true }),
    path: `${entry}.delay`,
    says: 'a duration',
  },
  { code: 'WRONG_TYPE', definition: withEntry({ cancel: 5 }), path: `${entry}.cancel`, says: 'a string' },
  { code: 'WRONG_TYPE', definition: inState({}, { events: [] }), path: '$.events', says: 'an object' },
  {
    code: 'WRONG_TYPE',
    definition: inState({ on: { GO: {} } }, { events: { GO: null } }),
    path: '$.events.GO',
    says: 'an object',
  },
  {
    code: 'WRONG_TYPE',
    definition: inState({ on: { GO: {} } }, { events: { GO: { data: true } } }),
    path: '$.events.GO.data',
    says: 'a JSON Schema',
  },
  { code: 'WRONG_TYPE', definition: inState({}, { context: [] }), path: '$.context', says: 'an object' },
  { code: 'WRONG_TYPE', definition: inState({}, { initial: 5 }), path: '$.initial', says: 'the key of a child' },
  {
    code: 'WRONG_TYPE',
    definition: inState({ type: 'history', history: true }, { initial: 'b' }),
    path: '$.states.a.history',
    says: '"shallow" or "deep"',
  },
  {
    code: 'INVALID_VALUE',
    definition: inState({ type: 'finale' }),
    path: '$.states.a.type',
    says: 'did you mean `final`?',
  },
  {
    code: 'INVALID_VALUE',
    definition: inState({ type: 'history', history: 'full' }, { initial: 'b' }),
    path: '$.states.a.history',
    says: 'neither `shallow` nor `deep`',
  },
  {
    code: 'INVALID_VALUE',
    definition: withEntry({ log: 1, level: 'warning' }),
    path: `${entry}.level`,
    says: 'did you mean `warn`?',
  },
  { code: 'INVALID_VALUE', definition: withEntry({ cancel: '' }), path: `${entry}.cancel`, says: 'empty' },
  {
    code: 'INVALID_VALUE',
    definition: withEntry({ assign: { 'a..b': 1 } }),
    path: `${entry}.assign["a..b"]`,
    says: 'not a path',
  },
  {
    code: 'INVALID_VALUE',
    definition: inState({ effect: { type: '' } }),
    path: '$.states.a.effect.type',
    says: 'empty',
  },
  {
    code: 'INVALID_VALUE',
    definition: inState({}, { semantics: 'xstate' }),
    path: '$.semantics',
    says: 'no semantics `xstate`',
  },

  // kinds of states
  {
    code: 'MISPLACED_KEY',
    definition: inState({ type: 'final', on: { GO: 'b' } }),
    path: '$.states.a.on',
    says: 'A final state has no `on`.',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ type: 'final', states: { c: {} } }),
    path: '$.states.a.states',
    says: 'no `states`',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ type: 'final', invoke: [] }),
    path: '$.states.a.invoke',
    says: 'no `invoke`',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ type: 'history', on: {} }, { initial: 'b' }),
    path: '$.states.a.on',
    says: 'A history state has no `on`.',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ initial: 'x' }),
    path: '$.states.a.initial',
    says: 'An atomic state has no `initial`.',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ type: 'parallel', initial: 'c', states: { c: {} } }),
    path: '$.states.a.initial',
    says: 'A parallel state',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ target: 'b' }),
    path: '$.states.a.target',
    says: 'no `target`',
    hint: '`always`',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ type: 'atomic', history: 'deep' }),
    path: '$.states.a.history',
    says: 'no `history`',
  },
  { code: 'MISPLACED_KEY', definition: inState({ output: 1 }), path: '$.states.a.output', says: 'no `output`' },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ initial: 'c', states: { c: {} }, effect: { type: 'call' } }),
    path: '$.states.a.effect',
    says: 'A compound state has no `effect`.',
    hint: '"invoke"',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ initial: 'c', states: { c: {} }, onError: 'b' }),
    path: '$.states.a.onError',
    says: 'no `onError`',
  },
  { code: 'MISPLACED_KEY', definition: inState({ onDone: 'b' }), path: '$.states.a.onDone', says: 'needs an `effect`' },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ invoke: { effect: { type: 'call' } }, onError: 'b' }),
    path: '$.states.a.onError',
    says: 'needs an `effect`',
    hint: 'into the invocation',
  },
  { code: 'MISPLACED_KEY', definition: inState({}, { onDone: {} }), path: '$.onDone', says: 'takes no transitions' },
  {
    code: 'MISPLACED_KEY',
    definition: inState({}, { initial: { target: 'a', guard: 'context.x' } }),
    path: '$.initial.guard',
    says: 'An initial transition',
  },
  {
    code: 'MISPLACED_KEY',
    definition: withEntry({ log: 1, to: 'x' }),
    path: `${entry}.to`,
    says: '`to` does not go with `log`',
  },
  {
    code: 'TYPE_CONFLICT',
    definition: inState({ type: 'atomic', states: { c: {} } }),
    path: '$.states.a.type',
    says: 'An atomic state',
  },
  {
    code: 'TYPE_CONFLICT',
    definition: { id: 'm', type: 'final' },
    path: '$.type',
    says: 'A machine cannot be a final state.',
  },
  { code: 'NO_STATES', definition: { id: 'm' }, path: '$', says: 'The machine has no states.' },
  { code: 'NO_STATES', definition: { id: 'm', initial: 'a', states: {} }, path: '$', says: 'no states' },
  { code: 'NO_STATES', definition: inState({ type: 'parallel' }), path: '$.states.a', says: 'The parallel state' },
  {
    code: 'NO_STATES',
    definition: inState({ type: 'compound', initial: 'x' }),
    path: '$.states.a',
    says: 'The compound state',
  },
  {
    code: 'MISSING_INITIAL',
    definition: inState({ states: { c: {}, h: { type: 'history' } } }),
    path: '$.states.a',
    says: 'The state `a` does not say which of its states is entered first.',
    hint: 'one of `c`,',
  },
  {
    code: 'UNKNOWN_INITIAL',
    definition: inState({}, { initial: 'aa' }),
    path: '$.initial',
    says: 'There is no child `aa`.',
  },
  { code: 'UNKNOWN_INITIAL', definition: inState({}, { initial: '.a' }), path: '$.initial', says: 'did you mean `a`?' },
  {
    code: 'UNKNOWN_INITIAL',
    definition: inState({}, { initial: { target: 'p.x' } }),
    path: '$.initial.target',
    says: 'did you mean `p`?',
  },
  {
    code: 'UNKNOWN_INITIAL',
    definition: inState({ initial: 'h', states: { c: {}, h: { type: 'history' } } }),
    path: '$.states.a.initial',
    says: 'nothing to begin with',
  },
  {
    code: 'INVALID_HISTORY',
    definition: { id: 'm', type: 'history' },
    path: '$.type',
    says: 'cannot be a history state',
  },
  {
    code: 'INVALID_HISTORY',
    definition: inState({ initial: 'c', states: { c: {}, h: { history: 'deep', target: '#why' } } }),
    path: '$.states.a.states.h.target',
    says: '`p.y` cannot',
  },
  {
    code: 'INVALID_HISTORY',
    definition: inState({
      initial: 'c',
      states: { c: {}, g: { type: 'history' }, h: { history: 'deep', target: 'g' } },
    }),
    path: '$.states.a.states.h.target',
    says: '`a.g` cannot',
  },

  // names
  { code: 'INVALID_ID', definition: { ...inState({}), id: 'loan process' }, path: '$.id', says: 'the id of a machine' },
  { code: 'INVALID_ID', definition: { ...inState({}), id: '' }, path: '$.id', says: 'empty' },
  { code: 'INVALID_ID', definition: inState({ id: 'a.b' }), path: '$.states.a.id', says: 'the id of a state' },
  { code: 'INVALID_ID', definition: inState({ id: 'x'.repeat(129) }), path: '$.states.a.id', says: 'cannot be the id' },
  {
    code: 'INVALID_ID',
    definition: inState({ invoke: { id: 'a b', effect: { type: 'call' } } }),
    path: '$.states.a.invoke.id',
    says: 'the id of an invocation',
  },
  {
    code: 'DUPLICATE_ID',
    definition: inState({ id: 'why' }),
    path: '$.states.p.states.y.id',
    says: '`why` is used twice',
    hint: '$.states.a.id',
  },
  { code: 'DUPLICATE_ID', definition: inState({ id: 'm' }), path: '$.states.a.id', says: '`m` is used twice' },
  {
    code: 'DUPLICATE_ID',
    definition: inState({
      invoke: [
        { id: 'i', effect: { type: 'call' } },
        { id: 'i', effect: { type: 'call' } },
      ],
    }),
    path: '$.states.a.invoke[1].id',
    says: 'at the same time',
    hint: '$.states.a.invoke[0].id',
  },
  {
    code: 'DUPLICATE_ID',
    definition: {
      id: 'm',
      type: 'parallel',
      states: {
        x: { invoke: { id: 'i', effect: { type: 'call' } } },
        y: { invoke: { id: 'i', effect: { type: 'call' } } },
      },
    },
    path: '$.states.y.invoke.id',
    says: 'at the same time',
  },
  {
    code: 'DUPLICATE_ID',
    definition: inState({ effect: { type: 'call' } }, { invoke: { id: 'a', effect: { type: 'call' } } }),
    path: '$.invoke.id',
    says: 'at the same time',
  },
  {
    code: 'INVALID_STATE_KEY',
    definition: { id: 'm', initial: 'a', states: { a: {}, 'b.c': {} } },
    path: '$.states["b.c"]',
    says: '`b.c`',
    hint: 'Dots',
  },
  {
    code: 'INVALID_STATE_KEY',
    definition: { id: 'm', initial: 'a', states: { a: {}, '': {} } },
    path: '$.states[""]',
    says: 'cannot be the key',
  },
  {
    code: 'INVALID_STATE_KEY',
    definition: { id: 'm', initial: 'a', states: { a: {}, '#b': {} } },
    path: '$.states["#b"]',
    says: '`#b`',
  },
  {
    code: 'INVALID_STATE_KEY',
    definition: { id: 'm', initial: 'a', states: { a: {}, ' b': {} } },
    path: '$.states[" b"]',
    says: 'cannot be the key',
  },
  {
    code: 'INVALID_STATE_KEY',
    definition: { id: 'm', initial: 'a', states: { a: {}, 'e\u0301': {} } },
    path: '$.states["e\u0301"]',
    says: 'cannot be the key',
  },
  {
    code: 'INTEGER_STATE_KEY',
    severity: 'warning',
    definition: { id: 'm', initial: 'a', states: { a: {}, 7: {} } },
    path: '$.states["7"]',
    says: '`7`',
  },

  // targets
  { code: 'INVALID_TARGET', definition: onGo(''), path: go, says: 'The target is empty.', hint: '`{}`' },
  { code: 'INVALID_TARGET', definition: onGo('b..c'), path: go, says: '`b..c` is not a target.' },
  { code: 'INVALID_TARGET', definition: onGo({ target: [] }), path: `${go}.target`, says: 'no items' },
  {
    code: 'INVALID_TARGET',
    definition: onGo({ target: new Array(101).fill('b') }),
    path: `${go}.target`,
    says: 'more than 100',
  },
  {
    code: 'UNKNOWN_TARGET',
    definition: onGo('q'),
    path: go,
    says: 'There is no state `q`.',
    hint: 'Siblings: `a`, `b`, `p`',
  },
  {
    code: 'UNKNOWN_TARGET',
    definition: inState({ after: { '5s': '#wy' } }),
    path: '$.states.a.after["5s"]',
    says: 'There is no state `#wy`; did you mean `#why`?',
    hint: 'Ids: `#m`, `#why`',
  },
  { code: 'UNKNOWN_TARGET', definition: onGo('y'), path: go, says: 'did you mean `#why`?' },
  { code: 'UNKNOWN_TARGET', definition: onGo('x2'), path: go, says: 'did you mean `#m.p.x.x2`?' },
  { code: 'UNKNOWN_TARGET', definition: onGo('#b'), path: go, says: 'did you mean `b`?' },
  { code: 'UNKNOWN_TARGET', definition: onGo('.b'), path: go, says: 'did you mean `b`?' },
  { code: 'UNKNOWN_TARGET', definition: inState({}, { on: { GO: 'b' } }), path: '$.on.GO', says: 'did you mean `.b`?' },
  {
    code: 'CONFLICTING_TARGETS',
    definition: onGo({ target: ['p.x', 'b'] }),
    path: `${go}.target[1]`,
    says: '`p.x` and `b` cannot both',
  },
  {
    code: 'CONFLICTING_TARGETS',
    definition: onGo({ target: ['p.x.x1', 'p.x.x2'] }),
    path: `${go}.target[1]`,
    says: 'never active together',
  },
  {
    code: 'CONFLICTING_TARGETS',
    definition: onGo({ target: ['p.x', 'p.x.x2'] }),
    path: `${go}.target[1]`,
    says: 'never active together',
  },
  {
    code: 'CONFLICTING_TARGETS',
    definition: onGo({ target: ['p.x', 'p.x'] }),
    path: `${go}.target[1]`,
    says: 'a target twice',
  },

  // transitions
  {
    code: 'ENDLESS_LOOP',
    definition: inState({ always: {} }),
    path: '$.states.a.always',
    says: 'no event, has no guard',
  },
  {
    code: 'ENDLESS_LOOP',
    definition: inState({ always: [{ target: 'b', guard: 'context.x' }, 'a'] }),
    path: '$.states.a.always[1]',
    says: 'leads nowhere else',
  },
  {
    code: 'UNREACHABLE_TRANSITION',
    severity: 'warning',
    definition: onGo(['b', { target: 'a', guard: 'context.x' }]),
    path: `${go}[1]`,
    says: 'never taken',
  },
  {
    code: 'NOT_YET_SUPPORTED',
    definition: onGo({ target: 'b', before: { type: 'call' } }),
    path: `${go}.before`,
    says: '`before`',
  },
  { code: 'NOT_YET_SUPPORTED', definition: inState({}, { plugins: ['Logger'] }), path: '$.plugins', says: '`plugins`' },
  {
    code: 'NOT_YET_SUPPORTED',
    definition: inState({}, { components: {} }),
    path: '$.components',
    says: '`components`',
  },
  {
    code: 'NOT_YET_SUPPORTED',
    definition: inState({}, { subscriptions: [] }),
    path: '$.subscriptions',
    says: '`subscriptions`',
  },
  { code: 'NOT_YET_SUPPORTED', definition: inState({}, { semantics: 'scxml' }), path: '$.semantics', says: 'SCXML' },

  // events
  {
    code: 'INVALID_EVENT',
    definition: inState({ on: { '': 'b' } }),
    path: '$.states.a.on[""]',
    says: 'empty',
    hint: '`always`',
  },
  {
    code: 'INVALID_EVENT',
    definition: inState({ on: { 'a*': 'b' } }),
    path: '$.states.a.on["a*"]',
    says: 'only at the end',
    hint: '`a.*`',
  },
  {
    code: 'INVALID_EVENT',
    definition: inState({ on: { '*.a': 'b' } }),
    path: '$.states.a.on["*.a"]',
    says: 'only at the end',
  },
  {
    code: 'INVALID_EVENT',
    definition: inState({ on: { ' GO': 'b' } }),
    path: '$.states.a.on[" GO"]',
    says: 'not an event type',
  },
  {
    code: 'INVALID_EVENT',
    definition: inState({ on: { 'xstate.done.actor.x': 'b' } }),
    path: '$.states.a.on["xstate.done.actor.x"]',
    says: 'an event of XState',
    hint: '`done.invoke.x`',
  },
  {
    code: 'INVALID_EVENT',
    definition: withEntry({ raise: '{{ event.type }}' }),
    path: `${entry}.raise`,
    says: 'is computed',
  },
  {
    code: 'INVALID_EVENT',
    definition: withEntry({ emit: { type: 'a.*' } }),
    path: `${entry}.emit.type`,
    says: 'not an event type',
  },
  {
    code: 'INVALID_EVENT',
    definition: inState({ on: { '*': {} } }, { events: { 'x.*': {} } }),
    path: '$.events["x.*"]',
    says: 'not an event type',
  },
  {
    code: 'RESERVED_EVENT',
    definition: withEntry({ raise: 'done.x' }),
    path: `${entry}.raise`,
    says: 'belongs to the engine',
  },
  {
    code: 'RESERVED_EVENT',
    definition: withEntry({ send: { type: 'fsm.x' }, to: 'parent' }),
    path: `${entry}.send.type`,
    says: 'belongs to the engine',
  },
  {
    code: 'RESERVED_EVENT',
    definition: inState({ on: { '*': {} } }, { events: { 'error.x': {} } }),
    path: '$.events["error.x"]',
    says: 'belongs to the engine',
  },
  {
    code: 'UNKNOWN_EVENT',
    definition: inState({ on: { SUBMIT: 'b', SUBMITT: 'b' } }, { events: { SUBMIT: {} } }),
    path: '$.states.a.on.SUBMITT',
    says: 'did you mean `SUBMIT`?',
  },
  {
    code: 'UNKNOWN_EVENT',
    definition: inState({ on: { GO: 'b', 'pay.*': 'b' } }, { events: { GO: {} } }),
    path: '$.states.a.on["pay.*"]',
    says: '`pay.*` is not declared',
  },
  {
    code: 'UNKNOWN_EVENT',
    definition: inState({ on: { GO: {} }, entry: { raise: 'STOP' } }, { events: { GO: {} } }),
    path: `${entry}.raise`,
    says: '`STOP` is not declared',
  },
  {
    code: 'UNKNOWN_EVENT',
    definition: inState({ on: { GO: {} } }, { events: {} }),
    path: go,
    says: 'not declared',
    hint: 'Declare it.',
  },
  {
    code: 'UNKNOWN_EVENT',
    definition: inState({ invoke: { id: 'score', effect: { type: 'call' } }, on: { 'done.invoke.scroe': 'b' } }),
    path: '$.states.a.on["done.invoke.scroe"]',
    says: 'There is no invocation `scroe`; did you mean `score`?',
  },
  {
    code: 'UNKNOWN_EVENT',
    definition: inState({ on: { 'error.invoke.x': 'b' } }),
    path: '$.states.a.on["error.invoke.x"]',
    says: 'no invocation',
    hint: 'no effect runs',
  },
  {
    code: 'UNKNOWN_EVENT',
    definition: inState({ on: { 'done.state.m.q': 'b' } }),
    path: '$.states.a.on["done.state.m.q"]',
    says: 'no state',
  },
  {
    code: 'UNUSED_EVENT',
    severity: 'warning',
    definition: inState({ on: { GO: 'b' } }, { events: { GO: {}, OLD: {} } }),
    path: '$.events.OLD',
    says: 'never used',
  },

  // durations, expressions, guards, actions
  {
    code: 'INVALID_DURATION',
    definition: inState({ after: { '30 d': 'b' } }),
    path: '$.states.a.after["30 d"]',
    says: 'did you mean `30d`?',
  },
  {
    code: 'INVALID_DURATION',
    definition: inState({ after: { '-5': 'b' } }),
    path: '$.states.a.after["-5"]',
    says: '`-5` is not a duration.',
  },
  { code: 'INVALID_DURATION', definition: withEntry({ raise: 'A', delay: -1 }), path: `${entry}.delay`, says: '`-1`' },
  {
    code: 'INVALID_DURATION',
    definition: withEntry({ raise: 'A', delay: 'PT5M' }),
    path: `${entry}.delay`,
    says: 'did you mean `5m`?',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: inState({ after: { soon: 'b' } }),
    path: '$.states.a.after.soon',
    says: 'soon',
    hint: 'no names of its own',
  },
  { code: 'EXPRESSION_INVALID', definition: withGuard('context.a <'), path: `${go}.guard`, says: 'ends too early' },
  {
    code: 'EXPRESSION_INVALID',
    definition: withGuard('{{ context.a }}'),
    path: `${go}.guard`,
    says: '',
    hint: 'remove the `{{`',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: withGuard({ or: ['context.a', 'b +'] }),
    path: `${go}.guard.or[1]`,
    says: '',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: withEntry({ assign: { x: ['{{ 1 + }}'] } }),
    path: `${entry}.assign.x[0]`,
    says: '',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: withEntry({ send: 'A', to: '{{ nobody }}' }),
    path: `${entry}.to`,
    says: 'nobody',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: withEntry({ send: { type: 'A', data: { x: '{{' } }, to: 'parent' }),
    path: `${entry}.send.data.x`,
    says: '',
  },
  { code: 'EXPRESSION_INVALID', definition: withEntry({ cancel: '{{ 1 + }}' }), path: `${entry}.cancel`, says: '' },
  { code: 'EXPRESSION_INVALID', definition: withEntry({ log: '{{ x.y }}' }), path: `${entry}.log`, says: 'x' },
  {
    code: 'EXPRESSION_INVALID',
    definition: withEntry({ type: 'act', params: '{{ + }}' }),
    path: `${entry}.params`,
    says: '',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: withGuard({ type: 'g', params: { a: '{{ + }}' } }),
    path: `${go}.guard.params.a`,
    says: '',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: inState({ type: 'final', output: { a: '{{ + }}' } }),
    path: '$.states.a.output.a',
    says: '',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: inState({ effect: { type: 'call', with: ['{{ + }}'] } }),
    path: '$.states.a.effect.with[0]',
    says: '',
  },
  { code: 'INVALID_GUARD', definition: withGuard(' '), path: `${go}.guard`, says: 'empty' },
  { code: 'INVALID_GUARD', definition: withGuard({}), path: `${go}.guard`, says: 'says nothing' },
  { code: 'INVALID_GUARD', definition: withGuard({ and: [] }), path: `${go}.guard.and`, says: 'no guards' },
  { code: 'INVALID_GUARD', definition: withGuard({ type: '' }), path: `${go}.guard.type`, says: 'empty' },
  {
    code: 'INVALID_GUARD',
    definition: withGuard({ and: ['a'], or: ['b'] }),
    path: `${go}.guard`,
    says: 'says `and`, `or` at once',
  },
  {
    code: 'UNKNOWN_GUARD',
    definition: withGuard('isAdlt'),
    path: `${go}.guard`,
    says: 'did you mean `isAdult`?',
    options: { guards: ['isAdult'] },
  },
  {
    code: 'UNKNOWN_GUARD',
    definition: withGuard({ not: { type: 'x' } }),
    path: `${go}.guard.not.type`,
    says: '`x`',
    hint: 'No guards are registered',
    options: { guards: [] },
  },
  {
    code: 'UNKNOWN_STATE',
    definition: withGuard({ in: '#wy' }),
    path: `${go}.guard.in`,
    says: 'There is no state `#wy`',
  },
  {
    code: 'UNKNOWN_STATE',
    definition: withGuard({ in: 'x2' }),
    path: `${go}.guard.in`,
    says: 'did you mean `#m.p.x.x2`?',
  },
  { code: 'INVALID_ACTION', definition: withEntry({}), path: entry, says: 'says nothing to do' },
  {
    code: 'INVALID_ACTION',
    definition: withEntry({ log: 1, raise: 'A' }),
    path: entry,
    says: 'says `raise`, `log` at once',
  },
  {
    code: 'INVALID_ACTION',
    definition: withEntry('context.n = 1'),
    path: entry,
    says: 'not the name of an action',
    hint: '"assign"',
  },
  {
    code: 'INVALID_ACTION',
    definition: withEntry({ type: 'xstate.raise' }),
    path: `${entry}.type`,
    says: 'an action of XState',
    hint: '"raise"',
  },
  {
    code: 'UNKNOWN_ACTION',
    definition: withEntry('ntify'),
    path: entry,
    says: 'did you mean `notify`?',
    options: { actions: ['notify'] },
  },
  {
    code: 'UNKNOWN_ACTION',
    definition: withEntry({ type: 'assign' }),
    path: `${entry}.type`,
    says: '`assign`',
    hint: '{ "assign": { … } }',
    options: { actions: [] },
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
