import { describe, expect, test } from 'vitest';
import type { Json } from '../json.ts';
import { compileDataExpression, compileScript } from './data-model.ts';
import { scopeOf } from './testing/scope.ts';

const text = `<?xml version="1.0"?>\r\n<!-- a <list> of -->
<books xmlns="">\r\n  <book title="title1"/><book title="title2">Über <em>x &amp; y</em><![CDATA[<z>]]></book></books>`;

function resultOf(source: string, data: Record<string, Json> = { xml: { $xml: text } }): Json | undefined {
  return compileDataExpression(source).evaluate(scopeOf(data));
}

describe('XML in the data model', () => {
  test.each<[source: string, value: Json | undefined]>([
    ["xml.getElementsByTagName('book')[1].getAttribute('title') == 'title2'", true],
    ["xml.getElementsByTagName('book').length", 2],
    ["xml.getElementsByTagName('*').length", 3],
    ["xml.getElementsByTagName('nothing')", []],
    ["xml.children[0].hasAttribute('title') && !xml.children[0].hasAttribute('id')", true],
    ["xml.children[0].getAttribute('id')", null],
    ["xml.children[0].getAttribute('constructor')", null],
    ['xml.children[1].textContent', 'Über x & y<z>'],
    ['xml.children[1].firstChild.nodeValue', 'Über '],
    ['xml.children[0].firstChild', null],
    ['[xml.tagName, xml.nodeName, xml.documentElement.tagName, xml.nodeType]', ['books', 'books', 'books', 1]],
    ['xml.childNodes.map((node) => node.nodeType)', [3, 1, 1]],
    ['xml.nothing', undefined],
    ["typeof xml + ('tagName' in xml)", 'objecttrue'],
    ['Object.keys(xml)', []],
  ])('%s', (source, value) => {
    expect(resultOf(source)).toEqual(value);
  });

  test('gives elements as data that can be read again', () => {
    const book = resultOf("xml.getElementsByTagName('book')[1]")!;
    expect(book).toEqual({ $xml: '<book title="title2">Über <em>x &amp; y</em><![CDATA[<z>]]></book>' });
    expect(resultOf('book.textContent', { book })).toBe('Über x & y<z>');
    expect(resultOf('book == xml.children[1]', { book, xml: { $xml: text } })).toBe(true);
  });

  test('stays as it is when a script only reads it', () => {
    const data = { xml: { $xml: text }, n: 0 };
    const after = compileScript('n = xml.children.length; var root = xml;').run(scopeOf(data));
    expect(after).toEqual({ ...data, n: 2, root: data.xml });
    expect(after.xml).toBe(data.xml);
  });

  test('can be part of an event', () => {
    const scope = scopeOf({}, { system: { _event: { data: { $xml: '<a b="c"/>' } } } });
    expect(compileDataExpression("_event.data.getAttribute('b')").evaluate(scope)).toBe('c');
  });

  test('cannot be changed', () => {
    for (const source of ['xml.tagName = 1', "xml['x'] = 1"]) {
      expect(() => resultOf(source)).toThrow(expect.objectContaining({ code: 'EXPRESSION_FAILED' }));
    }
  });

  test.each([
    ['<a>', 'not closed'],
    ['', 'empty'],
    ['<a b="1" b="2"/>', 'an attribute twice'],
    ['<a>&unknown;</a>', 'an unknown entity'],
    ['<a>'.repeat(100_000), 'deep'],
    ['<a>'.repeat(200) + '</a>'.repeat(200), 'deep and closed'],
    [
      `<!DOCTYPE a [<!ENTITY x "${'</a>'.repeat(300)}">]>${'<a>'.repeat(200)}${'</a>'.repeat(200)}`,
      'deep behind a trick',
    ],
    ['<"'.repeat(100_000), 'many quotes'],
  ])('that is broken fails: %#', (broken) => {
    expect(() => resultOf('xml.tagName', { xml: { $xml: broken } })).toThrow(
      expect.objectContaining({ code: 'EXPRESSION_FAILED', details: expect.objectContaining({ reason: 'XML' }) }),
    );
  });
});
