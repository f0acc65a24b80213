import type { ActionDefinition, ActionList, Duration, EventTemplate } from '../definition/definition.ts';
import { parseDuration } from '../definition/duration.ts';
import { at, type Path } from '../definition/path.ts';
import type { Json } from '../json.ts';
import { type ExportScope, stub, translated } from './export-scope.ts';
import {
  expressionSource,
  functionSource,
  isTemplate,
  keySource,
  templateSource,
  Untranslatable,
} from './javascript.ts';

/** Actions of the configuration: registered names, and names of functions in the implementations. */
export function actionsConfig(scope: ExportScope, actions: ActionList | undefined, place: Path): Json | undefined {
  if (actions === undefined) return undefined;
  if (!Array.isArray(actions)) return actionConfig(scope, actions as ActionDefinition, place);
  return actions.map((action: ActionDefinition, index) => actionConfig(scope, action, at(place, index)));
}

function actionConfig(scope: ExportScope, action: ActionDefinition, place: Path): Json {
  const { implementations } = scope;
  if (typeof action === 'string') return registered(scope, action);
  if (typeof action === 'object' && 'type' in action && !isTemplate(action.params)) {
    const type = registered(scope, action.type);
    return action.params === undefined ? type : { type, params: action.params };
  }
  const source = translated(scope, place, () => actionSource(scope, action, place));
  const name = implementations.define('actions', place, source);
  implementations.actions[name] = [action];
  return name;
}

/** Registered actions give changes of the context. */
function registered(scope: ExportScope, name: string): string {
  const source = scope.implementations.call('assign', stub(`the action "${name}": return the changes of the context`));
  return scope.implementations.reference('actions', name, source);
}

function actionSource(scope: ExportScope, action: ActionDefinition, place: Path): string {
  const { implementations } = scope;
  if (typeof action === 'function') return functionStub(scope, place);
  if (typeof action !== 'object') return stub('the action');
  if ('assign' in action) {
    return typeof action.assign === 'function'
      ? functionStub(scope, at(place, 'assign'))
      : assignSource(scope, action.assign as Readonly<Record<string, Json>>);
  }
  if ('raise' in action) return raiseSource(scope, action);
  if ('send' in action && action.to === 'parent') {
    return implementations.call('sendParent', eventSource(scope, action.send), ...optionsSource(scope, action));
  }
  if ('cancel' in action) return implementations.call('cancel', valueSource(scope, action.cancel));
  if ('emit' in action) return implementations.call('emit', eventSource(scope, action.emit));
  if ('log' in action) {
    const label = action.level === undefined ? [] : [JSON.stringify(action.level)];
    const value = valueSource(scope, action.log);
    return implementations.call('log', isTemplate(action.log) ? value : `() => (${value})`, ...label);
  }
  if ('type' in action) {
    const name = JSON.stringify(registered(scope, action.type));
    const params = implementations.use(templateSource(action.params ?? null, scope.rename));
    const body = `enqueue({ type: ${name}, params: ${params} })`;
    return implementations.call('enqueueActions', functionSource(body, ['enqueue']));
  }
  const what = 'send' in action ? 'an event for another instance' : `the action \`${Object.keys(action)[0]}\``;
  const hint = 'Write it yourself in the implementations.';
  scope.problems.error('ACTION_NOT_SUPPORTED', place, `XState has nothing like ${what}.`, hint);
  return stub('the action');
}

function functionStub(scope: ExportScope, place: Path): string {
  const message = 'The action is a function of TypeScript.';
  scope.problems.error('FUNCTION_NOT_EXPORTED', place, message, 'Write it again in the implementations.');
  return scope.implementations.call('assign', stub('the action: return the changes of the context'));
}

function assignSource(scope: ExportScope, changes: Readonly<Record<string, Json>>): string {
  const { implementations } = scope;
  const entries = Object.entries(changes);
  if (entries.every(([path]) => !path.includes('.'))) {
    const members = entries.map(([key, value]) => `${keySource(key)}: ${functionOf(scope, value)}`);
    return implementations.call('assign', `{ ${members.join(', ')} }`);
  }
  implementations.helpers.add('withValueAt');
  // all values are computed from the context as it was
  const body = entries.reduce(
    (data, [path, value]) =>
      `withValueAt(${data}, ${JSON.stringify(path.split('.'))}, ${implementations.use(templateSource(value, scope.rename))})`,
    'context',
  );
  return implementations.call('assign', functionSource(body));
}

type Raise = Extract<ActionDefinition, { readonly raise: unknown }>;

/** A delayed event replaces the one with the same id, so that is cancelled first. */
function raiseSource(scope: ExportScope, action: Raise): string {
  const { implementations } = scope;
  if (action.delay === undefined || action.id === undefined) {
    return implementations.call('raise', eventSource(scope, action.raise), ...optionsSource(scope, action));
  }
  const event = implementations.use(templateSource(eventTemplate(action.raise), scope.rename));
  const id = implementations.use(templateSource(action.id, scope.rename));
  const delay = durationSource(scope, action.delay).replace(/^\(.*?\) => /, '');
  const body = `{ enqueue.cancel(${id}); enqueue.raise(${event}, { id: ${id}, delay: ${delay} }); }`;
  const parameters = ['context', 'event'].filter((root) => new RegExp(`\\b${root}\\b`).test(body));
  return implementations.call('enqueueActions', `({ ${[...parameters, 'enqueue'].join(', ')} }: any) => ${body}`);
}

function optionsSource(
  scope: ExportScope,
  { delay, id }: { readonly delay?: Duration; readonly id?: string },
): readonly string[] {
  const members = [
    ...(id === undefined || delay === undefined ? [] : [`id: ${idSource(id)}`]),
    ...(delay === undefined ? [] : [`delay: ${durationSource(scope, delay)}`]),
  ];
  return members.length === 0 ? [] : [`{ ${members.join(', ')} }`];
}

function idSource(id: string): string {
  if (isTemplate(id)) throw new Untranslatable('The id is computed, which XState does not do here.');
  return JSON.stringify(id);
}

/** Milliseconds, or a function that gives them. */
export function durationSource(scope: ExportScope, delay: Duration): string {
  const constant = parseDuration(delay);
  if (constant !== undefined) return String(constant);
  scope.implementations.helpers.add('milliseconds');
  return functionSource(`milliseconds(${expressionSource(String(delay), scope.rename)})`);
}

function eventTemplate(event: EventTemplate): Json {
  return typeof event === 'string' ? { type: event } : event.data === undefined ? { type: event.type } : { ...event };
}

function eventSource(scope: ExportScope, event: EventTemplate): string {
  return valueSource(scope, eventTemplate(event));
}

/** The value, or a function that gives it. */
function valueSource(scope: ExportScope, value: Json): string {
  const source = scope.implementations.use(templateSource(value, scope.rename));
  return isTemplate(value) ? functionSource(source) : source;
}

/** Always a function: XState would call a value that happens to be one. */
function functionOf(scope: ExportScope, value: Json): string {
  return functionSource(scope.implementations.use(templateSource(value, scope.rename)));
}
