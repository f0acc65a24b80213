import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../../definition/definition.ts';
import { found, shown } from '../testing/replay.ts';
import { verify } from '../verify.ts';

const loan = (shortcut: boolean): MachineDefinition => ({
  id: 'loan',
  context: { amount: 0 },
  initial: 'applying',
  states: {
    applying: {
      on: {
        SUBMIT: { target: 'checking', actions: { assign: { amount: '{{ event.data.amount }}' } } },
        ...(shortcut && { VIP: 'review' }),
      },
    },
    checking: {
      tags: 'slow',
      initial: 'score',
      onDone: 'review',
      states: { score: { on: { SCORED: 'known' } }, known: { type: 'final' } },
    },
    review: { on: { APPROVE: 'approved', AGAIN: 'applying' } },
    approved: { type: 'final' },
  },
});
const checked = "!active('approved') || entered('checking.known')";

describe('an invariant', () => {
  test('that does not hold is shown by the shortest way around it', () => {
    const { severity, steps, replayed, message } = shown(loan(true), 'INVARIANT_VIOLATED', { invariants: [checked] });
    expect(severity).toBe('error');
    expect(message).toContain('approved');
    expect(steps).toEqual([{ event: { type: 'VIP' } }, { event: { type: 'APPROVE' } }]);
    expect(replayed.snapshot.configuration).toEqual(['approved']);
    expect(replayed.visited.has('checking.known')).toBe(false);
  });

  test('that holds is reported as held, also where only a transient step entered the state', () => {
    const report = verify(loan(false), { invariants: [checked] });
    expect(report.findings.filter(({ code }) => code === 'INVARIANT_VIOLATED')).toEqual([]);
    expect(report.invariants).toEqual([{ name: checked, holds: true }]);
    expect(report.exploration?.exhaustive).toBe(true);
  });

  test('is followed on every way to a state, not only on the nearest', () => {
    const twoWays: MachineDefinition = {
      id: 'm',
      initial: 'start',
      states: {
        start: { on: { CHECK: 'checked', SKIP: 'other' } },
        checked: { always: 'ready' },
        other: { on: { ON: 'ready' } },
        ready: { on: { APPROVE: 'approved' } },
        approved: { type: 'final' },
      },
    };
    const { steps, replayed } = shown(twoWays, 'INVARIANT_VIOLATED', {
      invariants: ["!active('approved') || entered('checked')"],
    });
    expect(steps).toEqual(['SKIP', 'ON', 'APPROVE'].map((type) => ({ event: { type } })));
    expect(replayed.snapshot.status).toBe('done');
  });

  test('may stand in the machine, with a name, and read context, status and tags', () => {
    const machine: MachineDefinition = {
      ...loan(false),
      meta: {
        invariants: [
          { name: 'small loans only', expression: "status !== 'done' || context.amount <= 100" },
          "!tags.includes('slow') || active('checking')",
        ],
      },
    };
    const finding = shown(machine, 'INVARIANT_VIOLATED');
    expect(finding).toMatchObject({
      path: '$.meta.invariants[0]',
      message: expect.stringContaining('small loans only'),
    });
    expect(finding.replayed.snapshot).toMatchObject({ status: 'done' });
    expect(finding.replayed.snapshot.context.amount).toBeGreaterThan(100);
  });

  test.each([
    ["active('aproved')", /no state "aproved"/, 'approved'],
    ['active(context.x)', /path of one state/, 'active('],
    ['active()', /path of one state/, 'active('],
    ['amount > 5', /cannot be read/, ''],
    ['context.amount >', /cannot be read/, ''],
  ])('%s is refused with a hint', (invariant, message, hint) => {
    try {
      found(loan(true), 'INVARIANT_VIOLATED', { invariants: [invariant] });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVARIANT_INVALID', message: expect.stringMatching(message) });
      expect((error as { hint: string }).hint).toContain(hint);
    }
  });
});
