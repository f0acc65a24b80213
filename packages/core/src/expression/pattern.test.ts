import { describe, expect, test } from 'vitest';
import { meter } from './budget.ts';
import { compileExpression } from './expression.ts';
import { Pattern } from './pattern.ts';

const texts = [
  '',
  'a',
  'aab',
  'Hello, World',
  'one two  three',
  ' tabs\tand\u00a0spaces\u2003\ufeff',
  'lines\nof\r\ntext\u2028end',
  'a-b_c.d',
  '2024-05-06 and 2025-11-30',
  'äöü ÄÖÜ ß',
  '😀x😀',
  'foo@example.org',
  '(x) [y] {z} \\ / ^ $',
  '\u0000\u0001\u0008',
];

/** Sources of patterns on whose meaning RE2 and JavaScript (with the flag `u`) agree once they are translated. */
const patterns = [
  'a', 'a*', 'a+?', '(a)(b)?', '(?:a|b)+', '^', '$', '^a', 'b$', '\\b', '\\B', '\\w+', '\\W+', '\\d{2,4}', '\\D', '\\s', '\\S+',
  '[\\s]', '[^\\s]+', '[\\S]', '[\\d-]', '.', '.+', '[^]', '[]', '[^a-z]', '[.]', '[[]', '[\\]]', '[\\b]', '\\.', '\\/', '\\-|_'.replace('\\-', '-'),
  '\\u0061', '\\u{1F600}', '\\ud83d\\ude00', '\\x61', '\\cA', '\\0', '\\t|\\n|\\r', '\\u00e4|\\u00c4', '[\\u00e0-\\u00ff]+', '\\p{L}+', '\\P{L}', '\\p{Lu}', '\\p{Script=Latin}',
  '(\\d+)-(\\d+)-(\\d+)', '(?<year>\\d{4})-(?<month>\\d\\d)', '(?<a>x)|(?<b>o)', '[\\w.+-]+@[\\w-]+\\.\\w+', '\\(x\\)|\\[y\\]|\\{z\\}|\\\\|\\^|\\$', 'l{2}', '(l)\\s|o', ',\\s*', '(?:)', 'x?',
]; // biome-ignore format: a list of words

describe('a regular expression matches what JavaScript matches', () => {
  test.each(patterns)('/%s/', (source) => {
    for (const flags of ['', 'g', 'i', 's', 'gm']) {
      // the case folding of RE2 is that of Unicode, as with the flag `u`
      const native = new RegExp(source, `${flags}u`);
      const pattern = new Pattern(source, flags, 0);
      for (const text of texts) {
        // line ends of `^` and `$` with the flag `m` are \n only
        if (flags.includes('m') && /[\r\u2028]/.test(text)) continue;
        // V8 finds a place for \B inside of a surrogate pair
        if (source === '\\B' && text.includes('😀')) continue;
        meter.left = 100_000;
        const all = native.global ? Array.from(text.matchAll(native), asPlain) : [asPlain(native.exec(text))];
        const found = pattern.global
          ? Array.from(pattern.matches(text), (match) => asPlain(match.asList()))
          : [asPlain(pattern.exec(text))];
        expect(found, `${flags} on ${JSON.stringify(text)}`).toEqual(all);
        expect(pattern.split(text, 0xffffffff), `split ${flags} ${JSON.stringify(text)}`).toEqual(text.split(native));
        expect(pattern.test(text)).toBe(new RegExp(source, `${flags.replace('g', '')}u`).test(text));
      }
    }
  });

  function asPlain(match: unknown): unknown {
    if (match === null) return null;
    const { index, input, groups } = match as RegExpExecArray;
    return {
      all: [...(match as RegExpExecArray)],
      index,
      input,
      groups: groups === undefined ? undefined : { ...groups },
    };
  }

  test.each([
    ['"a.b.c".split(/\\./)', ['a', 'b', 'c']],
    ['"a1b2".split(/(\\d)/, 3)', ['a', '1', 'b']],
    ['"x-y".replace(/(?<l>\\w)-(?<r>\\w)/, "$<r>/$<l> $2$1 $& $$ $` $\' $3 $<no>")', 'y/x yx x-y $   $3 '],
    ['"aXbX".replace(/x/gi, (match, index) => `${match}${index}`)', 'aX1bX3'],
    [
      '"John Smith".replace(/(?<first>\\w+) (?<last>\\w+)/, (all, a, b, index, text, groups) => groups.last + index + text.length)',
      'Smith010',
    ],
    ['"abc".replace(/b/, (x) => undefined)', 'aundefinedc'],
    ['"aaa".replace(/a/, "b") + "aaa".replaceAll(/a/g, "b") + "a.a".replaceAll(".", "$&$&")', 'baabbba..a'],
    ['"abc".match(/z/g)', null],
    ['"abc".search(/c/) + "abc".search(/z/)', 1],
    ['"a,b".match(/(?<x>\\w),(?<y>\\w)/).groups', { x: 'a', y: 'b' }],
    ['"a,b".match(/,/).index', 1],
    ['/^\\d+$/.test(context.n)', true],
    ['[..."ab".matchAll(/(?<c>[a-z])/g)].map(({ index, groups: { c } }) => c + index)', ['a0', 'b1']],
  ])('in a method of a text: %s', (source, expected) => {
    expect(compileExpression(source).evaluate({ context: { n: 12 } })).toEqual(expected);
  });
});

describe('the budget of a match', () => {
  const stepsOf = (run: () => void) => {
    meter.left = 1_000_000;
    run();
    return 1_000_000 - meter.left;
  };

  test('counts the characters that are really read', () => {
    const pattern = new Pattern('[a-c]+d', 'g', 0);
    const short = stepsOf(() => pattern.test('abc'.repeat(100)));
    const long = stepsOf(() => pattern.test('abc'.repeat(200)));
    expect(short).toBeGreaterThan(300);
    expect(long).toBeGreaterThan(1.8 * short);
  });

  test('grows with the text where all matches are found in one pass, with its square where each looks to the end', () => {
    const [simple, looking] = [new Pattern('[a-b],', 'g', 0), new Pattern('a.*c|a', 'g', 0)];
    const growth = (pattern: Pattern, text: string) =>
      stepsOf(() => Array.from(pattern.matches(text.repeat(20)))) /
      stepsOf(() => Array.from(pattern.matches(text.repeat(5))));
    expect(growth(simple, 'a,b,')).toBeLessThan(6);
    expect(growth(looking, 'aaaa')).toBeGreaterThan(12);
  });
});
