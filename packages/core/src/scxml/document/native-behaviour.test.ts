import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stateTree } from '../../definition/state-tree.ts';
import { FsmError } from '../../error.ts';
import type { JsonObject } from '../../json.ts';
import { Driver } from '../../machine/testing/driver.ts';
import type { ActionSpec, MachineSpec, StateSpec, TransitionSpec } from '../../machine/testing/machine-spec.ts';
import {
  definitionOf,
  eventTypes,
  implementations,
  layoutOf,
  machineSpec,
} from '../../machine/testing/random-machine.ts';
import { exportScxml } from './export.ts';
import { importScxml } from './import.ts';
import { stateIds, xmlId } from './state-ids.ts';

/** Without delays: an SCXML machine leaves its timers to the session around it, and here is none. */
function withoutDelays(spec: MachineSpec): MachineSpec {
  const now = (actions: readonly ActionSpec[]) => actions.filter(({ kind }) => kind !== 'delayed');
  const each = (list: readonly TransitionSpec[]) => list.map((item) => ({ ...item, actions: now(item.actions) }));
  const state = (given: StateSpec): StateSpec => ({
    ...given,
    after: [],
    entry: now(given.entry),
    exit: now(given.exit),
    initialActions: now(given.initialActions),
    on: given.on.map(([descriptor, list]) => [descriptor, each(list)] as const),
    always: each(given.always),
    onDone: each(given.onDone),
    children: given.children.map(state),
  });
  return { root: state(spec.root) };
}

/** `undefined` when the machine never comes to rest. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (FsmError.is(error) && error.code === 'MICROSTEP_LIMIT') return undefined;
    throw error;
  }
}

test('random native machines do as SCXML what they do natively, where no problem says otherwise', () => {
  let compared = 0;
  const events = fc.array(fc.constantFrom(...eventTypes, 'other'), { maxLength: 6 });
  const specs = machineSpec({ invocations: false }).map(withoutDelays);
  fc.assert(
    fc.property(specs, events, (spec, types) => {
      const declared = Object.fromEntries(eventTypes.map((type) => [type, {}]));
      const definition = { ...definitionOf(layoutOf(spec)), events: declared };
      const { text, problems } = exportScxml(definition);
      if (problems.some(({ code }) => code === 'MEANING_DIFFERS')) return;
      const native = attempt(() => new Driver(definition, { implementations }));
      const document = attempt(() => new Driver(importScxml(text!).definition));
      const ids = new Map([...stateIds(stateTree({ ...definition }), xmlId)].map(([state, id]) => [state.path, id]));
      const nativeFacts = ({ snapshot }: Driver) => ({
        status: snapshot.status,
        states: snapshot.status === 'done' ? [] : snapshot.configuration.map((path) => ids.get(path)!).sort(),
        values: [snapshot.context.a, snapshot.context.b],
      });
      const documentFacts = ({ snapshot, machine }: Driver) => ({
        status: snapshot.status,
        // a final region has its end in it
        states:
          snapshot.status === 'done'
            ? []
            : snapshot.configuration
                .map((path) => [...machine.states()].find((state) => state.path === path)!.id.replace(/\.end$/, ''))
                .sort(),
        values: ['a', 'b'].map((key) => (snapshot.context.context as JsonObject)[key]),
      });
      for (const type of ['', ...types]) {
        if (native === undefined || document === undefined) return;
        const moved = type === '' || attempt(() => [native.send(type), document.send(type)]) !== undefined;
        if (!moved) return;
        expect(documentFacts(document), `after ${type}`).toEqual(nativeFacts(native));
        compared += 1;
        if (native.snapshot.status !== 'active') return;
      }
    }),
    { numRuns: 120 },
  );
  expect(compared).toBeGreaterThan(20);
});
