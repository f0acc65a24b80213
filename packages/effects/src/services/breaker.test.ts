import { expect, test } from 'vitest';
import { type Admission, Breaker, type BreakerSettings, type CallOutcome } from './breaker.ts';

const settings: BreakerSettings = { failures: 1, window: 1_000, minimum: 1, openFor: 100, probes: 2 };

/** A breaker and what it announced. */
function made(changes: Partial<BreakerSettings> = {}) {
  const announced: string[] = [];
  const breaker = new Breaker('one', (change) => announced.push(change));
  const ask = (at: number) => breaker.ask({ ...settings, ...changes }, at);
  const end = (admission: Admission, outcome: CallOutcome, at: number) => {
    if (!admission.admitted) throw new Error('it was not admitted');
    admission.end(outcome, at);
  };
  return { announced, breaker, ask, end };
}

test('what a call from before it opened comes to proves nothing about the probes', () => {
  const { breaker, ask, end } = made();
  const early = [ask(0), ask(0), ask(0), ask(0)];
  end(early[0]!, 'failed', 10);
  const probe = ask(110);
  end(early[1]!, 'succeeded', 111);
  end(early[2]!, 'succeeded', 112);
  expect(breaker.view(112)).toMatchObject({ state: 'half_open', running: 2 });
  end(early[3]!, 'failed', 113);
  expect(breaker.view(113).state).toBe('half_open');
  end(probe, 'succeeded', 114);
  end(ask(115), 'succeeded', 116);
  expect(breaker.view(116)).toMatchObject({ state: 'closed', calls: 0 });
});

test('a call ends once, however often that is said', () => {
  const { breaker, ask, end } = made({ failures: 2 });
  const call = ask(0);
  end(call, 'failed', 1);
  end(call, 'failed', 2);
  expect(breaker.view(2)).toMatchObject({ state: 'closed', failures: 1, running: 0 });
});

test('a call that an earlier life began is not refused, and does not count as a probe', () => {
  const { breaker, ask, end } = made();
  end(ask(0), 'failed', 0);
  const old = breaker.readmit(settings, 50);
  end(old, 'failed', 120);
  expect(ask(121).admitted).toBe(true);
  expect(breaker.view(121).state).toBe('half_open');
});

test('a window of time forgets in parts, and is counted exactly within it', () => {
  const { breaker, ask, end } = made({ failures: 100 });
  for (const at of [0, 50, 99, 100, 999]) end(ask(at), 'failed', at);
  expect([1_000, 1_099, 1_100, 1_199, 1_200, 2_100].map((at) => breaker.view(at).failures)).toEqual([5, 5, 2, 2, 1, 0]);
});

test('it may be forgotten only when it is closed, nobody calls and nothing was counted', () => {
  const { breaker, ask, end } = made({ failures: 2 });
  expect(breaker.idle(0)).toBe(true);
  const call = ask(0);
  expect(breaker.idle(0)).toBe(false);
  end(call, 'failed', 0);
  expect(breaker.idle(500)).toBe(false);
  expect(breaker.idle(1_100)).toBe(true);
  breaker.override({ circuit: 'open' });
  expect(breaker.idle(1_100)).toBe(false);
});
