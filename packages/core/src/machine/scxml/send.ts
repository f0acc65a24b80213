import type { ActionDefinition, EventDelivery, MachineEvent } from '../../definition/definition.ts';
import { compileDataTemplate, compileLocation, type DataScope } from '../../ecmascript/data-model.ts';
import type { Step } from '../step.ts';
import { locationOf, type MachineFacts, StepScope, scxmlProcessor, sessionOf } from './data-scope.ts';
import { deferred } from './deferred.ts';
import { compileDelay } from './delay.ts';
import { badMessage, ContentFailure } from './error-event.ts';
import { compileText } from './text.ts';

type Send = Extract<ActionDefinition, { readonly send: unknown }>;

/** Where a message goes: into the machine's own internal queue, or out to a receiver. */
interface Address {
  readonly to: string | undefined;
  readonly processor?: string;
}

/**
 * `<send>`. Everything is evaluated when it is executed, also when the event leaves later. A message that cannot be made
 * is not sent: `error.execution` has its `sendid`, and the block ends.
 *
 * @see https://www.w3.org/TR/scxml/#send
 */
export function compileSend(action: Send, path: string, facts: MachineFacts): (step: Step) => void {
  const template = typeof action.send === 'string' ? { type: action.send } : action.send;
  const type = compileText(template.type, `${path}.send`);
  const { data: given } = template;
  const data =
    given === undefined
      ? undefined
      : deferred(() => compileDataTemplate(given, { path: `${path}.send.data` }), { evaluate: true });
  const to = compileText(action.to ?? '', `${path}.to`);
  const processor = compileText(action.processor ?? '', `${path}.processor`);
  const id = action.id === undefined ? undefined : compileText(action.id, `${path}.id`);
  const { idLocation } = action;
  const place =
    idLocation === undefined
      ? undefined
      : deferred(() => compileLocation(idLocation, { path: `${path}.idLocation` }), { assign: true });
  const delay = action.delay === undefined ? undefined : compileDelay(action.delay, `${path}.delay`);

  const message = (scope: DataScope, sendid: string | undefined, step: Step) => {
    const address = addressOf(to(scope), processor(scope), facts, step);
    const value = data?.evaluate(scope);
    const delivery: EventDelivery = {
      kind: address.to === undefined ? 'internal' : 'external',
      ...(sendid === undefined ? undefined : { sendid }),
      ...(address.to === undefined
        ? undefined
        : { origin: locationOf(sessionOf(facts, step)), origintype: address.processor ?? scxmlProcessor }),
    };
    const name = type(scope);
    const event: MachineEvent = value === undefined ? { type: name, delivery } : { type: name, data: value, delivery };
    return { address, event, wait: delay?.(scope) ?? 0 };
  };

  return (step) => {
    const scope = new StepScope(facts, step);
    let sendid = id?.(scope);
    if (place !== undefined) {
      sendid = `send.${++step.more.counter}`;
      step.context = place.assign(scope, sendid);
    }
    let made: ReturnType<typeof message>;
    try {
      made = message(scope, sendid, step);
    } catch (cause) {
      throw new ContentFailure(cause, sendid);
    }
    deliver(step, made, sendid);
  };
}

function deliver(
  step: Step,
  { address, event, wait }: { readonly address: Address; readonly event: MachineEvent; readonly wait: number },
  sendid: string | undefined,
): void {
  const { to, processor } = address;
  const through = processor === undefined ? undefined : { processor };
  if (to !== undefined && wait === 0 && processor === undefined && !isReachable(step, to)) {
    const delivery = { kind: 'platform', ...(sendid !== undefined && { sendid }) } as const;
    step.more.raise({ type: 'error.communication', delivery });
  } else if (wait > 0)
    step.more.arm(undefined, { due: step.now + wait, event, ...(to !== undefined && { to }), ...through });
  else if (to === undefined) step.more.raise(event);
  else step.more.post({ type: 'send', to, event, ...(sendid !== undefined && { id: sendid }), ...through });
}

function isReachable(step: Step, to: string): boolean {
  const { receivers, instance } = step.moment;
  if (to.startsWith('#_')) return step.more.running().some(([id]) => `#_${id}` === to);
  return receivers === undefined || to === instance || receivers.includes(to);
}

/** @see https://www.w3.org/TR/scxml/#SCXMLEventProcessor */
function addressOf(target: string, processor: string, facts: MachineFacts, step: Step): Address {
  if (processor !== '' && processor !== 'scxml' && processor !== scxmlProcessor) {
    if (Object.hasOwn(step.moment.processors ?? {}, processor)) return { to: target, processor };
    throw badMessage(
      'PROCESSOR_UNKNOWN',
      `There is no event I/O processor \`${processor}\`.`,
      'Use the SCXML event processor: leave the type out.',
    );
  }
  const self = sessionOf(facts, step);
  if (target === '' || target === locationOf(self)) return { to: self };
  if (target === '#_internal') return { to: undefined };
  if (target === '#_parent') return { to: 'parent' };
  if (target.startsWith('#_scxml_')) return { to: target.slice('#_scxml_'.length) };
  if (target.startsWith('#_') && target.length > 2) return { to: target };
  throw badMessage(
    'TARGET_INVALID',
    `\`${target}\` is no target of the SCXML event processor.`,
    'Use #_internal, #_parent, #_scxml_<session>, or #_<invocation>.',
  );
}
