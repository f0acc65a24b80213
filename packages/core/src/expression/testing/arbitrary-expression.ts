import fc, { type Arbitrary } from 'fast-check';

/**
 * Expressions of the allowed grammar, mostly well typed, over the scopes of {@link arbitraryScope}. Left out is what
 * means something else than in JavaScript on purpose: `==` between two values, prototype properties by name, sorting a
 * list in place (the receiver is always a copy), and objects without a prototype (which are spread into ordinary ones).
 */
type Type = 'number' | 'text' | 'boolean' | 'numbers' | 'texts' | 'object' | 'items' | 'anything';

/** Parameters of the arrows around, by type. */
interface Names {
  readonly types: readonly Type[];
}

const types: readonly Type[] = ['number', 'text', 'boolean', 'numbers', 'texts', 'object', 'items', 'anything'];

export function arbitraryExpression(): Arbitrary<string> {
  return fc.oneof(...types.map((type) => expression(type, 4, { types: [] })));
}

const edgeNumbers = [
  0, -0, 1, -1, 2, 0.5, 1.005, -7, 42, 255, 65_536, 4_294_967_296, 9_007_199_254_740_991, 1e21, 1e-7,
];
const edgeTexts = ['', 'a', 'ab', 'Hello World', ' 12 ', '0x1f', '1e3', 'äöü', '😀x', 'a,b,,c', '$&-$1', 'NaN', 'İ'];

export function arbitraryScope() {
  const number = fc.oneof(fc.constantFrom(...edgeNumbers), fc.integer({ min: -20, max: 20 }));
  const text = fc.oneof(fc.constantFrom(...edgeTexts), fc.string({ maxLength: 8 }));
  const item = record({
    id: number,
    name: text,
    tags: fc.array(text, { maxLength: 3 }),
    inner: record({ on: fc.boolean() }),
  });
  return record({
    context: record({
      n: number,
      m: number,
      s: text,
      t: text,
      b: fc.boolean(),
      nothing: fc.constant(null),
      numbers: fc.array(number, { maxLength: 6 }),
      texts: fc.array(text, { maxLength: 5 }),
      o: record({ a: number, b: text, c: fc.constant(null) }),
      items: fc.array(item, { maxLength: 4 }),
    }),
    event: record({
      type: fc.constant('GO'),
      data: record({ n: number, s: text, list: fc.array(number, { maxLength: 4 }) }),
    }),
    now: fc.constant(1_700_000_000_000),
    instance: fc.constant('i-1'),
  });
}

/** With the prototype of ordinary objects, as `JSON.parse` gives it. */
function record<T extends object>(model: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as Arbitrary<T>;
}

const memo = new Map<string, Arbitrary<string>>();

