import { describe, expect, test } from 'vitest';
import type { StateDefinition } from '../../definition/definition.ts';
import { exportScxml } from './export.ts';
import { type ImportScxmlOptions, importScxml } from './import.ts';

const wrap = (content: string, attributes = '') =>
  `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="ecmascript" ${attributes}>${content}</scxml>`;

/** The definition of a document without problems, which must also survive export and import. */
function definitionOf(content: string, attributes = '', options: ImportScxmlOptions = {}) {
  const { definition, problems } = importScxml(wrap(content, attributes), options);
  expect(problems).toEqual([]);
  const exported = exportScxml(definition);
  expect(exported.problems).toEqual([]);
  expect(JSON.stringify(importScxml(exported.text!).definition)).toBe(JSON.stringify(definition));
  return definition;
}

const stateOf = (content: string, load?: ImportScxmlOptions['load']): StateDefinition =>
  definitionOf(`<state id="s">${content}</state><state id="t"/>`, '', load === undefined ? {} : { load }).states!.s!;

const entryOf = (content: string) => stateOf(`<onentry>${content}</onentry>`).entry;

const problemsOf = (content: string, attributes = '', options: ImportScxmlOptions = {}) =>
  importScxml(wrap(content, attributes), options).problems;

const codesOf = (content: string, attributes = '') =>
  problemsOf(content, attributes).map(({ severity, code }) => `${severity} ${code}`);

describe('documents', () => {
  test('are machines with the semantics of SCXML', () => {
    expect(definitionOf('<state id="a"/>', 'name="door" binding="late"')).toEqual({
      id: 'door',
      semantics: 'scxml',
      binding: 'late',
      initial: 'a',
      states: { a: { id: 'a' } },
    });
  });

  test('have a name that need not be a machine id, and an id that no state has', () => {
    expect(definitionOf('<state/>', 'name="my door"')).toMatchObject({ id: 'my-door', name: 'my door' });
    expect(definitionOf('<state id="machine"/>')).toMatchObject({ id: 'machine-machine' });
    expect(definitionOf('<state/>', 'name="door"', { id: 'front' })).toMatchObject({ id: 'front', name: 'door' });
  });

  test('may use a prefix, or no namespace at all', () => {
    const prefixed = '<x:scxml xmlns:x="http://www.w3.org/2005/07/scxml"><x:state id="a"/></x:scxml>';
    const expected = importScxml(wrap('<state id="a"/>'));
    expect(importScxml(prefixed)).toEqual(expected);
    expect(importScxml('<scxml><state id="a"/></scxml>')).toEqual(expected);
  });

  test('have scripts, inline or in files, that run at the start', () => {
    const load = (address: string) => (address === 'lib/b.js' ? 'var b = 1;\r\n' : undefined);
    const content = '<script>\n  var a = "&lt;";\n  a += 1;\n</script><script src="lib/b.js"/><state/>';
    expect(definitionOf(content, '', { load }).script).toEqual(['var a = "<";\n  a += 1;', 'var b = 1;']);
  });
});

