import { createActor, initialTransition, transition } from 'xstate';
import * as next from 'xstate-next';
import { flat, hierarchy, parallel, toggle } from './xstate-machines.ts';
import * as machinesOf6 from './xstate-next-machines.ts';

/** The two versions of XState by the same few words, so that a benchmark treats them alike. */
export interface PeerEngine {
  readonly name: string;
  machine(name: MachineName): PeerMachine;
}

export type MachineName = 'toggle' | 'flat' | 'hierarchy' | 'parallel';

export interface PeerMachine {
  initial(): PeerSnapshot;
  /** The pure step. */
  step(snapshot: PeerSnapshot, event: PeerEvent): PeerSnapshot;
  /** The stateful way. */
  start(): { send(event: PeerEvent): void; getSnapshot(): PeerSnapshot };
}

export interface PeerEvent {
  readonly type: string;
}

export interface PeerSnapshot {
  readonly value: StateValue;
  readonly context: object | undefined;
}

type StateValue = string | { readonly [key: string]: StateValue | undefined };

export const xstate5: PeerEngine = {
  name: 'XState',
  machine(name) {
    const machine = { toggle, flat, hierarchy, parallel }[name];
    return {
      initial: () => initialTransition(machine)[0],
      step: (snapshot, event) =>
        transition(machine, snapshot as ReturnType<typeof machine.getInitialSnapshot>, event)[0],
      start: () => createActor(machine).start(),
    };
  },
};

export const xstate6: PeerEngine = {
  name: 'XState 6 alpha',
  machine(name) {
    const { toggle, flat, hierarchy, parallel } = machinesOf6;
    const machine = { toggle, flat, hierarchy, parallel }[name];
    return {
      initial: () => next.initialTransition(machine)[0] as PeerSnapshot,
      step: (snapshot, event) => next.transition(machine, snapshot as never, event)[0] as PeerSnapshot,
      start: () => next.createActor(machine).start() as ReturnType<PeerMachine['start']>,
    };
  },
};

/** Paths of the active leaves, the form in which fsm's snapshots hold a configuration. */
export function activeLeaves(snapshot: PeerSnapshot): string[] {
  const leaves: string[] = [];
  const walk = (value: StateValue, path: string) => {
    if (typeof value === 'string') leaves.push(path + value);
    else for (const [key, child] of Object.entries(value)) if (child !== undefined) walk(child, `${path}${key}.`);
  };
  walk(snapshot.value, '');
  return leaves;
}
