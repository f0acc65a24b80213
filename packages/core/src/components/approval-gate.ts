import { z } from 'zod';
import type { GuardDefinition, StateDefinition } from '../definition/definition.ts';
import { defineComponent, type Fragment } from './component.ts';
import { durationParameter, eventParameter, guardParameter, targetParameter } from './parameters.ts';
import { going, insideOf, keepParameter, refuse } from './pattern.ts';

/**
 * Somebody has to say yes: the question is announced, escalated when nobody answers, and over when time is up. The
 * answers are plain events, so that whoever shows the question needs to know nothing but their names.
 *
 * ```json
 * {
 *   "id": "expense", "context": { "amount": 0, "by": "" },
 *   "components": {
 *     "manager": {
 *       "use": "ApprovalGate", "at": "approval",
 *       "with": {
 *         "subject": { "amount": "{{ context.amount }}" }, "mayDecide": "event.data?.by != context.by",
 *         "approved": "paid", "rejected": "declined",
 *         "escalateAfter": "2d", "escalateTo": "finance", "deadline": "7d", "expired": "declined"
 *       }
 *     }
 *   },
 *   "initial": "draft",
 *   "states": {
 *     "draft": { "on": { "SUBMIT": "approval" } }, "approval": {},
 *     "paid": { "type": "final" }, "declined": { "type": "final" }
 *   }
 * }
 * ```
 */
export const approvalGate = defineComponent({
  name: 'ApprovalGate',
  description: 'Asks for a decision, escalates the question, and goes on with the answer or when the time is up.',
  parameters: z.strictObject({
    subject: z.json().default(null).describe('What the question is about: a template, told with each announcement.'),
    approve: eventParameter.default('APPROVE').describe('The event of a yes.'),
    reject: eventParameter.default('REJECT').describe('The event of a no.'),
    mayDecide: guardParameter.optional().describe('What must be true of an answer; others are ignored.'),
    approved: targetParameter.describe('The state after a yes.'),
    rejected: targetParameter.describe('The state after a no.'),
    escalateAfter: durationParameter.optional().describe('How long until the question is escalated.'),
    escalateTo: z.json().default(null).describe('Whom to ask then: told with the announcement.'),
    deadline: durationParameter.optional().describe('How long an answer may take in all.'),
    expired: targetParameter.optional().describe('The state after the deadline; that of a no when absent.'),
    keep: keepParameter('approval').describe(
      'The key of the context that holds the `decision` and the `answer`, its data.',
    ),
  }),
  build(parameters, host): Fragment {
    const { subject, approve, reject, mayDecide, approved, rejected, escalateAfter, escalateTo, deadline, keep } =
      parameters;
    const { expired = rejected } = parameters;
    if (approve === reject) refuse('Yes and no are the same event.', 'Give `approve` and `reject` different events.');
    if (parameters.expired !== undefined && deadline === undefined) {
      refuse('Without a `deadline` nothing goes to `expired`.', 'Give it a `deadline`, or remove `expired`.');
    }
    if (escalateTo !== null && escalateAfter === undefined) {
      refuse('Nothing is ever escalated.', 'Say when in `escalateAfter`, or remove `escalateTo`.');
    }
    const announce = (what: string, data: object) => ({
      emit: { type: `approval.${what}`, data: { gate: host.name, subject, ...data } },
    });
    const decided = (decision: string, target: string) => ({
      ...going(
        target,
        { assign: { [keep]: { decision, answer: '{{ event.data ?? null }}' } } },
        announce(decision, { answer: '{{ event.data ?? null }}' }),
      ),
      ...(mayDecide !== undefined && { guard: mayDecide as GuardDefinition }),
    });
    const states: Record<string, StateDefinition> = {
      pending: {
        description: 'Nobody answered yet.',
        entry: announce('requested', {}),
        ...(escalateAfter !== undefined && { after: { [String(escalateAfter)]: 'escalated' } }),
      },
      ...(escalateAfter !== undefined && {
        escalated: {
          description: 'Somebody else was asked, too.',
          tags: 'escalated',
          entry: announce('escalated', { to: escalateTo }),
        },
      }),
    };
    return {
      ...insideOf(host, 'pending', states),
      tags: 'human',
      entry: { assign: { [keep]: { decision: null, answer: null } } },
      on: { [approve]: decided('approved', approved), [reject]: decided('rejected', rejected) },
      ...(deadline !== undefined && {
        after: {
          [String(deadline)]: going(
            expired,
            { assign: { [keep]: { decision: 'expired', answer: null } } },
            announce('expired', {}),
          ),
        },
      }),
      context: { [keep]: { decision: null, answer: null } },
      events: {
        [approve]: { description: `Says yes to \`${host.name}\`.` },
        [reject]: { description: `Says no to \`${host.name}\`.` },
      },
    };
  },
});
