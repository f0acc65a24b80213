import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LoggedEvent, parseEventLine } from './event-line.ts';
import { LineIdentity } from './line-identity.ts';

const event = (text: string): LoggedEvent =>
  parseEventLine({ number: 1, text, problem: undefined, bytes: text.length })!;

const idsOf = (lines: readonly string[]) => {
  const identity = new LineIdentity();
  return lines.map((line) => identity.idOf(event(line)));
};

describe('LineIdentity', () => {
  test('an id of the line is kept', () => {
    expect(idsOf(['{"instance":"a","type":"b","id":"e1"}'])).toEqual(['e1']);
  });

  test('the same content twice for one instance is two events, for two instances it counts anew', () => {
    const [first, second, other] = idsOf([
      '{"instance":"a","type":"b","data":{"n":1}}',
      '{"instance":"a","type":"b","data":{"n":1}}',
      '{"instance":"c","type":"b","data":{"n":1}}',
    ]);
    expect(second).toBe(`${first}:2`);
    expect(other).toBe(first);
  });

  test('spaces and the order of keys make no difference; type, time and data do', () => {
    const ids = [
      '{"instance":"a","type":"b","at":1000,"data":[1]}',
      '{ "data": [1], "at": "1970-01-01T00:00:01Z", "type": "b", "instance": "a" }',
      '{"instance":"a","type":"c","at":1000,"data":[1]}',
      '{"instance":"a","type":"b","at":1001,"data":[1]}',
      '{"instance":"a","type":"b","at":1000,"data":[2]}',
      '{"instance":"a","type":"b","at":1000}',
    ].map((line) => idsOf([line])[0]);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(5);
  });

  test('reading a log again gives the same ids, also when it has grown, and never the same id twice', () => {
    const line = fc
      .record({ instance: fc.constantFrom('a', 'b'), type: fc.constantFrom('x', 'y'), data: fc.constantFrom(1, 2) })
      .map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.array(line, { maxLength: 10 }), (log, more) => {
        const ids = idsOf(log);
        expect(idsOf([...log, ...more]).slice(0, log.length)).toEqual(ids);
        const named = log.map((one, index) => `${event(one).instance} ${ids[index]}`);
        expect(new Set(named).size).toBe(log.length);
      }),
    );
  });

  test('ids use only characters the engine accepts', () => {
    const lines = Array.from({ length: 500 }, (_, n) => `{"instance":"a","type":"b","data":${n}}`);
    for (const id of idsOf([...lines, ...lines])) expect(id).toMatch(/^[A-Za-z0-9._:-]{22,25}$/);
  });
});
