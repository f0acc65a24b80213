import { FsmError } from '@fsm/core';
import { type ApprovalRequest, approvalEvents, mayDecide } from '@fsm/effects';
import { hasOutcome } from './family.ts';
import type { Instance } from './instance.ts';
import type { TenantSpace } from './tenant-space.ts';

/** A decision that people are asked for and have not made. */
export interface PendingApproval extends ApprovalRequest {
  readonly instance: string;
  readonly invocation: string;
  readonly path: string;
}

/** How somebody decided. */
export interface ApprovalAnswer {
  readonly decision: 'approved' | 'rejected';
  readonly by?: string;
  readonly comment?: string;
}

/** Whether the instance asks for a decision. */
export function isAsking(instance: Instance): boolean {
  return approvalsOf(instance).length > 0;
}

/** What all instances of a tenant ask for, the oldest first. Those that ask no more are forgotten on the way. */
export function pendingApprovals(space: TenantSpace): readonly PendingApproval[] {
  const pending: PendingApproval[] = [];
  for (const instance of space.asking) {
    const own = instance.phase === 'ready' ? approvalsOf(instance) : [];
    if (own.length === 0) space.asking.delete(instance);
    pending.push(...own);
  }
  return pending.sort((a, b) => a.at - b.at || (a.instance < b.instance ? -1 : 1));
}

/**
 * The event that answers.
 *
 * Throws APPROVAL_UNKNOWN, APPROVER_REFUSED.
 */
export function answerEvent(instance: Instance, id: string, { decision, by, comment }: ApprovalAnswer) {
  const pending = approvalsOf(instance);
  const asked = pending.find((approval) => approval.id === id);
  if (asked === undefined) {
    const open = pending.map((approval) => approval.id);
    throw new FsmError('APPROVAL_UNKNOWN', `The instance "${instance.name}" does not ask for "${id}" now.`, {
      hint:
        open.length === 0 ? 'It asks for nothing: perhaps it was decided already.' : `It asks for ${open.join(', ')}.`,
      details: { instance: instance.name, asked: id, open },
    });
  }
  if (!mayDecide(asked, by)) {
    throw new FsmError(
      'APPROVER_REFUSED',
      `${by === undefined ? 'Nobody' : `"${by}"`} may not decide "${asked.title}".`,
      {
        hint: `Let one of these decide: ${asked.approvers?.join(', ')}.`,
        details: { by: by ?? null, approvers: asked.approvers },
      },
    );
  }
  const type = decision === 'approved' ? approvalEvents.granted : approvalEvents.rejected;
  return { type, data: { id, ...(by !== undefined && { by }), ...(comment !== undefined && { comment }) } };
}

function approvalsOf({ name, state }: Instance): readonly PendingApproval[] {
  const pending: PendingApproval[] = [];
  for (const [invocation, { steps }] of Object.entries(state?.executions ?? {})) {
    for (const [path, step] of Object.entries(steps ?? {})) {
      if (step.asked !== undefined && !hasOutcome(step))
        pending.push({ ...step.asked, instance: name, invocation, path });
    }
  }
  return pending;
}