function expression(type: Type, fuel: number, names: Names): Arbitrary<string> {
  const key = `${type}/${fuel}/${names.types.join()}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = fuel === 0 ? leaf(type, names) : node(type, fuel - 1, names);
  memo.set(key, made);
  return made;
}

/** A node of the type; now and then of any other, so that errors and conversions are compared too. */
function node(type: Type, fuel: number, names: Names): Arbitrary<string> {
  const of = (other: Type) => expression(other, fuel, names);
  const illTyped = fc.oneof(...types.map(of));
  const general = [
    template`(${of('boolean')} ? ${of(type)} : ${of(type)})`,
    template`(${of(type)} ?? ${of(type)})`,
    template`(${of(type)} || ${of(type)})`,
    template`(${of('boolean')} && ${of(type)})`,
    template`(${of(type)})`,
  ];
  return fc.oneof(
    { weight: 3, arbitrary: leaf(type, names) },
    { weight: 2, arbitrary: fc.oneof(...general) },
    { weight: 9, arbitrary: fc.oneof(...specific(type, fuel, names)) },
    { weight: 1, arbitrary: illTyped },
  );
}

function leaf(type: Type, names: Names): Arbitrary<string> {
  const own = names.types.flatMap((known, index) => (known === type || type === 'anything' ? [`p${index}`] : []));
  return fc.oneof(...own.map((name) => fc.constant(name)), leaves[type]);
}

const number = fc.constantFrom(
  '0',
  '1',
  '2',
  '3',
  '-1',
  '0.5',
  '10',
  '1e3',
  '0x10',
  'NaN',
  'Infinity',
  '-0',
  'context.n',
  'context.m',
  'event.data.n',
);
const text = fc.oneof(
  fc.constantFrom(...edgeTexts, 'o', 'l').map((value) => JSON.stringify(value)),
  fc.constantFrom('context.s', 'context.t', 'event.data.s', 'event.type', 'instance', "'it\\'s'", '`x`'),
);
const object = fc.constantFrom(
  'context.o',
  '({})',
  '({ a: 1 })',
  '({ a: 1, "b c": 2, 3: 4 })',
  'event.data',
  'context',
);

const leaves: Record<Type, Arbitrary<string>> = {
  number,
  text,
  boolean: fc.constantFrom('true', 'false', 'context.b'),
  numbers: fc.constantFrom('context.numbers', 'event.data.list', '[]', '[3, 1, 2]', '[10, 9, 1]'),
  texts: fc.constantFrom('context.texts', '["b", "a"]', '[]'),
  object,
  items: fc.constantFrom('context.items', '[{ id: 1, name: "x", tags: [] }]'),
  anything: fc.oneof(
    number,
    text,
    object,
    fc.constantFrom('null', 'undefined', 'context.nothing', 'context.absent', 'result', 'context.o.c'),
  ),
};

function specific(type: Type, fuel: number, names: Names): Arbitrary<string>[] {
  const of = (other: Type) => expression(other, fuel, names);
  const arrow = (parameters: readonly Type[], body: Type) => arrowOf(parameters, body, fuel, names);
  const [n, s, , ns, ss, o, is, any] = types.map(of) as [A, A, A, A, A, A, A, A];
  switch (type) {
    case 'number':
      return [
        template`(${n} ${fc.constantFrom('+', '-', '*', '/', '%', '**', '&', '|', '^', '<<', '>>', '>>>')} (${n}))`,
        template`(${fc.constantFrom('-', '+', '~')} ${any})`,
        template`Math.${fc.constantFrom('abs', 'ceil', 'floor', 'round', 'trunc', 'sign', 'sqrt', 'cbrt', 'log', 'fround', 'clz32')}(${n})`,
        template`Math.${fc.constantFrom('max', 'min', 'hypot')}(${n}, ...${ns})`,
        template`Math.${fc.constantFrom('pow', 'atan2', 'imul')}(${n}, ${n})`,
        template`${fc.constantFrom('Number', 'parseInt', 'parseFloat')}(${any})`,
        template`parseInt(${s}, ${n})`,
        template`${fc.oneof(s, ns, ss, is)}.length`,
        template`${s}.${fc.constantFrom('indexOf', 'lastIndexOf')}(${s}, ${n})`,
        template`${s}.${fc.constantFrom('charCodeAt', 'codePointAt')}(${n})`,
        template`${s}.search(${regex('')})`,
        template`${ns}.${fc.constantFrom('indexOf', 'lastIndexOf')}(${any})`,
        template`${ns}.${fc.constantFrom('reduce', 'reduceRight')}(${arrow(['number', 'number'], 'number')}, ${n})`,
        template`${ns}.${fc.constantFrom('reduce', 'reduceRight')}(${arrow(['number', 'number'], 'number')})`,
        template`${ns}.${fc.constantFrom('find', 'findLast', 'findIndex', 'findLastIndex')}(${arrow(['number'], 'boolean')})`,
        template`${ns}[${n}]`,
        template`${ns}.at(${n})`,
        template`${o}.a`,
      ];
    case 'text':
      return [
        template`(${s} + ${any})`,
        template`(${any} + ${s})`,
        template`\`a\${${any}}b\${${s}}\``,
        template`(typeof ${any})`,
        template`String(${any})`,
        template`JSON.stringify(${any})`,
        template`JSON.stringify(${any}, null, ${fc.constantFrom('2', '"--"', 'undefined', 'true')})`,
        template`${s}.${fc.constantFrom('trim', 'trimStart', 'trimEnd', 'toUpperCase', 'toLowerCase', 'toString', 'normalize')}()`,
        template`${s}.${fc.constantFrom('slice', 'substring', 'substr')}(${n}, ${n})`,
        template`${s}.${fc.constantFrom('charAt', 'at', 'slice', 'substring', 'substr')}(${n})`,
        template`${s}[${n}]`,
        template`${s}.repeat(${fc.constantFrom('0', '1', '3', '2.9', '-1', 'NaN', 'Infinity', '"2"')})`,
        template`${s}.${fc.constantFrom('padStart', 'padEnd')}(${fc.constantFrom('0', '5', '12', '-3', 'NaN')}, ${s})`,
        template`${s}.${fc.constantFrom('replace', 'replaceAll')}(${s}, ${s})`,
        template`${s}.replace(${regex('')}, ${s})`,
        template`${s}.${fc.constantFrom('replace', 'replaceAll')}(${regex('g')}, ${s})`,
        template`${s}.replace(${regex('g')}, ${arrow(['text'], 'text')})`,
        template`${s}.replaceAll(${s}, ${arrow(['text', 'number'], 'anything')})`,
        template`${s}.concat(${any}, ${s})`,
        template`${fc.oneof(ns, ss, any)}.join(${s})`,
        template`${fc.oneof(ns, ss)}.join()`,
        template`${n}.toFixed(${fc.constantFrom('0', '2', '', '101')})`,
        template`(${n}).toString(${fc.constantFrom('', '2', '16', '36', '1')})`,
        template`(${n}).${fc.constantFrom('toPrecision', 'toExponential')}(${fc.constantFrom('', '1', '5', '0')})`,
        template`encodeURIComponent(${s})`,
        template`decodeURIComponent(${s})`,
        template`String.fromCodePoint(${n})`,
        template`${o}.b`,
        template`${s}.match(${regex('')})?.[${n}]`,
      ];
    case 'boolean':
      return [
        template`!${any}`,
        template`(${n} ${comparison()} ${n})`,
        template`(${s} ${comparison()} ${s})`,
        template`(${any} ${comparison()} ${any})`,
        template`(${any} ${fc.constantFrom('==', '!=')} null)`,
        template`(${fc.constantFrom('"a"', '"zz"', '1')} in ${o})`,
        template`Array.isArray(${any})`,
        template`Number.${fc.constantFrom('isInteger', 'isFinite', 'isNaN', 'isSafeInteger')}(${any})`,
        template`${fc.constantFrom('isNaN', 'isFinite', 'Boolean')}(${any})`,
        template`${s}.${fc.constantFrom('includes', 'startsWith', 'endsWith')}(${s})`,
        template`${s}.${fc.constantFrom('includes', 'startsWith', 'endsWith')}(${s}, ${n})`,
        template`${regex('')}.test(${any})`,
        template`${fc.oneof(ns, ss)}.includes(${any})`,
        template`${ns}.${fc.constantFrom('every', 'some')}(${arrow(['number'], 'boolean')})`,
        template`${is}.${fc.constantFrom('every', 'some')}(${itemArrow('boolean', fuel, names)})`,
        template`Object.hasOwn(${o}, ${s})`,
      ];
    case 'numbers':
      return [
        template`[${n}, ${n}]`,
        template`[${n}, ...${ns}]`,
        template`${ns}.map(${arrow(['number', 'number'], 'number')})`,
        template`${fc.oneof(ns, ss)}.map(${fc.constantFrom('Number', 'Math.abs', 'parseFloat', 'parseInt')})`,
        template`${ns}.filter(${arrow(['number'], 'boolean')})`,
        template`${ns}.filter(Boolean)`,
        template`${ns}.slice(${n}, ${n})`,
        template`${ns}.concat(${ns}, ${n})`,
        template`${ns}.${fc.constantFrom('toReversed', 'toSorted')}()`,
        template`[...${ns}].${fc.constantFrom('reverse', 'sort')}()`,
        template`${ns}.toSorted((a, b) => a - b)`,
        template`${ns}.toSorted((a, b) => b - a)`,
        template`${ns}.toSorted(${arrow(['number', 'number'], 'number')})`,
        template`${ns}.toSpliced(${n}, ${n}, ${n})`,
        template`${ns}.with(${n}, ${n})`,
        template`[${ns}, [${ns}]].flat(${fc.constantFrom('', '0', '1', '2', 'Infinity')})`,
        template`${ns}.flatMap(${arrow(['number'], 'numbers')})`,
        template`Array.from({ length: ${fc.constantFrom('0', '3', '2.5', '-1', '"2"')} }, ${arrow(['anything', 'number'], 'number')})`,
        template`${is}.map(${itemArrow('number', fuel, names)})`,
      ];
    case 'texts':
      return [
        template`[${s}, ...${ss}]`,
        template`[...${s}]`,
        template`${s}.split(${s})`,
        template`${s}.split(${s}, ${n})`,
        template`${s}.split(${regex('')})`,
        template`${s}.match(${regex('')})`,
        template`${s}.match(${regex('g')})`,
        template`[...${s}.matchAll(${regex('g')})].map((m) => m[1] ?? m.index)`,
        template`${regex('')}.exec(${s})`,
        template`Object.keys(${o})`,
        template`${ss}.map(${arrow(['text', 'number'], 'text')})`,
        template`${fc.oneof(ns, ss)}.map(String)`,
        template`${ss}.filter(${arrow(['text'], 'boolean')})`,
        template`${ss}.toSorted()`,
        template`${is}.map(${itemArrow('text', fuel, names)})`,
        template`Array.from(${s})`,
        template`Array.of(${s}, ${s})`,
      ];
    case 'object':
      return [
        template`({ a: ${any}, [${s}]: ${n} })`,
        template`({ ...${any}, b: ${s} })`,
        template`({ ...${o}, ...${o} })`,
        template`Object.fromEntries(Object.entries(${o}).map(([k, v]) => [k + "x", v]))`,
        template`Object.fromEntries(${ss}.map((k, i) => [k, i]))`,
        template`({ ...Object.groupBy(${ns}, ${arrow(['number'], 'text')}) })`,
        template`${is}[${n}]`,
        template`${is}.find(${itemArrow('boolean', fuel, names)})`,
        template`${is}.at(${n})?.inner`,
        template`JSON.parse(JSON.stringify(${o}))`,
        template`({ ..."k-v".match(/(?<key>\\w)-(?<value>\\w)/).groups })`,
      ];
    case 'items':
      return [
        template`${is}.filter(${itemArrow('boolean', fuel, names)})`,
        template`${is}.map((x) => ({ ...x, id: ${n} }))`,
        template`${is}.toSorted((a, b) => a.id - b.id)`,
        template`[...${is}, { id: ${n}, name: ${s}, tags: ${ss} }]`,
        template`Object.entries(${o}).map(([name, id]) => ({ id, name, tags: [] }))`,
      ];
    case 'anything':
      return [
        template`${o}.${fc.constantFrom('a', 'b', 'c', 'absent')}`,
        template`${any}?.${fc.constantFrom('a', 'length', 'absent')}?.b`,
        template`${any}.${fc.constantFrom('a', 'length', 'absent')}`,
        template`${any}?.[${fc.oneof(n, s)}]`,
        template`${any}[${fc.oneof(n, s)}]`,
        template`${fc.oneof(o, is)}[${fc.oneof(n, s)}].a`,
        template`${any}?.map?.(${arrow(['anything'], 'anything')})`,
        template`${any}.trim?.()`,
        template`Object.${fc.constantFrom('keys', 'values', 'entries')}(${any})`,
        template`Array.from(${any})`,
        template`[...${any}]`,
        template`[${any}, ${any}]`,
        template`${fc.oneof(any, n, o, ns)}.toString()`,
        template`JSON.parse(${s})`,
        template`${any}.at(0)`,
        template`${any}.concat(${any})`,
      ];
  }
}

