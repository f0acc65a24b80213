import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../definition/definition.ts';
import { replay } from './testing/replay.ts';
import { verify } from './verify.ts';

const examples = join(import.meta.dirname, '../../../../examples');
const read = (name: string): MachineDefinition =>
  JSON.parse(readFileSync(join(examples, name, 'machine.json'), 'utf8'));

describe('the example machines', () => {
  test('traffic-light: every state is reached and every transition taken', () => {
    const { findings, exploration } = verify(read('traffic-light'), { maxStates: 3_000 });
    expect(findings).toEqual([]);
    // the number of waiting pedestrians grows without end
    expect(exploration).toMatchObject({ exhaustive: false, configurations: 7 });
    expect(exploration!.limits.join()).toContain('context.waiting');
  });

  test('loan-application: nothing is wrong, and most of it is met on the way', () => {
    const { ok, findings, exploration } = verify(read('loan-application'), {
      maxStates: 1_500,
      invariants: ["!active('application.approved') || entered('application.undecided.finalized')"],
    });
    expect({ ok, states: exploration?.states }).toEqual({ ok: true, states: 1_500 });
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  test.each(['smart-door', 'security-system'])('%s: its events come with data that nobody declared', (name) => {
    const definition = read(name);
    const { ok, findings } = verify(definition);
    expect(ok).toBe(true);
    for (const { code, steps } of findings) {
      expect(['GUARD_MAY_FAIL', 'ACTION_MAY_FAIL', 'MISSING_ERROR_HANDLER']).toContain(code);
      const { refused, snapshot } = replay(definition, steps!);
      expect(refused ?? snapshot.status).toMatch(/GUARD_FAILED|ACTION_FAILED|error/);
    }
  });
});
