import { describe, expect, test } from 'vitest';
import { FsmError } from '../../error.ts';
import { importScxml } from './import.ts';

const open = '<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0">';

function refusal(text: string): FsmError {
  try {
    importScxml(text);
  } catch (error) {
    if (FsmError.is(error)) return error;
    throw error;
  }
  return expect.fail('the document was accepted');
}

const bomb = `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${open}<state id="&b;"/></scxml>`;

describe('what is no SCXML document', () => {
  test.each([
    ['empty text', ''],
    ['text that is not XML', 'machine'],
    ['JSON', '{"id":"a"}'],
    ['an element that does not end', `${open}<state>`],
    ['elements that cross', `${open}<state></scxml></state>`],
    ['two root elements', `${open}</scxml>${open}</scxml>`],
    ['another root', '<html/>'],
    ['scxml of another namespace', '<scxml xmlns="https://example.org/"/>'],
    ['a prefix nobody declared', '<s:scxml/>'],
    ['entities of its own', bomb],
    [
      'an external subset with declarations',
      `<!DOCTYPE scxml SYSTEM "http://example.org/x.dtd" [ %a; ]>${open}</scxml>`,
    ],
    ['an entity nobody declared', `${open}<state id="&secret;"/></scxml>`],
    ['an attribute twice', `${open}<state id="a" id="b"/></scxml>`],
    ['65 levels', `${open}${'<state>'.repeat(64)}${'</state>'.repeat(64)}</scxml>`],
    ['a million levels', '<a>'.repeat(300_000)],
    ['a tag that never ends', `${open}${'<a '.repeat(100_000)}`],
    ['quotes that never end', `${open}${'<a b="'.repeat(100_000)}`],
    ['comments that never end', `${open}${'<!--'.repeat(100_000)}`],
    ['more than 1 MB', `${open}<!--${' '.repeat(1_048_576)}--></scxml>`],
  ])('%s is refused with a coded error', (_, text) => {
    const error = refusal(text);
    expect(error.code).toBe('SCXML_INVALID');
    expect(error.hint).toBeTruthy();
  });

  test('the error says where', () => {
    expect(refusal(`${open}\n  <state id=a/>\n</scxml>`).details).toMatchObject({ line: 2, column: 13 });
    expect(refusal(bomb).message).toContain('line 1');
  });
});

describe('what is merely unusual', () => {
  const codes = (content: string) => importScxml(`${open}${content}</scxml>`).problems.map((problem) => problem.code);

  test('a document type without declarations, a byte order mark, comments and 64 levels are read', () => {
    expect(importScxml(`\uFEFF<!DOCTYPE scxml>${open}<!-- <a> ]]> --><state/></scxml>`).problems).toEqual([]);
    const deep = `${open}${'<state>'.repeat(63)}${'</state>'.repeat(63)}</scxml>`;
    expect(importScxml(deep).problems).toEqual([]);
  });

  test('markup in comments and CDATA sections is no depth', () => {
    const flat = `${open}<!-- ${'<a>'.repeat(100)} --><state/><script><![CDATA[${'<a>'.repeat(100)}]]></script></scxml>`;
    expect(() => importScxml(flat)).not.toThrow();
  });

  test('names that reach a prototype become no keys', () => {
    const content = `<datamodel><data id="__proto__" expr="1"/><data id="a">{"__proto__": {"polluted": true}}</data></datamodel>
      <state id="constructor"><transition event="__proto__"/><onentry><assign location="prototype" expr="1"/>
      <send event="e"><param name="__proto__" expr="1"/></send></onentry></state>`;
    expect(codes(content)).toEqual(['HOSTILE_KEY', 'HOSTILE_KEY', 'HOSTILE_KEY', 'HOSTILE_KEY']);
    const { definition } = importScxml(`${open}${content}</scxml>`);
    expect(definition.data).toEqual({ a: null });
    expect(Object.keys(definition.states!)).toEqual(['_constructor']);
    expect(Object.keys(definition.states!._constructor!.on!)).toEqual([' __proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('JSON that is too deep, or has numbers that JSON cannot write, is text', () => {
    const data = (text: string) =>
      importScxml(`${open}<datamodel><data id="a">${text}</data></datamodel><state/></scxml>`).definition.data!.a;
    expect(data('[1e999]')).toBe('[1e999]');
    expect(data('['.repeat(100) + ']'.repeat(100))).toBeTypeOf('string');
  });

  test('a document that invokes itself, directly or over another, keeps an address', () => {
    const invoke = (src: string) => `${open}<state><invoke src="${src}"/></state></scxml>`;
    const files: Record<string, string> = { 'a.scxml': invoke('b.scxml'), 'b.scxml': invoke('a.scxml') };
    const { definition, problems } = importScxml(invoke('a.scxml'), { load: (address) => files[address] });
    expect(JSON.stringify(definition)).toContain('"src":"a.scxml"');
    expect(problems.map((problem) => problem.code)).toEqual(['SOURCE_MISSING']);
  });

  test('documents that double each time are loaded only up to a limit', () => {
    let loads = 0;
    const load = (address: string) => {
      loads += 1;
      const next = `${Number(address) + 1}`;
      const twice = `<invoke src="${next}"/>`.repeat(2);
      return `${open}<state>${twice}</state><!--${' '.repeat(20_000)}--></scxml>`;
    };
    importScxml(`${open}<state><invoke src="1"/></state></scxml>`, { load });
    expect(loads).toBeLessThan(200);
  });
});
