import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { compile, fire, navigate, parseMachine, type Snapshot, start, validate } from '@fsm/core';
import { createRegistry } from '@fsm/effects';
import { describe, expect, test } from 'vitest';
import { type LogLine, Rehearsal, rehearse } from '../rehearsal.ts';
import { creditScore, functions } from './functions.ts';
import { type SampleApplication, sampleApplications, sampleEvents } from './generate.ts';

const { definition, locate } = parseMachine(readFileSync(new URL('machine.json', import.meta.url), 'utf8'));
const registry = createRegistry({ functions });
const machine = compile(definition);

const day = 86_400_000;
const morning = Date.UTC(2030, 9, 1, 8);

/** What the region `application` shows. */
function outcomeOf({ configuration }: Snapshot): string {
  return configuration.find((path) => path.startsWith('application.'))!.split('.')[1]!;
}

function count(outcomes: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

async function apply(instance: string, amount: number, ...types: string[]): Promise<Rehearsal> {
  const loan = await Rehearsal.start(machine, { instance, at: morning, registry });
  for (const type of types) {
    expect(await loan.send({ type, data: { amount, resource: 'clerk-01' } }), type).toBe(true);
    await loan.until(loan.now + 60_000);
  }
  return loan;
}

const toPreAccepted = ['A_SUBMITTED', 'A_PARTLYSUBMITTED', 'A_PREACCEPTED'];
const toSent = [...toPreAccepted, 'A_ACCEPTED', 'A_FINALIZED', 'O_SELECTED', 'O_CREATED', 'O_SENT'];

describe('the machine', () => {
  test('has neither errors nor warnings, its effects and functions included', () => {
    const checkEffect = (effect: unknown, path: string) => registry.check(effect, path);
    expect(validate(definition, { checkEffect, locate })).toEqual([]);
  });

  test('describes every state and every event', () => {
    const silent = [...machine.states()].filter((state) => state.path !== '' && !state.description);
    expect(silent.map((state) => state.path)).toEqual([]);
    const events = Object.entries(definition.events!).filter(([, event]) => !event.description);
    expect(events.map(([type]) => type)).toEqual([]);
  });

  test.each([
    [['A_APPROVED', 'A_REGISTERED', 'A_ACTIVATED']],
    [['A_APPROVED', 'A_ACTIVATED', 'A_REGISTERED']],
    [['A_REGISTERED', 'A_APPROVED', 'A_ACTIVATED']],
    [['A_REGISTERED', 'A_ACTIVATED', 'A_APPROVED']],
    [['A_ACTIVATED', 'A_APPROVED', 'A_REGISTERED']],
    [['A_ACTIVATED', 'A_REGISTERED', 'A_APPROVED']],
  ])('approves only after all of %s', async ([first, second, third]) => {
    const loan = await apply('loan-1', 10_000, ...toSent, first!, second!);
    expect(outcomeOf(loan.snapshot)).toBe('undecided');
    await loan.send({ type: third! });
    expect(loan.states).toContain('application.approved');
  });

  test('asks a second agency from 50,000 euros on, and the lower score counts', async () => {
    const small = await apply('loan-2', 49_999, ...toPreAccepted);
    expect(small.states).toContain('application.undecided.preAccepted');
    const large = await apply('loan-2', 50_000, ...toPreAccepted);
    expect(large.states).toContain('application.undecided.preAcceptedLarge');
    expect(machine.tags(large.snapshot)).toContain('large-loan');

    const answers = ['own', 'second'].map((agency) =>
      creditScore({ applicant: 'loan-2', amount: 50_000, agency }, { attempt: 2 }),
    );
    const [lower] = answers.sort((left, right) => left.score - right.score);
    expect(large.snapshot.context).toMatchObject({ score: lower!.score, grade: lower!.grade });
  });

  test('asks a busy agency again, and goes on without a score when the applicant is unknown', async () => {
    const names = Array.from({ length: 400 }, (_, number) => `loan-${number}`);
    const busy = names.find((name) => errorOf(name, 1) === 'AGENCY_BUSY')!;
    expect((await apply(busy, 9000, ...toPreAccepted)).snapshot.context.score).toBeTypeOf('number');

    const unknown = await apply(
      names.find((name) => errorOf(name, 2) === 'CREDIT_FILE_UNKNOWN')!,
      9000,
      ...toPreAccepted,
    );
    expect(unknown.snapshot.context).toMatchObject({ score: null, grade: 'unknown' });
    expect(unknown.snapshot.status).toBe('active');
  });

  test('lets an unanswered offer lapse after 30 days and still takes a late answer', async () => {
    const loan = await apply('loan-3', 10_000, ...toSent);
    await loan.until(loan.now + 29 * day);
    expect(loan.states).toContain('offer.open.sent');
    await loan.until(loan.now + day);
    expect(loan.states).toContain('offer.open.lapsed');
    expect(loan.states).toContain('application.undecided.finalized');
    expect(loan.emitted).toEqual([{ type: 'offer.lapsed', data: { amount: 10_000 } }]);

    expect(await loan.send({ type: 'O_SENT_BACK' })).toBe(true);
    expect(await loan.send({ type: 'O_ACCEPTED' })).toBe(true);
    expect(loan.states).toContain('offer.accepted');
  });

  test('makes a repayment plan when the loan is approved', async () => {
    const loan = await apply('loan-4', 12_000, ...toSent, 'A_APPROVED', 'A_REGISTERED', 'A_ACTIVATED');
    const { plan } = loan.snapshot.context;
    expect(plan).toMatchObject({ months: 60, monthly: expect.any(Number) });
    expect(loan.emitted).toEqual([{ type: 'loan.opened', data: { amount: 12_000, plan } }]);
    expect(loan.logged).toEqual([expect.stringMatching(/^Loan of 12000 euros: \d+(\.\d+)? a month$/)]);
  });

  test('leaves everything as it is when an event comes out of turn', async () => {
    const loan = await apply('loan-5', 10_000, 'A_SUBMITTED');
    const before = loan.snapshot;
    for (const type of [
      'A_SUBMITTED',
      'A_APPROVED',
      'O_SENT',
      'W_Afhandelen_leads.START',
      'W_Afhandelen_leads.COMPLETE',
    ]) {
      expect(await loan.send({ type, data: { amount: 1 } }), type).toBe(false);
    }
    expect(loan.snapshot).toBe(before);
  });
});

function errorOf(applicant: string, attempt: number): unknown {
  try {
    creditScore({ applicant, amount: 9000 }, { attempt });
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe('the sample', () => {
  const applications = [...sampleApplications({ seed: 7, applications: 300 })];

  test('is the same for the same seed, and another one for another seed', () => {
    expect(sampleEvents({ seed: 7, applications: 40 })).toEqual(sampleEvents({ seed: 7, applications: 40 }));
    expect(sampleEvents({ seed: 7, applications: 40 })).not.toEqual(sampleEvents({ seed: 8, applications: 40 }));
    expect([...sampleApplications({ seed: 7, applications: 40 })]).toEqual(applications.slice(0, 40));
  });

  test('is in order of time, for the whole log and for each application', () => {
    const events = sampleEvents();
    expect(events.map((event) => event.at)).toEqual(events.map((event) => event.at).sort());
    const perApplication = Map.groupBy(events, (event) => event.instance);
    for (const { instance, events: own } of applications) expect(perApplication.get(instance) ?? []).toEqual(own);
  });

  test('looks like the real process', () => {
    const shares = count([...sampleApplications({ seed: 1, applications: 3000 })].map(({ outcome }) => outcome));
    expect(shares.declined! / 3000).toBeCloseTo(0.58, 1);
    expect(shares.cancelled! / 3000).toBeCloseTo(0.21, 1);
    expect(shares.approved! / 3000).toBeCloseTo(0.17, 1);
    expect(shares.undecided! / 3000).toBeCloseTo(0.03, 2);
  });

  test('runs through the machine without an ignored event, and ends as the generator intended', async () => {
    const { instances, ignored } = await rehearse(machine, sampleEvents(), registry);
    expect(ignored).toEqual([]);
    const shown = new Map([...instances].map(([name, { snapshot }]) => [name, outcomeOf(snapshot)]));
    expect(shown).toEqual(new Map(applications.map(intended)));

    for (const { snapshot } of instances.values()) {
      expect(snapshot.status).toBe('active');
      expect(snapshot.invocations ?? {}).toEqual({});
      expect(regionsOf(snapshot)).toMatchObject({ offer: 1, work: 7 });
    }
    const scored = [...instances.values()].filter(({ snapshot }) => snapshot.context.grade !== null);
    expect(scored).toHaveLength(applications.filter(happened('A_PREACCEPTED')).length);
    const planned = [...instances.values()].filter(({ snapshot }) => snapshot.context.plan !== null);
    expect(planned).toHaveLength(applications.filter(({ outcome }) => outcome === 'approved').length);
    expect([...instances.values()].flatMap(({ emitted }) => emitted.map(({ type }) => type))).toContain('offer.lapsed');
  });
});

function intended({ instance, outcome }: SampleApplication): [string, string] {
  return [instance, outcome];
}

function happened(type: string): (application: SampleApplication) => boolean {
  return ({ events }) => events.some((event) => event.type === type);
}

function regionsOf({ configuration }: Snapshot): Record<string, number> {
  return count(configuration.map((path) => path.split('.')[0]!));
}

const realLog = new URL('../../../shared/data/loan-applications.ndjson.gz', import.meta.url);

describe('the real log', () => {
  test.skipIf(!existsSync(realLog))('shows what really happened (skipped where ../shared/data is not there)', () => {
    const loans = new Map<string, Snapshot>();
    let taken = 0;
    let lapsed = 0;
    let now = 0;
    const untilNow = (instance: string, before: Snapshot): Snapshot => {
      let snapshot = before;
      for (const [timer, { due, incarnation }] of Object.entries(before.timers ?? {})) {
        if (due > now) continue;
        snapshot = fire(machine, snapshot, timer, incarnation, { now: due, instance }).snapshot;
        lapsed += 1;
      }
      return snapshot;
    };

    const lines = gunzipSync(readFileSync(realLog)).toString().trimEnd().split('\n');
    for (const text of lines) {
      const { instance, type, at, data } = JSON.parse(text) as LogLine;
      now = Date.parse(at);
      const moment = { now, instance };
      const before = loans.get(instance) ?? start(machine, moment).snapshot;
      const decision = navigate(machine, untilNow(instance, before), { type, data: data! }, moment);
      if (decision.taken) taken += 1;
      loans.set(instance, decision.snapshot);
    }
    for (const [instance, snapshot] of loans) loans.set(instance, untilNow(instance, snapshot));

    expect({ events: lines.length, taken, instances: loans.size, lapsed }).toEqual({
      events: 262_200,
      taken: 262_200,
      instances: 13_087,
      lapsed: 584,
    });
    expect(count([...loans.values()].map(outcomeOf))).toEqual({
      declined: 7635,
      cancelled: 2807,
      approved: 2246,
      undecided: 399,
    });
  });
});
