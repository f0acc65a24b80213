import type { ActionDefinition, ActionList, EventTemplate, MachineEvent } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import { compileAssign, patching } from './assign.ts';
import type { CompileScope } from './compile-scope.ts';
import { compileDelay, compileText, compileValue, registered } from './evaluators.ts';
import type { Operation } from './state-node.ts';
import type { Step } from './step.ts';

/** One action or a list of them, as operations in order. */
export function compileActions(actions: ActionList | undefined, path: string, scope: CompileScope): Operation[] {
  if (actions === undefined) return [];
  if (!Array.isArray(actions)) return [compileAction(actions as ActionDefinition, path, scope)];
  return actions.map((action: ActionDefinition, index) => compileAction(action, `${path}[${index}]`, scope));
}

function compileAction(action: ActionDefinition, path: string, scope: CompileScope): Operation {
  if (typeof action === 'function') return patching(action, undefined, path);
  if (typeof action === 'string')
    return patching(registered('actions', action, scope.implementations), undefined, path);
  if ('assign' in action) return compileAssign(action.assign, `${path}.assign`);
  if ('raise' in action) return compileRaise(action, path);
  if ('send' in action) return compileSend(action, path);
  if ('cancel' in action) {
    const id = compileText(action.cancel, `${path}.cancel`);
    return { path: `${path}.cancel`, run: (step) => step.more.disarm(id(step)) };
  }
  if ('log' in action) {
    const message = compileValue(action.log, `${path}.log`);
    const level = action.level ?? 'info';
    return {
      path: message.path,
      run: (step) => step.more.post({ type: 'log', level, message: message.evaluate(step) }),
    };
  }
  if ('emit' in action) {
    const event = compileEvent(action.emit, `${path}.emit`);
    return { path: `${path}.emit`, run: (step) => step.more.post({ type: 'emit', event: event(step) }) };
  }
  if ('effect' in action) {
    const { state, index } = scope.addEffect(action.effect);
    const { id } = action;
    return { path: `${path}.effect`, run: (step) => step.more.launch(id, state, index) };
  }
  if (!('type' in action)) throw onlyScxml(path);
  const params = action.params === undefined ? undefined : compileValue(action.params, `${path}.params`);
  return patching(registered('actions', action.type, scope.implementations), params, path);
}

function onlyScxml(path: string): FsmError {
  return new FsmError('INVALID_ACTION', `The action at ${path} exists only with \`"semantics": "scxml"\`.`, {
    path,
    hint: 'Use `guard` on transitions, and several transitions, to decide.',
  });
}

type Raise = Extract<ActionDefinition, { readonly raise: unknown }>;
type Send = Extract<ActionDefinition, { readonly send: unknown }>;

/** Without delay the event is handled in this step; a delay of 0 still waits for the host's clock. */
function compileRaise(action: Raise, path: string): Operation {
  const event = compileEvent(action.raise, `${path}.raise`);
  if (action.delay === undefined) return { path: `${path}.raise`, run: (step) => step.more.raise(event(step)) };
  const delay = compileDelay(action.delay, `${path}.delay`);
  const id = compileId(action.id, path);
  return { path, run: (step) => step.more.arm(id(step), { due: step.now + delay(step), event: event(step) }) };
}

function compileSend(action: Send, path: string): Operation {
  const event = compileEvent(action.send, `${path}.send`);
  const to = compileText(action.to ?? '', `${path}.to`);
  const id = compileId(action.id, path);
  if (action.delay === undefined) {
    const run = (step: Step) => {
      const name = id(step);
      const command = { type: 'send', to: to(step), event: event(step) } as const;
      step.more.post(name === undefined ? command : { ...command, id: name });
    };
    return { path, run };
  }
  const delay = compileDelay(action.delay, `${path}.delay`);
  return {
    path,
    run: (step) => step.more.arm(id(step), { due: step.now + delay(step), event: event(step), to: to(step) }),
  };
}

function compileId(id: string | undefined, path: string): (step: Step) => string | undefined {
  return id === undefined ? () => undefined : compileText(id, `${path}.id`);
}

function compileEvent(template: EventTemplate, path: string): (step: Step) => MachineEvent {
  const type = typeof template === 'string' ? template : template.type;
  const data = typeof template === 'string' ? undefined : template.data;
  if (data === undefined) {
    const event: MachineEvent = Object.freeze({ type });
    return () => event;
  }
  const evaluator = compileValue(data, `${path}.data`);
  return (step) => ({ type, data: evaluator.evaluate(step) });
}
