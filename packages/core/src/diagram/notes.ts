import { describeActions, describeEffect } from '../definition/label.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { TreeState } from '../definition/state-tree.ts';
import type { IconName, Note } from './chart.ts';
import { invocationsOf } from './transitions.ts';

/** What a state does while it is active, when it is entered and when it is left, one line each. */
export function stateNotes(state: TreeState): Note[] {
  const { entry, exit, effect, output, data, subscriptions } = state.definition;
  return [
    ...[effect, ...invocationsOf(state).map((one) => one.effect)].flatMap((one) =>
      note(effectIcon(one), describeEffect(one)),
    ),
    ...note('entry', describeActions(entry)),
    ...note('exit', describeActions(exit)),
    ...note('data', isPlainObject(data) ? Object.keys(data).join(', ') : ''),
    ...(state.kind === 'final' ? note('data', isPlainObject(output) ? Object.keys(output).join(', ') : '') : []),
    ...(state.parent === undefined ? subscribed(subscriptions) : []),
  ];
}

function note(icon: IconName, text: string): Note[] {
  return text === '' ? [] : [{ icon, text }];
}

function effectIcon(effect: unknown): IconName {
  return isPlainObject(effect) && effect.type === 'delay' ? 'clock' : 'effect';
}

function subscribed(subscriptions: unknown): Note[] {
  if (!Array.isArray(subscriptions)) return [];
  return subscriptions.filter(isPlainObject).flatMap(({ machine, entered, event, send }) => {
    const type = isPlainObject(send) ? send.type : send;
    return note('link', `${machine}: ${entered ?? event ?? ''} → ${type}`);
  });
}