describe('states', () => {
  test('of every kind keep their ids', () => {
    const content = `<state id="a"><state id="b"/></state><parallel id="p"><state id="q"/><history id="h" type="deep">
      <transition target="q"/></history></parallel><final id="f"/>`;
    expect(definitionOf(content).states).toEqual({
      a: { id: 'a', initial: 'b', states: { b: { id: 'b' } } },
      p: {
        id: 'p',
        type: 'parallel',
        states: { q: { id: 'q' }, h: { id: 'h', type: 'history', history: 'deep', target: '#q' } },
      },
      f: { id: 'f', type: 'final' },
    });
  });

  test('without ids get keys, and ids that are no keys become some', () => {
    const content = '<state/><state id="1"/><state id="a.b"/><state id="a_b"/><final/>';
    const { states } = definitionOf(content);
    expect(Object.entries(states!).map(([key, { id }]) => [key, id])).toEqual([
      ['state_1', undefined],
      ['_1', '1'],
      ['a_b', 'a.b'],
      ['a_b_2', 'a_b'],
      ['final_5', undefined],
    ]);
  });

  test('start in the child that an attribute or an element names, which may lie deeper or be several', () => {
    const inside = '<state id="a"><state id="b"/></state><parallel id="p"><state id="q"/><state id="r"/></parallel>';
    expect(stateOf(inside).initial).toBe('a');
    expect(stateOf(`<initial><transition target="p"/></initial>${inside}`).initial).toBe('p');
    expect(definitionOf(inside, 'initial="b"').initial).toEqual({ target: '#b' });
    expect(definitionOf(inside, 'initial="q r"').initial).toEqual({ target: ['#q', '#r'] });
    expect(
      stateOf(`<initial><transition target="a"><raise event="e"/></transition></initial>${inside}`).initial,
    ).toEqual({
      target: '#a',
      actions: [{ raise: 'e' }],
    });
  });

  test('history states have defaults with content', () => {
    const history = '<history id="h"><transition target="a b"><log expr="1"/></transition></history>';
    expect(
      stateOf(`<parallel id="p">${history}<state id="a"/><state id="b"/></parallel>`).states!.p!.states!.h,
    ).toEqual({
      id: 'h',
      type: 'history',
      history: 'shallow',
      initial: { target: ['#a', '#b'], actions: [{ log: '{{ 1 }}' }] },
    });
  });

  test('enter and leave in blocks', () => {
    const one = '<onentry><raise event="a"/><raise event="b"/></onentry>';
    expect(stateOf(`${one}<onexit/>`)).toEqual({ id: 's', entry: [{ raise: 'a' }, { raise: 'b' }] });
    expect(stateOf(`${one}<onentry><raise event="c"/></onentry><onexit><raise event="d"/></onexit>`)).toEqual({
      id: 's',
      entry: [{ block: [{ raise: 'a' }, { raise: 'b' }] }, { block: [{ raise: 'c' }] }],
      exit: [{ raise: 'd' }],
    });
  });

  test('final states have an output', () => {
    const final = (content: string) =>
      definitionOf(`<final id="f"><donedata>${content}</donedata></final>`).states!.f!.output;
    expect(final('<param name="a" expr="x + 1"/><param name="b" location="y.z"/>')).toEqual({
      a: '{{ x + 1 }}',
      b: '{{ y.z }}',
    });
    expect(final('<content expr="x"/>')).toBe('{{ x }}');
    expect(final('<content>{ "a": [1, "{{"] }</content>')).toEqual({ a: [1, "{{ '{{' }}"] });
    expect(final('<content/>')).toBe('');
  });
});

describe('transitions', () => {
  const on = (content: string) => stateOf(content).on;

  test('have events, conditions, targets and content', () => {
    expect(
      stateOf('<transition event="e  f.*" cond=" x &lt; 2 " target="t"><raise event="g"/></transition>').on,
    ).toEqual({
      'e f.*': { target: '#t', guard: 'x < 2', actions: [{ raise: 'g' }] },
    });
    expect(stateOf('<transition target="t"/>').always).toEqual({ target: '#t' });
    expect(stateOf('<transition/><transition cond="x"/>').always).toEqual([{}, { guard: 'x' }]);
  });

  test('keep the order of the document, also when descriptors come again or look like numbers', () => {
    const transitions = ['a', 'a', 'b', 'a', '1', 'a', 'b'].map((event) => `<transition event="${event}"/>`);
    expect(Object.entries(on(transitions.join(''))!)).toEqual([
      ['a', [{}, {}]],
      ['b', {}],
      ['a ', {}],
      [' 1', {}],
      ['a  ', {}],
      ['b ', {}],
    ]);
  });

  test('are external where that makes a difference, unless they are internal', () => {
    const inside = '<state id="a"/>';
    expect(on(`${inside}<transition event="e" target="a"/>`)).toEqual({ e: { target: '#a', reenter: true } });
    expect(on(`${inside}<transition event="e" target="a" type="internal"/>`)).toEqual({ e: { target: '#a' } });
    expect(on(`${inside}<transition event="e" target="s"/>`)).toEqual({ e: { target: '#s', reenter: true } });
    expect(on(`${inside}<transition event="e" target="t"/>`)).toEqual({ e: { target: '#t' } });
    expect(on('<transition event="e"/>')).toEqual({ e: {} });
  });

  test('may have several targets', () => {
    const content = '<parallel id="p"><state id="a"/><state id="b"/></parallel><transition event="e" target=" a  b "/>';
    expect(on(content)).toEqual({ e: { target: ['#a', '#b'], reenter: true } });
  });
});

