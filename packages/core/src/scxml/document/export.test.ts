import { describe, expect, test } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../../definition/definition.ts';
import { exportScxml } from './export.ts';
import { importScxml } from './import.ts';

const machine = (
  states: Record<string, StateDefinition>,
  more: Partial<MachineDefinition> = {},
): MachineDefinition => ({
  id: 'm',
  semantics: 'scxml',
  initial: Object.keys(states)[0]!,
  states,
  ...more,
});

function textOf(definition: MachineDefinition): string {
  const { text, problems } = exportScxml(definition);
  expect(problems).toEqual([]);
  return text!;
}

describe('machines with the semantics of SCXML', () => {
  test('become documents that people can read', () => {
    const definition = machine(
      {
        a: {
          id: 'a',
          entry: [{ send: { type: 'e', data: { n: '{{ x < 1 }}' } }, delay: '90m' }],
          on: { 'e f': { target: '#b', guard: 'x && "y"', actions: [{ assign: { x: '{{ 1 }}' } }, { raise: 'g' }] } },
        },
        b: { id: 'b', type: 'final', output: '{{ x }}' },
      },
      { data: { x: '{{ 0 }}', list: [1, 2] }, script: ['y = 1 < 2;'] },
    );
    expect(textOf(definition)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="ecmascript" name="m" initial="a">
  <datamodel>
    <data id="x" expr="0"/>
    <data id="list">[1,2]</data>
  </datamodel>
  <script>y = 1 &lt; 2;</script>
  <state id="a">
    <onentry>
      <send event="e" delay="5400s">
        <param name="n" expr="x &lt; 1"/>
      </send>
    </onentry>
    <transition event="e f" cond="x &amp;&amp; &quot;y&quot;" target="b">
      <assign location="x" expr="1"/>
      <raise event="g"/>
    </transition>
  </state>
  <final id="b">
    <donedata>
      <content expr="x"/>
    </donedata>
  </final>
</scxml>
`);
  });

  test('keep what SCXML has no place for in attributes of their own namespace', () => {
    const definition = machine(
      {
        a: {
          id: 'a',
          description: 'the "first"',
          tags: ['x'],
          meta: { y: 1 },
          on: { e: { target: '#a', description: 'd' } },
        },
      },
      { description: 'all', version: '2', id: 'other', name: 'n' },
    );
    const text = textOf(definition);
    expect(text).toContain('xmlns:fsm="https://fsm.dev/scxml"');
    expect(text).toContain('fsm:description="the &quot;first&quot;"');
    expect(importScxml(text)).toEqual({ definition, problems: [] });
  });

  test('templates that are no single expression become one', () => {
    const entry = [{ log: 'n is {{ n }} of {{ a, b }}' }, { assign: { x: { a: '{{ n }}', b: [1, '{{ m }}'] } } }];
    const text = textOf(machine({ a: { id: 'a', entry: entry as never } }));
    expect(text).toContain(
      'expr="&quot;n is &quot; + (n ?? &quot;&quot;) + &quot; of &quot; + ((a, b) ?? &quot;&quot;)"',
    );
    expect(text).toContain('expr="{ &quot;a&quot;: n, &quot;b&quot;: [1, m] }"');
  });

  test('guards that are combinations become expressions', () => {
    const guard = { and: ['x > 1', { or: [{ in: '#b' }, { not: 'y' }] }] };
    const text = textOf(machine({ a: { id: 'a', always: { target: '#b', guard } }, b: { id: 'b' } }));
    expect(text).toContain(`cond="(x > 1) &amp;&amp; ((In('b')) || (!(y)))"`);
  });

  test('states get an id where something names them', () => {
    const text = textOf(
      machine({ state_1: { on: { e: 'state_2', f: 'other' } }, state_2: {}, state_3: {}, other: {} }),
    );
    expect([...text.matchAll(/<state.*>/g)].map(([tag]) => tag)).toEqual([
      '<state>',
      '<state id="state_2"/>',
      '<state/>',
      '<state id="other"/>',
    ]);
  });

  test('text, white space and characters survive', () => {
    const texts = [
      ' outer ',
      'a  b',
      'line\nbreak',
      '"quoted"',
      '1',
      'null',
      '{{',
      'a {{ b }} c',
      '<b/>',
      "'",
      '&amp;',
      '{"a":1}',
      '',
    ];
    const literal = (text: string) => text.replaceAll('{{', "{{ '{{' }}");
    const definition = machine({ a: { id: 'a', entry: texts.map((text) => ({ assign: { x: literal(text) } })) } });
    expect(importScxml(textOf(definition)).definition).toEqual(definition);
    const scripts = machine({ a: { id: 'a' } }, { script: ['a = "<b> & \' ]]>";\n\n  b = `\n  x`;'] });
    expect(importScxml(textOf(scripts)).definition).toEqual(scripts);
    const guards = machine({ a: { id: 'a', always: { guard: 'x === "\\n\t<&>"' } } });
    expect(importScxml(textOf(guards)).definition).toEqual(guards);
  });

  test('a line comment does not hide what follows', () => {
    const definition = importScxml(
      '<scxml><state id="a"><onentry><log expr="x // note"/></onentry></state></scxml>',
    ).definition;
    expect(definition.states!.a!.entry).toEqual([{ log: '{{ x // note\n}}' }]);
    expect(importScxml(textOf(definition)).definition).toEqual(definition);
  });
});

describe('what has no form', () => {
  const problemsOf = (state: StateDefinition, more: Partial<MachineDefinition> = {}, lossy = false) => {
    const { text, problems } = exportScxml(machine({ a: { id: 'a', ...state } }, more), { lossy });
    return { text, codes: problems.map(({ severity, code, path }) => `${severity} ${code} ${path}`) };
  };

  test('a guard is an error, or with `lossy` a transition that is never taken', () => {
    const state: StateDefinition = { on: { e: { guard: { type: 'isOpen' } } } };
    expect(problemsOf(state)).toEqual({ text: undefined, codes: ['error NO_GUARD_FORM $.states.a.on.e[0].guard'] });
    const { text, codes } = problemsOf(state, {}, true);
    expect(codes).toEqual(['warning NO_GUARD_FORM $.states.a.on.e[0].guard']);
    expect(text).toMatch(/<!-- never taken: .* -->\n\s*<transition event="e" cond="false"\/>/);
  });

  test('an action is a warning and a comment', () => {
    const { text, codes } = problemsOf({ entry: ['beep', { emit: 'e' }, () => ({})] });
    expect(codes).toEqual([0, 1, 2].map((index) => `warning NO_FORM $.states.a.entry[${index}]`));
    expect([...text!.matchAll(/<!--.*-->/g)].map(([comment]) => comment)).toEqual([
      '<!-- left out: the action beep -->',
      '<!-- left out: emit e -->',
      '<!-- left out: an inline function -->',
    ]);
  });

  test('keys of native machines are errors', () => {
    expect(problemsOf({ after: { '1s': '#a' } }).codes).toEqual(['error NO_FORM $.states.a.after']);
    expect(problemsOf({ effect: { type: 'call' } }).codes).toEqual(['error NO_FORM $.states.a.effect']);
    expect(problemsOf({}, { entry: { raise: 'e' } }).codes).toEqual(['error NO_FORM $.entry']);
  });

  test('a target that does not exist and a character that XML cannot hold are errors', () => {
    expect(problemsOf({ always: { target: '#nowhere', guard: 'x' } }).codes).toEqual([
      'error UNKNOWN_TARGET $.states.a.always[0].target',
    ]);
    expect(problemsOf({ always: { guard: 'x === "\u0001"' } }).codes).toEqual(['error INVALID_CHARACTER $']);
  });
});
