import { readFileSync } from 'node:fs';
import { parseMachine } from '@fsm/core';
import {
  auditFile,
  auditMemory,
  auditPlugin,
  type LogLine,
  loggerPlugin,
  openRuntime,
  type Plugin,
  type Runtime,
  type Tenant,
  VirtualClock,
} from '@fsm/runtime';

const read = (path: string) => parseMachine(readFileSync(new URL(path, import.meta.url), 'utf8')).definition;

export const securitySystem = read('machine.json');
export const smartDoor = read('../smart-door/machine.json');

/** A house: its security system `home`, the doors `front` and `back`, and a clock that moves when told to. */
export interface House {
  readonly runtime: Runtime;
  readonly tenant: Tenant;
  readonly clock: VirtualClock;
}

export interface HouseOptions {
  /** Where the instances are kept; in memory when not given. */
  readonly store?: string;
  /** Where the audit trail is kept. */
  readonly audit?: string;
  /** Gets what happens, line by line. */
  readonly log?: (line: LogLine) => void;
  /** Where the clock begins. */
  readonly at?: string;
  readonly plugins?: readonly Plugin[];
}

/** Opens a house. One that is there already goes on where it was. */
export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const { store = 'memory:', audit, log = () => undefined, at = '2030-05-06T08:00:00Z', plugins = [] } = options;
  const clock = new VirtualClock(Date.parse(at));
  const runtime = await openRuntime({
    store,
    clock,
    plugins: [
      loggerPlugin({ sink: log }),
      auditPlugin({ sink: audit === undefined ? auditMemory() : auditFile(audit) }),
      ...plugins,
    ],
  });
  const tenant = runtime.tenant('house');
  for (const machine of [securitySystem, smartDoor]) await tenant.register(machine);
  await tenant.create('security-system', 'home', { whenExists: 'keep' });
  for (const door of ['front', 'back']) await tenant.create('smart-door', door, { whenExists: 'keep' });
  await runtime.settled();
  return { runtime, tenant, clock };
}

/** Lets time pass, then sends an event. */
export async function at(
  house: House,
  time: string,
  instance?: string,
  type?: string,
  data?: { code: string },
): Promise<void> {
  const due = Date.parse(time);
  // Step by step, because what a timer sets off at one instance may arm the next at another.
  while (house.clock.nextDue <= due) {
    house.clock.advanceTo(house.clock.nextDue);
    await house.runtime.settled();
  }
  house.clock.advanceTo(due);
  if (instance === undefined || type === undefined) return;
  await house.tenant.send(instance, { type, ...(data === undefined ? undefined : { data }) });
  await house.runtime.settled();
}

/** The day: everybody leaves, and at noon somebody opens the front door who does not know the code. */
export async function burglary(house: House): Promise<void> {
  await at(house, '2030-05-06T08:00:00Z', 'home', 'ARM');
  await at(house, '2030-05-06T12:00:00Z', 'front', 'OPEN');
  await at(house, '2030-05-06T12:00:10Z', 'home', 'ENTER_CODE', { code: '0000' });
  await at(house, '2030-05-06T12:00:20Z', 'back', 'OPEN');
  await at(house, '2030-05-06T12:01:00Z');
}

if (import.meta.main) {
  const log = ({ time, instance, message }: LogLine) =>
    console.log(`${time.slice(11, 19)} ${instance.padEnd(5)} ${message}`);
  const house = await openHouse({ log });
  await burglary(house);
  await house.runtime.close();
}
