import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../definition/definition.ts';
import { toMermaid } from '../definition/mermaid.ts';
import { validate } from '../definition/validate.ts';
import type { Json, JsonObject } from '../json.ts';
import { compile } from '../machine/machine.ts';
import type { ScriptedEffects } from '../simulation/scripted-effects.ts';
import { Simulation } from '../simulation/simulation.ts';
import type { SimulationStep } from '../simulation/step.ts';
import { verify } from '../verify/verify.ts';
import { builtInComponents } from './built-in.ts';
import { expandComponents } from './expand.ts';

/** The components that make several states out of one, and the machines in their docstrings. */
const files = ['saga', 'circuit-breaker', 'approval-gate', 'budget-guard', 'plan-and-execute', 'task-router'] as const;

function exampleOf(file: (typeof files)[number]): MachineDefinition {
  const source = readFileSync(new URL(`${file}.ts`, import.meta.url), 'utf8');
  const [, text = ''] = /^ \* ```json\n([\s\S]*?)^ \* ```$/m.exec(source) ?? [];
  return JSON.parse(text.replace(/^ \* ?/gm, '')) as MachineDefinition;
}

/** The definition with other parameters for its only component. */
function withParameters(definition: MachineDefinition, parameters: object, use: object = {}): MachineDefinition {
  const [[name, before] = ['', { use: '' }]] = Object.entries(definition.components ?? {});
  const given = Object.entries({ ...before.with, ...parameters }).filter(([, value]) => value !== undefined);
  const after = { ...before, ...use, with: Object.fromEntries(given) };
  return { ...definition, components: { [name]: after } } as MachineDefinition;
}

function play(definition: MachineDefinition, effects: ScriptedEffects, ...steps: SimulationStep[]): Simulation {
  const simulation = new Simulation(compile(definition), { effects });
  for (const result of simulation.replay(steps)) expect(result.error).toBeUndefined();
  return simulation;
}

const states = ({ snapshot }: Simulation) => snapshot.configuration.join(' ');
const ends = (output: Json = null) => ({ output });
const fails = (message: string) => ({ error: { code: 'X', message } });
const told = ({ started, results }: Simulation) =>
  [started, ...results].flatMap(({ emits }) => emits.map(({ type }) => type));

