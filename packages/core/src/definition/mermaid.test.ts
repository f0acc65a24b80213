import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from './definition.ts';
import { toMermaid } from './mermaid.ts';
import { validMachine } from './testing/valid-machines.ts';

function draw(definition: object, active?: readonly string[]): string {
  return toMermaid(definition as MachineDefinition, active === undefined ? {} : { active });
}

describe('toMermaid', () => {
  test('draws states, the initial and the final marker, events, guards and actions', () => {
    const door = {
      id: 'door',
      initial: 'closed',
      states: {
        closed: {
          on: {
            OPEN: { target: 'open', guard: 'context.opened < 100', actions: [{ assign: { opened: 1 } }, 'ring'] },
            KNOCK: { actions: { log: 'knock' } },
            FORCE: {
              target: 'open',
              before: { type: 'call', function: 'ask' },
              actions: { effect: { type: 'delay' } },
            },
          },
        },
        open: { on: { CLOSE: 'closed' }, after: { '30s': 'closed', '86400000': 'broken' } },
        broken: { type: 'final', entry: { raise: 'GONE', delay: 5000 } },
      },
    };
    expect(draw(door, ['open'])).toBe(
      `stateDiagram-v2
  [*] --> closed
  state "closed" as closed
  closed : KNOCK / log
  closed --> open : OPEN [context.opened < 100] / assign opened, ring
  closed --> open : FORCE after call ask / start delay
  state "open" as open
  open --> closed : CLOSE
  open --> broken : after 1d
  open --> closed : after 30s
  state "broken" as broken
  broken : entry / raise GONE after 5s
  broken --> [*]
  classDef active fill:#2f9e44,stroke:#1b5e2a,color:#ffffff
  class open active
`,
    );
  });

  test('draws regions, nesting, history, effects with their outcomes, and arrows across boxes outside of them', () => {
    const loan = {
      id: 'loan',
      type: 'parallel',
      on: { RESET: '.application' },
      states: {
        application: {
          initial: { target: 'checking', actions: 'begin' },
          states: {
            checking: {
              effect: { type: 'retry', attempts: 3, effect: { type: 'call', function: 'credit.score' } },
              onDone: [{ guard: 'event.output > 600', target: 'end' }, { target: '#idle' }],
              onError: 'before',
              tags: ['machine'],
            },
            before: { type: 'history', history: 'deep', target: 'checking' },
            end: { type: 'final' },
          },
        },
        work: {
          initial: 'idle',
          invoke: {
            id: 'queue',
            effect: { type: 'sequence', steps: [{ type: 'delay' }, { type: 'log' }] },
            onDone: '.busy',
          },
          states: {
            idle: { id: 'idle', always: { target: 'busy', guard: { not: { in: '#loan.application.end' } } } },
            busy: {},
          },
        },
        last: { type: 'history' },
      },
    };
    expect(draw(loan, ['application.checking', 'work.busy'])).toBe(
      `stateDiagram-v2
  state "loan" as loan {
    state "H" as last
    state "application" as application {
      [*] --> application_checking : / begin
      state "checking" as application_checking
      application_checking : effect retry › call credit.score
      application_checking : tags machine
      application_checking --> application_end_ : done [event.output > 600]
      application_checking --> application_before : error
      state "H#42;" as application_before
      application_before --> application_checking : default
      state "end" as application_end_
      application_end_ --> [*]
    }
    --
    state "work" as work {
      [*] --> work_idle
      state "idle" as work_idle
      work_idle --> work_busy : [!(in #35;loan.application.end)]
      state "busy" as work_busy
    }
    note right of work
      effect sequence(delay, log)
      done queue → .busy
    end note
  }
  application_checking --> work_idle : done
  loan --> application : RESET
  classDef active fill:#2f9e44,stroke:#1b5e2a,color:#ffffff
  class application_checking,work_busy active
`,
    );
  });

  test('writes a transition between a box and something in it, because Mermaid cannot draw it', () => {
    const region = { initial: 'a', on: { DOWN: '.b' }, states: { a: { on: { UP: '#m.r' } }, b: {} } };
    expect(draw({ id: 'm', type: 'parallel', states: { r: region } })).toBe(
      `stateDiagram-v2
  state "m" as m {
    state "r" as r {
      [*] --> r_a
      state "a" as r_a
      r_a : UP → #35;m.r
      state "b" as r_b
    }
    note right of r
      DOWN → .b
    end note
  }
`,
    );
  });

  test('draws where an SCXML machine begins, also deep inside, and what its actions do', () => {
    const states = {
      p: { type: 'parallel', states: { q: { initial: 'r', states: { r: {}, s: { id: 'deep' } } } } },
      b: {
        on: { ' go ': { target: '#h', actions: [{ script: 'x = 1' }, { block: [{ foreach: 'xs', item: 'x' }] }] } },
      },
      h: { id: 'h', type: 'history', initial: { target: '#deep' } },
    };
    const drawn = draw({ id: 'm', semantics: 'scxml', initial: { target: ['#deep'] }, states });
    expect(drawn).toContain('\n  [*] --> p\n');
    expect(drawn).toContain('b --> h : go / script, foreach x of xs');
    expect(drawn).toContain('h --> p_q_s : default');
  });

  test('draws the machine as a box when a transition leads to it', () => {
    expect(draw({ id: 'm', initial: 'a', states: { a: { on: { AGAIN: '#m' } } } })).toBe(
      `stateDiagram-v2
  state "m" as m {
    [*] --> a
    state "a" as a
  }
  a --> m : AGAIN
`,
    );
  });

  test('names states so that Mermaid can read them, each differently', () => {
    const states = {
      'in progress': {},
      'in-progress': {},
      end: {},
      état: {},
      'order:start': {},
      a: { initial: 'b', states: { b: {} } },
      a_b: {},
    };
    const names = [...draw({ id: 'm', initial: 'end', states }).matchAll(/state "(.*)" as (\w+)/g)];
    expect(names.map(([, label, name]) => [label, name])).toEqual([
      ['in progress', 'in_progress'],
      ['in-progress', 'in_progress_2'],
      ['end', 's_end_'],
      ['état', 's__tat'],
      ['order#58;start', 'order_start_'],
      ['a', 'a'],
      ['b', 'a_b'],
      ['a_b', 'a_b_2'],
    ]);
  });

  test('takes the meaning from special characters and shortens long texts', () => {
    const guard = `context["a;b"] != '#%%' && x<y && ${'long'.repeat(50)}`;
    const [line] = draw({ id: 'm', initial: 'a', states: { a: { on: { 'x.*': { target: 'a', guard } } } } }).match(
      /a --> a.*/,
    )!;
    expect(line).toContain(`a --> a : x.#42; [context[#34;a#59;b#34;] != '#35;#37;#37;' && x#60;y && longlong`);
    expect(line).toMatch(/…$/);
  });

  test('draws what is wrong as far as it can be read', () => {
    expect(
      draw({ id: 5, initial: 'x', states: { a: { on: { GO: ['nowhere', null] }, entry: 5, invoke: 7 }, b: 3 } }),
    ).toBe(
      `stateDiagram-v2
  state "a" as a
  state "? nowhere" as missing_1
  a --> missing_1 : GO
`,
    );
  });

  test('draws a compiled machine too', () => {
    const definition = { id: 'm', initial: 'a', states: { a: {} } };
    expect(toMermaid({ definition })).toBe(toMermaid(definition));
  });

  // Checked against Mermaid 12.3 itself when it was written: these are the only lines that toMermaid makes
  const text = String.raw`(?:[^#;:"%\n]|#\d+;)+`;
  const lineForms = [
    'stateDiagram-v2',
    String.raw`(?:\w+|\[\*\]) --> (?:\w+|\[\*\])(?: : ${text})?`,
    String.raw`state "${text}" as \w+(?: \{)?`,
    String.raw`\w+ : ${text}`,
    String.raw`note right of \w+`,
    'end note',
    '--',
    String.raw`\}`,
    'classDef active fill:#2f9e44,stroke:#1b5e2a,color:#ffffff',
    String.raw`class [\w,]+ active`,
  ].map((form) => new RegExp(`^ *${form}$`));

  test('makes only lines that Mermaid reads, with all boxes closed, for any machine', () => {
    fc.assert(
      fc.property(validMachine, (machine) => {
        let open = 0;
        let inNote = false;
        for (const line of draw(machine, ['s0']).trimEnd().split('\n')) {
          if (!inNote || line.trim() === 'end note') expect(lineForms.some((form) => form.test(line))).toBe(true);
          if (line.trim().startsWith('note ')) inNote = true;
          if (line.trim() === 'end note') inNote = false;
          if (line.endsWith('{')) open += 1;
          if (line.trim() === '}') open -= 1;
          expect(open).toBeGreaterThanOrEqual(0);
        }
        expect(open).toBe(0);
        expect(inNote).toBe(false);
      }),
    );
  });
});
