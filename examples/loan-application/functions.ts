import { FsmError } from '@fsm/core';
import type { EffectFunction } from '@fsm/effects';

export type Grade = 'A' | 'B' | 'C' | 'D' | 'E';

export interface CreditScore {
  readonly agency: string;
  readonly score: number;
  readonly grade: Grade;
}

export interface RepaymentPlan {
  /** Yearly interest, in per cent. */
  readonly rate: number;
  readonly months: number;
  /** Euros. */
  readonly monthly: number;
}

/**
 * What an agency says about an applicant. A stand-in for a request over the network: the same question always gets the
 * same answer, one in sixteen is answered only when asked again, and one applicant in fifty is unknown.
 */
export function creditScore(
  question: { applicant: string; amount: number; agency?: string },
  call: { readonly attempt: number },
): CreditScore {
  const { applicant, amount, agency = 'own' } = question;
  const luck = hash(`${agency}/${applicant}`);
  if (luck % 50 === 0) {
    throw new FsmError('CREDIT_FILE_UNKNOWN', `The agency "${agency}" has no file on ${applicant}.`);
  }
  if (luck % 16 === 0 && call.attempt === 1) {
    throw new FsmError('AGENCY_BUSY', `The agency "${agency}" does not answer.`, { next: 'retry' });
  }
  const score = Math.round(450 + ((luck >>> 8) % 400) - amount / 1000);
  return { agency, score, grade: gradeOf(score) };
}

function gradeOf(score: number): Grade {
  if (score >= 750) return 'A';
  if (score >= 650) return 'B';
  if (score >= 550) return 'C';
  return score >= 450 ? 'D' : 'E';
}

const yearlyRates: Readonly<Record<Grade, number>> = { A: 5.9, B: 7.4, C: 8.9, D: 10.4, E: 12.9 };

/** Equal monthly payments over five years; a large loan is paid back over ten. */
export function repaymentPlan(loan: { amount: number; grade?: Grade | 'unknown' | null }): RepaymentPlan {
  const { amount, grade } = loan;
  const rate = grade == null || grade === 'unknown' ? yearlyRates.E : yearlyRates[grade];
  const months = amount >= 50_000 ? 120 : 60;
  const monthlyRate = rate / 1200;
  const monthly = (amount * monthlyRate) / (1 - (1 + monthlyRate) ** -months);
  return { rate, months, monthly: Math.round(monthly * 100) / 100 };
}

/** FNV-1a, stirred once more so that neighbouring names do not get neighbouring numbers. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}

/** What the `call` effects of the machine call. */
export const functions: Readonly<Record<string, EffectFunction>> = {
  'credit.score': creditScore,
  'loan.plan': repaymentPlan,
};
