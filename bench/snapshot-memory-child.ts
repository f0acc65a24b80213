import { compile, type MachineEvent, navigate, start } from '@fsm/core';
import { flat, hierarchy, parallel } from './machines.ts';
import { type MachineName, xstate5, xstate6 } from './peers/xstate-engine.ts';

/** One measurement per process: `node --expose-gc snapshot-memory-child.ts <side> <machine> <count>` prints bytes for each. */

const [side, machineText, countText] = process.argv.slice(2);
const name = machineText as 'flat' | 'hierarchy' | 'parallel';
const count = Number(countText);
const moment = { now: Date.UTC(2026, 0, 1), instance: 'one', tenant: 'bench' };

// Both events move the hierarchy in turn; the other machines know only the second, and ignore the first.
const events: readonly MachineEvent[] =
  name === 'hierarchy'
    ? [
        { type: 'STEP', data: { step: 1 } },
        { type: 'NEXT', data: { step: 1 } },
      ]
    : [{ type: 'NEXT' }];

const next = side === 'fsm' ? ours() : peer(side === 'xstate5' ? xstate5 : xstate6, name);
const warm = snapshots(Math.min(1000, count));
const kept = new Array<unknown>(count).fill(warm[0]);
const before = usedBytes();
for (let index = 0; index < count; index++) kept[index] = next(index);
const bytesEach = (usedBytes() - before) / count;
if (new Set(kept).size !== count) throw new Error('Some snapshots are the same object.');
process.stdout.write(JSON.stringify({ bytesEach }));

function snapshots(length: number): unknown[] {
  return Array.from({ length }, (_, index) => next(index));
}

/** Every call is one more transition from where the last one ended. */
function ours(): (index: number) => unknown {
  const machine = compile(JSON.parse(JSON.stringify({ flat, hierarchy, parallel }[name])));
  let { snapshot } = start(machine, moment);
  return (index) => {
    snapshot = navigate(machine, snapshot, events[index % events.length]!, moment).snapshot;
    return snapshot;
  };
}

function peer(engine: typeof xstate5, machineName: MachineName): (index: number) => unknown {
  const machine = engine.machine(machineName);
  let snapshot = machine.initial();
  return (index) => {
    snapshot = machine.step(snapshot, events[index % events.length]!);
    return snapshot;
  };
}

function usedBytes(): number {
  for (let pass = 0; pass < 4; pass++) globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
