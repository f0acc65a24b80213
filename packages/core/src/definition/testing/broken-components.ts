import { z } from 'zod';
import { defineComponent, type Fragment } from '../../components/component.ts';
import { type BrokenDefinition, inState } from './broken-definition.ts';

/** Uses the component `Fragment` with the given fragment in the state `a` of `inState`. */
function fragment(build: () => Fragment): BrokenDefinition['options'] {
  const parameters = z.strictObject({});
  return { components: [defineComponent({ name: 'Fragment', description: 'Any fragment.', parameters, build })] };
}

function using(use: unknown, keys: object = {}, machine: object = {}): object {
  return inState(keys, { components: { one: use }, ...machine });
}

const timer = { use: 'Timer', at: 'a', with: { duration: '1s', target: 'b' } };
const inA = { use: 'Fragment', at: 'a' };

export const brokenComponents: readonly BrokenDefinition[] = [
  {
    code: 'WRONG_TYPE',
    definition: inState({}, { components: [] }),
    path: '$.components',
    says: 'must be an object, but is a list',
  },
  {
    code: 'WRONG_TYPE',
    definition: using('Timer'),
    path: '$.components.one',
    says: 'a string',
    hint: '"use": "Timer"',
  },
  { code: 'WRONG_TYPE', definition: using({ use: 5 }), path: '$.components.one.use', says: 'a number' },
  { code: 'MISSING_KEY', definition: using({}), path: '$.components.one', says: 'which component' },
  {
    code: 'UNKNOWN_KEY',
    definition: using({ ...timer, wiht: {} }),
    path: '$.components.one.wiht',
    says: 'did you mean `with`?',
  },
  {
    code: 'UNKNOWN_COMPONENT',
    definition: using({ use: 'Tmer' }),
    path: '$.components.one.use',
    says: 'did you mean `Timer`?',
    hint: '`Security`',
  },
  {
    code: 'UNKNOWN_STATE',
    definition: using({ ...timer, at: 'p.z' }),
    path: '$.components.one.at',
    says: 'no state `p.z`',
    hint: '`p.x`',
  },
  {
    code: 'INVALID_VALUE',
    definition: using({ ...timer, at: 'a' }, { type: 'final' }),
    path: '$.components.one.at',
    says: 'final state',
  },
  {
    code: 'MISPLACED_KEY',
    definition: using(timer, {}, { semantics: 'scxml' }),
    path: '$.components',
    says: 'SCXML has no components',
  },
  {
    code: 'MISSING_KEY',
    definition: using({ use: 'Timer', with: { target: 'b' } }),
    path: '$.components.one.with',
    says: 'Timer needs `duration`',
    hint: 'How long it runs',
  },
  {
    code: 'UNKNOWN_KEY',
    definition: using({ ...timer, with: { ...timer.with, durations: 1 } }),
    path: '$.components.one.with.durations',
    says: 'did you mean `duration`?',
  },
  {
    code: 'WRONG_TYPE',
    definition: using({ ...timer, with: { ...timer.with, repeat: 'yes' } }),
    path: '$.components.one.with.repeat',
    says: '`repeat` of Timer is not right',
  },
  {
    code: 'INVALID_VALUE',
    definition: using({ ...timer, with: { ...timer.with, restartOn: 'a.*' } }),
    path: '$.components.one.with.restartOn',
    says: 'without `*`',
  },
  {
    code: 'INVALID_VALUE',
    definition: using({ use: 'Security', with: { code: 'true', maxAttempts: 0 } }),
    path: '$.components.one.with.maxAttempts',
    says: '`maxAttempts` of Security is not right',
    hint: 'How many wrong attempts',
  },
  {
    code: 'INVALID_VALUE',
    definition: using({ ...timer, with: { duration: '1s' } }),
    path: '$.components.one.with',
    says: 'does nothing',
    hint: '`target`',
  },
  {
    code: 'UNKNOWN_TARGET',
    definition: using({ ...timer, with: { duration: '1s', target: 'c' } }),
    path: '$.components.one.with.target',
    says: 'no state `c`',
  },
  {
    code: 'INVALID_DURATION',
    definition: using({ ...timer, with: { duration: '1 second', target: 'b' } }),
    path: '$.components.one',
    says: 'In the component `one` (Timer), at $.states.a.after["1 second"]',
  },
  {
    code: 'EXPRESSION_INVALID',
    definition: using({ ...timer, with: { ...timer.with, guard: 'context.x >' } }),
    path: '$.components.one',
    says: 'In the component `one` (Timer), at $.states.a.after["1s"].guard',
  },
  {
    code: 'COMPONENT_CONFLICT',
    definition: using(timer, { after: { '1s': 'b' } }),
    path: '$.components.one',
    says: '`a` already takes `1s` without a guard',
  },
  {
    code: 'COMPONENT_CONFLICT',
    definition: using(
      { use: 'Security', at: 'p', prefix: '', with: { failure: 'WRONG' } },
      {},
      { context: { lockouts: 7 } },
    ),
    path: '$.components.one',
    says: 'begins with `lockouts` = 0 in the context, but the machine with 7',
  },
  {
    code: 'COMPONENT_CONFLICT',
    definition: using({ ...timer, at: 'b', with: { ...timer.with, restartOn: 'GO' } }, {}, { on: { GO: '.a' } }),
    path: '$.components.one',
    says: 'which would keep it from the transition in the machine',
  },
  {
    code: 'COMPONENT_CONFLICT',
    definition: using({ ...inA, at: 'p' }),
    path: '$.components.one',
    says: 'adds a state `x`, but `p` has one',
    hint: '`prefix`',
    options: fragment(() => ({ states: { x: {} } })),
  },
  {
    code: 'COMPONENT_CONFLICT',
    definition: using(
      { use: 'Security', at: 'q', with: { failure: 'WRONG' } },
      {},
      { states: { a: {}, q: { type: 'parallel', states: { x: { initial: 'y', states: { y: { type: 'final' } } } } } } },
    ),
    path: '$.components.one',
    says: 'the region `one` of Security never is',
    hint: 'one of the regions',
  },
  {
    code: 'COMPONENT_CONFLICT',
    definition: using(inA, { effect: { type: 'call' }, onDone: 'b' }),
    path: '$.components.one',
    says: 'has an `effect` in its short form',
    options: fragment(() => ({ initial: 'x', states: { x: {} } })),
  },
  {
    code: 'COMPONENT_CONFLICT',
    definition: using(inA, { on: { GO: 'b' } }, { events: { GO: { data: { type: 'string' } } } }),
    path: '$.components.one',
    says: 'other data for the event `GO`',
    options: fragment(() => ({ events: { GO: { data: { type: 'number' } } } })),
  },
  {
    code: 'COMPONENT_SHADOWED',
    severity: 'warning',
    definition: using(inA, {}, { on: { GO: '.b' } }),
    path: '$.components.one',
    says: 'the machine handles `GO` as well as Fragment in `a`',
    options: fragment(() => ({ on: { GO: 'b' } })),
  },
  {
    code: 'INVALID_COMPONENT',
    definition: using(inA),
    path: '$.components.one',
    says: 'does not say which is entered first',
    options: fragment(() => ({ states: { x: {} } })),
  },
  {
    code: 'INVALID_COMPONENT',
    definition: using(inA),
    path: '$.components.one',
    says: 'could not be built: no luck',
    options: fragment(() => {
      throw new Error('no luck');
    }),
  },
  {
    code: 'UNKNOWN_TARGET',
    definition: using(inA),
    path: '$.components.one',
    says: 'In the component `one` (Fragment), at $.states.a.on.GO',
    options: fragment(() => ({ on: { GO: 'nowhere' } })),
  },
  {
    code: 'NOT_JSON',
    definition: using(inA),
    path: '$.components.one',
    says: 'In the component `one` (Fragment), at $.states.a.entry.log',
    options: fragment(() => ({ entry: { log: Number.NaN } })),
  },
  {
    code: 'NOT_JSON',
    definition: using(inA),
    path: '$.components.one',
    says: 'A function cannot stand here',
    options: fragment(() => ({ entry: { log: (() => 1) as never } })),
  },
  {
    code: 'UNKNOWN_TARGET',
    definition: using(inA, { on: { GO: 'nowhere' } }),
    path: '$.states.a.on.GO',
    says: 'nowhere',
    options: fragment(() => ({ watch: { GO: { log: 'x' } } })),
  },
  {
    code: 'UNKNOWN_GUARD',
    definition: using(inA, { on: { GO: { target: 'b', guard: 'missing' } } }),
    path: '$.states.a.on.GO.guard',
    says: 'missing',
    options: { ...fragment(() => ({ on: { GO: { target: 'p' } } })), guards: [] },
  },
  {
    code: 'INVALID_STATE_KEY',
    definition: using({ ...inA, at: 'p', prefix: 'a.' }),
    path: '$.components.one',
    says: '`a.z` cannot be the key of a state',
    options: fragment(() => ({ states: { z: {} } })),
  },
];