describe('data', () => {
  const data = (content: string, load?: ImportScxmlOptions['load']) =>
    definitionOf(`<datamodel>${content}</datamodel><state/>`, '', load === undefined ? {} : { load }).data;

  test('are expressions, or nothing', () => {
    expect(data('<data id="a" expr=" 1 + 1; "/><data id="b"/><data id="f" expr="function (x) { return x }"/>')).toEqual(
      {
        a: '{{ 1 + 1 }}',
        b: '{{ undefined }}',
        f: '{{ function (x) { return x } }}',
      },
    );
  });

  test('are JSON, XML or text between tags', () => {
    const content = `<data id="j"> [1, {"a": null}] </data><data id="n">null</data><data id="t"> two
      words </data><data id="q">"1"</data><data id="x"> <b xmlns="">1 &lt; 2<!-- c --></b> </data>`;
    expect(data(content)).toEqual({
      j: [1, { a: null }],
      n: null,
      t: 'two words',
      q: '1',
      x: { $xml: '<b xmlns="">1 &lt; 2<!-- c --></b>' },
    });
  });

  test('are JSON, XML or text in files', () => {
    const files: Record<string, string> = {
      j: '{"a":1}',
      x: '<?xml version="1.0"?>\n<a>1</a>\n',
      t: 'some\n text',
      l: '< no XML',
    };
    const content = Object.keys(files).map((name) => `<data id="${name}" src="file:${name}"/>`);
    expect(data(content.join(''), (address) => files[address])).toEqual({
      j: { a: 1 },
      x: { $xml: '<a>1</a>' },
      t: 'some text',
      l: '< no XML',
    });
  });

  test('stand in states, too', () => {
    expect(stateOf('<datamodel><data id="a" expr="1"/></datamodel>').data).toEqual({ a: '{{ 1 }}' });
  });
});

