import { z } from 'zod';

/**
 * The shape of the machine format as Zod schemas, from which the JSON Schema is made. `validate` is stricter and
 * explains itself better; a test keeps the two in agreement.
 */

/** Names of the parts in the JSON Schema; a registry of our own, so that nobody else's names mix with them. */
export const partNames = z.registry<{ id: string; description: string }>();

function part<T extends z.ZodType>(id: string, description: string, schema: T): T {
  partNames.add(schema, { id, description });
  return schema;
}

const name = z.string().min(1);

export const anyJson = part('json', 'Any JSON value. `{{ expression }}` in a string is replaced.', z.json());
const anyObject = z.record(z.string(), anyJson);

const effect = part('effect', 'Work that is done while a state is active.', z.looseObject({ type: name }));

const duration = part(
  'duration',
  'Milliseconds, `"500ms"` `"30s"` `"5m"` `"2h"` `"30d"`, or an expression.',
  z.union([z.number().min(0), name]),
);

const eventTemplate = part(
  'eventTemplate',
  'An event type, or a type with data.',
  z.union([name, z.strictObject({ type: name, data: anyJson.optional() })]),
);

const guard: z.ZodType = part(
  'guard',
  'An expression (`context.amount > 0`), the name of a registered guard, or a combination.',
  z.lazy(() =>
    z.union([
      name,
      z.strictObject({ type: name, params: anyJson.optional() }),
      z.strictObject({ and: z.array(guard).min(1) }),
      z.strictObject({ or: z.array(guard).min(1) }),
      z.strictObject({ not: guard }),
      z.strictObject({ in: name }),
    ]),
  ),
);

const delivery = { delay: duration.optional(), id: name.optional() };

const action: z.ZodType = part(
  'action',
  'An instant, pure change or command.',
  z.lazy(() =>
    z.union([
      name,
      z.strictObject({ assign: anyObject }),
      z.strictObject({ raise: eventTemplate, ...delivery }),
      z.strictObject({
        send: eventTemplate,
        to: z.string().optional(),
        ...delivery,
        idLocation: name.optional(),
        processor: name.optional(),
      }),
      z.strictObject({ cancel: name }),
      z.strictObject({
        log: anyJson,
        level: z.enum(['debug', 'info', 'warn', 'error']).optional(),
        label: z.string().optional(),
      }),
      z.strictObject({ emit: eventTemplate }),
      z.strictObject({ effect, id: name.optional() }),
      z.strictObject({ block: actions }),
      z.strictObject({
        if: z.array(z.strictObject({ guard: guard.optional(), actions: actions.optional() })),
      }),
      z.strictObject({ foreach: name, item: name, index: name.optional(), actions: actions.optional() }),
      z.strictObject({ script: z.string() }),
      z.strictObject({ type: name, params: anyJson.optional() }),
    ]),
  ),
);
const actions = part('actions', 'One action or a list.', z.union([action, z.array(action)]));

const target = part(
  'target',
  '`sibling`, `sibling.child`, `.child`, `#id` or `#id.child`; a list for several parallel regions.',
  z.union([name, z.array(name).min(1)]),
);

const transition = part(
  'transition',
  'Where to go, when, and what to do on the way.',
  z.strictObject({
    target: target.optional(),
    guard: guard.optional(),
    actions: actions.optional(),
    reenter: z.boolean().optional(),
    before: effect.optional(),
    description: z.string().optional(),
    meta: anyObject.optional(),
  }),
);
const transitions = part(
  'transitions',
  'A target, a transition, or a list of which the first whose guard is true is taken.',
  z.union([name, transition, z.array(z.union([name, transition]))]),
);

const invocation = part(
  'invocation',
  'An effect with its outcome.',
  z.strictObject({
    id: name.optional(),
    effect,
    onDone: transitions.optional(),
    onError: transitions.optional(),
    idLocation: name.optional(),
    autoForward: z.boolean().optional(),
    finalize: actions.optional(),
  }),
);

const initial = z.strictObject({
  target,
  actions: actions.optional(),
  description: z.string().optional(),
  meta: anyObject.optional(),
});

const stateShape = {
  id: name.optional(),
  type: z.enum(['atomic', 'compound', 'parallel', 'final', 'history']).optional(),
  initial: z.union([name, initial]).optional(),
  states: z
    .record(
      z.string(),
      z.lazy((): z.ZodType => state),
    )
    .optional(),
  on: z.record(z.string(), transitions).optional(),
  always: transitions.optional(),
  after: z.record(z.string(), transitions).optional(),
  entry: actions.optional(),
  exit: actions.optional(),
  invoke: z.union([invocation, z.array(invocation)]).optional(),
  effect: effect.optional(),
  onDone: transitions.optional(),
  onError: transitions.optional(),
  history: z.enum(['shallow', 'deep']).optional(),
  target: target.optional(),
  tags: z.union([z.string(), z.array(z.string())]).optional(),
  meta: anyObject.optional(),
  description: z.string().optional(),
  output: anyJson.optional(),
  data: anyObject.optional(),
};
const state = part('state', 'What the machine is in, and what may happen there.', z.strictObject(stateShape));

const event = part(
  'event',
  'An event the machine understands.',
  z.strictObject({ description: z.string().optional(), data: anyObject.optional() }),
);

const fixedName = z.string().min(1);
const subscription = part(
  'subscription',
  'What another machine does becomes an event of this one.',
  z.strictObject({
    machine: fixedName,
    instance: z.string().min(1).optional(),
    entered: fixedName.optional(),
    event: fixedName.optional(),
    send: eventTemplate,
    description: z.string().optional(),
  }),
);
const plugin = part(
  'plugin',
  'A registered plugin that watches the instances.',
  z.union([z.string().min(1), z.strictObject({ use: z.string().min(1), with: anyObject.optional() })]),
);

const component = part(
  'component',
  'A use of a component: a fragment that becomes plain states and transitions of one state.',
  z.strictObject({
    use: fixedName,
    with: anyObject.optional(),
    at: z.string().min(1).optional(),
    prefix: z.string().optional(),
  }),
);

const rootShape = z
  .strictObject(stateShape)
  .omit({ id: true, type: true, states: true, effect: true, onDone: true, onError: true, history: true, target: true });

/** A whole machine as JSON. */
export const machineShape = z.strictObject({
  $schema: z.string().optional(),
  id: z
    .string()
    .max(128)
    .regex(/^[A-Za-z0-9._:-]+$/),
  version: z.string().optional(),
  context: anyObject.optional(),
  events: z.record(z.string(), event).optional(),
  components: z.record(z.string(), component).optional(),
  plugins: z.array(plugin).optional(),
  subscriptions: z.array(subscription).max(100).optional(),
  semantics: z.literal('scxml').optional(),
  name: z.string().optional(),
  binding: z.enum(['early', 'late']).optional(),
  script: z.array(z.string()).optional(),
  ...rootShape.shape,
  type: z.enum(['compound', 'parallel']).optional(),
  states: z.record(z.string(), state),
});