type A = Arbitrary<string>;

function comparison(): A {
  return fc.constantFrom('<', '<=', '>', '>=', '===', '!==');
}

/** Patterns on whose meaning RE2 and V8 agree. */
function regex(flag: 'g' | ''): A {
  const atom = fc.constantFrom(
    'a',
    'l',
    '\\d',
    '\\w',
    '\\s',
    '.',
    '[a-c]',
    '[^a]',
    '(a|b)',
    '(?:lo|l)',
    '(o)',
    '\\b',
    '^',
    '$',
    ',',
    '-',
    '\\S',
    '\\W',
    '\\u00e4',
    '[\\s,]',
  );
  const part = fc.tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{1,2}', '*?', '+?')).map(([one, times]) => {
    const canRepeat = !['^', '$', '\\b'].includes(one);
    return canRepeat ? one + times : one;
  });
  return fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom('', 's', 'm'))
    .map(([parts, others]) => `/${parts.join('')}/u${flag}${others}`);
}

function arrowOf(parameters: readonly Type[], body: Type, fuel: number, names: Names): A {
  // two levels of arrows: deeper ones would multiply the generators, and show nothing new
  if (names.types.length >= 3) return leaf(body, names).map((value) => `() => (${value})`);
  const inner: Names = { types: [...names.types, ...parameters] };
  const list = parameters.map((_, index) => `p${names.types.length + index}`).join(', ');
  return expression(body, fuel, inner).map((value) => `(${list}) => (${value})`);
}

function itemArrow(body: Type, fuel: number, names: Names): A {
  const value = expression(body, fuel, names);
  return fc.oneof(
    fc.constantFrom(
      '(x) => x.id',
      '({ id }) => id',
      '({ name: q }) => q',
      '(x, i) => i',
      '({ tags: [first] }) => first',
      '(x) => x.tags.length > 1',
      '({ inner }) => inner.on',
      '(x) => x.inner?.on',
    ),
    template`(x) => (x.id > ${value})`,
    template`(x) => (x.name + ${value})`,
  );
}

function template(parts: TemplateStringsArray, ...values: A[]): A {
  return fc.tuple(...values).map((made) => parts.reduce((all, part, index) => all + part + (made[index] ?? ''), ''));
}
