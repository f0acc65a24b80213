import { rootPath } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { ProblemList } from './problems.ts';
import { defaultMachineId } from './source-states.ts';
import { listOf, textOf } from './source-values.ts';

type Config = Readonly<Record<string, unknown>>;

/**
 * `JSON.stringify(machine)` and `machine.definition` are not the configuration but what XState made of it: every state
 * with an id, every transition in a list, delayed transitions as events with the actions that arm them. This turns it
 * back, as far as that goes: `always` and the context are not in it.
 */
export function withoutResolution(config: Config, problems: ProblemList): Config {
  if (!isResolved(config)) return config;
  const message =
    'This is what XState made of a configuration: `always` and `context` are not in it, nor are functions.';
  problems.error('RESOLVED_MACHINE', rootPath, message, 'Import `machine.config` instead.');
  return stateOf(config, typeof config.id === 'string' ? config.id : defaultMachineId, []);
}

function isResolved({ key, order, transitions }: Config): boolean {
  return typeof key === 'string' && typeof order === 'number' && Array.isArray(transitions);
}

const derived = new Set(['key', 'order', 'transitions', 'initial', 'on', 'entry', 'exit', 'invoke', 'states', 'id']);

function stateOf(state: Config, machineId: string, path: readonly string[]): Config {
  const defaultId = [machineId, ...path].join('.');
  const ownId = path.length === 0 || state.id !== defaultId ? { id: state.id } : {};
  const { on, after, onDone } = transitionsOf(state);
  const delays = Object.keys(after).length;
  const states = Object.entries(isPlainObject(state.states) ? state.states : {});
  const parts: Config = {
    ...Object.fromEntries(Object.entries(state).filter(([key]) => !derived.has(key))),
    ...ownId,
    entry: withoutLast(state.entry, delays),
    exit: withoutLast(state.exit, delays),
    invoke: listOf(state.invoke).map((each, index) => invocationOf(each, `${index}.${textOf(state.id)}`)),
    on,
    after,
    onDone,
    initial: states.length === 0 || state.type === 'parallel' ? undefined : state.initial,
    states: Object.fromEntries(
      states.map(([key, child]) => [key, isPlainObject(child) ? stateOf(child, machineId, [...path, key]) : child]),
    ),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => !isNothing(value)));
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === false || (isPlainObject(value) && Object.keys(value).length === 0);
}

/** The events of delays and of the state's own end were keys of their own. */
function transitionsOf(state: Config) {
  const on: Record<string, unknown> = {};
  const after: Record<string, unknown> = {};
  let onDone: unknown;
  for (const [descriptor, list] of Object.entries(isPlainObject(state.on) ? state.on : {})) {
    const transitions = listOf(list);
    const [first] = transitions;
    if (descriptor.startsWith('xstate.after.') && isPlainObject(first) && first.delay !== undefined) {
      after[textOf(first.delay)] = transitions;
    } else if (descriptor === `xstate.done.state.${textOf(state.id)}`) onDone = transitions;
    else on[descriptor] = transitions;
  }
  return { on, after, onDone };
}

/** After the state's own actions stand those that arm or stop its timers. */
function withoutLast(actions: unknown, count: number): readonly unknown[] {
  const all = listOf(actions);
  return all.slice(0, all.length - count);
}

function invocationOf(invocation: unknown, defaultId: string): unknown {
  if (!isPlainObject(invocation) || invocation.id !== defaultId) return invocation;
  const { id: _id, ...rest } = invocation;
  return rest;
}
