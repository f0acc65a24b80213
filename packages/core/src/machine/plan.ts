import type { Configuration, ConfigurationTable } from './configuration.ts';
import { EntrySet } from './entry-set.ts';
import { finishMachine, keepHistory, raiseDone } from './operations.ts';
import type { Rules } from './rules.ts';
import type { Snapshot } from './snapshot.ts';
import { byDocumentOrder, isLeaf, type Operation, type StateNode, type Transition } from './state-node.ts';
import type { Step } from './step.ts';
import { HistoryLookup, recordHistory, withoutConflicts } from './transition-domain.ts';

/**
 * One microstep, decided: everything the selected transitions do when they are taken in one configuration. Nothing in
 * it depends on the context or the event, so it is made once and run many times.
 */
export interface Plan {
  /** What was selected, before conflicts were removed. */
  readonly selected: readonly Transition[];
  /** JSON paths of those that are taken, for traces. */
  readonly taken: readonly string[];
  /** In order: exits from the inside out, the transitions' actions, entries from the outside in. */
  readonly operations: readonly Operation[];
  readonly next: Configuration;
  /** Whether other states are active afterwards, or an invocation ended or began. */
  readonly moves: boolean;
  /** `false` when every transition of it is forbidden: the event counts as not taken. */
  readonly takes: boolean;
  /** Those of the transitions that wait for an effect first, when there are any. */
  readonly before: readonly Transition[] | undefined;
  /** Whether the machine is done afterwards. */
  readonly ends: boolean;
  /** It depends on recorded history and is not used again. */
  readonly fleeting: boolean;
}

/** The microstep of transitions that were selected together in `from`. */
export function planTransitions(
  table: ConfigurationTable,
  from: Configuration,
  selected: readonly Transition[],
  recorded: Snapshot['history'],
  rules: Rules,
): Plan {
  const past = (state: StateNode) => table.recorded(state, recorded);
  const history = new HistoryLookup(past);
  const moves = withoutConflicts(selected, from.states, history, rules.domainOf);
  const exits = new Set(moves.flatMap((move) => move.exits));
  const exited = from.states.filter((state) => exits.has(state));
  const staying = from.states.filter((state) => !exits.has(state));
  // what is entered may go back to what this very step leaves
  const records = recordHistory(exited, from.states);
  const historyAfter = new HistoryLookup(past, records);
  const entries = new EntrySet(historyAfter);
  for (const { transition, domain } of moves) entries.addTransition(transition, domain);

  const before = moves.map(({ transition }) => transition).filter((transition) => transition.before !== undefined);
  const operations = [
    ...keepHistory(records),
    ...exited.toReversed().flatMap(rules.exit),
    ...moves.flatMap(({ transition }) => (before.length < 2 ? transition.actions : withOutput(transition))),
  ];
  const entry = planEntry(table, staying, entries, rules);
  return {
    selected,
    taken: moves.map(({ transition }) => transition.path),
    operations: [...operations, ...entry.operations],
    next: entry.next,
    moves: changesActivity(exited, entry.entered),
    takes: moves.some(({ transition }) => !transition.forbidden),
    before: before.length === 0 ? undefined : before,
    ends: entry.ends,
    fleeting: history.consulted || historyAfter.consulted,
  };
}

/** The actions of one of several transitions that waited for effects see the output of its own. */
function withOutput({ path, actions }: Transition): readonly Operation[] {
  if (actions.length === 0) return [];
  const see = (output: boolean) => ({ path, run: (step: Step) => step.seeOutput(output ? path : undefined) });
  return [see(true), ...actions, see(false)];
}

/** The first microstep: the root is entered. */
export function planStart(table: ConfigurationTable, root: StateNode, rules: Rules): Plan {
  const entries = new EntrySet(new HistoryLookup(() => undefined));
  entries.states.add(root);
  entries.addDescendants(root);
  const { operations, next, ends } = planEntry(table, [], entries, rules);
  return {
    selected: [],
    taken: [],
    operations,
    next,
    moves: true,
    takes: true,
    before: undefined,
    ends,
    fleeting: false,
  };
}

interface Entry {
  readonly entered: readonly StateNode[];
  readonly operations: readonly Operation[];
  readonly next: Configuration;
  readonly ends: boolean;
}

function planEntry(table: ConfigurationTable, staying: readonly StateNode[], entries: EntrySet, rules: Rules): Entry {
  const active = new Set(staying);
  // what stays active is not entered again, only what is inside it
  const entered = [...entries.states].filter((state) => !active.has(state)).sort(byDocumentOrder);
  const completed = new Set<StateNode>();
  const operations: Operation[] = [];
  let ends = false;
  for (const state of entered) {
    active.add(state);
    operations.push(...rules.enter(state, entries.byDefault.has(state), entries.byHistory.get(state)));
    if (state.kind !== 'final') continue;
    const completion = complete(state, active, completed);
    operations.push(...completion.operations);
    ends ||= completion.ends;
  }
  const states = [...active].sort(byDocumentOrder);
  // a machine that is done leaves its states in order, although the snapshot keeps showing where it ended
  if (ends) operations.push(...states.toReversed().flatMap((state) => state.exit));
  return { entered, operations, next: table.intern(states.filter(isLeaf)), ends };
}

/** What a final state sets off: the done event of its parent, then of every parallel state around that is complete now. */
function complete(
  final: StateNode,
  active: ReadonlySet<StateNode>,
  completed: Set<StateNode>,
): { readonly operations: Operation[]; readonly ends: boolean } {
  const operations: Operation[] = [];
  const parent = final.parent!;
  if (parent.kind === 'compound') operations.push(raiseDone(parent, final));
  let around = parent.kind === 'parallel' ? parent : parent.parent;
  let last = around ?? final;
  while (around?.kind === 'parallel' && !completed.has(around) && isComplete(around, active)) {
    completed.add(around);
    operations.push(raiseDone(around, undefined));
    last = around;
    around = around.parent;
  }
  const ends = around === undefined;
  if (ends) operations.push(finishMachine(last));
  return { operations, ends };
}

function isComplete(state: StateNode, active: ReadonlySet<StateNode>): boolean {
  if (state.kind === 'compound') return state.children.some((child) => child.kind === 'final' && active.has(child));
  if (state.kind === 'parallel') return state.children.every((child) => isComplete(child, active));
  return state.kind === 'final';
}

function changesActivity(exited: readonly StateNode[], entered: readonly StateNode[]): boolean {
  const same = exited.length === entered.length && exited.every((state, index) => state === entered[index]);
  return !same || exited.some((state) => state.invocations.length > 0);
}
