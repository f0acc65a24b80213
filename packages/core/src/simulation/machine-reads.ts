import type {
  ActionDefinition,
  ActionList,
  EventTemplate,
  GuardDefinition,
  InvokeDefinition,
  MachineDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../definition/definition.ts';
import { parseDuration } from '../definition/duration.ts';
import { isGuardName } from '../definition/name.ts';
import { formatKey, formatPath } from '../definition/path.ts';
import { stateTree } from '../definition/state-tree.ts';
import type { Json } from '../json.ts';
import { type ExpressionRead, readsOfExpression, readsOfText, wholeRead } from './expression-reads.ts';

/** A read of the context, the event or the clock somewhere in a machine. */
export interface MachineRead extends ExpressionRead {
  /** JSON path of the expression. */
  readonly path: string;
  /** The event descriptor it answers; absent where any event may have led. */
  readonly trigger: string | undefined;
  /** The context key that gets a value made of it; absent where it decides what happens. */
  readonly assigns: string | undefined;
}

/** All reads of a machine that can make a difference to what it does: not those of logs and of effects' parameters. */
export interface MachineReads {
  readonly reads: readonly MachineRead[];
  /** Values that go into the context as they are: `assign: { amount: '{{ event.data.amount }}' }`. */
  readonly copies: readonly {
    readonly from: readonly string[];
    readonly to: readonly string[];
    readonly trigger: string | undefined;
  }[];
  /** JSON paths of functions and registered names, whose reads nobody can see. */
  readonly opaque: readonly string[];
}

/** Finds them. Machines of SCXML are opaque altogether: their scripts may read and write everything. */
export function readsOfMachine(definition: MachineDefinition): MachineReads {
  const walk = new ReadWalk();
  if (definition.semantics === 'scxml') return { reads: [], copies: [], opaque: ['$'] };
  for (const { definition: state, at, path } of stateTree({ ...definition }).states) {
    walk.state(state as StateDefinition, formatPath(at), path === '' ? definition.id : path);
  }
  return walk;
}

interface Place {
  readonly path: string;
  readonly trigger: string | undefined;
}

class ReadWalk implements MachineReads {
  readonly reads: MachineRead[] = [];
  readonly copies: MachineReads['copies'][number][] = [];
  readonly opaque: string[] = [];

  state(state: StateDefinition, path: string, name: string): void {
    const anywhere = (key: string): Place => ({ path: `${path}.${key}`, trigger: undefined });
    this.actions(state.entry, anywhere('entry'));
    this.actions(state.exit, anywhere('exit'));
    this.template(state.output, anywhere('output'));
    for (const [descriptor, list] of Object.entries(state.on ?? {})) {
      this.transitions(list, { path: `${path}.on${formatKey(descriptor)}`, trigger: descriptor });
    }
    this.transitions(state.always, anywhere('always'));
    for (const [duration, list] of Object.entries(state.after ?? {})) {
      const place = { path: `${path}.after${formatKey(duration)}`, trigger: 'fsm.after' };
      this.delay(duration, place);
      this.transitions(list, place);
    }
    if (typeof state.initial === 'object') this.transition(state.initial, anywhere('initial'));
    const shorthand = state.effect !== undefined;
    const doneTrigger = shorthand ? `done.invoke.${name}` : 'done.state';
    this.transitions(state.onDone, { path: `${path}.onDone`, trigger: doneTrigger });
    this.transitions(state.onError, { path: `${path}.onError`, trigger: `error.invoke.${name}` });
    const invocations = [state.invoke ?? []].flat() as readonly InvokeDefinition[];
    const several = invocations.length + Number(shorthand) > 1;
    for (const [index, invocation] of invocations.entries()) {
      const at = Array.isArray(state.invoke) ? `${path}.invoke[${index}]` : `${path}.invoke`;
      const id = invocation.id ?? (several ? `${name}:${index + Number(shorthand)}` : name);
      this.transitions(invocation.onDone, { path: `${at}.onDone`, trigger: `done.invoke.${id}` });
      this.transitions(invocation.onError, { path: `${at}.onError`, trigger: `error.invoke.${id}` });
    }
  }

  private transitions(list: TransitionList | undefined, place: Place): void {
    if (list === undefined) return;
    if (!Array.isArray(list)) this.transition(list as string | TransitionDefinition, place);
    else
      for (const [index, each] of list.entries()) this.transition(each, { ...place, path: `${place.path}[${index}]` });
  }

  private transition(transition: string | TransitionDefinition, { path, trigger }: Place): void {
    if (typeof transition === 'string') return;
    if (transition.guard !== undefined) this.guard(transition.guard, { path: `${path}.guard`, trigger });
    this.actions(transition.actions, { path: `${path}.actions`, trigger });
  }

  private guard(guard: GuardDefinition, place: Place): void {
    if (typeof guard === 'string' && !isGuardName(guard)) {
      this.add(readsOfExpression(guard, true), place, undefined);
    } else if (typeof guard === 'object' && ('and' in guard || 'or' in guard)) {
      for (const part of 'and' in guard ? guard.and : guard.or) this.guard(part, place);
    } else if (typeof guard === 'object' && 'not' in guard) {
      this.guard(guard.not, place);
    } else if (typeof guard !== 'object' || !('in' in guard)) {
      this.opaque.push(place.path);
    }
  }

  private actions(actions: ActionList | undefined, place: Place): void {
    if (actions === undefined) return;
    for (const [index, action] of ([actions].flat() as readonly ActionDefinition[]).entries()) {
      this.action(action, Array.isArray(actions) ? { ...place, path: `${place.path}[${index}]` } : place);
    }
  }

  private action(action: ActionDefinition, place: Place): void {
    if (typeof action === 'string' || typeof action === 'function' || 'type' in action) {
      this.opaque.push(place.path);
    } else if ('assign' in action) {
      this.assign(action.assign, place);
    } else if ('raise' in action) {
      this.event(action.raise, place);
      this.delay(action.delay, place);
    } else if ('send' in action) {
      this.event(action.send, place);
      this.delay(action.delay, place);
      this.template(action.to, place);
    } else if ('cancel' in action) {
      this.template(action.cancel, place);
    }
  }

  private assign(assign: unknown, place: Place): void {
    if (typeof assign !== 'object' || assign === null) {
      this.opaque.push(place.path);
      return;
    }
    for (const [key, value] of Object.entries(assign)) {
      if (typeof value === 'function') this.opaque.push(place.path);
      else this.template(value as Json, { ...place, path: `${place.path}.assign${formatKey(key)}` }, key.split('.')[0]);
      const from = typeof value === 'string' ? wholeRead(value) : undefined;
      if (from !== undefined) this.copies.push({ from, to: ['context', ...key.split('.')], trigger: place.trigger });
    }
  }

  private event(template: EventTemplate, place: Place): void {
    if (typeof template === 'object') this.template(template.data, place);
  }

  private delay(delay: string | number | undefined, place: Place): void {
    if (delay === undefined || parseDuration(delay) !== undefined) return;
    this.add(readsOfExpression(String(delay), false), place, undefined);
  }

  /** Every text in a template. */
  private template(value: Json | undefined | ((scope: never) => unknown), place: Place, assigns?: string): void {
    if (typeof value === 'function') this.opaque.push(place.path);
    else if (typeof value === 'string') this.add(readsOfText(value), place, assigns);
    else if (typeof value === 'object' && value !== null) {
      for (const each of Object.values(value)) this.template(each as Json, place, assigns);
    }
  }

  private add(reads: readonly ExpressionRead[], { path, trigger }: Place, assigns: string | undefined): void {
    for (const read of reads) this.reads.push({ ...read, path, trigger, assigns });
  }
}
