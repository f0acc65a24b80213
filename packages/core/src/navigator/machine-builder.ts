import type {
  ComponentUse,
  EffectDefinition,
  EventDefinition,
  MachineDefinition,
  PluginUse,
  SubscriptionDefinition,
} from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import type { JsonObject } from '../json.ts';
import { type CompileOptions, compile, type Machine } from '../machine/machine.ts';
import { type AiWorkflow, aiWorkflowState } from './ai-workflow.ts';
import { Builder } from './state-builder.ts';
import type { Rule } from './validation.ts';

/** The words that only a machine has. */
export class MachineBuilder extends Builder<MachineBuilder, MachineDefinition> {
  protected override make(draft: MachineDefinition, rules: readonly Rule[]): MachineBuilder {
    return new MachineBuilder(draft, rules);
  }

  /** The machine has no siblings, so a plain name means a state inside. */
  protected override target(name: string): string {
    return /^[#.]/.test(name) ? name : `.${name}`;
  }

  version(version: string): MachineBuilder {
    return this.set({ version });
  }

  context(context: JsonObject): MachineBuilder {
    return this.set({ context: { ...this.draft.context, ...context } });
  }

  event(type: string, declaration: EventDefinition = {}): MachineBuilder {
    return this.set({ events: { ...this.draft.events, [type]: declaration } });
  }

  /** In its long form: the short one is for states without children. */
  effect(effect: EffectDefinition): MachineBuilder {
    return this.invoke({ effect });
  }

  useComponent(
    component: string,
    parameters?: JsonObject,
    { name = component.toLowerCase(), at, prefix }: { name?: string; at?: string; prefix?: string } = {},
  ): MachineBuilder {
    const { components = {} } = this.draft;
    if (Object.hasOwn(components, name)) {
      throw new FsmError('COMPONENT_TWICE', `The machine "${this.draft.id}" has a component \`${name}\` already.`, {
        hint: `Give this one a name of its own: useComponent('${component}', …, { name: '…' }).`,
        details: { asked: name, exists: Object.keys(components) },
      });
    }
    const use: ComponentUse = {
      use: component,
      ...(parameters !== undefined && { with: parameters }),
      ...(at !== undefined && { at }),
      ...(prefix !== undefined && { prefix }),
    };
    return this.set({ components: { ...components, [name]: use } });
  }

  usePlugin(plugin: string, options?: JsonObject): MachineBuilder {
    const use: PluginUse = options === undefined ? plugin : { use: plugin, with: options };
    return this.set({ plugins: [...(this.draft.plugins ?? []), use] });
  }

  subscribe(subscription: SubscriptionDefinition): MachineBuilder {
    return this.set({ subscriptions: [...(this.draft.subscriptions ?? []), subscription] });
  }

  aiWorkflow(key: string, workflow: AiWorkflow): MachineBuilder {
    return this.set({ states: { ...this.draft.states, [key]: aiWorkflowState(workflow) } });
  }

  compile(options?: CompileOptions): Machine {
    return compile(this.build(), options);
  }
}
