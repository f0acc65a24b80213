import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importScxml } from '../scxml/document/import.ts';
import { chartOf } from './chart.ts';
import { verify } from './verify.ts';

const corpus = join(import.meta.dirname, '../../test/scxml-corpus');
const tests = globSync('**/*.scxml', { cwd: corpus })
  .filter((name) => existsSync(join(corpus, name.replace(/\.scxml$/, '.json'))))
  .sort();

interface Script {
  readonly initialConfiguration: readonly string[];
  readonly events: readonly { readonly nextConfiguration: readonly string[] }[];
}

describe('machines that follow SCXML', () => {
  test('are checked as far as their definition tells', () => {
    const { definition } = importScxml(`
      <scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" initial="a">
        <state id="a">
          <transition event="go" target="b"/>
          <transition event="go.on" target="c"/>
        </state>
        <state id="b"><transition cond="Var1 &gt; 5 &amp;&amp; Var1 &lt; 3" target="d"/></state>
        <state id="c"/>
        <state id="d"/>
      </scxml>`);
    const { findings, unexplored } = verify(definition);
    expect(unexplored).toContain('SCXML');
    expect(findings.map(({ code, path }) => [code, path])).toEqual([
      ['UNREACHABLE_STATE', '$.states.c'],
      // `go` takes `go.on` as well; what a guard may be is not known
      ['SHADOWED_GUARD', '$.states.a.on["go.on"]'],
    ]);
  });

  test('of the corpus are never in a state that is called unreachable', () => {
    let claims = 0;
    for (const name of tests) {
      const script: Script = JSON.parse(readFileSync(join(corpus, name.replace(/\.scxml$/, '.json')), 'utf8'));
      const { definition } = importScxml(readFileSync(join(corpus, name), 'utf8'));
      const chart = chartOf(definition);
      const active = new Set(
        [script.initialConfiguration, ...script.events.map((each) => each.nextConfiguration)].flat(),
      );
      for (const { code, states = [] } of verify(definition).findings) {
        if (code !== 'UNREACHABLE_STATE') continue;
        claims += 1;
        const id = chart.byPath.get(states[0]!)!.definition.id ?? states[0]!;
        expect(active, `${name} ${id}`).not.toContain(id);
      }
    }
    expect(tests.length).toBeGreaterThan(300);
    expect(claims).toBeGreaterThan(20);
  });
});
