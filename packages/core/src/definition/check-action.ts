import { checkEffect, checkInvocationId } from './check-effect.ts';
import { checkEventType } from './check-events.ts';
import { checkDuration, checkExpression, checkScript, checkTemplate } from './check-expression.ts';
import { checkGuard } from './check-guard.ts';
import { actionHabits, xstateActions } from './habits.ts';
import { actionForms, actionKeys, eventTemplateKeys } from './keys.ts';
import { isActionName } from './name.ts';
import { at, type Path } from './path.ts';
import { isHostileKey, isPlainObject } from './plain.ts';
import { listNames } from './suggest.ts';
import {
  acceptFunction,
  checkKeys,
  expectObject,
  expectString,
  needsScxml,
  unknownKey,
  type Walk,
  wrongType,
} from './walk.ts';

type Form = keyof typeof actionForms;
type Action = Readonly<Record<string, unknown>>;

const formNames = Object.keys(actionForms) as Form[];
const formsHint = `Write the name of a registered action, or an object with one of ${listNames(formNames)}.`;

/** One action or a list of them. */
export function checkActions(walk: Walk, actions: unknown, path: Path): void {
  if (Array.isArray(actions)) {
    actions.forEach((action, index) => {
      checkAction(walk, action, at(path, index));
    });
  } else checkAction(walk, actions, path);
}

function checkAction(walk: Walk, action: unknown, path: Path): void {
  if (walk.scxml && !isContent(action)) {
    walk.report.error('INVALID_ACTION', path, 'The action has no meaning in SCXML.', {
      hint: 'Use assign, raise, send, cancel, log, if, foreach, script.',
    });
    return;
  }
  if (acceptFunction(walk, action, path)) return;
  if (typeof action === 'string') checkActionName(walk, action, path);
  else if (isPlainObject(action)) checkActionObject(walk, action, path);
  else wrongType(walk, action, path, 'an action', formsHint);
}

/** Functions and registered names are calls, and effects run while a state is active; SCXML has only what stands in the document. */
function isContent(action: unknown): boolean {
  return isPlainObject(action) && !Object.hasOwn(action, 'type') && !Object.hasOwn(action, 'effect');
}

function checkActionObject(walk: Walk, action: Action, path: Path): void {
  const forms = formNames.filter((form) => Object.hasOwn(action, form));
  const [form] = forms;
  if (form === undefined) {
    for (const key of Object.keys(action)) {
      if (!isHostileKey(key) && !Object.hasOwn(actionKeys, key)) reportUnknown(walk, key, at(path, key));
    }
    walk.report.error('INVALID_ACTION', path, 'The action says nothing to do.', { hint: formsHint });
  } else if (forms.length > 1) {
    walk.report.error('INVALID_ACTION', path, `The action says ${listNames(forms)} at once.`, {
      hint: 'Write a list with one action for each.',
    });
  } else {
    checkFormKeys(walk, action, form, path);
  }
  for (const each of forms) checkForm[each](walk, action, path);
}

function reportUnknown(walk: Walk, key: string, path: Path): void {
  unknownKey(walk, key, path, { what: 'an action', known: actionKeys, habits: actionHabits });
}

function checkFormKeys(walk: Walk, action: Action, form: Form, path: Path): void {
  const companions: readonly string[] = actionForms[form];
  for (const key of Object.keys(action)) {
    if (key === form || companions.includes(key) || isHostileKey(key)) continue;
    if (!Object.hasOwn(actionKeys, key)) {
      reportUnknown(walk, key, at(path, key));
      continue;
    }
    const may = companions.length === 0 ? 'no other keys' : listNames(companions);
    walk.report.error('MISPLACED_KEY', at(path, key), `\`${key}\` does not go with \`${form}\`.`, {
      hint: `\`${form}\` takes ${may}.`,
      part: 'key',
    });
  }
}

