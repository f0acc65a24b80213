import type {
  ActionDefinition,
  ComponentUse,
  EventDefinition,
  GuardDefinition,
  InvokeDefinition,
  MachineDefinition,
  PluginUse,
  StateDefinition,
  SubscriptionDefinition,
  TransitionDefinition,
} from './definition.ts';

/**
 * Every key of the machine format with its description: what `validate` knows, what it suggests, and what the JSON
 * Schema shows in an editor. The types make sure that no key of `definition.ts` is forgotten.
 */
type Descriptions<T> = { readonly [K in keyof Required<T>]: string };

export const stateKeys: Descriptions<StateDefinition> = {
  id: 'A name for the state that is unique in the machine, for targets like `#id`.',
  type: 'The kind of state. Needed for `parallel`, `final` and `history`; the others follow from `states`.',
  initial: 'The child that is entered first. Required when the state has `states` and is not parallel.',
  states: 'The child states by key, in document order.',
  on: 'Transitions by event type. `*` takes every event, `a.*` those that start with `a`.',
  always: 'Transitions that need no event: taken as soon as their guard is true while the state is active.',
  after: 'Transitions by delay (`"30s"`, `"30d"`, milliseconds or an expression), counted from the entry.',
  entry: 'Actions that run when the state is entered.',
  exit: 'Actions that run when the state is left.',
  invoke: 'Effects that run while the state is active, each with its own `id`, `onDone` and `onError`.',
  effect: 'The effect that runs while the state is active. Shorthand for one `invoke`, in a state without children.',
  onDone:
    'Taken when the `effect` is done (`event.output`), or when the children of a compound or parallel state reached their final states.',
  onError: 'Taken when the `effect` fails (`event.error`).',
  history: 'What a history state remembers: `shallow` the child of its parent that was active, `deep` all below.',
  target: 'Where a history state leads while nothing is remembered.',
  tags: 'Words that describe the state to people and programs, for example `human`.',
  meta: 'Any JSON, kept for tools.',
  description: 'What the state means, for people and agents.',
  output: 'The output of a final state, or of the machine: a JSON template.',
  data: 'SCXML: data by name, as JSON templates.',
};

type MachineKeys = Omit<MachineDefinition, keyof StateDefinition> & { id: string };

export const machineKeys: Descriptions<MachineKeys> = {
  $schema: 'The address of the JSON Schema of this format, for editors.',
  id: 'The name of the machine. Letters, digits and `. _ : -`.',
  version: 'A version for people. The exact version is the content hash.',
  context: 'The data an instance starts with.',
  events: 'The events the machine understands. When present, other event types are errors.',
  components: 'Reusable machine fragments by name: each becomes plain states and transitions.',
  plugins: 'Registered plugins that watch the instances.',
  subscriptions: 'Other machines to listen to: what they do becomes an event of this machine.',
  semantics: '`scxml` for machines that follow the W3C recommendation to the letter; absent, they follow XState v5.',
  name: 'SCXML: the name of the machine as its `_name` has it.',
  binding: 'SCXML: `early` gives all data its values at the start, `late` when a state is first entered.',
  script: 'SCXML: scripts that run once at the start.',
};

export const transitionKeys: Descriptions<TransitionDefinition> = {
  target: 'Where to go: `sibling`, `sibling.child`, `.child`, `#id`, `#id.child`; a list for several parallel regions.',
  guard: 'The transition is taken only when this is true: an expression, a registered name, or a combination.',
  actions: 'Actions that run after leaving and before entering states.',
  reenter: 'Whether a transition to the state itself or to its descendants leaves and enters the state again.',
  before: 'An effect that must succeed before the transition is taken; when it fails, the next one is tried.',
  description: 'What the transition means, for people and agents.',
  meta: 'Any JSON, kept for tools.',
};

export const invokeKeys: Descriptions<InvokeDefinition> = {
  id: 'Names the outcome events `done.invoke.<id>` and `error.invoke.<id>`.',
  effect: 'The effect that runs while the state is active.',
  onDone: 'Taken when the effect is done; `event.output` is its output.',
  onError: 'Taken when the effect fails; `event.error` says why.',
  idLocation: 'SCXML: where to put the id that the invocation gets.',
  autoForward: 'SCXML: whether every event is handed on to the invoked machine.',
  finalize: 'SCXML: actions that run before an event of the invoked machine is handled.',
};

