import { expect, test } from 'vitest';
import { run } from '../run.ts';
import { start } from '../testing/start.ts';

test('runs a child and gives its output', async () => {
  const effect = {
    type: 'invoke_fsm',
    machine: 'loan',
    instance: 'loan-{{ context.id }}',
    input: { amount: '{{ context.amount }}' },
  };
  const life = start(effect, { context: { id: 7, amount: 12 } });
  expect(life.host.children).toMatchObject([
    { path: '', child: { machine: 'loan', instance: 'loan-7', input: { amount: 12 } } },
  ]);
  await life.host.endChild('', { output: { rate: 3 } });
  expect(life.output()).toEqual({ rate: 3 });
});

test('takes a definition as it is written', () => {
  const machine = { id: 'child', context: { name: '{{ not.ours }}' }, initial: 'a', states: { a: { type: 'final' } } };
  const life = start({ type: 'invoke_fsm', machine });
  expect(life.host.children[0]?.child.machine).toEqual(machine);
});

test('a child that fails is an error of the step, which a retry answers with a new child', async () => {
  const error = {
    code: 'CHILD_FAILED',
    message: 'It failed.',
    next: 'retry' as const,
    path: '#1.0',
    details: { kind: 'invoke_fsm' },
  };
  const life = start({ type: 'retry', attempts: 2, delay: 0, effect: { type: 'invoke_fsm', machine: 'loan' } });
  expect(life.host.children.map(({ path }) => path)).toEqual(['#1.0']);
  await life.host.endChild('#1.0', { error });
  await life.host.endChild('#2.0', { output: 1 });
  expect(life.output()).toBe(1);
  expect(life.host.violations).toEqual([]);
});

test('a child that takes too long is left', async () => {
  const life = start({ type: 'invoke_fsm', machine: 'loan', timeout: '1h' });
  await life.host.finish();
  expect(life.error()).toMatchObject({ code: 'INVOKE_TIMEOUT', path: '' });
  expect(life.host.left).toEqual(['']);
  const late = life.restart({ now: 99_999_999 });
  await late.host.rest();
  expect(late.host.left).toEqual(['']);
  expect(late.error().code).toBe('INVOKE_TIMEOUT');
});

test('one that lost a race is left', async () => {
  const effects = [
    { type: 'invoke_fsm', machine: 'loan' },
    { type: 'delay', duration: 5 },
  ];
  const life = start({ type: 'race', effects });
  await life.host.finish();
  expect(life.host.left).toEqual(['0']);
});

test('creates an instance that lives on by itself', async () => {
  const effect = { type: 'spawn_fsm', machine: 'loan', instance: 'loan-7', whenExists: 'keep' };
  const life = start({ type: 'sequence', effects: [effect] });
  await life.host.rest();
  expect(life.host.spawned).toEqual([
    { path: '0', child: { machine: 'loan', instance: 'loan-7', whenExists: 'keep' } },
  ]);
  expect(life.output()).toEqual({ instance: 'loan-7' });
  expect(life.restart().host.spawned).toEqual([]);
});

test('what is no machine, no name or no object is refused', () => {
  const code = (effect: object) => start({ type: 'spawn_fsm', machine: 'loan', ...effect }).error().code;
  expect(code({ machine: '{{ context.none }}' })).toBe('PARAMETER_INVALID');
  expect(code({ instance: '{{ 7 }}' })).toBe('PARAMETER_INVALID');
  expect(code({ input: '{{ 7 }}' })).toBe('PARAMETER_INVALID');
});

test.each(['spawn_fsm', 'invoke_fsm'])('%s needs a runtime', (type) => {
  expect(() => run({ type, machine: 'loan' })).toThrow(expect.objectContaining({ code: 'SPAWN_UNAVAILABLE' }));
});
