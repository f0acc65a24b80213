import type {
  ActionDefinition,
  ActionList,
  GuardDefinition,
  Implementation,
  MachineDefinition,
} from '../../definition/definition.ts';
import { compileDataExpression, compileDataTemplate } from '../../ecmascript/data-model.ts';
import type { Json } from '../../json.ts';
import type { CompileScope } from '../compile-scope.ts';
import { compileGuard } from '../guards.ts';
import type { Language } from '../language.ts';
import type { Evaluator, Guard, Operation } from '../state-node.ts';
import type { Step } from '../step.ts';
import { type Content, ContentCompiler } from './content.ts';
import { type MachineFacts, machineFacts, StepScope } from './data-scope.ts';
import { deferred } from './deferred.ts';
import { compileDelay } from './delay.ts';
import { raiseExecutionError } from './error-event.ts';

/** Guards that fail are false, blocks of content end where they fail, and both raise `error.execution`. */
export class ScxmlLanguage implements Language {
  readonly facts: MachineFacts;
  private readonly scope: CompileScope;
  private readonly content: ContentCompiler;

  constructor(definition: MachineDefinition, scope: CompileScope) {
    this.scope = scope;
    this.facts = machineFacts(definition, scope.nodes);
    this.content = new ContentCompiler(this.facts, (guard, path) => this.guard(guard, path));
  }

  /** One operation for each block. */
  actions(list: ActionList | undefined, path: string): readonly Operation[] {
    if (list === undefined) return [];
    const actions: readonly ActionDefinition[] = Array.isArray(list) ? list : [list as ActionDefinition];
    const blocks: Operation[] = [];
    let open: Content[] = [];
    const close = () => {
      if (open.length > 0) blocks.push(block(open, path));
      open = [];
    };
    for (const [index, action] of actions.entries()) {
      const place = Array.isArray(list) ? `${path}[${index}]` : path;
      if (typeof action === 'object' && 'block' in action) {
        close();
        blocks.push(...this.actions(action.block, `${place}.block`));
      } else open.push(this.content.compile(action, place));
    }
    close();
    return blocks;
  }

  guard(definition: GuardDefinition, path: string): Guard {
    if (typeof definition !== 'string') {
      return compileGuard(definition, path, this.scope, (part, place) => this.guard(part, place));
    }
    const expression = deferred(() => compileDataExpression(definition, { path }), { test: true });
    const test = (step: Step) => {
      try {
        return expression.test(new StepScope(this.facts, step));
      } catch (cause) {
        raiseExecutionError(step, cause, 'transition');
        return false;
      }
    };
    return { path, test };
  }

  /** A value that cannot be computed is no value. */
  value(template: Json | Implementation, path: string): Evaluator {
    const compiled = deferred(() => compileDataTemplate(template as Json, { path }), { evaluate: true });
    const evaluate = (step: Step) => {
      try {
        return compiled.evaluate(new StepScope(this.facts, step)) as Json;
      } catch (cause) {
        raiseExecutionError(step, cause, 'donedata');
        return undefined as unknown as Json;
      }
    };
    return { path, evaluate };
  }

  delay(text: string, path: string): (step: Step) => number {
    const delay = compileDelay(text, path);
    return (step) => delay(new StepScope(this.facts, step));
  }
}

function block(contents: readonly Content[], path: string): Operation {
  const run = (step: Step) => {
    for (const { tagname, run: perform } of contents) {
      try {
        perform(step);
      } catch (cause) {
        raiseExecutionError(step, cause, tagname);
        return;
      }
    }
  };
  return { path, run };
}
