import type { Json, JsonObject } from '@fsm/core';
import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { after, type Eventual } from '../eventual.ts';
import { failure } from '../failure.ts';
import type { ApprovalRequest } from '../host.ts';
import { duration, template } from '../parameters.ts';
import { late, type Step } from '../step.ts';
import { matchesDescriptor, waitForEvent } from '../wait.ts';

/** Event types of approvals. */
export const approvalEvents = {
  requested: 'approval.requested',
  escalated: 'approval.escalated',
  granted: 'approval.granted',
  rejected: 'approval.rejected',
} as const;

/**
 * Asking people: `approval.requested` is emitted, and the answer is an event `approval.granted` or `approval.rejected` to the
 * instance, with `data` { id, by, comment }. After a restart it is emitted again, with the same `id`.
 */
export const requestApproval = defineEffect({
  name: 'request_approval',
  summary: 'Asks people for a decision and waits for it, across crashes and restarts.',
  category: 'people and tools',
  icon: 'user-check',
  output:
    'The decision: `{ decision, by, comment, at }` with "approved" or "rejected". Nobody (`by` is `null`) rejects what expired.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    title: template.describe('What is to be decided, in a few words.'),
    details: template.optional().describe('What those who decide need to know.'),
    approvers: template.optional().describe('Names of those who may decide; anybody when not given.'),
    deadline: duration
      .optional()
      .describe('How long to wait at most: milliseconds, a text such as "2d", or an expression.'),
    onDeadline: z
      .enum(['error', 'reject'])
      .optional()
      .describe(
        'When nobody decided in time: fail with APPROVAL_EXPIRED (`error`, when not given), or take it as rejected.',
      ),
    escalate: z
      .strictObject({
        after: duration.describe('How long to wait before asking elsewhere.'),
        to: template.describe('Whom to ask then, in addition.'),
      })
      .optional()
      .describe('Emits `approval.escalated` when nobody decided for a while; whom it names may decide too.'),
    id: template.optional().describe('Names the request in events; derived from the step when not given.'),
  }),
  examples: [
    {
      title: 'Ask for a refund, and the boss after a day',
      effect: {
        type: 'request_approval',
        id: 'refund-{{ context.order }}',
        title: 'Refund order {{ context.order }}?',
        approvers: ['ada'],
        escalate: { after: '1d', to: 'boss' },
        deadline: '3d',
        onDeadline: 'reject',
      },
      context: { order: 7 },
      host: {
        waitForEvent: async (wait) =>
          wait.outcome({ type: 'approval.granted', data: { id: 'refund-7', by: 'ada', comment: 'fine' } }, 0)!,
      },
      output: { decision: 'approved', by: 'ada', comment: 'fine', at: 0 },
    },
  ],
  prepare({ title, details, approvers, deadline, onDeadline, escalate, id }, compile) {
    const words = compile.template(title, 'title');
    const facts = details === undefined ? undefined : compile.template(details, 'details');
    const people = approvers === undefined ? undefined : compile.template(approvers, 'approvers');
    const patience = deadline === undefined ? undefined : compile.duration(deadline, 'deadline');
    const pause = escalate && compile.duration(escalate.after, 'escalate', 'after');
    const others = escalate && compile.template(escalate.to, 'escalate', 'to');
    const name = id === undefined ? undefined : compile.template(id, 'id');

    const request = (step: Step): ApprovalRequest => {
      const at = step.now();
      const data = facts?.(step);
      const may = people?.(step);
      return {
        id: text(name?.(step) ?? step.key),
        title: text(words(step)),
        ...(data === undefined ? undefined : { details: data }),
        ...(may === undefined || may === null ? undefined : { approvers: listed(may) }),
        at,
        ...(patience && { deadline: at + patience(step) }),
        ...(pause && others && { escalation: { at: at + pause(step), to: others(step) } }),
      };
    };
    return leaf((step) =>
      after(asked(step, request), (approval) => {
        const decided = waitForEvent(
          step,
          {
            types: [approvalEvents.granted, approvalEvents.rejected],
            outcome: ({ type, data }, at) => {
              if (!isAnswer(data) || data.id !== approval.id || !mayDecide(approval, data.by)) return undefined;
              const decision = matchesDescriptor(approvalEvents.granted, type) ? 'approved' : 'rejected';
              return { output: { decision, by: data.by ?? null, comment: data.comment ?? null, at } };
            },
          },
          approval.deadline,
        );
        if (approval.deadline === undefined || approval.deadline > step.now()) announce(step, approval, decided);
        return decided.then((output) => {
          if (output !== late) return output;
          const at = approval.deadline!;
          if (onDeadline === 'reject')
            return { decision: 'rejected', by: null, comment: 'Nobody decided in time.', at };
          throw expired(step, approval);
        });
      }),
    );
  },
});

/** What is asked stays as it was asked first. */
function asked(step: Step, request: (step: Step) => ApprovalRequest): Eventual<ApprovalRequest> {
  const known = step.recorded()?.asked;
  if (known !== undefined) return known;
  const fresh = request(step);
  return after(step.record({ asked: fresh }), () => fresh);
}

/** The wait has begun, so that an answer that comes at once is not missed. */
function announce(step: Step, approval: ApprovalRequest, decided: Promise<unknown>): void {
  const { id, title, details = null, approvers = null, deadline = null, escalation } = approval;
  const about: JsonObject = { id, title, details, approvers: approvers as Json, deadline, instance: step.instance };
  step.emit({ type: approvalEvents.requested, data: about });
  if (escalation === undefined || step.recorded()?.escalated) return;
  const tooLate = new AbortController();
  const over = () => tooLate.abort();
  decided.then(over, over);
  step.frame.host
    .sleepUntil(escalation.at, AbortSignal.any([step.signal, tooLate.signal]))
    .then(() => {
      if (step.branch.reason !== undefined || tooLate.signal.aborted) return undefined;
      step.emit({ type: approvalEvents.escalated, data: { ...about, to: escalation.to } });
      return step.record({ escalated: true });
    })
    // decided before, or not wanted any more; a record that fails has stopped the whole execution
    .catch(() => undefined);
}

/** Whether somebody may decide: anybody when nobody is named. */
export function mayDecide({ approvers, escalation }: ApprovalRequest, by: Json | undefined): boolean {
  if (approvers === undefined) return true;
  return (
    typeof by === 'string' &&
    (approvers.includes(by) || (escalation !== undefined && listed(escalation.to).includes(by)))
  );
}

function isAnswer(data: Json | undefined): data is JsonObject {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function listed(value: Json): string[] {
  return (Array.isArray(value) ? value : [value]).map(text);
}

function expired(step: Step, { id, title }: ApprovalRequest) {
  return failure('APPROVAL_EXPIRED', `Nobody decided "${title}" in time.`, step.path, {
    hint: 'Handle APPROVAL_EXPIRED in onError, or write `"onDeadline": "reject"`.',
    details: { kind: 'request_approval', id },
  });
}
