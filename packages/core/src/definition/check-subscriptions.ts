import { checkEvent } from './check-action.ts';
import { checkTemplate } from './check-expression.ts';
import { subscriptionKeys } from './keys.ts';
import { at, type Path, rootPath } from './path.ts';
import { checkKeys, expectObject, expectString, type Walk, wrongType } from './walk.ts';

const form = '{ "machine": "security-system", "entered": "alarm", "send": "LOCK" }';

/** More than this is a mistake: each one is looked at for every event of the machine it listens to. */
const mostSubscriptions = 100;

/** The `subscriptions` of the machine. That the other machine exists is not asked: it may come later. */
export function checkSubscriptions(walk: Walk, subscriptions: unknown): void {
  const path = at(rootPath, 'subscriptions');
  if (!Array.isArray(subscriptions)) {
    wrongType(walk, subscriptions, path, 'a list', `Write \`[${form}]\`.`);
    return;
  }
  if (subscriptions.length > mostSubscriptions) {
    const message = `The machine has ${subscriptions.length} subscriptions, more than ${mostSubscriptions}.`;
    walk.report.error('INVALID_VALUE', path, message, { hint: 'Listen to fewer states and events.' });
    return;
  }
  subscriptions.forEach((subscription, index) => {
    checkSubscription(walk, subscription, at(path, index));
  });
}

function checkSubscription(walk: Walk, subscription: unknown, path: Path): void {
  if (!expectObject(walk, subscription, path, `Write \`${form}\`.`)) return;
  checkKeys(walk, subscription, path, {
    what: 'a subscription',
    known: subscriptionKeys,
    habits: {
      state: 'Use `entered`.',
      on: 'Use `entered` for a state, `event` for an event.',
      target: 'Use `send`.',
      to: 'The event goes to the instance that subscribes: remove it.',
    },
  });
  for (const key of ['machine', 'entered', 'event'] as const) {
    if (Object.hasOwn(subscription, key)) checkName(walk, subscription[key], at(path, key));
  }
  if (!Object.hasOwn(subscription, 'machine')) {
    walk.report.error('MISSING_KEY', path, 'The subscription does not say which machine it listens to.', {
      hint: `Add \`"machine"\`, the id of the other machine: \`${form}\`.`,
    });
  }
  const occasions = Number(Object.hasOwn(subscription, 'entered')) + Number(Object.hasOwn(subscription, 'event'));
  if (occasions === 0) {
    walk.report.error('MISSING_KEY', path, 'The subscription does not say what it listens for.', {
      hint: 'Add `"entered"` with the path of a state, or `"event"` with the type of an event.',
    });
  } else if (occasions === 2) {
    walk.report.error('MISPLACED_KEY', at(path, 'event'), '`event` does not go with `entered`.', {
      hint: 'Write two subscriptions, each with one of them.',
      part: 'key',
    });
  }
  if (Object.hasOwn(subscription, 'instance')) {
    const place = at(path, 'instance');
    if (expectString(walk, subscription.instance, place, 'Name an instance, or leave it out to listen to all.')) {
      if (subscription.instance === '') reportEmpty(walk, place);
      else checkTemplate(walk, subscription.instance, place);
    }
  }
  if (Object.hasOwn(subscription, 'send')) checkEvent(walk, subscription.send, at(path, 'send'), 'raise');
  else {
    walk.report.error('MISSING_KEY', path, 'The subscription does not say which event this machine gets.', {
      hint: 'Add `"send"`: a type, or `{ "type": …, "data": … }`.',
    });
  }
  if (Object.hasOwn(subscription, 'description')) {
    expectString(walk, subscription.description, at(path, 'description'));
  }
}

/** Names are looked up for every event, so they are fixed: a template in one is a mistake. */
function checkName(walk: Walk, name: unknown, path: Path): void {
  if (!expectString(walk, name, path)) return;
  if (name === '') reportEmpty(walk, path);
  else if (name.includes('{{')) {
    walk.report.error('INVALID_VALUE', path, `\`${path.key}\` is computed.`, {
      hint: 'Write the name itself; only `instance` and the data of `send` may be templates.',
    });
  } else if (name.includes('*') || name.startsWith('#')) {
    walk.report.error('INVALID_VALUE', path, `\`${name}\` is not one ${nouns[String(path.key)]}.`, {
      hint: path.key === 'entered' ? 'Write its path from the root: `armed.away`.' : 'Write its whole name.',
    });
  }
}

const nouns: Readonly<Record<string, string>> = { machine: 'machine', entered: 'state', event: 'event' };

function reportEmpty(walk: Walk, path: Path): void {
  walk.report.error('INVALID_VALUE', path, `\`${path.key}\` is empty.`, { hint: 'Write a name.' });
}
