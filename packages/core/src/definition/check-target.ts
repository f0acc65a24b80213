import { at, type Path } from './path.ts';
import { absoluteTarget, commonAncestor, resolveTarget, type TreeState } from './state-tree.ts';
import { listNames } from './suggest.ts';
import { type Walk, wrongType } from './walk.ts';

const targetForm = /^[#.]?[^#.]+(?:\.[^#.]+)*$/;
const formHint = 'Write `sibling`, `sibling.child`, `.child`, `#id` or `#id.child`.';

/** Beyond this nobody misspelt anything. */
const longestTarget = 500;

/** More targets than any machine has regions side by side; keeps the comparison of all pairs cheap. */
const mostTargets = 100;

/** Checks one target or a list of them; returns the states they mean. */
export function checkTargets(walk: Walk, source: TreeState, target: unknown, path: Path): readonly TreeState[] {
  if (!Array.isArray(target)) return checkTarget(walk, source, target, path);
  if (target.length === 0 || target.length > mostTargets) {
    const amount = target.length === 0 ? 'has no items' : `has more than ${mostTargets} items`;
    const hint = 'Name one state in each region, or leave `target` out to stay where you are.';
    walk.report.error('INVALID_TARGET', path, `The list of targets ${amount}.`, { hint });
    return [];
  }
  const states: TreeState[] = [];
  target.forEach((item, index) => {
    const place = at(path, index);
    for (const state of checkTarget(walk, source, item, place)) {
      const rival = states.find((other) => !canBeActiveTogether(other, state));
      if (rival !== undefined) reportConflict(walk, state, rival, place);
      states.push(state);
    }
  });
  return states;
}

function checkTarget(walk: Walk, source: TreeState, target: unknown, path: Path): readonly TreeState[] {
  if (typeof target !== 'string') {
    wrongType(walk, target, path, 'a string or a list of strings', formHint);
    return [];
  }
  if (!targetForm.test(target)) {
    const hint =
      target === ''
        ? 'Leave `target` out to stay where you are; `{}` keeps ancestors from handling an event.'
        : formHint;
    walk.report.error(
      'INVALID_TARGET',
      path,
      target === '' ? 'The target is empty.' : `\`${target}\` is not a target.`,
      {
        hint,
      },
    );
    return [];
  }
  const state = resolveTarget(walk.tree, source, target);
  if (state !== undefined) return [state];
  reportUnknown(walk, source, target, path);
  return [];
}

/** Two different states of which neither holds the other, in different regions of a parallel state. */
function canBeActiveTogether(a: TreeState, b: TreeState): boolean {
  const common = commonAncestor(a, b);
  return common !== a && common !== b && common.kind === 'parallel';
}

function reportConflict(walk: Walk, state: TreeState, rival: TreeState, path: Path): void {
  const pair = `\`${rival.path}\` and \`${state.path}\``;
  const message =
    state === rival
      ? `\`${state.path}\` is a target twice.`
      : `${pair} cannot both be targets: they are never active together.`;
  walk.report.error('CONFLICTING_TARGETS', path, message, {
    hint: 'Several targets lie in different regions of one parallel state.',
  });
}

function reportUnknown(walk: Walk, source: TreeState, target: string, path: Path): void {
  const message = `There is no state \`${target}\``;
  if (target.length > longestTarget || !walk.report.maySuggest()) {
    walk.report.error('UNKNOWN_TARGET', path, `${message}.`, { hint: formHint });
    return;
  }
  const meant = meantTarget(walk, source, target);
  walk.report.error('UNKNOWN_TARGET', path, `${message}${meant === undefined ? '.' : `; did you mean \`${meant}\`?`}`, {
    hint: whatExists(walk, source, target),
  });
}

/** A target that exists and that was probably meant: the same name elsewhere first, then the nearest spelling. */
function meantTarget(walk: Walk, source: TreeState, target: string): string | undefined {
  const { tree, report } = walk;
  const name = target.replace(/^[#.]/, '');
  const here = [name, `.${name}`, `#${name}`].find(
    (candidate) => candidate !== target && resolveTarget(tree, source, candidate) !== undefined,
  );
  if (here !== undefined) return here;

  const elsewhere = tree.states.find((state) => state.parent !== undefined && endsWith(state, name));
  if (elsewhere !== undefined) return absoluteTarget(tree, elsewhere);

  const corrected = withOneStepCorrected(walk, source, target);
  if (corrected !== undefined) return corrected;

  const ids = [...tree.ids.keys()].map((id) => `#${id}`);
  const children = [...source.children.keys()].map((key) => `.${key}`);
  const near = report.nearest(target, target.startsWith('#') ? ids : children);
  if (near !== undefined) return near;

  const nearKey = report.nearest(name, new Set(tree.states.slice(1).map((state) => state.key)));
  const namesake = nearKey === undefined ? undefined : tree.states.find((state) => state.key === nearKey);
  return namesake === undefined ? undefined : relativeTarget(walk, source, namesake);
}

/** `revew.manual` or `review.manul`: one step of a path is misspelt. */
function withOneStepCorrected(walk: Walk, source: TreeState, target: string): string | undefined {
  const steps = target.split('.');
  const wrong = steps.findIndex((_, index) => stateAfter(walk, source, steps.slice(0, index + 1)) === undefined);
  const around = wrong === 0 ? source.parent : stateAfter(walk, source, steps.slice(0, wrong));
  const right = walk.report.nearest(steps[wrong] ?? '', around?.children.keys() ?? []);
  if (right === undefined) return undefined;
  const corrected = steps.with(wrong, right).join('.');
  return resolveTarget(walk.tree, source, corrected) === undefined ? undefined : corrected;
}

/** The state that the first steps of a target lead to; an empty first step is the dot of `.child`. */
function stateAfter({ tree }: Walk, source: TreeState, steps: readonly string[]): TreeState | undefined {
  return steps.length === 1 && steps[0] === '' ? source : resolveTarget(tree, source, steps.join('.'));
}

function relativeTarget(walk: Walk, source: TreeState, state: TreeState): string | undefined {
  if (state.parent === source.parent) return state.key;
  return state.parent === source ? `.${state.key}` : absoluteTarget(walk.tree, state);
}

function endsWith(state: TreeState, path: string): boolean {
  return state.path === path || state.path.endsWith(`.${path}`);
}

function whatExists(walk: Walk, source: TreeState, target: string): string {
  if (target.startsWith('#')) {
    return `Ids: ${listNames([...walk.tree.ids.keys()].map((id) => `#${id}`))}; a path goes on with dots.`;
  }
  if (target.startsWith('.')) {
    return source.children.size === 0
      ? 'The state has no children: leave the first dot out for a sibling.'
      : `Children: ${listNames([...source.children.keys()].map((key) => `.${key}`))}.`;
  }
  if (source.parent === undefined) {
    return `The machine has no siblings; its states are ${listNames([...source.children.keys()].map((key) => `.${key}`))}.`;
  }
  return `Siblings: ${listNames([...source.parent.children.keys()])}; other states are reached with \`#id\`.`;
}
