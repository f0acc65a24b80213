/**
 * What people and models write out of habit — XState v4 and v5, other workflow formats — and what it is called here.
 * A key in these tables is never a key of this format in that place.
 */
type Habits = Readonly<Record<string, string>>;

const registered = 'Implementations are not part of a definition: register guards and actions where it is compiled.';
const typesOnly = 'Remove it: types come from `context`, `events` and `defineMachine`.';
const effectForFunction = 'Use an effect: `"effect": { "type": "call", "function": "…" }`.';

export const stateHabits: Habits = {
  cond: 'Use `guard` of a transition.',
  guard: 'Guards stand on transitions.',
  onEntry: 'Use `entry`.',
  onEnter: 'Use `entry`.',
  onExit: 'Use `exit`.',
  actions: 'Use `entry` or `exit`, or put the actions on a transition.',
  activities: effectForFunction,
  services: effectForFunction,
  src: effectForFunction,
  actors: effectForFunction,
  data: 'Use `output`.',
  parallel: 'Use `"type": "parallel"`.',
  final: 'Use `"type": "final"`.',
  initialState: 'Use `initial`.',
  transitions: 'Use `on`: event type to transition.',
  events: 'Only the machine declares events; a state handles them in `on`.',
  next: 'Use `always`, or `onDone` after an effect.',
  route: 'Handle an event in `on` of the machine instead.',
  timeout: 'Use `after`: `{ "30s": "…" }`.',
  onTimeout: 'Use `after`: `{ "30s": "…" }`.',
  choice: 'Use a state with `always`: the first transition whose guard is true is taken.',
  context: 'Only the machine has a context.',
  version: 'Only the machine has a version.',
};

export const machineHabits: Habits = {
  ...stateHabits,
  guards: registered,
  actions: registered,
  services: registered,
  activities: registered,
  actors: registered,
  delays: 'Write the delay where it is used: `{ "30s": … }`, or an expression over `context`.',
  schema: typesOnly,
  schemas: typesOnly,
  types: typesOnly,
  tsTypes: typesOnly,
  predictableActionArguments: 'Remove it: actions always run in order.',
  preserveActionOrder: 'Remove it: actions always run in order.',
  strict: 'Declare `events`: then unknown event types are errors.',
  delimiter: 'Remove it: paths are joined with dots.',
  options: 'Remove it: limits are set where the machine is compiled.',
  name: 'Use `id`.',
  data: 'Use `context`.',
  input: 'An instance is started with input; give defaults in `context`.',
};

export const transitionHabits: Habits = {
  cond: 'Use `guard`.',
  condition: 'Use `guard`.',
  if: 'Use `guard`.',
  when: 'Use `guard`.',
  in: 'Use a guard: `{ "in": "#id" }`.',
  internal: 'Transitions are internal already; use `"reenter": true` for `"internal": false`.',
  external: 'Use `"reenter": true`.',
  to: 'Use `target`.',
  next: 'Use `target`.',
  action: 'Use `actions`.',
  do: 'Use `actions`.',
  assign: 'Use `actions`: `{ "assign": { … } }`.',
  effect: 'Work belongs to a state: go to a state that has the effect.',
  invoke: 'Work belongs to a state: go to a state that has the effect.',
  delay: 'Use `after` of the state, or `delay` of `raise` and `send`.',
  after: 'Use `after` of the state.',
  event: 'The event type is the key in `on`.',
};

export const invokeHabits: Habits = {
  src: effectForFunction,
  input: 'Put the input into the parameters of the `effect`.',
  data: 'Put the input into the parameters of the `effect`.',
  systemId: 'Use `id`.',
  onSnapshot: 'Use an effect that sends events.',
  onTimeout: 'Use the effect `timeout`, or `after` of the state.',
  timeout: 'Use the effect `timeout`, or `after` of the state.',
  autoForward: 'Send the events on with `send`.',
};

export const guardHabits: Habits = {
  name: 'Use `type`.',
  cond: 'Use the expression itself, or `type` for a registered guard.',
  expression: 'Write the expression itself instead of the object.',
  expr: 'Write the expression itself instead of the object.',
  '@expr': 'Write the expression itself instead of the object.',
  all: 'Use `and`.',
  any: 'Use `or`.',
};

export const actionHabits: Habits = {
  sendTo: 'Use `{ "send": …, "to": … }`.',
  sendParent: 'Use `{ "send": …, "to": "parent" }`.',
  respond: 'Use `{ "send": …, "to": … }`.',
  event: 'Put the event into `raise`, `send` or `emit`.',
  assignment: 'Use `{ "assign": { … } }`.',
  name: 'Use `type`.',
  params: 'Name the registered action with `type`.',
  spawnChild: 'Use an effect of the state.',
  invoke: 'Use an effect of the state.',
  effect: 'Actions are instant: use an effect of the state.',
  call: 'Actions are instant: use an effect of the state.',
};

/** Action types of XState that are functions there and objects here. */
export const xstateActions: Habits = {
  assign: '`{ "assign": { … } }`',
  raise: '`{ "raise": … }`',
  sendTo: '`{ "send": …, "to": … }`',
  sendParent: '`{ "send": …, "to": "parent" }`',
  cancel: '`{ "cancel": "id" }`',
  log: '`{ "log": … }`',
  emit: '`{ "emit": … }`',
  spawnChild: 'an effect of the state',
  stopChild: 'an effect of the state, which leaving the state stops',
  enqueueActions: 'several actions in a list',
};
