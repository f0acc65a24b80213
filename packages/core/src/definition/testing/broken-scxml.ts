import { type BrokenDefinition, entry, inState, onGo, withEntry } from './broken-definition.ts';

const scxml = { semantics: 'scxml' };
const inScxml = (keys: object, machine: object = {}) => inState(keys, { ...scxml, ...machine });

/** What only machines with the semantics of SCXML have, and what they do not have. */
export const brokenScxml: readonly BrokenDefinition[] = [
  { code: 'MISPLACED_KEY', definition: inState({}, { binding: 'late' }), path: '$.binding', says: 'exists only with' },
  { code: 'MISPLACED_KEY', definition: withEntry({ if: [] }), path: `${entry}.if`, says: 'exists only with' },
  { code: 'MISPLACED_KEY', definition: withEntry({ script: 'x = 1' }), path: `${entry}.script`, says: 'exists only' },
  {
    code: 'MISPLACED_KEY',
    definition: inState({ invoke: { effect: { type: 'x' }, autoForward: true } }),
    path: '$.states.a.invoke.autoForward',
    says: 'exists only with',
  },
  {
    code: 'MISPLACED_KEY',
    definition: inScxml({}, { context: { x: 1 } }),
    path: '$.context',
    says: 'no `context`',
    hint: '`data`',
  },
  {
    code: 'TYPE_CONFLICT',
    definition: { id: 'm', semantics: 'scxml', type: 'parallel', states: { a: {} } },
    path: '$.type',
    says: 'not parallel itself',
  },
  { code: 'INVALID_VALUE', definition: inScxml({}, { binding: 'soon' }), path: '$.binding', says: 'no binding `soon`' },
  { code: 'WRONG_TYPE', definition: inScxml({}, { script: 'x = 1' }), path: '$.script', says: 'a list of scripts' },
  {
    code: 'INVALID_VALUE',
    definition: inScxml({ data: { 'a b': 1 } }),
    path: '$.states.a.data["a b"]',
    says: 'name of',
  },
  { code: 'INVALID_ACTION', definition: inScxml({ entry: 'audit' }), path: entry, says: 'no meaning in SCXML' },
  { code: 'INVALID_ACTION', definition: inScxml({ entry: { type: 'audit' } }), path: entry, says: 'no meaning' },
  { code: 'MISSING_KEY', definition: inScxml({ entry: { foreach: '[1]' } }), path: entry, says: 'no `item`' },
  { code: 'WRONG_TYPE', definition: inScxml({ entry: { if: {} } }), path: `${entry}.if`, says: 'a list of branches' },
  {
    code: 'UNKNOWN_KEY',
    definition: inScxml({ entry: { if: [{ cond: 'x' }] } }),
    path: `${entry}.if[0].cond`,
    says: 'a branch',
  },
  {
    code: 'EXPRESSION_INVALID',
    severity: 'warning',
    definition: inScxml({ entry: { assign: { x: '{{ 1 + }}' } } }),
    path: `${entry}.assign.x`,
    says: 'Unexpected `}`',
  },
  {
    code: 'EXPRESSION_INVALID',
    severity: 'warning',
    definition: inScxml({ entry: { script: 'if (' } }),
    path: `${entry}.script`,
    says: 'ends too early',
  },
  { code: 'INVALID_EVENT', definition: inScxml({ on: { 'a b*': 'b' } }), path: '$.states.a.on["a b*"]', says: '`b*`' },
  {
    code: 'INVALID_HISTORY',
    definition: inScxml({ initial: 'h', states: { h: { type: 'history', initial: { target: '#m.b' } }, c: {} } }),
    path: '$.states.a.states.h.initial.target',
    says: '`b` cannot be',
  },
  { code: 'UNKNOWN_TARGET', definition: { ...onGo('#nowhere'), ...scxml }, path: '$.states.a.on.GO', says: 'nowhere' },
];
