import { checkActions } from './check-action.ts';
import { checkEffect } from './check-effect.ts';
import { checkDescriptor, checkDescriptorList } from './check-events.ts';
import { checkDuration, checkTemplate } from './check-expression.ts';
import { checkInvocations } from './check-invocation.ts';
import { checkKindKeys, checkType } from './check-kind.ts';
import { checkData } from './check-scxml.ts';
import { checkTargets } from './check-target.ts';
import { checkInitial, checkTransitions } from './check-transition.ts';
import { machineHabits, stateHabits } from './habits.ts';
import { machineKeys, stateKeys } from './keys.ts';
import { maxNameLength } from './limits.ts';
import { at, type Path } from './path.ts';
import { isHostileKey, isPlainObject } from './plain.ts';
import type { TreeState } from './state-tree.ts';
import { acceptFunction, checkKeys, expectObject, expectString, type Walk, wrongType } from './walk.ts';

/** Everything about one state but its children and its id among the others. */
export function checkState(walk: Walk, state: TreeState): void {
  const { definition } = state;
  const isRoot = state.parent === undefined;
  checkKeys(walk, definition, state.at, {
    what: isRoot ? 'a machine' : 'a state',
    known: isRoot ? { ...stateKeys, ...machineKeys } : stateKeys,
    habits: isRoot ? machineHabits : stateHabits,
  });
  checkType(walk, state);
  checkKindKeys(walk, state);
  for (const [key, check] of checks) {
    if (Object.hasOwn(definition, key)) check(walk, state, definition[key], at(state.at, key));
  }
  if (!isRoot) checkStateKey(walk, state);
}

type Check = (walk: Walk, state: TreeState, value: unknown, path: Path) => void;

const checks = new Map<keyof typeof stateKeys, Check>([
  ['id', checkId],
  [
    'initial',
    (walk, state, value, path) => {
      if (state.kind === 'compound') checkInitial(walk, state, value, path);
      else if (state.kind === 'history' && walk.scxml) checkHistoryInitial(walk, state, value, path);
    },
  ],
  ['states', checkChildren],
  ['on', checkOn],
  ['always', (walk, state, value, path) => checkTransitions(walk, state, value, path, 'always')],
  ['after', checkAfter],
  ['entry', (walk, _state, value, path) => checkActions(walk, value, path)],
  ['exit', (walk, _state, value, path) => checkActions(walk, value, path)],
  ['invoke', checkInvocations],
  ['effect', (walk, _state, value, path) => checkEffect(walk, value, path)],
  ['onDone', checkTransitions],
  ['onError', checkTransitions],
  ['target', checkHistoryTarget],
  ['tags', checkTags],
  ['meta', (walk, _state, value, path) => void expectObject(walk, value, path)],
  ['description', (walk, _state, value, path) => void expectString(walk, value, path)],
  ['data', checkData],
  ['output', (walk, _state, value, path) => acceptFunction(walk, value, path) || checkTemplate(walk, value, path)],
]);

const stateKeyForm = /^[\p{L}\p{N}_$](?:[\p{L}\p{M}\p{N}_$: -]*[\p{L}\p{M}\p{N}_$:-])?$/u;
const keyHint = `Use up to ${maxNameLength} letters, digits, \`_\`, \`-\`, \`:\`, \`$\` and inner spaces.`;
const machineIdForm = /^[A-Za-z0-9._:-]+$/;

function isStateKey(key: string): boolean {
  return key.length <= maxNameLength && stateKeyForm.test(key) && key.normalize('NFC') === key;
}

function checkStateKey(walk: Walk, state: TreeState): void {
  const { key } = state;
  if (isHostileKey(key)) return;
  if (!isStateKey(key)) {
    const hint = key.includes('.') ? 'Dots join the keys of a path: use another character, or nested states.' : keyHint;
    walk.report.error('INVALID_STATE_KEY', state.at, `\`${key}\` cannot be the key of a state.`, { hint, part: 'key' });
  } else if (/^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1) {
    walk.report.warning('INTEGER_STATE_KEY', state.at, `The state \`${key}\` has an integer as key.`, {
      hint: 'Put a letter first: JavaScript moves such keys to the front, which changes the document order.',
      part: 'key',
    });
  }
}

