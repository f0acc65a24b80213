import type { ActionDefinition, ActionList, EventTemplate } from '../../definition/definition.ts';
import { parseDuration } from '../../definition/duration.ts';
import type { Json, JsonObject } from '../../json.ts';
import { actionHint, describeAction, listOf } from './export-action.ts';
import type { Losses } from './losses.ts';
import { type EventParts, rewriteExpression, rewriteTemplate } from './rewrite-expression.ts';
import { expressionTemplate, splitTemplate, valueExpression, wholeExpression } from './template.ts';

/** What the actions of a native machine need to become SCXML's. */
export interface LowerScope {
  readonly losses: Losses;
  readonly context: JsonObject;
  /** Set when several values are assigned at once, for which SCXML needs a place in between. */
  usesValues: boolean;
}

/** The data that holds the values of an `assign` until all of them are computed. */
export const valuesName = 'fsm_values';

export function lowerActions(actions: ActionList | undefined, path: string, scope: LowerScope): ActionDefinition[] {
  return listOf(actions).flatMap((action, index) => lowerAction(action, `${path}[${index}]`, scope));
}

function lowerAction(action: ActionDefinition, path: string, scope: LowerScope): readonly ActionDefinition[] {
  try {
    const lowered = typeof action === 'object' ? lowerKnown(action, path, scope) : undefined;
    if (lowered !== undefined) return lowered;
    return [leftOut(describeAction(action), path, scope)];
  } catch (error) {
    if (!(error instanceof WithoutForm)) throw error;
    return [leftOut(`an action that uses \`${error.root}\``, path, scope)];
  }
}

/** Thrown where an expression uses what SCXML does not have; the action around it is left out. */
class WithoutForm extends Error {
  readonly root: string;

  constructor(root: string) {
    super(root);
    this.root = root;
  }
}

function withoutForm(what: string): never {
  throw new WithoutForm(what);
}

function leftOut(what: string, path: string, { losses }: LowerScope): ActionDefinition {
  losses.part(path, `SCXML has no form for ${what}; it is left out.`, actionHint);
  const place: ActionDefinition = { log: '' };
  losses.comment(place, `left out: ${what}`);
  return place;
}

/** `undefined` for an action that has no form. */
function lowerKnown(
  action: Exclude<ActionDefinition, string>,
  path: string,
  scope: LowerScope,
): readonly ActionDefinition[] | undefined {
  if ('assign' in action) return typeof action.assign === 'object' ? lowerAssign(action.assign, scope) : undefined;
  if ('raise' in action) return lowerRaise(action, path, scope);
  if ('send' in action) return lowerSend(action, path, scope);
  if ('cancel' in action) return [{ cancel: template(action.cancel) as string }];
  if ('log' in action) return [{ ...action, log: template(action.log) }];
  return undefined;
}

function template(value: Json): Json {
  const rewritten = rewriteTemplate(value);
  if ('value' in rewritten) return rewritten.value;
  throw new WithoutForm(rewritten.missing);
}

/** All values are computed from the context as it was, then written. */
function lowerAssign(assign: JsonObject, scope: LowerScope): readonly ActionDefinition[] {
  const changes = Object.entries(assign).map(([path, value]) => ({ keys: path.split('.'), value: template(value) }));
  const places = changes.flatMap(({ keys }) => missingPlaces(keys, scope.context));
  const later = changes.slice(1).some(({ value }) => /\bcontext\b/.test(valueExpression(value)));
  if (!later) return [...places, ...changes.map(({ keys, value }) => ({ assign: { [locationOf(keys)]: value } }))];
  scope.usesValues = true;
  const values = changes.map(({ value }) => valueExpression(value));
  return [
    { assign: { [valuesName]: expressionTemplate(`[${values.join(', ')}]`) } },
    ...places,
    ...changes.map(({ keys }, index) => ({
      assign: { [locationOf(keys)]: expressionTemplate(`${valuesName}[${index}]`) },
    })),
  ];
}

