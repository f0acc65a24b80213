import { describeActions, describeDelay, describeEffect, describeGuard } from '../definition/label.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { TreeState } from '../definition/state-tree.ts';
import type { IconName, LabelLine } from './chart.ts';

/** A transition as it is drawn: from its state to all of `targets`, which may be none. */
export interface DrawnTransition {
  readonly targets: readonly string[];
  readonly label: readonly LabelLine[];
  /** The label in one line. */
  readonly title: string;
}

interface Trigger {
  readonly icon: IconName;
  readonly text: string;
}

/** All transitions of a state but `initial`, in the order of its keys, then of its invocations. */
export function transitionsOf(state: TreeState): DrawnTransition[] {
  const { on, always, after, onDone, onError, target, initial } = state.definition;
  if (state.kind === 'history') return defaultOf(target, initial);
  return [
    ...members(on).flatMap(([type, list]) => alternatives(list, { icon: 'event', text: type.trim() })),
    ...alternatives(always, { icon: 'always', text: 'always' }),
    ...members(after).flatMap(([delay, list]) => alternatives(list, { icon: 'clock', text: describeDelay(delay) })),
    ...alternatives(onDone, { icon: 'done', text: 'done' }),
    ...alternatives(onError, { icon: 'error', text: 'error' }),
    ...invocationsOf(state).flatMap((one) => {
      const id = typeof one.id === 'string' ? ` ${one.id}` : '';
      return [
        ...alternatives(one.onDone, { icon: 'done', text: `done${id}` }),
        ...alternatives(one.onError, { icon: 'error', text: `error${id}` }),
      ];
    }),
  ];
}

/** Where a compound state begins: its `initial`, written as a key or as a transition. */
export function initialOf(state: TreeState): DrawnTransition | undefined {
  const { initial } = state.definition;
  if (state.kind === 'history') return undefined;
  const targets = targetsOf(initial);
  return targets.length === 0 ? undefined : described(initial, undefined, targets);
}

export function invocationsOf(state: TreeState): Record<string, unknown>[] {
  return [state.definition.invoke].flat().filter(isPlainObject);
}

function defaultOf(target: unknown, initial: unknown): DrawnTransition[] {
  const transition = target === undefined ? initial : target;
  const targets = targetsOf(transition);
  return targets.length === 0 ? [] : [described(transition, undefined, targets)];
}

/** Of several transitions of one trigger the first that may is taken; the one without a guard is what is left. */
function alternatives(list: unknown, trigger: Trigger): DrawnTransition[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [list];
  const drawable = items.filter((item) => typeof item === 'string' || isPlainObject(item));
  return drawable.map((item, index) => described(item, trigger, targetsOf(item), index > 0));
}

function described(
  item: unknown,
  trigger: Trigger | undefined,
  targets: readonly string[],
  isLater = false,
): DrawnTransition {
  const own = isPlainObject(item) ? item : {};
  const guard = own.guard === undefined ? (isLater ? 'else' : '') : describeGuard(own.guard);
  const before = describeEffect(own.before);
  const actions = describeActions(own.actions);
  const lines: readonly (LabelLine | undefined)[] = [
    trigger && { role: 'trigger', icon: trigger.icon, text: trigger.text },
    guard === '' ? undefined : { role: 'guard', text: `[${guard}]` },
    before === '' ? undefined : { role: 'action', icon: 'effect', text: before },
    actions === '' ? undefined : { role: 'action', text: `/ ${actions}` },
  ];
  const label = lines.filter((line) => line !== undefined);
  const title = label.map(({ icon, text }) => (icon === 'clock' ? `after ${text}` : text)).join(' ');
  const description = typeof own.description === 'string' ? own.description : '';
  return { targets, label, title: [title, description].filter((text) => text !== '').join('\n') };
}

function targetsOf(transition: unknown): readonly string[] {
  const target = isPlainObject(transition) ? transition.target : transition;
  return [target].flat().filter((one) => typeof one === 'string');
}

function members(value: unknown): [string, unknown][] {
  return isPlainObject(value) ? Object.entries(value) : [];
}
