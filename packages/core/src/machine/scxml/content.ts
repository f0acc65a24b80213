import type { ActionDefinition, ActionList, GuardDefinition } from '../../definition/definition.ts';
import {
  compileDataExpression,
  compileDataTemplate,
  compileLocation,
  compileScript,
  type DataScope,
} from '../../ecmascript/data-model.ts';
import { FsmError } from '../../error.ts';
import type { Json } from '../../json.ts';
import type { Guard } from '../state-node.ts';
import type { Step } from '../step.ts';
import { type MachineFacts, StepScope } from './data-scope.ts';
import { deferred } from './deferred.ts';
import { badMessage } from './error-event.ts';
import { compileSend } from './send.ts';
import { compileText } from './text.ts';

/** One element of executable content. What it throws ends its block. */
export interface Content {
  /** SCXML's name for it, for errors. */
  readonly tagname: string;
  run(step: Step): void;
}

/**
 * Actions as executable content.
 *
 * @see https://www.w3.org/TR/scxml/#executable
 */
export class ContentCompiler {
  private readonly facts: MachineFacts;
  private readonly guard: (definition: GuardDefinition, path: string) => Guard;

  constructor(facts: MachineFacts, guard: (definition: GuardDefinition, path: string) => Guard) {
    this.facts = facts;
    this.guard = guard;
  }

  compile(action: ActionDefinition, path: string): Content {
    if (typeof action !== 'object') throw notContent(path);
    if ('assign' in action && typeof action.assign === 'object') return this.assign(action.assign, path);
    if ('raise' in action) return this.raise(action, path);
    if ('send' in action) return { tagname: 'send', run: compileSend(action, path, this.facts) };
    if ('cancel' in action) {
      const id = compileText(action.cancel, `${path}.cancel`);
      return { tagname: 'cancel', run: (step) => step.more.disarmSent(id(this.scope(step))) };
    }
    if ('log' in action) return this.log(action, path);
    if ('script' in action) return this.script(action.script, path);
    if ('if' in action) return this.branches(action.if, path);
    if ('foreach' in action) return this.loop(action, path);
    if ('emit' in action) return this.emit(action, path);
    throw notContent(path);
  }

  list(actions: ActionList | undefined, path: string): (step: Step) => void {
    if (actions === undefined) return () => undefined;
    const all: readonly ActionDefinition[] = Array.isArray(actions) ? actions : [actions as ActionDefinition];
    const contents = all.map((action, index) =>
      this.compile(action, Array.isArray(actions) ? `${path}[${index}]` : path),
    );
    return (step) => {
      for (const content of contents) content.run(step);
    };
  }

  private scope(step: Step): DataScope {
    return new StepScope(this.facts, step);
  }

  private assign(assign: { readonly [location: string]: Json }, path: string): Content {
    const changes = Object.entries(assign).map(([location, value]) => ({
      location: deferred(() => compileLocation(location, { path }), { assign: true }),
      value: deferred(() => compileDataTemplate(value, { path }), { evaluate: true }),
    }));
    const run = (step: Step) => {
      for (const { location, value } of changes) {
        const scope = this.scope(step);
        step.context = location.assign(scope, value.evaluate(scope));
      }
    };
    return { tagname: 'assign', run };
  }

  private raise(action: Extract<ActionDefinition, { readonly raise: unknown }>, path: string): Content {
    const template = typeof action.raise === 'string' ? { type: action.raise } : action.raise;
    const type = compileText(template.type, `${path}.raise`);
    const data =
      template.data === undefined
        ? undefined
        : deferred(() => compileDataTemplate(template.data!, { path: `${path}.raise.data` }), { evaluate: true });
    const run = (step: Step) => {
      const scope = this.scope(step);
      const value = data?.evaluate(scope);
      const event = { type: type(scope), delivery: { kind: 'internal' } } as const;
      step.more.raise(value === undefined ? event : { ...event, data: value });
    };
    return { tagname: 'raise', run };
  }

  private log(action: Extract<ActionDefinition, { readonly log: unknown }>, path: string): Content {
    const value = deferred(() => compileDataTemplate(action.log, { path: `${path}.log` }), { evaluate: true });
    const { label, level = 'info' } = action;
    const run = (step: Step) => {
      const message = value.evaluate(this.scope(step)) ?? null;
      step.more.post({ type: 'log', level, message: label === undefined ? message : { label, message } });
    };
    return { tagname: 'log', run };
  }

  private emit(action: Extract<ActionDefinition, { readonly emit: unknown }>, path: string): Content {
    const template = typeof action.emit === 'string' ? { type: action.emit } : action.emit;
    const data = deferred(() => compileDataTemplate(template.data ?? null, { path }), { evaluate: true });
    const run = (step: Step) => {
      const value = template.data === undefined ? undefined : data.evaluate(this.scope(step));
      step.more.post({
        type: 'emit',
        event: value === undefined ? { type: template.type } : { type: template.type, data: value },
      });
    };
    return { tagname: 'emit', run };
  }

  private script(source: string, path: string): Content {
    const script = deferred(() => compileScript(source, { path }), { run: true });
    for (const name of script.declares ?? []) this.facts.declared.add(name);
    return {
      tagname: 'script',
      run: (step) => {
        step.context = script.run(this.scope(step));
      },
    };
  }

  private branches(branches: Extract<ActionDefinition, { readonly if: unknown }>['if'], path: string): Content {
    const compiled = branches.map(({ guard, actions }, index) => ({
      guard: guard === undefined ? undefined : this.guard(guard, `${path}.if[${index}].guard`),
      run: this.list(actions, `${path}.if[${index}].actions`),
    }));
    const run = (step: Step) => {
      compiled.find(({ guard }) => guard === undefined || guard.test(step))?.run(step);
    };
    return { tagname: 'if', run };
  }

  /** Over a shallow copy, so that changes of the list do not change the loop. */
  private loop(action: Extract<ActionDefinition, { readonly foreach: unknown }>, path: string): Content {
    const { foreach, item, index, actions } = action;
    const list = deferred(() => compileDataExpression(foreach, { path: `${path}.foreach` }), { evaluate: true });
    const places = [item, index].map((name) => {
      if (name === undefined) return undefined;
      this.facts.declared.add(name);
      return deferred(() => compileLocation(name, { path }), { assign: true });
    });
    const body = this.list(actions, `${path}.actions`);
    const run = (step: Step) => {
      const items = list.evaluate(this.scope(step));
      if (!Array.isArray(items)) {
        throw badMessage('NOT_A_LIST', `\`${foreach}\` at ${path} is no list.`, 'Give `foreach` a list.');
      }
      for (const [position, value] of items.entries()) {
        for (const [place, content] of [
          [places[0], value],
          [places[1], position],
        ] as const) {
          if (place !== undefined) step.context = place.assign(this.scope(step), content as Json);
        }
        body(step);
      }
    };
    return { tagname: 'foreach', run };
  }
}

function notContent(path: string): FsmError {
  return new FsmError('INVALID_ACTION', `The action at ${path} has no meaning in SCXML.`, {
    path,
    hint: 'Use assign, raise, send, cancel, log, if, foreach, script.',
  });
}
