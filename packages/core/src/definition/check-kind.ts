import { stateKeys } from './keys.ts';
import { at } from './path.ts';
import { isPlainObject } from './plain.ts';
import type { StateKind, TreeState } from './state-tree.ts';
import { listNames } from './suggest.ts';
import { expectString, type Walk, wrongType } from './walk.ts';

const kinds: readonly string[] = ['atomic', 'compound', 'parallel', 'final', 'history'] satisfies StateKind[];

/** `type`, `history`, and whether the state has the children its kind needs. */
export function checkType(walk: Walk, state: TreeState): void {
  const { definition } = state;
  const { type } = definition;
  const place = at(state.at, 'type');
  if (Object.hasOwn(definition, 'type') && expectString(walk, type, place) && !kinds.includes(type)) {
    const message = `There is no state type \`${type}\`${walk.report.didYouMean(type, kinds)}`;
    walk.report.error('INVALID_VALUE', place, message, { hint: `Use one of ${listNames(kinds)}.` });
  }
  const childCount = isPlainObject(definition.states) ? Object.keys(definition.states).length : 0;
  if (state.parent === undefined && (state.kind === 'final' || state.kind === 'history')) {
    walk.report.error(
      state.kind === 'final' ? 'TYPE_CONFLICT' : 'INVALID_HISTORY',
      place,
      `A machine cannot be a ${state.kind} state.`,
      {
        hint: 'The machine itself is compound or parallel: remove `type`.',
      },
    );
  } else if (type === 'atomic' && childCount > 0) {
    walk.report.error('TYPE_CONFLICT', place, 'An atomic state has no `states`.', {
      hint: 'Remove `type`: a state with children is compound.',
    });
  } else if (childCount === 0 && needsChildren(state)) {
    const what = state.parent === undefined ? 'The machine' : `The ${state.kind} state`;
    walk.report.error('NO_STATES', state.at, `${what} has no states.`, {
      hint: 'Add `"states": { "…": {} }`.',
    });
  }
  checkHistoryType(walk, state);
  if (state.kind === 'compound' && childCount > 0 && !Object.hasOwn(definition, 'initial')) {
    const children = [...state.children.values()].filter((child) => child.kind !== 'history').map((child) => child.key);
    const what = state.parent === undefined ? 'The machine' : `The state \`${state.key}\``;
    walk.report.error('MISSING_INITIAL', state.at, `${what} does not say which of its states is entered first.`, {
      hint: `Add \`"initial"\` with one of ${listNames(children)}, or \`"type": "parallel"\` to enter all.`,
    });
  }
}

function needsChildren(state: TreeState): boolean {
  return state.parent === undefined || state.kind === 'compound' || state.kind === 'parallel';
}

function checkHistoryType(walk: Walk, state: TreeState): void {
  if (!Object.hasOwn(state.definition, 'history') || state.kind !== 'history') return;
  const { history } = state.definition;
  const place = at(state.at, 'history');
  if (history === 'shallow' || history === 'deep') return;
  const hint = 'Use `shallow` for the child that was active, `deep` for all states below.';
  if (typeof history !== 'string') wrongType(walk, history, place, '"shallow" or "deep"', hint);
  else walk.report.error('INVALID_VALUE', place, `\`${history}\` is neither \`shallow\` nor \`deep\`.`, { hint });
}

type StateKey = keyof typeof stateKeys;

const everywhere: readonly StateKey[] = ['id', 'type', 'meta', 'description', 'data'];
const ordinary: readonly StateKey[] = [...everywhere, 'tags', 'on', 'always', 'after', 'entry', 'exit', 'invoke'];

const keysOfKind: { readonly [K in StateKind]: readonly StateKey[] } = {
  atomic: [...ordinary, 'states', 'effect', 'onDone', 'onError'],
  compound: [...ordinary, 'states', 'initial', 'onDone'],
  parallel: [...ordinary, 'states', 'onDone'],
  final: [...everywhere, 'tags', 'entry', 'exit', 'output'],
  history: [...everywhere, 'history', 'target'],
};

/** Keys that exist, but mean nothing for this kind of state. */
export function checkKindKeys(walk: Walk, state: TreeState): void {
  const { definition, kind } = state;
  const isRoot = state.parent === undefined;
  // what a root of another kind has is not the mistake
  if (isRoot && kind !== 'compound' && kind !== 'parallel') return;
  const allowed = keysOfKind[kind];
  for (const key of Object.keys(definition)) {
    if (!Object.hasOwn(stateKeys, key) || allowed.includes(key as StateKey)) continue;
    if (walk.scxml && kind === 'history' && key === 'initial') continue;
    if (key === 'output' && isRoot) continue;
    walk.report.error('MISPLACED_KEY', at(state.at, key), misplaced(key, state), {
      hint: misplacedHint(key as StateKey, state),
      part: 'key',
    });
  }
  if (kind === 'atomic') checkOutcomeKeys(walk, state);
  if (isRoot && Object.hasOwn(definition, 'onDone')) {
    walk.report.error('MISPLACED_KEY', at(state.at, 'onDone'), 'A machine that is done takes no transitions.', {
      hint: 'Use `output` of the machine, or `onDone` of a state in it.',
      part: 'key',
    });
  }
}

function misplaced(key: string, { kind }: TreeState): string {
  const article = kind === 'atomic' ? 'An' : 'A';
  return `${article} ${kind} state has no \`${key}\`.`;
}

function misplacedHint(key: StateKey, { kind }: TreeState): string {
  if (kind === 'final') return `Nothing happens after a final state: remove \`${key}\`, or \`"type": "final"\`.`;
  if (kind === 'history') return `A history state is never active: remove \`${key}\`, or put it on another state.`;
  if (key === 'initial') {
    return kind === 'parallel'
      ? 'All regions of a parallel state are entered: remove it.'
      : 'Add `states`, or remove it.';
  }
  if (key === 'history' || key === 'target') {
    return key === 'target'
      ? 'Use `always` to move on without an event.'
      : 'Only a state of `"type": "history"` has it.';
  }
  if (key === 'output') return 'Only a final state and the machine have an output.';
  return 'Write `"invoke": { "effect": …, "onDone": …, "onError": … }`: the shorthand is for states without children.';
}

function checkOutcomeKeys(walk: Walk, state: TreeState): void {
  const { definition } = state;
  if (Object.hasOwn(definition, 'effect')) return;
  for (const key of ['onDone', 'onError']) {
    if (!Object.hasOwn(definition, key)) continue;
    walk.report.error('MISPLACED_KEY', at(state.at, key), `\`${key}\` needs an \`effect\` beside it.`, {
      hint: Object.hasOwn(definition, 'invoke')
        ? `Put \`${key}\` into the invocation.`
        : 'Add an `effect`, or handle an event in `on`.',
      part: 'key',
    });
  }
}
