import { expect, test } from 'vitest';
import { start } from '../testing/start.ts';

test('emits a type, or a type with data', () => {
  const effects = [
    { type: 'emit', event: 'STARTED' },
    { type: 'emit', event: { type: '{{ context.kind }}.DONE', data: { n: '{{ context.n }}' } } },
  ];
  const life = start({ type: 'sequence', effects }, { context: { kind: 'loan', n: 3 } });
  expect(life.host.emitted).toEqual([{ type: 'STARTED' }, { type: 'loan.DONE', data: { n: 3 } }]);
});

test('an event that is neither text nor an object with a type is a problem', () => {
  const { registry } = start({ type: 'emit', event: 'A' });
  expect(registry.check({ type: 'emit', event: { data: 1 } })).toMatchObject([{ code: 'WRONG_TYPE', path: '$.event' }]);
  expect(registry.check({ type: 'emit', event: { type: 'A', data: '{{ nope( }}' } })).toMatchObject([
    { code: 'EXPRESSION_INVALID', path: '$.event.data' },
  ]);
});