/** Objects on the way to a place of the context that it does not have from the start. */
function missingPlaces(keys: readonly string[], context: JsonObject): readonly ActionDefinition[] {
  let value: Json | undefined = context;
  return keys.slice(0, -1).flatMap((key, index): ActionDefinition[] => {
    const holder: Json | undefined = value;
    value =
      typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key)
        ? (holder as JsonObject)[key]
        : undefined;
    if (typeof value === 'object' && value !== null) return [];
    const location = locationOf(keys.slice(0, index + 1));
    return [{ if: [{ guard: `${location} == null`, actions: [{ assign: { [location]: '{{ {} }}' } }] }] }];
  });
}

function locationOf(keys: readonly string[]): string {
  const steps = keys.map((key) => {
    if (/^(?:0|[1-9]\d*)$/.test(key)) return `[${key}]`;
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return `context${steps.join('')}`;
}

type Form<K extends string> = Extract<ActionDefinition, { readonly [key in K]: unknown }>;

function lowerEvent(event: EventTemplate): EventTemplate {
  if (typeof event === 'string' || event.data === undefined) return typeof event === 'string' ? event : event.type;
  return { type: event.type, data: template(event.data) };
}

function lowerRaise({ raise, delay, id }: Form<'raise'>, path: string, scope: LowerScope): readonly ActionDefinition[] {
  const event = lowerEvent(raise);
  if (delay !== undefined) return delayed({ send: event }, delay, id, path, scope);
  return typeof event === 'string' ? [{ raise: event }] : [{ send: event, to: '#_internal' }];
}

function lowerSend(
  { send, to, delay, id }: Form<'send'>,
  path: string,
  scope: LowerScope,
): readonly ActionDefinition[] {
  const action = { send: lowerEvent(send), to: receiverOf(to ?? '', path, scope) };
  if (delay !== undefined) return delayed(action, delay, id, path, scope);
  return [{ ...action, ...(id !== undefined && { id: template(id) as string }) }];
}

/** SCXML reaches another session as `#_scxml_<session id>`. */
function receiverOf(to: string, path: string, { losses }: LowerScope): string {
  if (to === 'parent') return '#_parent';
  const message = `The receiver \`${to}\` is written as the SCXML session of that id.`;
  losses.differs(`${path}.to`, message, 'An interpreter must know sessions by the ids of instances.');
  const written = template(to) as string;
  if (splitTemplate(written).every((piece) => typeof piece === 'string')) return `#_scxml_${written}`;
  return expressionTemplate(`'#_scxml_' + (${wholeExpression(written) ?? valueExpression(written)})`);
}

/** A delayed event replaces one with the same id; in SCXML both would come. */
function delayed(
  action: Form<'send'>,
  delay: number | string,
  id: string | undefined,
  path: string,
  scope: LowerScope,
): readonly ActionDefinition[] {
  const name = id === undefined ? undefined : (template(id) as string);
  const written = { ...action, delay: lowerDelay(delay, `${path}.delay`, scope) ?? withoutForm(`the delay ${delay}`) };
  return name === undefined ? [written] : [{ cancel: name }, withId(written, name)];
}

/** SCXML has no attribute for a computed id: then the event cannot be cancelled by it. */
function withId(action: Form<'send'>, id: string): ActionDefinition {
  if (splitTemplate(id).some((piece) => typeof piece === 'object')) throw new WithoutForm('a computed id');
  return { ...action, id };
}

/** An expression of a native machine gives milliseconds, one of SCXML a CSS2 time. `undefined` when it has no form. */
export function lowerDelay(delay: number | string, path: string, { losses }: LowerScope): number | string | undefined {
  if (parseDuration(delay) !== undefined) return delay;
  const rewritten = rewriteExpression(String(delay));
  if ('missing' in rewritten) return undefined;
  const hint = 'Durations like "30s" are not computed.';
  losses.differs(path, `The delay \`${delay}\` must give a number of milliseconds.`, hint);
  return `(${rewritten.text}) + 'ms'`;
}

/** A template of a native machine, or `undefined` after saying why it has no form. */
export function lowerValue(
  value: Json,
  path: string,
  what: string,
  { losses }: LowerScope,
  parts?: EventParts,
): Json | undefined {
  const rewritten = rewriteTemplate(value, parts);
  if ('value' in rewritten) return rewritten.value;
  losses.part(path, `SCXML has no form for ${what} that uses \`${rewritten.missing}\`; it is left out.`);
  return undefined;
}