const checkForm: { readonly [F in Form]: (walk: Walk, action: Action, path: Path) => void } = {
  assign: (walk, action, path) => checkAssign(walk, action.assign, at(path, 'assign')),
  raise: (walk, action, path) => {
    checkEvent(walk, action.raise, at(path, 'raise'), 'raise');
    checkDelivery(walk, action, path);
  },
  send: (walk, action, path) => {
    checkEvent(walk, action.send, at(path, 'send'), 'send');
    checkDelivery(walk, action, path);
    const to = at(path, 'to');
    if (!Object.hasOwn(action, 'to') && walk.scxml) return;
    if (!Object.hasOwn(action, 'to')) {
      walk.report.error('MISSING_KEY', path, '`send` does not say to whom.', {
        hint: 'Add `"to": "parent"` or the id of an instance; an event for the machine itself is a `raise`.',
      });
    } else if (expectString(walk, action.to, to)) checkText(walk, action.to, to);
  },
  cancel: (walk, action, path) => {
    const place = at(path, 'cancel');
    if (expectString(walk, action.cancel, place, 'Name the `id` of a delayed `raise` or `send`.')) {
      checkText(walk, action.cancel, place);
    }
  },
  log: (walk, action, path) => {
    checkTemplate(walk, action.log, at(path, 'log'));
    checkLevel(walk, action.level, at(path, 'level'));
  },
  emit: (walk, action, path) => checkEvent(walk, action.emit, at(path, 'emit'), 'emit'),
  effect: (walk, action, path) => {
    checkEffect(walk, action.effect, at(path, 'effect'));
    const { id } = action;
    const place = at(path, 'id');
    if (Object.hasOwn(action, 'id') && checkInvocationId(walk, id, place)) {
      walk.usage.launched.push({ id, path: place });
    }
  },
  block: (walk, action, path) => {
    const place = at(path, 'block');
    if (!needsScxml(walk, 'block', place)) checkActions(walk, action.block, place);
  },
  if: (walk, action, path) => {
    const place = at(path, 'if');
    if (!needsScxml(walk, 'if', place)) checkBranches(walk, action.if, place);
  },
  foreach: (walk, action, path) => {
    if (!needsScxml(walk, 'foreach', at(path, 'foreach'))) checkLoop(walk, action, path);
  },
  script: (walk, action, path) => {
    const place = at(path, 'script');
    if (!needsScxml(walk, 'script', place)) checkScript(walk, action.script, place);
  },
  type: (walk, action, path) => {
    const place = at(path, 'type');
    if (expectString(walk, action.type, place)) checkActionName(walk, action.type, place);
    checkTemplate(walk, action.params, at(path, 'params'));
  },
};

const branchKeys = { guard: 'When the branch runs.', actions: 'What it does.' };

function checkBranches(walk: Walk, branches: unknown, path: Path): void {
  if (!Array.isArray(branches)) {
    wrongType(walk, branches, path, 'a list of branches', 'Write `[{ "guard": …, "actions": … }, { "actions": … }]`.');
    return;
  }
  for (const [index, branch] of branches.entries()) {
    const place = at(path, index);
    if (!expectObject(walk, branch, place)) continue;
    checkKeys(walk, branch, place, { what: 'a branch', known: branchKeys });
    if (Object.hasOwn(branch, 'guard')) checkGuard(walk, branch.guard, at(place, 'guard'));
    if (Object.hasOwn(branch, 'actions')) checkActions(walk, branch.actions, at(place, 'actions'));
  }
}

function checkLoop(walk: Walk, action: Action, path: Path): void {
  const list = at(path, 'foreach');
  if (expectString(walk, action.foreach, list)) checkExpression(walk, action.foreach, list);
  if (Object.hasOwn(action, 'item')) expectString(walk, action.item, at(path, 'item'));
  else {
    walk.report.error('MISSING_KEY', path, '`foreach` has no `item`.', { hint: 'Name the data that holds the item.' });
  }
  if (Object.hasOwn(action, 'index')) expectString(walk, action.index, at(path, 'index'));
  if (Object.hasOwn(action, 'actions')) checkActions(walk, action.actions, at(path, 'actions'));
}

