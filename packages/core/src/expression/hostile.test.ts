import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { compileExpression } from './expression.ts';
import { changedGlobals, pictureOfGlobals } from './testing/globals.ts';

const odd = JSON.parse(
  '{ "__proto__": { "isAdmin": true }, "constructor": "ACME", "toString": "text", "hasOwnProperty": 1 }',
);

function scope() {
  return {
    context: { s: 'text', n: 1, list: [1, 2], o: { a: 1 }, key: '__proto__', parts: ['const', 'ructor'], odd },
    event: { type: 'GO', data: {} },
  };
}

/** What becomes of a source: its value, or the code and narrow reason of its error. */
function outcomeOf(source: string, values: object = scope()): unknown {
  try {
    return compileExpression(source).evaluate(values);
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return `${error.code} ${error.details?.reason}`;
  }
}

const name = 'EXPRESSION_INVALID NAME';
const construct = 'EXPRESSION_INVALID CONSTRUCT';
const key = 'EXPRESSION_FAILED HOSTILE_KEY';

describe('no expression reaches beyond its scope', () => {
  test.each<[source: string, outcome: unknown]>([
    // the way to Function through constructors
    ['context.constructor', name],
    ['({}).constructor', name],
    ['"".constructor', name],
    ['(5).constructor("return this")()', name],
    ['[].constructor.constructor("return globalThis")()', name],
    ['context.list.map.constructor', name],
    ['((x) => x).constructor', name],
    ['context["constructor"]', name],
    ['context[`constructor`]', key],
    ['context["const" + "ructor"]', key],
    ['context[context.parts.join("")]', key],
    ['context[["constructor"]]', 'EXPRESSION_FAILED KEY_TYPE'],
    ['context[{ toString: "constructor" }]', 'EXPRESSION_FAILED KEY_TYPE'],
    ['context?.["constr".concat("uctor")]', key],
    ['context.s["\\u0063onstructor"]', name],
    ['context.\\u0063onstructor', name],
    ['context.c\\u{6f}nstructor', name],
    ['\\u0063ontext.n', 1],
    ['[].map(({ constructor }) => 1)', name],
    ['[{}].map(({ constructor: c }) => c)', name],
    ['[{}].map(({ ["constructor"]: c }) => c)', name],
    ['context.list.map((constructor) => constructor)', name],
    // the way along prototypes
    ['context.__proto__', name],
    ['context["__proto__"]', name],
    ['context[context.key]', key],
    ['context?.[context.key]?.isAdmin', key],
    ['context.odd[context.key]', key],
    ['context.odd["__pro" + "to__"].isAdmin', key],
    ['context.odd.isAdmin', null],
    ['({ __proto__: { isAdmin: true } })', name],
    ['({ "__proto__": null })', name],
    ['({ \\u005f_proto__: null })', name],
    ['({ ["__proto__"]: { isAdmin: true } })', name],
    ['({ [context.key]: { isAdmin: true } })', key],
    ['({ ...context.odd })', key],
    ['context.odd', 'EXPRESSION_RESULT HOSTILE_KEY'],
    ['[context.odd]', 'EXPRESSION_RESULT HOSTILE_KEY'],
    ['Object.fromEntries([[context.key, 1]])', key],
    ['Object.fromEntries([["constructor", 1]])', key],
    ['Object.groupBy([1], () => context.key)', key],
    ['JSON.parse("{ \\"__proto__\\": { \\"isAdmin\\": true } }").isAdmin', null],
    ['({ ...JSON.parse("{ \\"__proto__\\": 1 }") })', key],
    ['"__proto__" in context', key],
    ['context.__defineGetter__("a", () => 1)', 'EXPRESSION_INVALID METHOD'],
    ['context.__lookupGetter__', null],
    ['context.prototype', name],
    ['Array.prototype', name],
    ['Object.getPrototypeOf(context)', name],
    ['Object.defineProperty(context, "a", {})', name],
    ['Object.setPrototypeOf(context, null)', name],
    ['Object.assign(context, {})', name],
    // prototype properties are not there
    ['context.toString', null],
    ['context.s.trim', null],
    ['context.list.map', null],
    ['typeof context.hasOwnProperty', 'undefined'],
    ['context.list["map"]', null],
    ['"valueOf" in context', false],
    ['context.list.map.call([1], (x) => x)', 'EXPRESSION_INVALID METHOD'],
    ['context["list"]["map"]((x) => x)', [1, 2]],
    ['context.list["m" + "ap"]((x) => x)', 'EXPRESSION_INVALID CALL'],
    ['context.odd.hasOwnProperty("a")', 'EXPRESSION_FAILED NO_METHOD'],
    // objects that answer when they are converted
    ['`${context.odd}`', 'EXPRESSION_FAILED NOT_PRIMITIVE'],
    ['({ toString: 1 }) + ""', 'EXPRESSION_FAILED NOT_PRIMITIVE'],
    ['({ valueOf: 1 }) * 2', 'EXPRESSION_RESULT NOT_A_NUMBER'],
    ['[{ toString: null }].join()', 'EXPRESSION_FAILED NOT_PRIMITIVE'],
    ['({ toJSON: 1, a: 2 })', { toJSON: 1, a: 2 }],
    ['JSON.stringify({ toJSON: 1 })', '{"toJSON":1}'],
    // names of the host
    ['globalThis', name],
    ['window.location', name],
    ['process.env', name],
    ['process.exit(1)', name],
    ['require("fs")', name],
    ['eval("1")', name],
    ['Function("return 1")()', 'EXPRESSION_INVALID CALL'],
    ['Function("return 1")', name],
    ['Reflect.ownKeys(context)', name],
    ['new Proxy({}, {})', construct],
    ['Symbol.iterator', name],
    ['[][Symbol.iterator]', name],
    ['arguments', name],
    ['this', construct],
    ['this.constructor', construct],
    ['Date.now()', name],
    ['new Date()', construct],
    ['Math.random()', name],
    ['Math["random"]()', name],
    ['setTimeout(() => 1)', name],
    ['fetch("http://example.org")', name],
    ['console.log(1)', name],
    ['import("node:fs")', construct],
    ['import.meta.url', construct],
    ['new.target', 'EXPRESSION_INVALID SYNTAX'],
    ['undefined.a', 'EXPRESSION_FAILED NO_VALUE'],
    // known functions are no values
    ['Math', name],
    ['Math.max', name],
    ['[Math.max]', name],
    ['Math[context.s]', name],
    ['Object.keys.constructor', name],
    ['Math.max.call(null, 1)', name],
    ['context.list.map(Math.max.bind)', 'EXPRESSION_INVALID ARGUMENT'],
    ['String.raw`a`', construct],
    // templates
    ['context.s`a`', construct],
    ['((x) => x)`a`', construct],
    ['`${`${`${context.n}`}`}`', '1'],
    ['`${() => 1}`', construct],
    ['`\\u{110000}`', 'EXPRESSION_INVALID SYNTAX'],
    // functions cannot be kept, passed on or called by hand
    ['(() => 1)()', 'EXPRESSION_INVALID CALL'],
    ['((f) => f(f))((f) => f(f))', 'EXPRESSION_INVALID CALL'],
    ['[(x) => x]', construct],
    ['({ f: (x) => x })', construct],
    ['context.list.map((x) => (y) => x)', construct],
    ['context.list.map((f) => f(1))', 'EXPRESSION_INVALID CALL'],
    ['context.list.reduce((a, b) => a, (x) => x)', construct],
    ['context.list.map(...[(x) => x])', 'EXPRESSION_INVALID ARGUMENT'],
    ['[1].concat((x) => x)', construct],
    ['((x) => x) || 1', construct],
    ['async () => 1', construct],
    ['context.list.map(async (x) => x)', construct],
    ['context.list.map((x) => { return x })', construct],
    ['context.list.map(function (x) { return x })', construct],
    ['context.list.map((x = context) => x)', construct],
    ['context.list.map((...x) => x)', construct],
    ['(function () { return this })()', construct],
    ['(class { static x = 1 })', construct],
    // changes
    ['context.n = 2', construct],
    ['context.n++', construct],
    ['--context.n', construct],
    ['context.list.map((x) => (x = 2))', construct],
    ['({ a: context.n } = {})', construct],
    ['[context.n] = [1]', construct],
    ['delete context.n', construct],
    ['context.list.push(3)', 'EXPRESSION_INVALID METHOD'],
    ['context.list.splice(0)', 'EXPRESSION_INVALID METHOD'],
    ['context.list.sort((a, b) => b - a)', [2, 1]],
    ['({ get a() { return 1 } })', construct],
    ['({ set a(x) { } })', construct],
    ['({ a() { return 1 } })', construct],
    ['({ async a() { } })', construct],
    // other syntax
    ['(1, 2)', construct],
    ['1n', construct],
    ['[1, , 2]', construct],
    ['void 0', construct],
    ['context instanceof Object', construct],
    ['#x in context', 'EXPRESSION_INVALID SYNTAX'],
    ['yield', 'EXPRESSION_INVALID SYNTAX'],
    ['await 1', construct],
    ['010', 'EXPRESSION_INVALID SYNTAX'],
    ['"\\07"', 'EXPRESSION_INVALID SYNTAX'],
    ['1 <!-- 2', 'EXPRESSION_INVALID SYNTAX'],
    ['context /* .n */', 'EXPRESSION_INVALID COMMENT'],
    ['context // .n', 'EXPRESSION_INVALID COMMENT'],
    ['#!context', 'EXPRESSION_INVALID SYNTAX'],
    ['context; context', 'EXPRESSION_INVALID SYNTAX'],
    ['context\n.n', 1],
    ['context) + (1', 'EXPRESSION_INVALID SYNTAX'],
    ['}); process.exit(); ({', 'EXPRESSION_INVALID SYNTAX'],
    ['/a/', 'EXPRESSION_INVALID REGEX'],
    ['[/a/g]', 'EXPRESSION_INVALID REGEX'],
    ['/a/.constructor', name],
    ['/a/.compile("b")', 'EXPRESSION_INVALID METHOD'],
    ['/a/.test.call(1)', 'EXPRESSION_INVALID REGEX'],
    ['/(?=a)/.test("a")', 'EXPRESSION_INVALID REGEX'],
    ['/(a)\\1/.test("aa")', 'EXPRESSION_INVALID REGEX'],
    ['/(?<__proto__>a)/.exec("a").groups', 'EXPRESSION_INVALID REGEX'],
    ['"a".match("(a+)+$")', 'EXPRESSION_INVALID ARGUMENT'],
    ['"a".replace(/a/, "$<__proto__>")', '$<__proto__>'],
  ])('%s', (source, expected) => {
    const before = pictureOfGlobals();
    const values = scope();
    expect(outcomeOf(source, values)).toEqual(expected);
    expect(changedGlobals(before)).toEqual([]);
    expect(values).toEqual(scope());
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  test('what stands on a prototype does not exist, and no getter there ever runs', () => {
    let runs = 0;
    const prototype = {
      open: 'y',
      get secret() {
        runs++;
        return 'x';
      },
    };
    const trap = Object.create(prototype);
    const values = { context: { trap, list: [trap] } };
    for (const source of [
      'context.trap.secret',
      'context.trap.open',
      'context.trap["secret"]',
      'context.list.map((x) => x.secret)[0]',
      'context.list.map(({ secret }) => secret)[0]',
      '({ ...context.trap }).secret',
      'Object.values(context.trap)[0]',
      'Object.entries(context.trap)[0]?.[1]',
    ]) {
      expect(compileExpression(source).evaluate(values), source).toBeNull();
    }
    expect(runs).toBe(0);
  });

  test('a value with a getter of its own is no JSON and leaves no expression', () => {
    const trap = {
      get secret() {
        return 'x';
      },
    };
    const values = { context: { trap } };
    expect(outcomeOf('context.trap', values)).toBe('EXPRESSION_RESULT NOT_JSON');
    expect(outcomeOf('JSON.stringify(context)', values)).toBe('EXPRESSION_FAILED NOT_JSON');
  });

  test('what a host puts into a scope besides JSON can neither be called nor returned', () => {
    class Account {
      balance = 1;
      close() {
        throw new Error('closed');
      }
    }
    const values = {
      context: { f: () => 'called', account: new Account(), date: new Date(0), map: new Map([[1, 2]]), big: 1n },
    };
    expect(outcomeOf('context.f', values)).toBe('EXPRESSION_RESULT NOT_JSON');
    expect(outcomeOf('context.f()', values)).toBe('EXPRESSION_INVALID METHOD');
    expect(outcomeOf('context.f.name', values)).toBeNull();
    expect(outcomeOf('context.f + 1', values)).toBe('EXPRESSION_FAILED NOT_JSON');
    expect(outcomeOf('[1].map(context.f)', values)).toBe('EXPRESSION_INVALID ARGUMENT');
    expect(outcomeOf('context.account.balance', values)).toBe(1);
    expect(outcomeOf('context.account.close', values)).toBeNull();
    expect(outcomeOf('context.account', values)).toBe('EXPRESSION_RESULT NOT_JSON');
    expect(outcomeOf('context.date', values)).toBe('EXPRESSION_RESULT NOT_JSON');
    expect(outcomeOf('context.map.size', values)).toBeNull();
    expect(outcomeOf('context.big + 1', values)).toBe('EXPRESSION_FAILED NOT_JSON');
  });

  test('a polluted Object.prototype is not seen', () => {
    Object.defineProperty(Object.prototype, 'planted', {
      value: 'x',
      configurable: true,
      enumerable: true,
      writable: true,
    });
    try {
      expect(outcomeOf('context.planted')).toBeNull();
      expect(outcomeOf('context["planted"]')).toBeNull();
      expect(outcomeOf('"planted" in context')).toBe(false);
      expect(outcomeOf('Object.keys({ ...context.o })')).toEqual(['a']);
    } finally {
      delete (Object.prototype as Record<string, unknown>).planted;
    }
  });

  test('what callbacks saw does not stay in memory with the expression', async () => {
    const expression = compileExpression('context.list.map(({ id: [first] }) => typeof first)');
    const seen = (() => {
      const first = { large: 'x'.repeat(1_000) };
      expression.evaluate({ context: { list: [{ id: [first] }] } });
      return new WeakRef(first);
    })();
    // a WeakRef holds its target until the current job ends
    await new Promise((resolve) => setImmediate(resolve));
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    expect(seen.deref()).toBeUndefined();
    expect(expression.evaluate({ context: { list: [{ id: [1] }] } })).toEqual(['number']);
  });

  test('each evaluation starts afresh, also where parameters have the same name', () => {
    const expression = compileExpression('context.list.map((x) => x.a ?? "none")');
    expect(expression.evaluate({ context: { list: [{ a: 1 }, {}] } })).toEqual([1, 'none']);
    expect(expression.evaluate({ context: { list: [{}] } })).toEqual(['none']);
    expect(outcomeOf('context.list.map((x) => context.list.map((x) => x * 10).concat(x))')).toEqual([
      [10, 20, 1],
      [10, 20, 2],
    ]);
  });
});
