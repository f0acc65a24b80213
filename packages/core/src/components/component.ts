import type { z } from 'zod';
import type { ActionList, EventDefinition, InvokeDefinition, StateDefinition } from '../definition/definition.ts';
import type { JsonObject } from '../json.ts';

/**
 * A reusable machine fragment. Before a machine is compiled, each entry of its `components` becomes plain states and
 * transitions: the parameters are checked (`parameters.ts`), the component builds its fragment, the fragment's names get
 * their prefix (`fragment-names.ts`), and it is merged into one state of the machine (`merge.ts`). `expand.ts` does this
 * for a whole definition; `origins.ts` remembers what came from where, so that problems point to what an author wrote.
 */
export interface Component<Parameters extends z.ZodObject = z.ZodObject> {
  /** What stands in `use`. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** A strict Zod object with a description on every field; `target` of `parameters.ts` for states of the author. */
  readonly parameters: Parameters;
  /**
   * What becomes part of the machine. Pure: the same arguments give the same fragment.
   *
   * @throws FsmError when the parameters do not go together; its message becomes a problem of the definition.
   */
  build(parameters: z.output<Parameters>, host: ComponentHost): Fragment;
}

/** The state that gets a fragment. */
export interface ComponentHost {
  /** The name of this use in the machine's `components`. */
  readonly name: string;
  readonly kind: 'atomic' | 'compound' | 'parallel';
  /** The child that is entered first, when the state is compound. */
  readonly initial: string | undefined;
}

/**
 * What a component adds to a state. Targets are seen from where they stand: a state of the fragment names its siblings
 * in the fragment, and the fragment itself says `.child`. Names that the fragment does not have mean the author's states.
 */
export interface Fragment
  extends Pick<StateDefinition, 'states' | 'on' | 'always' | 'after' | 'entry' | 'exit' | 'tags' | 'initial'> {
  /** Run beside the effects that the state has already. */
  readonly invoke?: InvokeDefinition | readonly InvokeDefinition[];
  /**
   * Actions by event type that run whenever the event is handled in the state or anywhere inside it, also when the
   * author's own transition takes it; unless the transition leaves the state.
   */
  readonly watch?: { readonly [type: string]: ActionList };
  /** Keys of the machine's context. */
  readonly context?: JsonObject;
  /** Declarations for machines that declare their events. */
  readonly events?: { readonly [type: string]: EventDefinition };
}

/**
 * Defines a component.
 *
 * ```ts
 * const doorbell = defineComponent({
 *   name: 'Doorbell',
 *   description: 'Counts how often somebody rings.',
 *   parameters: z.strictObject({ event: z.string().default('RING').describe('The event of the button.') }),
 *   build: ({ event }) => ({
 *     on: { [event]: { actions: { assign: { rings: '{{ context.rings + 1 }}' } } } },
 *     context: { rings: 0 },
 *   }),
 * });
 *
 * compile({ id: 'house', components: { bell: { use: 'Doorbell' } }, … }, { components: [doorbell] });
 * ```
 */
export function defineComponent<Parameters extends z.ZodObject>(
  component: Component<Parameters>,
): Component<Parameters> {
  return Object.freeze(component);
}
