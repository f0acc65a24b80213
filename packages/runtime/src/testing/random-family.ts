// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import type { MachineDefinition } from '@fsm/core';
import type { Scenario } from './crash-run.ts';
import { Random } from './random.ts';
import { randomScenario } from './random-scenario.ts';

const hour = 3_600_000;

/** Random machines in which some calls are waits, questions to people and children instead. */
export function randomFamily(seed: number): Scenario {
  // other numbers than those of the scenario, so that no two things take the same time
  const random = new Random(seed + 0x5bd1e995);
  const scenario = randomScenario(seed);
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change);
    if (typeof value !== 'object' || value === null) return value;
    const { type } = value as { readonly type?: unknown };
    if (type === 'call' && random.chance(0.5)) return other(random);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part)]));
  };
  const step = (type: string) => ({
    after: 1 + random.below(hour),
    send: { type, data: { id: 'ask', n: random.below(9) } },
  });
  return {
    ...scenario,
    machine: change(scenario.machine) as MachineDefinition,
    scenario: scenario.scenario.flatMap((given) => [
      given,
      step(random.pick(['NOISE', 'approval.granted', 'approval.rejected'])),
    ]),
  };
}

function other(random: Random): object {
  const time = () => 1 + random.below(hour);
  switch (random.below(4)) {
    case 0:
      return { type: 'wait_for_event', event: 'NOISE', timeout: time(), onTimeout: random.pick(['error', 'null']) };
    case 1:
      return {
        type: 'request_approval',
        id: 'ask',
        title: 'May it?',
        deadline: time(),
        escalate: { after: time(), to: 'boss' },
      };
    case 2:
      return {
        type: 'invoke_fsm',
        machine: child(random, time),
        ...(random.chance(0.3) ? { timeout: time() } : undefined),
      };
    default:
      return {
        type: 'parallel',
        effects: [
          { type: 'invoke_fsm', machine: child(random, time) },
          { type: 'wait_for_event', event: '*', timeout: time() },
        ],
      };
  }
}

/** Ends after a while, well or not, with a child of its own perhaps. */
function child(random: Random, time: () => number, depth = 0): object {
  const inner = depth < 2 && random.chance(0.4) ? child(random, time, depth + 1) : undefined;
  const effect = inner === undefined ? { type: 'delay', duration: time() } : { type: 'invoke_fsm', machine: inner };
  const fails = {
    effect: { type: 'choose', branches: [{ when: 'context.none.at.all', then: effect }], otherwise: effect },
    onDone: 'end',
  };
  return {
    id: `child-${random.below(1_000_000)}`,
    initial: 'a',
    states: {
      a: { effect, onDone: random.pick(['end', 'end', 'b']), onError: 'end', after: { [`${time()}ms`]: 'end' } },
      b: fails,
      end: { type: 'final' },
    },
    output: { at: '{{ now }}' },
  };
}
