import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseMachine } from './parse-machine.ts';
import { problemCodes } from './problem.ts';
import { brokenDefinitions } from './testing/broken-definitions.ts';
import { validate } from './validate.ts';

const door = {
  id: 'door',
  initial: 'closed',
  states: { closed: { on: { OPEN: 'open' } }, open: { on: { CLOSE: 'closed' } } },
};

describe('validate', () => {
  test.each(brokenDefinitions.map((broken, index) => [`${index} ${broken.code} at ${broken.path}`, broken] as const))(
    'reports %s, and nothing else',
    (_title, { code, definition, path, says, hint = '', severity = 'error', options }) => {
      const problems = validate(definition, options);
      expect(problems).toEqual([expect.objectContaining({ code, severity, path })]);
      expect(problems[0]!.message).toContain(says);
      expect(problems[0]!.hint).toContain(hint);
    },
  );

  test('finds nothing wrong with the machine of the design', () => {
    expect(
      validate({
        $schema: 'x',
        id: 'loan',
        version: '1.0.0',
        context: { amount: 0 },
        events: { SUBMIT: { data: { type: 'object' } }, APPROVE: {}, REJECT: {} },
        initial: 'applying',
        states: {
          applying: {
            on: {
              SUBMIT: {
                target: 'checking',
                guard: 'event.data.amount <= 50000',
                actions: { assign: { amount: '{{ event.data.amount }}' } },
              },
            },
            after: { '30d': 'expired', 'context.amount * 1000': 'expired' },
          },
          checking: {
            effect: { type: 'retry', attempts: 3, effect: { type: 'call', function: 'credit.score' } },
            onDone: [{ guard: 'event.output > 600', target: 'approved' }, { target: 'review' }],
            onError: 'review',
          },
          review: { on: { APPROVE: 'approved', REJECT: 'declined' }, tags: ['human'] },
          approved: { type: 'final' },
          declined: { type: 'final' },
          expired: { type: 'final', output: { reason: 'too late, {{ context.amount }}' } },
        },
      }),
    ).toEqual([]);
  });

  test('allows functions as guards, actions, assign and output', () => {
    const f = () => true;
    expect(
      validate({
        ...door,
        entry: [f, { assign: f }],
        output: f,
        on: { X: { guard: f }, Y: { guard: { and: [f, { not: f }] }, actions: f } },
      }),
    ).toEqual([]);
  });

  test('allows the same invocation id in states that are never active together', () => {
    const invoke = { id: 'payment', effect: { type: 'call' } };
    const states = {
      closed: { invoke, on: { 'done.invoke.payment': 'open', 'done.state.door': 'open' } },
      open: { invoke },
    };
    expect(validate({ ...door, states })).toEqual([]);
  });

  test('knows the ids that invocations have without being given one', () => {
    const on = { 'done.invoke.closed': 'open', 'error.invoke.open:1': 'open', 'done.invoke.*': 'open' };
    const effect = { type: 'call' };
    const states = { closed: { effect, on }, open: { invoke: [{ effect }, { effect }] } };
    expect(validate({ ...door, states })).toEqual([]);
  });

  test('counts an event as used when a wildcard takes it or an effect names it', () => {
    const states = {
      closed: { on: { 'pay.*': 'open' } },
      open: { effect: { type: 'wait_for_event', event: 'SIGNED' } },
    };
    expect(validate({ ...door, events: { pay: {}, 'pay.card': {}, SIGNED: {} }, states })).toEqual([]);
  });

  test.each([
    ['revew.manual', 'review.manual'],
    ['review.manul', 'review.manual'],
    ['.insde.deep', '.inside.deep'],
    ['#m.review.manuel', '#m.review.manual'],
    ['manual', '#m.review.manual'],
    ['inside', '.inside'],
    ['.review', 'review'],
    ['#review', 'review'],
    ['maunal', '#m.review.manual'],
  ])('takes the target %s for %s', (target, meant) => {
    const start = {
      on: { GO: target },
      initial: 'inside',
      states: { inside: { initial: 'deep', states: { deep: {} } } },
    };
    const review = { initial: 'manual', states: { manual: {} } };
    expect(validate({ id: 'm', initial: 'start', states: { start, review } })).toEqual([
      expect.objectContaining({ message: `There is no state \`${target}\`; did you mean \`${meant}\`?` }),
    ]);
  });

  test.each(['revew.manul', 'x', '.', '#', 'a'.repeat(100_000), 'a.'.repeat(50_000)])(
    'has no guess for a target like %.20s',
    (target) => {
      const [problem] = validate({
        id: 'm',
        initial: 'a',
        states: { review: { initial: 'b', states: { manual: {}, b: {} } }, a: { on: { GO: target } } },
      });
      expect(problem!.message).not.toContain('did you mean');
    },
  );

  test('lets the wildcard stand where no event is declared', () => {
    expect(validate({ ...door, events: { OPEN: {}, CLOSE: {} }, on: { '*': {}, 'done.*': {} } })).toEqual([]);
    expect(validate({ id: 'm', initial: 'a', states: { a: { on: { '*': {} } } }, events: {} })).toEqual([]);
  });

  test('understands targets by id where the id of the machine has dots', () => {
    const states = { closed: { on: { OPEN: '#acme.door.open' } }, open: { id: 'o', on: { CLOSE: '#acme.door' } } };
    expect(validate({ ...door, id: 'acme.door', states })).toEqual([]);
  });

  test('reports everything at once, in the order of the document', () => {
    const problems = validate({
      id: 'm',
      cond: 1,
      initial: 'b',
      states: { a: { on: { GO: { target: 'c', guard: 'x +' } }, foo: 1 }, z: { type: 'final', on: {} } },
      version: 2,
    });
    expect(problems.map(({ path }) => path)).toEqual([
      '$.cond',
      '$.initial',
      '$.states.a.on.GO.target',
      '$.states.a.on.GO.guard',
      '$.states.a.foo',
      '$.states.z.on',
      '$.version',
    ]);
  });

  test('says the same thing every time', () => {
    for (const { definition, options } of brokenDefinitions) {
      expect(validate(definition, options)).toEqual(validate(definition, options));
    }
  });

  test('leaves effects to whoever knows their kinds, and gives their problems a place', () => {
    const text = '{"id":"m","initial":"a","states":{"a":{\n"effect":{"type":"cal","x":"{{ + }}"}}}}';
    const { definition, locate } = parseMachine(text);
    const seen: unknown[] = [];
    const problems = validate(definition, {
      locate,
      checkEffect: (effect, path) => {
        seen.push(effect);
        return [
          { code: 'UNKNOWN_EFFECT', severity: 'error', path: `${path}.type`, message: 'There is no kind `cal`.' },
        ];
      },
    });
    expect(seen).toEqual([{ type: 'cal', x: '{{ + }}' }]);
    expect(problems).toEqual([
      {
        code: 'UNKNOWN_EFFECT',
        severity: 'error',
        path: '$.states.a.effect.type',
        message: 'There is no kind `cal`.',
        line: 2,
        column: 18,
      },
    ]);
  });

  test('survives cycles, shared values, huge and hollow lists, and 10,000 levels, quickly', () => {
    const cycle: Record<string, unknown> = { id: 'm', initial: 'a' };
    cycle.states = { a: cycle };
    let shared: unknown = [];
    for (let level = 0; level < 60; level++) shared = [shared, shared];
    let deep: unknown = {};
    for (let level = 0; level < 10_000; level++) deep = { states: deep };
    const started = performance.now();
    expect(validate(cycle).map(({ code }) => code)).toEqual(['TOO_DEEP']);
    expect(validate({ ...door, context: { shared } }).map(({ code }) => code)).toEqual(['TOO_MANY_VALUES']);
    expect(validate({ ...door, context: { list: new Array(2 ** 32 - 1) } }).map(({ code }) => code)).toEqual([
      'TOO_MANY_VALUES',
    ]);
    expect(validate(deep).map(({ code }) => code)).toEqual(['TOO_DEEP']);
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  test('stays quick when 9,000 targets are wrong', () => {
    const states = Object.fromEntries(
      Array.from({ length: 9_000 }, (_, index) => [`s${index}`, { on: { GO: `t${index}` } }]),
    );
    const started = performance.now();
    const problems = validate({ id: 'm', initial: 's0', states });
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(problems).toHaveLength(9_000);
  });
});

describe('the catalogue of problem codes', () => {
  const reportedByParsing = ['MACHINE_SYNTAX', 'MACHINE_TOO_LARGE', 'DUPLICATE_KEY'];

  test('has every code that a test triggers, and no other', () => {
    for (const [code, text] of [
      ['MACHINE_SYNTAX', '{'],
      ['MACHINE_TOO_LARGE', ' '.repeat(2_000_000)],
      ['DUPLICATE_KEY', '{"a":1,"a":2}'],
    ] as const) {
      expect(() => parseMachine(text)).toThrowError(expect.objectContaining({ code }));
    }
    const triggered = new Set([...reportedByParsing, ...brokenDefinitions.map(({ code }) => code)]);
    expect([...triggered].sort()).toEqual(Object.keys(problemCodes).sort());
  });

  test('has every code that the source mentions', () => {
    const folder = new URL('.', import.meta.url);
    const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const codes = sources.flatMap((name) =>
      [...readFileSync(new URL(name, folder), 'utf8').matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, code]) => code!),
    );
    expect(codes.length).toBeGreaterThan(50);
    expect([...new Set(codes)].filter((code) => !Object.hasOwn(problemCodes, code))).toEqual([]);
  });

  test('explains each in one sentence', () => {
    for (const meaning of Object.values(problemCodes)) expect(meaning).toMatch(/^[A-Z].*[^.]\.$/);
  });
});
