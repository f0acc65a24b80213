import { expect, test } from 'vitest';
import { z } from 'zod';
import { composite, defineEffect } from './effect.ts';
import { effect } from './parameters.ts';
import { sideBySide } from './side-by-side.ts';
import { Manual, start } from './testing/start.ts';

/** Waits for all and counts the failures. */
const tally = defineEffect({
  name: 'tally',
  summary: 'Counts how many of its effects fail.',
  category: 'test',
  icon: 'tally-5',
  output: 'The number.',
  parameters: z.strictObject({ effects: z.array(effect).min(1).describe('The effects.') }),
  prepare({ effects }, compile) {
    const children = effects.map((effect, index) => compile.child(effect, index, 'effects', index));
    return composite(children, (step) => {
      let ended = 0;
      let failures = 0;
      return sideBySide(step, children, 2, (_, settled) => {
        ended += 1;
        if ('error' in settled) failures += 1;
        return ended === children.length ? { output: failures } : undefined;
      });
    });
  },
});

const ask = { type: 'call', function: 'ask' };

test('a kind of your own decides when and how what runs side by side ends', async () => {
  const manual = new Manual();
  const life = start({ type: 'tally', effects: [ask, ask, ask] }, { kinds: [tally], functions: { ask: manual.run } });
  expect(manual.calls).toHaveLength(2);
  manual.calls[0]!.reject(new Error('no'));
  await life.host.rest();
  manual.calls[1]!.resolve(1);
  manual.calls[2]!.reject(new Error('no'));
  await life.host.rest();
  expect(life.output()).toBe(2);
  expect(life.restart().host.records).toEqual([]);
});

test('it cannot take the end of a cancelled branch for a failure', async () => {
  const manual = new Manual();
  const counted = { type: 'sequence', effects: [{ type: 'tally', effects: [ask] }, ask] };
  const life = start(
    { type: 'timeout', duration: 5, effect: counted },
    { kinds: [tally], functions: { ask: manual.run } },
  );
  await life.host.advance(5);
  expect(life.error().code).toBe('EFFECT_TIMEOUT');
  expect(manual.calls).toHaveLength(1);
  expect(life.host.records).toEqual([{ path: '', step: { due: 5 } }]);
});
