import fc, { type Arbitrary } from 'fast-check';

/**
 * Small scripts over the data of {@link arbitraryData}, that mean the same in the data model and in JavaScript. Left out
 * is what means something else on purpose: objects compared with each other, prototypes, holes in lists.
 */
export function arbitraryScript(): Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...functions), statements(3, base))
    .map(([declared, body]) => [declared, body].filter((part) => part !== '').join('\n'));
}

export function arbitraryData() {
  const number = fc.oneof(fc.integer({ min: -5, max: 12 }), fc.constantFrom(0.5, 1e21, -7.25));
  const text = fc.oneof(fc.constantFrom('', 'a', 'b', '3', 'x,y', 'abc'), fc.string({ maxLength: 4 }));
  return fc.record(
    {
      n: number,
      m: number,
      s: text,
      t: text,
      list: fc.array(number, { maxLength: 5 }),
      words: fc.array(text, { maxLength: 4 }),
      o: fc.record(
        { a: number, b: text, c: fc.record({ d: number }, { noNullPrototype: true }) },
        { noNullPrototype: true },
      ),
    },
    { noNullPrototype: true },
  );
}

export const dataNames = ['n', 'm', 's', 't', 'list', 'words', 'o'] as const;

const functions = [
  '',
  'function twice(x) { return x + x; }',
  'function twice(x) { n += 1; return x * 2; }',
  'function twice(x = 2, ...rest) { return rest.length + x; }',
  'function twice(x) { if (x > 20) throw new RangeError("far"); return x > 9 ? x : twice(x + 5); }',
  'function twice(x) { try { return list.pop(); } finally { m = x; } }',
  'function twice() { return arguments.length + (this === undefined ? 1 : 2); }',
];

/** The locals a statement may use. */
interface Names {
  readonly numbers: readonly string[];
  readonly depth: number;
}

const base: Names = { numbers: ['n', 'm', 'o.a', 'o.c.d', 'list[0]', 'list.length', 's.length'], depth: 0 };

