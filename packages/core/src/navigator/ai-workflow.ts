import type { EffectDefinition, StateDefinition } from '../definition/definition.ts';
import type { JsonObject } from '../json.ts';

/** A question to a model, and where its answer leads. */
export interface AiWorkflow<Done extends string = string, Failed extends string = string> {
  /** What the model is asked; a template. */
  readonly prompt: string;
  /** Who the model is to be; a template. */
  readonly system?: string;
  readonly model?: string;
  /** Other parameters of the effect. */
  readonly options?: JsonObject;
  /** The kind of effect; `call_llm` when absent. */
  readonly kind?: string;
  /** Where in the context the answer is kept. */
  readonly saveAs?: string;
  /** The state after the answer. */
  readonly done: Done;
  /** The state when there is none. */
  readonly failed: Failed;
  readonly description?: string;
}

export function aiWorkflowState(workflow: AiWorkflow): StateDefinition {
  const { prompt, system, model, options, kind = 'call_llm', saveAs, done, failed, description } = workflow;
  const effect: EffectDefinition = {
    type: kind,
    ...(model !== undefined && { model }),
    ...(system !== undefined && { system }),
    prompt,
    ...options,
  };
  return {
    ...(description !== undefined && { description }),
    effect,
    onDone: saveAs === undefined ? done : { target: done, actions: { assign: { [saveAs]: '{{ event.output }}' } } },
    onError: failed,
  };
}