describe.each(files)('the example of %s', (file) => {
  const definition = exampleOf(file);

  test('has neither errors nor warnings', () => {
    expect(validate(definition)).toEqual([]);
  });

  test('is verified: nothing is wrong with it', () => {
    const { ok, findings } = verify(definition, { maxStates: 3_000 });
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(ok).toBe(true);
  });

  test('is drawn with every state it has, and nothing that is no text', () => {
    const { definition: expanded } = expandComponents(definition);
    const drawn = toMermaid(expanded);
    for (const { path } of compile(definition).states()) {
      if (path !== '') expect(drawn).toMatch(new RegExp(`state "\\w+" as ${path.replaceAll('.', '_')}\\b`));
    }
    expect(drawn).not.toMatch(/undefined|\[object|NaN/);
  });

  test('may have a prefix before its states', () => {
    const prefixed = withParameters(definition, {}, { prefix: 'my_' });
    expect(validate(prefixed)).toEqual([]);
    expect(verify(prefixed, { maxStates: 1_000 }).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

test('every component and parameter stands in the documentation', () => {
  const page = readFileSync(new URL('../../../../docs/components.md', import.meta.url), 'utf8');
  for (const { name, description, parameters } of builtInComponents) {
    const all = Object.keys(parameters.shape).map((parameter) => `\`${parameter}\``);
    expect(page).toContain(`| \`${name}\` | ${description} | ${all.join(', ')} |`);
  }
});

describe('a saga', () => {
  const order = exampleOf('saga');
  const place: SimulationStep = { event: 'PLACE' };
  const all = (ends: Record<string, object>) =>
    Object.fromEntries(Object.entries(ends).map(([state, end]) => [`fulfilling.${state}`, end])) as ScriptedEffects;
  const done = all({ reserve: ends('r1'), charge: ends('c1'), ship: ends('s1') });

  test('does all steps and keeps what each gave', () => {
    const shipped = play(order, done, place);
    expect(states(shipped)).toBe('shipped');
    expect(shipped.snapshot.context.saga).toEqual({
      outputs: { reserve: 'r1', charge: 'c1', ship: 's1' },
      error: null,
      failed: [],
    });
  });

  test('undoes what was done, the last first, and knows why', () => {
    const cancelled = play(
      order,
      { ...done, ...all({ ship: fails('no carrier'), undo_charge: ends(), undo_reserve: ends() }) },
      place,
    );
    expect(states(cancelled)).toBe('cancelled');
    expect(cancelled.results[0]!.started).toEqual([
      'fulfilling.reserve',
      'fulfilling.charge',
      'fulfilling.ship',
      'fulfilling.undo_charge',
      'fulfilling.undo_reserve',
    ]);
    expect(cancelled.snapshot.context.saga).toMatchObject({ error: { step: 'ship', message: 'no carrier' } });
  });

  test('that fails at its first step has nothing to undo', () => {
    const cancelled = play(order, all({ reserve: fails('none left') }), place);
    expect(states(cancelled)).toBe('cancelled');
    expect(cancelled.results[0]!.started).toEqual(['fulfilling.reserve']);
  });

  test('undoes the rest when something cannot be undone, and then waits for somebody', () => {
    const effects = {
      ...done,
      ...all({ ship: fails('no carrier'), undo_charge: fails('closed'), undo_reserve: ends() }),
    };
    const stuck = play(order, effects, place);
    expect(states(stuck)).toBe('fulfilling.stuck');
    expect(stuck.snapshot.context.saga).toMatchObject({ failed: [{ step: 'charge', error: { message: 'closed' } }] });
    stuck.apply({ event: 'SETTLED' });
    expect(states(stuck)).toBe('cancelled');
  });

  test('may go to a state of the author when something cannot be undone', () => {
    const own = withParameters({ ...order, states: { ...order.states, help: {} } }, { stuck: 'help' });
    expect(states(play(own, { ...done, ...all({ charge: fails('x'), undo_reserve: fails('y') }) }, place))).toBe(
      'help',
    );
  });

  test('begins anew each time', () => {
    const again: MachineDefinition = {
      ...order,
      states: { ...order.states, cancelled: { on: { PLACE: 'fulfilling' } } },
    };
    const cancelled = play(again, all({ reserve: [fails('none left'), ends('r2')] }), place, place);
    expect(cancelled.snapshot.context.saga).toEqual({ outputs: { reserve: 'r2' }, error: null, failed: [] });
  });

  test('with two steps of one name is refused', () => {
    const step = { name: 'pay', effect: { type: 'call', function: 'pay' } };
    expect(validate(withParameters(order, { steps: [step, step] }))).toMatchObject([
      { code: 'INVALID_VALUE', message: 'Two states would be called `pay`.' },
    ]);
  });
});

describe('a circuit breaker', () => {
  const rates = exampleOf('circuit-breaker');
  const ask: SimulationStep = { event: 'ASK' };
  const bank = 'connection.calling';
  const trial = 'connection.trying';

  test('performs requests and tells what came of them', () => {
    const known = play(rates, { [bank]: ends(1.08) }, ask);
    expect(states(known)).toBe('connection.closed answer.known');
    expect(known.snapshot.context.rate).toBe(1.08);
  });

  test('opens after as many failures in a row as it should, not before', () => {
    const failing = play(rates, { [bank]: [fails('a'), ends(1), fails('b'), fails('c')] }, ask, ask, ask);
    expect(states(failing)).toContain('connection.closed');
    failing.apply(ask);
    expect(states(failing)).toContain('connection.open');
    expect(failing.snapshot.context.breaker).toEqual({ failures: 2, opened: 1 });
    expect(failing.apply(ask).taken).toBe(false);
  });

  test('tries again after a while: closed by a success, open by a failure', () => {
    const effects = { [bank]: fails('x'), [trial]: [fails('y'), ends(1.1)] };
    const trying = play(rates, effects, ask, ask, { advance: '1m' });
    expect(states(trying)).toContain('connection.half_open');
    trying.apply(ask);
    expect(states(trying)).toContain('connection.open');
    trying.replay([{ advance: '1m' }, ask]);
    expect(states(trying)).toBe('connection.closed answer.known');
    expect(trying.snapshot.context.breaker).toEqual({ failures: 0, opened: 2 });
  });

  test('tells of refusals and failures where somebody wants to know, and is closed by hand', () => {
    const telling = withParameters(rates, { refused: 'NOT_NOW', failed: 'NO_RATE', reset: 'CLOSE' });
    const listening: MachineDefinition = {
      ...telling,
      states: {
        ...telling.states,
        ears: { on: { NOT_NOW: { actions: { emit: 'heard' } }, NO_RATE: { actions: { emit: 'failed' } } } },
      },
    };
    const open = play(listening, { [bank]: fails('x') }, ask, ask, ask);
    expect(told(open)).toEqual(['failed', 'failed', 'heard']);
    open.apply({ event: 'CLOSE' });
    expect(states(open)).toContain('connection.closed');
  });

  test('with one event for two things is refused', () => {
    expect(validate(withParameters(rates, { failed: 'ASK' }))).toMatchObject([
      { message: 'The event `ASK` has two meanings.' },
    ]);
  });
});

describe('an approval gate', () => {
  const expense = { ...exampleOf('approval-gate'), context: { amount: 12, by: 'ann' } };
  const submit: SimulationStep = { event: 'SUBMIT' };
  const answer = (type: string, by: string): SimulationStep => ({ event: { type, data: { by } } });

  test('announces the question and goes on with the answer', () => {
    const paid = play(expense, {}, submit, answer('APPROVE', 'bob'));
    expect(states(paid)).toBe('paid');
    expect(paid.snapshot.context.approval).toEqual({ decision: 'approved', answer: { by: 'bob' } });
    expect(told(paid)).toEqual(['approval.requested', 'approval.approved']);
    expect(paid.results[0]!.emits[0]!.data).toEqual({ gate: 'manager', subject: { amount: 12 } });
  });

  test('hears no answer of somebody who may not decide', () => {
    const pending = play(expense, {}, submit, answer('APPROVE', 'ann'));
    expect(states(pending)).toBe('approval.pending');
    expect(states(play(expense, {}, submit, answer('REJECT', 'bob')))).toBe('declined');
  });

  test('escalates, still takes an answer, and is over at the deadline', () => {
    const waiting = play(expense, {}, submit, { advance: '2d' });
    expect(states(waiting)).toBe('approval.escalated');
    expect(waiting.results.at(-1)!.emits).toMatchObject([{ type: 'approval.escalated', data: { to: 'finance' } }]);
    const late = waiting.fork();
    late.apply(answer('APPROVE', 'bob'));
    expect(states(late)).toBe('paid');
    waiting.apply({ advance: '5d' });
    expect(states(waiting)).toBe('declined');
    expect(waiting.snapshot.context.approval).toMatchObject({ decision: 'expired' });
  });

  test.each([
    [{ reject: 'APPROVE' }, 'Yes and no are the same event.'],
    [{ escalateAfter: undefined }, 'Nothing is ever escalated.'],
    [{ deadline: undefined }, 'Without a `deadline` nothing goes to `expired`.'],
  ])('that contradicts itself is refused: %o', (parameters, message) => {
    expect(validate(withParameters(expense, parameters))).toMatchObject([{ message }]);
  });
});

describe('a budget guard', () => {
  const research = exampleOf('budget-guard');
  const cost = (amount: number): SimulationStep => ({ event: { type: 'COST', data: { amount } } });
  const logged = ({ results }: Simulation) => results.flatMap(({ logs }) => logs).length;

  test('adds up, and leaves at the limit', () => {
    const working = play(research, {}, cost(3), cost(1.5));
    expect(working.snapshot.context.budget).toEqual({ spent: 4.5, warned: false });
    expect(states(play(research, {}, cost(3), cost(7)))).toBe('stopped');
    expect(states(play(research, {}, cost(3), { event: 'DONE' }))).toBe('finished');
  });

  test('raises its event once, at the soft limit', () => {
    expect(logged(play(research, {}, cost(4)))).toBe(0);
    expect(logged(play(research, {}, cost(4), cost(1), cost(1)))).toBe(1);
  });

  test('counts what states inside take, and forgets it when told to', () => {
    const inner: MachineDefinition = {
      ...withParameters(research, { reset: 'PAID' }),
      events: { ...research.events, PAID: {} },
      states: {
        ...research.states,
        working: { ...research.states!.working, initial: 'a', states: { a: { on: { COST: 'b' } }, b: {} } },
      },
    };
    const working = play(inner, {}, cost(6), { event: 'PAID' }, cost(6));
    expect(states(working)).toBe('working.b');
    expect(working.snapshot.context.budget).toEqual({ spent: 6, warned: true });
  });

  test('with a soft limit that is no less than the hard one is refused', () => {
    const errors = validate(withParameters(research, { limit: 5 })).filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ message: 'The soft limit is not below the hard one.' }]);
  });
});

describe('plan and execute', () => {
  const assistant = exampleOf('plan-and-execute');
  const ask: SimulationStep = { event: 'ASK' };
  const planning = 'working.planning';
  const executing = 'working.executing';
  const reviewing = 'working.reviewing';

  test('performs each step of the plan once, in order, and ends when the results will do', () => {
    const seen: Json[] = [];
    const effects: ScriptedEffects = {
      [planning]: ends(['look', 'write']),
      [executing]: ({ context }) => {
        const { steps, index } = context.plan as { steps: Json[]; index: number };
        seen.push(steps[index]!);
        return ends(`${steps[index]} done`);
      },
      [reviewing]: ends({ done: true }),
    };
    const answered = play(assistant, effects, ask);
    expect(states(answered)).toBe('answered');
    expect(seen).toEqual(['look', 'write']);
    expect(answered.snapshot.context.plan).toMatchObject({
      round: 1,
      results: ['look done', 'write done'],
      error: null,
    });
  });

  test('plans again when a step fails or the results will not do, and gives up after the last round', () => {
    const effects = {
      [planning]: ends(['look']),
      [executing]: [fails('blind'), ends('x')],
      [reviewing]: ends({ done: false }),
    };
    const given = play(assistant, effects, ask);
    expect(states(given)).toBe('given_up');
    expect(given.snapshot.context.plan).toMatchObject({
      round: 2,
      error: { code: 'PLAN_REVIEW', review: { done: false } },
    });
    const better = { ...effects, [reviewing]: ends(true) };
    expect(states(play(assistant, better, ask))).toBe('answered');
  });

  test.each([[[]], [null], ['look'], [Array.from({ length: 51 }, () => 'x')]])(
    'does not begin a plan like %j',
    (plan) => {
      const given = play(assistant, { [planning]: ends(plan as Json) }, ask);
      expect(states(given)).toBe('given_up');
      expect(given.snapshot.context.plan).toMatchObject({ error: { code: 'PLAN_INVALID' } });
    },
  );

  test('may go without a review', () => {
    const { review: _, ...parameters } = assistant.components!.task!.with as JsonObject;
    const plain = { ...assistant, components: { task: { use: 'PlanAndExecute', at: 'working', with: parameters } } };
    expect(states(play(plain, { [planning]: ends(['look']), [executing]: ends(1) }, ask))).toBe('answered');
  });
});

describe('a task router', () => {
  const desk = exampleOf('task-router');
  const task = (data: JsonObject = {}): SimulationStep => ({ event: { type: 'TASK', data } });
  const labelled = (label: string, confidence = 0.9) => ({ triage: ends({ label, confidence }) });

  test('sends a task where its label says, and all others to the default', () => {
    expect(states(play(desk, labelled('invoice'), task()))).toBe('billing');
    const support = play(desk, labelled('bug'), task());
    expect(states(support)).toBe('support');
    expect(support.snapshot.context.route).toEqual({ label: 'bug', confidence: 0.9 });
    expect(states(play(desk, labelled('poem'), task()))).toBe('person');
  });

  test('does not believe a label that is not sure enough, nor a classification that failed', () => {
    expect(states(play(desk, labelled('bug', 0.5), task()))).toBe('person');
    expect(states(play(desk, { triage: fails('busy') }, task()))).toBe('person');
  });

  test('asks its rules first, and then classifies nothing', () => {
    const urgent = play(desk, labelled('bug'), task({ urgent: true }));
    expect(states(urgent)).toBe('person');
    expect(urgent.results[0]!.started).toEqual([]);
  });

  test('may consist of rules alone', () => {
    const parameters = { rules: [{ when: 'context.urgent', target: 'support' }], otherwise: 'billing' };
    const plain = { ...desk, components: { triage: { use: 'TaskRouter', at: 'incoming', with: parameters } } };
    expect(states(play(plain, {}, task({ urgent: true })))).toBe('support');
    expect(states(play(plain, {}, task()))).toBe('billing');
  });

  test('with a route to nowhere is refused', () => {
    const [problem] = validate(withParameters(desk, { routes: { bug: 'nowhere' } }));
    expect(problem).toMatchObject({ severity: 'error', path: expect.stringContaining('components.triage') });
  });

  test('with labels that nothing gives is refused', () => {
    const parameters = { routes: { bug: 'support' }, otherwise: 'person' };
    const broken = { ...desk, components: { triage: { use: 'TaskRouter', at: 'incoming', with: parameters } } };
    expect(validate(broken)).toMatchObject([{ message: '`classify` and `routes` belong together.' }]);
  });
});
