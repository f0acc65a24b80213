import type { Json } from '@fsm/core';
import * as Effect from 'effect/Effect';

/** The same steps with Effect 4, in the ways in which its users write a sequence that keeps its results. */
export type EffectStyle = 'gen' | 'forEach';

/** Runs a program that performs the steps in turn and gives their results; as often as it is called. */
export function effectProgram(
  step: () => Json | Promise<Json>,
  asynchronous: boolean,
  length: number,
  style: EffectStyle,
): () => Json[] | Promise<Json[]> {
  const one: Effect.Effect<Json> = asynchronous
    ? Effect.promise(async () => await step())
    : Effect.sync(step as () => Json);
  const steps = Array.from({ length }, () => one);
  const program = style === 'gen' ? generated(steps) : Effect.forEach(steps, (effect) => effect);
  return asynchronous ? () => Effect.runPromise(program) : () => Effect.runSync(program);
}

function generated(steps: readonly Effect.Effect<Json>[]): Effect.Effect<Json[]> {
  return Effect.gen(function* () {
    const results: Json[] = [];
    for (const step of steps) results.push(yield* step);
    return results;
  });
}