function statements(fuel: number, names: Names): Arbitrary<string> {
  return fc.array(statement(fuel, names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('\n'));
}

function statement(fuel: number, names: Names): Arbitrary<string> {
  const number = numeric(2, names);
  const text = textual(2, names);
  const test = truth(2, names);
  const simple = fc.oneof(
    line`${fc.constantFrom('n', 'm', 'o.a', 'o.c.d', 'list[0]')} ${fc.constantFrom('=', '+=', '-=', '*=', '|=', '&=', '^=', '<<=', '>>=', '>>>=', '%=', '**=', '??=', '&&=', '||=')} ${number};`,
    line`${fc.constantFrom('s', 't', 'o.b', 'words[0]')} ${fc.constantFrom('=', '+=')} ${text};`,
    line`${fc.constantFrom('n', 'm', 'o.a', 'o.c.d', 'list[0]')}${fc.constantFrom('++', '--')};`,
    line`${fc.constantFrom('++', '--')}${fc.constantFrom('n', 'o.a')};`,
    line`list.${fc.constantFrom('push', 'unshift')}(${number}, ${number});`,
    line`n = list.${fc.constantFrom('pop', 'shift')}() ?? ${number};`,
    line`list.splice(${number} & 3, ${number} & 1, ${number});`,
    line`list.sort((a, b) => a - b);`,
    line`${fc.constantFrom('list', 'words')}.${fc.constantFrom('reverse', 'sort')}();`,
    line`words = words.concat([${text}]);`,
    line`list = [...list, ...[${number}, ${number}]];`,
    line`[n, m = 3] = [m, ${number}];`,
    line`({ a: n, b: s, ...o.rest } = o);`,
    line`delete o.${fc.constantFrom('a', 'b', 'x')};`,
    line`o[${text}] = ${number};`,
    line`list.length = Math.min(list.length, ${number} & 3);`,
    line`list.forEach((x, i) => { n += x * i; });`,
    line`words = words.map((w) => w + ${text});`,
    line`n = ((x, y = 2) => x * y)(${number});`,
    line`m = (function (x) { return this === undefined ? x : 0; })(${number});`,
    line`o.f = new (function (x) { this.value = x; })(${number});`,
    line`void ${number}, ${number};`,
    line`throw ${fc.oneof(text, number)};`,
  );
  if (fuel === 0) return simple;
  const inner = statements(fuel - 1, { ...names, depth: names.depth + 1 });
  const name = `v${names.depth}`;
  const withLocal = statements(fuel - 1, { numbers: [...names.numbers, name], depth: names.depth + 1 });
  return fc.oneof(
    { arbitrary: simple, weight: 5 },
    {
      arbitrary: fc.oneof(
        line`if (${test}) { ${inner} } else { ${inner} }`,
        line`for (let ${fc.constant(name)} = 0; ${fc.constant(name)} < 3; ${fc.constant(name)}++) { ${withLocal} }`,
        line`for (const ${fc.constant(name)} of list.slice(0, 4)) { ${withLocal} }`,
        line`for (const key in o) { if (key === ${text}) ${fc.constantFrom('break', 'continue')}; ${inner} }`,
        line`{ let ${fc.constant(name)} = ${number}; ${withLocal} }`,
        line`{ const ${fc.constant(name)} = ${number}; const late = () => ${fc.constant(name)} + 1; n = late(); ${withLocal} }`,
        line`try { ${inner} } catch (e) { s = typeof e; } finally { m += 1; }`,
        line`try { ${inner} } catch { t = "caught"; }`,
        line`switch (${number} & 3) { case 0: ${inner} case 1: ${inner} break; default: n = 1; case 2: m = 2; }`,
        line`out: for (let i = 0; i < 2; i++) { for (let j = 0; j < 2; j++) { if (${test}) ${fc.constantFrom('continue out', 'break out', 'break', 'continue')}; n += i - j; } }`,
        line`let guard${fc.constant(String(names.depth))} = 0; while (guard${fc.constant(String(names.depth))}++ < 3 && ${test}) { ${inner} }`.map(
          (loop) => `{ ${loop} }`,
        ),
        line`(function () { var hidden = ${number}; if (${test}) return hidden; ${inner} })();`,
        line`{ const made = []; for (let i = 0; i < 3; i++) made.push(() => i++ + ${number}); n = made.map((f) => f() + f()).at(-1); }`,
      ),
      weight: 3,
    },
  );
}

function numeric(fuel: number, names: Names): Arbitrary<string> {
  const leaf = fc.oneof(
    fc.constantFrom(...names.numbers),
    fc.integer({ min: -3, max: 9 }).map((value) => `(${value})`),
  );
  if (fuel === 0) return leaf;
  const number = numeric(fuel - 1, names);
  const text = textual(fuel - 1, names);
  return fc.oneof(
    { arbitrary: leaf, weight: 3 },
    line`(${number} ${fc.constantFrom('+', '-', '*', '%', '|', '&', '^', '<<', '>>', '>>>')} ${number})`,
    line`(${truth(fuel - 1, names)} ? ${number} : ${number})`,
    line`Math.${fc.constantFrom('min', 'max')}(${number}, ${number})`,
    line`-${number}`.map((value) => `(${value})`),
    line`parseInt(${text}, 10)`,
    line`${text}.indexOf(${text})`,
    line`list.indexOf(${number})`,
    line`list.reduce((a, b) => a + b, ${number})`,
    line`(typeof twice === "function" ? twice(${number}) : 0)`,
    line`(n = ${number}, n)`,
    line`o?.c?.d`,
    line`(o.x?.y.z ?? ${number})`,
  );
}

function textual(fuel: number, names: Names): Arbitrary<string> {
  const leaf = fc.constantFrom('s', 't', 'o.b', '"a"', '"3"', '"key"', 'typeof n', 'typeof nowhere');
  if (fuel === 0) return leaf;
  const text = textual(fuel - 1, names);
  const number = numeric(fuel - 1, names);
  return fc.oneof(
    { arbitrary: leaf, weight: 3 },
    line`(${text} + ${fc.oneof(text, number)})`,
    line`String(${fc.oneof(text, number)})`,
    line`\`<\${${fc.oneof(text, number)}}>\``,
    line`String(${text}).slice(${number} & 3)`,
    line`words.join(${text})`,
    line`String(${text}).replace(/a/g, (found) => found + ${text})`,
    line`JSON.stringify(${fc.constantFrom('list', 'words', 'o', '{ x: [n, s] }')})`,
    line`Object.keys(o).join()`,
    line`list.toString()`,
  );
}

function truth(fuel: number, names: Names): Arbitrary<string> {
  const number = numeric(Math.max(0, fuel - 1), names);
  const text = textual(Math.max(0, fuel - 1), names);
  return fc
    .oneof(
      line`${number} ${fc.constantFrom('<', '<=', '>', '>=', '===', '!==', '==', '!=')} ${number}`,
      line`${text} ${fc.constantFrom('<', '===', '==', '!=')} ${fc.oneof(text, number)}`,
      line`${fc.oneof(text, number)} == ${fc.constantFrom('null', 'undefined', 'true', '""', '0')}`,
      line`${fc.constantFrom('"a"', '"x"', 's')} in o`,
      line`list.includes(${number})`,
      line`!${number}`,
      line`list instanceof Array`,
      line`o instanceof ${fc.constantFrom('Array', 'Object', 'Error')}`,
    )
    .map((condition) => `(${condition})`);
}

function line(parts: TemplateStringsArray, ...values: Arbitrary<string>[]): Arbitrary<string> {
  return fc.tuple(...values).map((made) => parts.reduce((all, part, index) => all + part + (made[index] ?? ''), ''));
}
