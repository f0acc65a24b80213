import { expect, test } from 'vitest';
import { exploreCrashes } from './crash-explorer.ts';
import { randomFamily } from './random-family.ts';

/** `FSM_CRASH_SEEDS=5000 npm test -- family-crashes` tries more; `FSM_CRASH_FROM=4711` begins elsewhere. */
const seeds = Number(process.env.FSM_CRASH_SEEDS ?? 20);
const from = Number(process.env.FSM_CRASH_FROM ?? 1);

test.each([{ crashes: 1 }, { crashes: 3, part: 5 }, { crashes: 2, part: 5, downtime: '20m' }])(
  'waits, questions and children come to the same end, whatever write the process dies at: %o',
  {
    timeout: 600_000,
  },
  async ({ part = 1, ...how }) => {
    for (let seed = from; seed < from + Math.ceil(seeds / part); seed += 1) {
      const { problems } = await exploreCrashes({ ...randomFamily(seed), seed, ...how });
      const again = `FSM_CRASH_FROM=${seed} FSM_CRASH_SEEDS=1 npm test -- family-crashes`;
      expect(problems, `seed ${seed}; see it again with: ${again}`).toEqual([]);
    }
  },
);