describe('executable content', () => {
  test('raise, log, script and cancel', () => {
    const content = `<raise event="a.b"/><log label="L" expr="x"/><log label="only"/><script> x = 1 </script><script/>
      <cancel sendid="i"/><cancel sendidexpr="y"/>`;
    expect(entryOf(content)).toEqual([
      { raise: 'a.b' },
      { log: '{{ x }}', label: 'L' },
      { log: '', label: 'only' },
      { script: 'x = 1' },
      { cancel: 'i' },
      { cancel: '{{ y }}' },
    ]);
  });

  test('if, elseif, else and foreach', () => {
    const content = `<if cond="a"><raise event="1"/><elseif cond="b"/><else/><foreach array="list" item="x" index="i">
      <assign location="y" expr="x"/></foreach></if>`;
    const each = { foreach: 'list', item: 'x', index: 'i', actions: [{ assign: { y: '{{ x }}' } }] };
    expect(entryOf(content)).toEqual([
      { if: [{ guard: 'a', actions: [{ raise: '1' }] }, { guard: 'b' }, { actions: [each] }] },
    ]);
  });

  test('assign expressions, JSON, XML and text to locations', () => {
    const content = `<assign location="a.b[0]" expr="1"/><assign location="a">{"b": 1}</assign>
      <assign location="a"><b/></assign><assign location="a">some text</assign><assign location="a"/>`;
    expect(entryOf(content)).toEqual([
      { assign: { 'a.b[0]': '{{ 1 }}' } },
      { assign: { a: { b: 1 } } },
      { assign: { a: { $xml: '<b/>' } } },
      { assign: { a: 'some text' } },
      { assign: { a: '' } },
    ]);
  });

  test('send with texts, and with expressions', () => {
    const plain = '<send event="e" target="#_parent" type="scxml" id="i" delay=".5s"/>';
    expect(entryOf(plain)).toEqual([{ send: 'e', to: '#_parent', processor: 'scxml', id: 'i', delay: '500ms' }]);
    const computed = '<send eventexpr="e" targetexpr="t" typeexpr="y" idlocation="i" delayexpr="d"/>';
    expect(entryOf(computed)).toEqual([
      { send: '{{ e }}', to: '{{ t }}', processor: '{{ y }}', idLocation: 'i', delay: 'd' },
    ]);
    expect(entryOf('<send event="{{ e }}"/>')).toEqual([{ send: "{{ '{{' }} e }}" }]);
  });

  test.each([
    ['1s', '1s'],
    ['1.5s', '1500ms'],
    ['10ms', '10ms'],
    ['0s', '0ms'],
    ['90s', '90s'],
    ['3600s', '1h'],
    ['+.25s', '250ms'],
  ])('a delay of %s is %s', (time, delay) => {
    expect(entryOf(`<send event="e" delay="${time}"/>`)).toEqual([{ send: 'e', delay }]);
  });

  test.each([
    ['<param name="a" expr="1"/><param name="b" location="x"/>', { a: '{{ 1 }}', b: '{{ x }}' }],
    ['<content expr="x"/>', '{{ x }}'],
    ['<content> some\n  text </content>', 'some text'],
    ['<content>{"a": 1}</content>', { a: 1 }],
    ['<content>{}</content>', {}],
    ['<content><a x="1"/></content>', { $xml: '<a x="1"/>' }],
  ])('send hands on %s', (content, data) => {
    expect(entryOf(`<send event="e">${content}</send>`)).toEqual([{ send: { type: 'e', data } }]);
  });

  test('a namelist is parameters, and an event may have data only', () => {
    expect(entryOf('<send event="e" namelist="a b"/>')).toEqual([
      { send: { type: 'e', data: { a: '{{ a }}', b: '{{ b }}' } } },
    ]);
    expect(entryOf('<send><content>x</content></send>')).toEqual([{ send: { type: '', data: 'x' } }]);
  });
});

describe('invocations', () => {
  const invokeOf = (content: string, load?: ImportScxmlOptions['load']) => stateOf(content, load).invoke;
  const nested = { id: 'inner', semantics: 'scxml', initial: 'n', states: { n: { id: 'n', type: 'final' } } };
  const text = '<scxml name="inner"><final id="n"/></scxml>';

  test('run a document in their content, in a file, or one that is computed', () => {
    expect(invokeOf(`<invoke type="scxml" id="i"><content>${text}</content></invoke>`)).toEqual({
      id: 'i',
      effect: { type: 'invoke_fsm', processor: 'scxml', machine: nested },
    });
    const file = '<invoke src="file:sub.scxml"/>';
    expect(invokeOf(file, () => text)).toEqual({ effect: { type: 'invoke_fsm', machine: nested } });
    expect(invokeOf('<invoke srcexpr="x" typeexpr="y"/>')).toEqual({
      effect: { type: 'invoke_fsm', processor: '{{ y }}', src: '{{ x }}' },
    });
    expect(invokeOf('<invoke><content expr="x"/></invoke>')).toEqual({
      effect: { type: 'invoke_fsm', machine: '{{ x }}' },
    });
  });

  test('load what a loaded document names from where that document is', () => {
    const asked: string[] = [];
    const files: Record<string, string> = {
      'lib/a.scxml': '<scxml><state><invoke src="b.scxml"/></state></scxml>',
      'lib/b.scxml': text,
    };
    const load = (address: string) => {
      asked.push(address);
      return files[address];
    };
    expect(JSON.stringify(invokeOf('<invoke src="lib/a.scxml"/>', load))).toContain('"id":"inner"');
    expect(asked).toEqual(['lib/a.scxml', 'lib/b.scxml']);
  });

  test('have parameters, forwarding, a place for their id, and other processors', () => {
    const content = '<param name="a" expr="1"/><finalize><raise event="e"/></finalize>';
    expect(
      invokeOf(`<invoke type="x" src="a b" idlocation="i" autoforward="true" namelist="n">${content}</invoke>`),
    ).toEqual({
      idLocation: 'i',
      autoForward: true,
      finalize: [{ raise: 'e' }],
      effect: { type: 'invoke_fsm', processor: 'x', src: 'a b', input: { n: '{{ n }}', a: '{{ 1 }}' } },
    });
  });

  test('an empty <finalize> writes back what parameters took', () => {
    const content = '<param name="p" location="x.y"/><param name="q" expr="1"/><finalize/>';
    const { finalize } = invokeOf(`<invoke namelist="n" src="a" type="x">${content}</invoke>`) as { finalize: unknown };
    expect(finalize).toEqual([
      {
        if: [
          {
            guard: '_event.data != null && _event.data.n !== undefined',
            actions: [{ assign: { n: '{{ _event.data.n }}' } }],
          },
        ],
      },
      {
        if: [
          {
            guard: '_event.data != null && _event.data.p !== undefined',
            actions: [{ assign: { 'x.y': '{{ _event.data.p }}' } }],
          },
        ],
      },
    ]);
  });

  test('of effects hold them as JSON', () => {
    const effect = { type: 'call', function: 'f', params: { a: '{{ x }}' } };
    const content = `<content>${JSON.stringify(effect)}</content>`;
    expect(invokeOf(`<invoke type="https://fsm.dev/effect" id="i">${content}</invoke>`)).toEqual({ id: 'i', effect });
  });
});