export const eventKeys: Descriptions<EventDefinition> = {
  description: 'What the event means, for people and agents.',
  data: 'JSON Schema of `event.data`.',
};

export const subscriptionKeys: Descriptions<SubscriptionDefinition> = {
  machine: 'The id of the machine to listen to. Instances of it are looked for in the same tenant.',
  instance:
    'The one instance to listen to: a template over the `context` this instance is created with. All when absent.',
  entered: 'The path of a state of the other machine: when it becomes active.',
  event: 'The type of an event: when the other instance takes or emits it.',
  send: 'The event this instance gets. Templates see the `context` of the other one and the `event` that caused it.',
  description: 'What the subscription is for, for people and agents.',
};

export const componentKeys: Descriptions<ComponentUse> = {
  use: 'The name of the component, for example `Timer` or `Security`.',
  with: 'Its parameters.',
  at: 'Path of the state that gets the fragment; the whole machine when absent.',
  prefix: 'Stands before the keys of the states that the component adds.',
};

export const pluginKeys: Descriptions<Exclude<PluginUse, string>> = {
  use: 'The name of a registered plugin.',
  with: 'Its options.',
};

type Variants<T> = T extends { readonly [key: string]: unknown } ? T : never;
type VariantKeys<T> = Variants<T> extends infer V ? (V extends unknown ? keyof V : never) : never;

export const guardKeys: { readonly [K in VariantKeys<GuardDefinition>]: string } = {
  type: 'The name of a registered guard.',
  params: 'What the guard is called with: a JSON template.',
  and: 'True when all of these guards are.',
  or: 'True when one of these guards is.',
  not: 'True when this guard is not.',
  in: 'True while this state is active: `#id`, `#id.child` or a path from the root.',
};

export const actionKeys: { readonly [K in VariantKeys<ActionDefinition>]: string } = {
  type: 'The name of a registered action.',
  params: 'What the action is called with: a JSON template.',
  assign: 'Changes of the context: dotted path to JSON template.',
  raise: 'An event for the machine itself, handled before any event from outside.',
  send: 'An event for another instance.',
  to: 'Who gets the event: `parent`, or the id of an instance.',
  delay: 'How long to wait: milliseconds, `"500ms" "30s" "5m" "2h" "30d"`, or an expression.',
  id: 'Names a delayed event, so that `cancel` can stop it, or an effect, so that its outcome becomes an event.',
  cancel: 'The id of a delayed event that is not wanted any more.',
  log: 'What to write to the log: a JSON template.',
  level: 'How important the log entry is; `info` when absent.',
  emit: 'An event for those who watch the instance.',
  effect: 'An effect to start and leave alone: it runs to its end even when its state, or the machine, is left.',
  idLocation: 'SCXML: where to put the id that the event gets.',
  processor: 'SCXML: the event I/O processor, a template.',
  label: 'SCXML: stands before the message.',
  block: 'SCXML: actions of which a failing one skips the rest.',
  if: 'SCXML: the first branch whose guard passes runs; the last may have none.',
  foreach: 'SCXML: an expression that gives a list; the actions run for each item.',
  item: 'SCXML: the data that holds the item.',
  index: 'SCXML: the data that holds the position, from 0.',
  actions: 'SCXML: what runs for each item.',
  script: 'SCXML: ECMAScript statements over the data model.',
};

/** The forms an action object may have: the key that decides, and the keys that may stand beside it. */
export const actionForms = {
  assign: [],
  raise: ['delay', 'id'],
  send: ['to', 'delay', 'id', 'idLocation', 'processor'],
  cancel: [],
  log: ['level', 'label'],
  emit: [],
  effect: ['id'],
  block: [],
  if: [],
  foreach: ['item', 'index', 'actions'],
  script: [],
  type: ['params'],
} as const satisfies { readonly [form: string]: readonly (keyof typeof actionKeys)[] };

export const eventTemplateKeys = {
  type: 'The type of the event.',
  data: 'The data of the event: a JSON template.',
};

export const effectKeys = { type: 'The kind of effect, for example `call` or `retry`.' };
