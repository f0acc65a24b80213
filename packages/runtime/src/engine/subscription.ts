import {
  compileTemplate,
  FsmError,
  type Json,
  type JsonObject,
  type MachineDefinition,
  type Template,
} from '@fsm/core';
import type { Limits } from '../limits.ts';
import { checkId } from './accept.ts';

/** A compiled entry of `subscriptions`. */
export interface Subscription {
  /** Id of the machine it listens to. */
  readonly machine: string;
  /** Evaluated when the subscriber is created; every instance when absent. */
  readonly instance: Template | undefined;
  readonly entered: string | undefined;
  readonly event: string | undefined;
  readonly type: string;
  readonly data: Template | undefined;
}

/** The subscriptions of a definition that `validate` accepted. */
export function compileSubscriptions(definition: Pick<MachineDefinition, 'subscriptions'>): readonly Subscription[] {
  return (definition.subscriptions ?? []).map(({ machine, instance, entered, event, send }) => {
    const { type, data } = typeof send === 'string' ? { type: send, data: undefined } : send;
    return {
      machine,
      instance: instance === undefined ? undefined : compileTemplate(instance),
      entered,
      event,
      type,
      data: data === undefined ? undefined : compileTemplate(data),
    };
  });
}

/** Which instance each subscription listens to; `null` means every one. */
export type Listens = readonly (string | null)[];

/**
 * Evaluates `instance` of each subscription for an instance about to be created; nothing when all listen to every one.
 *
 * Throws SUBSCRIPTION_INVALID when one is no name, and what evaluating throws.
 */
export function evaluateListens(
  subscriptions: readonly Subscription[],
  scope: { readonly context: JsonObject; readonly instance: string; readonly tenant: string; readonly now: number },
  limits: Limits,
): Listens | undefined {
  if (subscriptions.every(({ instance }) => instance === undefined)) return undefined;
  return subscriptions.map(({ instance, machine }) => {
    if (instance === undefined) return null;
    const value = instance.evaluate({ ...scope });
    try {
      checkId('instance', value, limits);
      return value;
    } catch (cause) {
      const shown = JSON.stringify(value).slice(0, 60);
      throw new FsmError(
        'SUBSCRIPTION_INVALID',
        `The instance of "${machine}" to listen to is ${shown}, which is no name.`,
        {
          hint: 'Create the instance with a context that names the other one, or leave `instance` out to listen to all.',
          details: { machine, found: value as Json },
          cause,
        },
      );
    }
  });
}