describe('problems', () => {
  test('have a line, a column and the path of the state', () => {
    expect(problemsOf('\n<state id="a">\n  <transition event="e" target="b"/>\n</state><state id="bb"/>')).toEqual([
      {
        code: 'UNKNOWN_TARGET',
        severity: 'error',
        path: '$.states.a',
        message: 'There is no state `b`.',
        hint: 'A target is the `id` of a state.',
        line: 3,
        column: 3,
      },
    ]);
  });

  test.each([
    ['error UNKNOWN_ELEMENT', '<state/><stat/>'],
    ['error UNKNOWN_ATTRIBUTE', '<state initail="x"/>'],
    ['error MISPLACED_ELEMENT', '<state><raise event="e"/></state>'],
    ['error MISPLACED_ELEMENT', '<parallel><final/></parallel>'],
    ['error MISPLACED_ELEMENT', '<state><onentry><if cond="a"><else/><else/></if></onentry></state>'],
    ['error MISSING_ELEMENT', '<state><state id="a"/><history/></state>'],
    ['error MISSING_ATTRIBUTE', '<state><onentry><assign expr="1"/></onentry></state>'],
    ['error MISSING_ATTRIBUTE', '<state><onentry><raise/></onentry></state>'],
    ['error MISSING_ATTRIBUTE', '<state><onentry><send/></onentry></state>'],
    ['error MISSING_ATTRIBUTE', '<state><onentry><cancel/></onentry></state>'],
    ['error MISSING_ATTRIBUTE', '<state><onentry><if/></onentry></state>'],
    ['error MISSING_ATTRIBUTE', '<state><onentry><send event="e"><param name="a"/></send></onentry></state>'],
    ['error INVALID_ATTRIBUTE', '<state><transition event="" target="a"/></state><state id="a"/>'],
    ['error INVALID_ATTRIBUTE', '<state><transition event="e" target=" "/></state>'],
    ['error INVALID_ATTRIBUTE', '<state><transition event="e" type="inner"/></state>'],
    [
      'error INVALID_ATTRIBUTE',
      '<state><history type="full"><transition target="a"/></history><state id="a"/></state>',
    ],
    ['error INVALID_ATTRIBUTE', '<state><invoke type="x" autoforward="yes"/></state>'],
    ['error CONFLICTING_ATTRIBUTES', '<state><onentry><send event="e" eventexpr="f"/></onentry></state>'],
    ['error CONFLICTING_ATTRIBUTES', '<state><onentry><send event="e" id="i" idlocation="f"/></onentry></state>'],
    ['error CONFLICTING_ATTRIBUTES', '<state><onentry><assign location="e" expr="f">x</assign></onentry></state>'],
    [
      'error CONFLICTING_ATTRIBUTES',
      '<state initial="a"><initial><transition target="a"/></initial><state id="a"/></state>',
    ],
    ['error DUPLICATE_ID', '<state id="a"/><state><state id="a"/></state>'],
    ['error DUPLICATE_ID', '<datamodel><data id="a"/><data id="a"/></datamodel><state/>'],
    ['error UNKNOWN_TARGET', '<state initial="x"><state id="a"/></state>'],
    ['error INVALID_TIME', '<state><onentry><send event="e" delay="1 minute"/></onentry></state>'],
    ['error NO_STATES', ''],
    ['error SOURCE_MISSING', '<script src="a.js"/><state/>'],
    ['warning SOURCE_MISSING', '<datamodel><data id="a" src="a.json"/></datamodel><state/>'],
    ['warning SOURCE_MISSING', '<state><invoke src="a.scxml"/></state>'],
    ['warning STRAY_TEXT', '<state>hello</state>'],
    ['warning EXPRESSION_SYNTAX', '<state><transition cond="a ="/></state>'],
    ['warning EXPRESSION_SYNTAX', '<state><transition cond="a) || (b"/></state>'],
    ['warning FOREIGN_ELEMENT', '<state><x:a xmlns:x="urn:x"/></state>'],
    ['warning FOREIGN_ATTRIBUTE', '<state xmlns:x="urn:x" x:a="1"/>'],
    ['warning MISPLACED_ELEMENT', '<transition event="e"/><state/>'],
  ])('%s: %s', (code, content) => {
    expect(codesOf(content)).toEqual([code]);
  });

  test('say what was probably meant', () => {
    expect(problemsOf('<state initail="x"/>')[0]!.message).toContain('did you mean `initial`?');
    expect(problemsOf('<state/><stat/>')[0]!.message).toContain('did you mean <state>?');
  });

  test('of a loaded document say in which', () => {
    const load = () => '<scxml>\n<state initial="x"><state/></state></scxml>';
    const [problem] = problemsOf('<state><invoke src="sub.scxml"/></state>', '', { load });
    expect(problem!.message).toMatch(/^sub\.scxml:2:1: There is no state `x`/);
  });

  test('a loaded document that is none keeps its address', () => {
    const { definition, problems } = importScxml(wrap('<state><invoke src="sub.scxml"/></state>'), {
      load: () => 'oops',
    });
    expect(problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['error SOURCE_MISSING']);
    expect(JSON.stringify(definition)).toContain('"src":"sub.scxml"');
  });
});

describe('the null data model', () => {
  const codes = (content: string) =>
    importScxml(`<scxml datamodel="null">${content}</scxml>`).problems.map((problem) => problem.code);

  test('has In() and texts to log', () => {
    const text =
      '<scxml datamodel="null"><state id="a"><transition cond="In(a)"/><onentry><log expr="\'x\'"/></onentry></state></scxml>';
    const { definition, problems } = importScxml(text);
    expect(problems).toEqual([]);
    expect(definition.states!.a!.always).toEqual({ guard: "In('a')" });
  });

  test('has neither data nor other conditions', () => {
    expect(codes('<state><transition cond="1 &lt; 2"/></state>')).toEqual(['DATA_MODEL']);
    expect(codes('<datamodel><data id="a"/></datamodel><state/>')).toEqual(['DATA_MODEL']);
    expect(codes('<script>x</script><state/>')).toEqual(['DATA_MODEL']);
  });

  test('other data models are refused', () => {
    expect(importScxml('<scxml datamodel="xpath"><state/></scxml>').problems).toMatchObject([
      { code: 'DATA_MODEL', severity: 'error', message: 'The data model `xpath` is not known.' },
    ]);
  });
});