function checkId(walk: Walk, state: TreeState, id: unknown, path: Path): void {
  if (!expectString(walk, id, path)) return;
  const isRoot = state.parent === undefined;
  const own = walk.scxml ? id.replaceAll('.', '-') : id;
  const valid = isRoot ? id.length <= maxNameLength && machineIdForm.test(id) : isStateKey(own);
  if (valid) return;
  const hint = isRoot ? `Use up to ${maxNameLength} letters, digits and \`. _ : -\`.` : keyHint;
  const message = id === '' ? 'The id is empty.' : `\`${id}\` cannot be the id of a ${isRoot ? 'machine' : 'state'}.`;
  walk.report.error('INVALID_ID', path, message, { hint });
}

function checkChildren(walk: Walk, _state: TreeState, states: unknown, path: Path): void {
  if (!expectObject(walk, states, path, 'Write the states by key: `{ "idle": {}, "busy": {} }`.')) return;
  for (const [key, child] of Object.entries(states)) {
    if (!isPlainObject(child)) wrongType(walk, child, at(path, key), 'a state', 'Write `{}` for a state without keys.');
  }
}

function checkOn(walk: Walk, state: TreeState, on: unknown, path: Path): void {
  if (!expectObject(walk, on, path, 'Write the transitions by event type: `{ "SUBMIT": "checking" }`.')) return;
  for (const [descriptor, transitions] of Object.entries(on)) {
    const place = at(path, descriptor);
    if (walk.scxml) checkDescriptorList(walk, descriptor, place);
    else checkDescriptor(walk, descriptor, place);
    checkTransitions(walk, state, transitions, place);
  }
}

function checkAfter(walk: Walk, state: TreeState, after: unknown, path: Path): void {
  if (!expectObject(walk, after, path, 'Write the transitions by delay: `{ "30s": "expired" }`.')) return;
  for (const [duration, transitions] of Object.entries(after)) {
    const place = at(path, duration);
    checkDuration(walk, duration, place, 'key');
    checkTransitions(walk, state, transitions, place);
  }
}

function checkHistoryTarget(walk: Walk, state: TreeState, target: unknown, path: Path): void {
  if (state.kind !== 'history') return;
  const targets = checkTargets(walk, state, target, path);
  for (const found of targets) {
    if (found.kind !== 'history' && isInside(found, state.parent)) continue;
    walk.report.error('INVALID_HISTORY', path, `\`${found.path}\` cannot be what a history state stands for.`, {
      hint: 'Name an ordinary state that lies in the same parent.',
    });
  }
}

/** SCXML: what is done besides going to the default. */
function checkHistoryInitial(walk: Walk, state: TreeState, initial: unknown, path: Path): void {
  if (!expectObject(walk, initial, path, 'Write `{ "target": …, "actions": … }`.')) return;
  if (Object.hasOwn(initial, 'actions')) checkActions(walk, initial.actions, at(path, 'actions'));
  checkHistoryTarget(walk, state, initial.target, at(path, 'target'));
}

function isInside(state: TreeState, ancestor: TreeState | undefined): boolean {
  for (let around = state.parent; around !== undefined; around = around.parent) if (around === ancestor) return true;
  return false;
}

function checkTags(walk: Walk, _state: TreeState, tags: unknown, path: Path): void {
  const items: readonly unknown[] = Array.isArray(tags) ? tags : [tags];
  items.forEach((tag, index) => {
    const place = Array.isArray(tags) ? at(path, index) : path;
    if (typeof tag !== 'string')
      wrongType(walk, tag, place, Array.isArray(tags) ? 'a string' : 'a string or a list of strings');
  });
}
