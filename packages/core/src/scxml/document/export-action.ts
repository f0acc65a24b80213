import type { ActionDefinition, ActionList, EventTemplate } from '../../definition/definition.ts';
import type { GuardForms } from './export-guard.ts';
import { guardExpression } from './export-guard.ts';
import { delayAttributes, payloadTags, textAttributes, valueMarkup } from './export-value.ts';
import type { Losses } from './losses.ts';
import { valueExpression, wholeExpression } from './template.ts';
import type { Markup, Tag } from './write-xml.ts';

/** What the export of actions needs to know of the machine around them. */
export interface ActionScope {
  readonly losses: Losses;
  readonly guards: GuardForms;
}

/** The actions of an `entry` or `exit`: an element for each block. */
export function blockTags(name: string, actions: ActionList | undefined, path: string, scope: ActionScope): Tag[] {
  const tags: Tag[] = [];
  let loose: Markup[] = [];
  const flush = () => {
    if (loose.length > 0) tags.push({ name, children: loose });
    loose = [];
  };
  listOf(actions).forEach((action, index) => {
    if (typeof action === 'object' && 'block' in action) {
      flush();
      tags.push({ name, children: actionTags(action.block, `${path}[${index}].block`, scope) });
    } else loose.push(...actionTag(action, `${path}[${index}]`, scope));
  });
  flush();
  return tags;
}

export function actionTags(actions: ActionList | undefined, path: string, scope: ActionScope): Markup[] {
  return listOf(actions).flatMap((action, index) => actionTag(action, `${path}[${index}]`, scope));
}

export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

function actionTag(action: ActionDefinition, path: string, scope: ActionScope): readonly Markup[] {
  if (typeof action === 'object') {
    const comment = scope.losses.commentAt(action);
    if (comment !== undefined) return [{ comment }];
    if ('raise' in action) return [raiseTag(action)];
    if ('send' in action) return [sendTag(action)];
    if ('cancel' in action) return [{ name: 'cancel', attributes: textAttributes(action.cancel, 'sendid') }];
    if ('log' in action) return [logTag(action)];
    if ('script' in action) return [{ name: 'script', text: action.script }];
    if ('if' in action) return [ifTag(action, path, scope)];
    if ('foreach' in action) return [foreachTag(action, path, scope)];
    if ('block' in action) return actionTags(action.block, `${path}.block`, scope);
    if ('assign' in action && typeof action.assign === 'object') return assignTags(action.assign);
  }
  const what = describeAction(action);
  scope.losses.part(path, `${what} has no form in SCXML and is left out.`, actionHint);
  return [{ comment: `left out: ${what}` }];
}

export const actionHint = 'Write it with assign, raise, send, cancel or log.';

/** What an action without form is called. */
export function describeAction(action: ActionDefinition): string {
  if (typeof action === 'function') return 'an inline function';
  if (typeof action === 'string') return `the action ${action}`;
  if ('type' in action) return `the action ${action.type}`;
  if ('assign' in action) return 'an assign by a function';
  return 'emit' in action ? `emit ${eventType(action.emit)}` : 'an action';
}

function eventType(event: EventTemplate): string {
  return typeof event === 'string' ? event : event.type;
}

type Form<K extends string> = Extract<ActionDefinition, { readonly [key in K]: unknown }>;

function assignTags(assign: Readonly<Record<string, unknown>>): Tag[] {
  return Object.entries(assign as Parameters<typeof Object.entries>[0]).map(([location, value]) => {
    if (value === '') return { name: 'assign', attributes: { location } };
    const { expr, ...markup } = valueMarkup(value as Parameters<typeof valueMarkup>[0]);
    return { name: 'assign', attributes: { location, expr }, ...markup };
  });
}

/** SCXML's <raise> takes neither data nor delay; what has them is sent. */
function raiseTag(action: Form<'raise'>): Tag {
  const { raise, delay, id } = action;
  if (typeof raise === 'string' && delay === undefined) return { name: 'raise', attributes: { event: raise } };
  const target = delay === undefined ? '#_internal' : undefined;
  return eventTag(raise, { target, ...textAttributes(id, 'id'), ...delayAttributes(delay) });
}

function sendTag(action: Form<'send'>): Tag {
  const { send, to, processor, id, idLocation, delay } = action;
  return eventTag(send, {
    ...textAttributes(to, 'target'),
    ...textAttributes(processor, 'type'),
    ...textAttributes(id, 'id'),
    idlocation: idLocation,
    ...delayAttributes(delay),
  });
}

function eventTag(event: EventTemplate, attributes: Readonly<Record<string, string | undefined>>): Tag {
  const type = eventType(event);
  return {
    name: 'send',
    attributes: { ...(type !== '' && textAttributes(type, 'event')), ...attributes },
    children: payloadTags(typeof event === 'string' ? undefined : event.data),
  };
}

function logTag({ log, label, level }: Form<'log'>): Tag {
  const expr = log === '' ? undefined : (wholeExpression(log) ?? valueExpression(log));
  return { name: 'log', attributes: { label: label ?? (level === 'info' ? undefined : level), expr } };
}

function ifTag(action: Form<'if'>, path: string, scope: ActionScope): Tag {
  const branches = action.if.map(({ guard, actions }, index): { cond: string | undefined; children: Markup[] } => {
    const place = `${path}.if[${index}]`;
    const cond = guard === undefined ? undefined : guardExpression(guard, scope.guards);
    if (guard !== undefined && cond === undefined) {
      scope.losses.vital(`${place}.guard`, 'The guard has no form in SCXML.', 'Write an expression.', 'NO_GUARD_FORM');
    }
    return {
      cond: guard === undefined ? undefined : (cond ?? 'false'),
      children: actionTags(actions, `${place}.actions`, scope),
    };
  });
  const [first, ...rest] = branches;
  const others = rest.flatMap(({ cond, children }): Markup[] => [
    cond === undefined ? { name: 'else' } : { name: 'elseif', attributes: { cond } },
    ...children,
  ]);
  return { name: 'if', attributes: { cond: first?.cond ?? 'true' }, children: [...(first?.children ?? []), ...others] };
}

function foreachTag(action: Form<'foreach'>, path: string, scope: ActionScope): Tag {
  const { foreach: array, item, index, actions } = action;
  return {
    name: 'foreach',
    attributes: { array, item, index },
    children: actionTags(actions, `${path}.actions`, scope),
  };
}
