import { type Actor, type AnyStateMachine, createActor } from 'xstate';
import { flat } from './xstate-machines.ts';

/** Live actors after one event each, found by name as ours are. */
export function liveActors(count: number): Map<string, Actor<AnyStateMachine>> {
  const actors = new Map<string, Actor<AnyStateMachine>>();
  for (let index = 0; index < count; index++) {
    const actor = createActor(flat).start();
    actor.send({ type: 'NEXT' });
    actors.set(`instance-${index}`, actor);
  }
  return actors;
}