function checkDelivery(walk: Walk, action: Action, path: Path): void {
  if (Object.hasOwn(action, 'delay')) checkDuration(walk, action.delay, at(path, 'delay'));
  for (const key of ['idLocation', 'processor'] as const) {
    const where = at(path, key);
    if (Object.hasOwn(action, key) && !needsScxml(walk, key, where)) expectString(walk, action[key], where);
  }
  const { id } = action;
  const place = at(path, 'id');
  if (Object.hasOwn(action, 'id') && expectString(walk, id, place)) checkText(walk, id, place);
}

/** Text that must not be empty and may be a template. */
function checkText(walk: Walk, text: string, path: Path): void {
  if (text === '') walk.report.error('INVALID_VALUE', path, `\`${path.key}\` is empty.`, { hint: 'Write a name.' });
  else checkTemplate(walk, text, path);
}

/** An event that the machine makes: a type, or a type with templated data. */
export function checkEvent(walk: Walk, event: unknown, path: Path, purpose: 'raise' | 'send' | 'emit'): void {
  if (typeof event === 'string') {
    checkEventType(walk, event, path, purpose);
    return;
  }
  if (!expectObject(walk, event, path, 'Write a type, or `{ "type": …, "data": … }`.')) return;
  checkKeys(walk, event, path, {
    what: 'an event',
    known: eventTemplateKeys,
    habits: { payload: 'Use `data`.', params: 'Use `data`.' },
  });
  if (Object.hasOwn(event, 'type')) checkEventType(walk, event.type, at(path, 'type'), purpose);
  else walk.report.error('MISSING_KEY', path, 'The event has no `type`.', { hint: 'Add `"type": "…"`.' });
  checkTemplate(walk, event.data, at(path, 'data'));
}

function checkAssign(walk: Walk, assign: unknown, path: Path): void {
  if (acceptFunction(walk, assign, path)) return;
  const hint = 'Write the paths of the context as keys: `{ "amount": "{{ event.data.amount }}" }`.';
  if (!expectObject(walk, assign, path, hint)) return;
  for (const [key, value] of Object.entries(assign)) {
    const place = at(path, key);
    const steps = key.split('.');
    if (steps.includes('')) {
      walk.report.error('INVALID_VALUE', place, `\`${key}\` is not a path into the context.`, {
        hint: 'Join keys with single dots: `applicant.address.city`.',
        part: 'key',
      });
    } else if (steps.length > 1 && steps.some(isHostileKey)) {
      walk.report.error('HOSTILE_KEY', place, `The path \`${key}\` has a key that is not allowed.`, {
        hint: 'Rename the key: JavaScript gives this name a meaning of its own.',
        part: 'key',
      });
    }
    checkTemplate(walk, value, place);
  }
}

const levels = ['debug', 'info', 'warn', 'error'];

function checkLevel(walk: Walk, level: unknown, path: Path): void {
  if (level === undefined || !expectString(walk, level, path) || levels.includes(level)) return;
  const message = `There is no level \`${level}\`${walk.report.didYouMean(level, levels)}`;
  walk.report.error('INVALID_VALUE', path, message, { hint: `Use one of ${listNames(levels)}.` });
}

function checkActionName(walk: Walk, name: string, path: Path): void {
  const { actions } = walk;
  if (actions?.includes(name)) return;
  const bare = name.replace(/^xstate\./, '');
  const builtIn = Object.hasOwn(xstateActions, bare) ? xstateActions[bare] : undefined;
  if (name !== bare) {
    const hint = builtIn === undefined ? formsHint : `Use ${builtIn}.`;
    walk.report.error('INVALID_ACTION', path, `\`${name}\` is an action of XState.`, { hint });
  } else if (!isActionName(name)) {
    walk.report.error('INVALID_ACTION', path, `\`${name}\` is not the name of an action.`, {
      hint: name.includes('=') ? 'Change the context with `{ "assign": { … } }`.' : formsHint,
    });
  } else if (actions !== undefined) {
    const registered = actions.length === 0 ? 'No actions are registered.' : `Registered: ${listNames(actions)}.`;
    const message = `There is no action \`${name}\`${walk.report.didYouMean(name, actions)}`;
    walk.report.error('UNKNOWN_ACTION', path, message, {
      hint: builtIn === undefined ? registered : `Use ${builtIn}.`,
    });
  }
}
