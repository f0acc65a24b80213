import { checkExpression, checkTemplate } from './check-expression.ts';
import { guardHabits } from './habits.ts';
import { guardKeys } from './keys.ts';
import { isGuardName } from './name.ts';
import { at, type Path } from './path.ts';
import { isPlainObject } from './plain.ts';
import { absoluteTarget, resolveReference } from './state-tree.ts';
import { listNames } from './suggest.ts';
import { acceptFunction, checkKeys, expectString, type Walk, wrongType } from './walk.ts';

const forms = 'an expression, the name of a registered guard, or { "and" | "or" | "not" | "in" | "type": … }';

export function checkGuard(walk: Walk, guard: unknown, path: Path): void {
  if (acceptFunction(walk, guard, path)) return;
  if (typeof guard === 'string') checkGuardText(walk, guard, path);
  else if (isPlainObject(guard)) checkGuardObject(walk, guard, path);
  else wrongType(walk, guard, path, forms);
}

function checkGuardObject(walk: Walk, guard: Readonly<Record<string, unknown>>, path: Path): void {
  const deciding = Object.keys(guard).filter((key) => key !== 'params' && Object.hasOwn(guardKeys, key));
  checkKeys(walk, guard, path, { what: 'a guard', known: guardKeys, habits: guardHabits });
  if (Object.hasOwn(guard, 'params') && deciding.length > 0 && !deciding.includes('type')) {
    walk.report.error('MISPLACED_KEY', at(path, 'params'), `\`params\` does not go with \`${deciding[0]}\`.`, {
      hint: 'Only a registered guard (`type`) takes `params`.',
      part: 'key',
    });
  }
  if (deciding.length !== 1) {
    const found = deciding.length === 0 ? 'says nothing' : `says ${listNames(deciding)} at once`;
    walk.report.error('INVALID_GUARD', path, `The guard ${found}.`, { hint: `Write ${forms}.` });
  }
  for (const form of deciding) checkForm(walk, form, guard, path);
}

function checkForm(walk: Walk, form: string, guard: Readonly<Record<string, unknown>>, path: Path): void {
  const value = guard[form];
  const place = at(path, form);
  if (form === 'type') {
    if (expectString(walk, value, place)) checkGuardName(walk, value, place);
    checkTemplate(walk, guard.params, at(path, 'params'));
  } else if (form === 'not') {
    checkGuard(walk, value, place);
  } else if (form === 'in') {
    checkReference(walk, value, place);
  } else if (!Array.isArray(value)) {
    wrongType(walk, value, place, 'a list of guards');
  } else if (value.length === 0) {
    walk.report.error('INVALID_GUARD', place, `\`${form}\` has no guards.`, { hint: 'Put guards into the list.' });
  } else {
    value.forEach((item, index) => {
      checkGuard(walk, item, at(place, index));
    });
  }
}

function checkGuardText(walk: Walk, text: string, path: Path): void {
  if (text.trim() === '') {
    walk.report.error('INVALID_GUARD', path, 'The guard is empty.', { hint: 'Remove it, or write an expression.' });
  } else if (!walk.scxml && isGuardName(text)) {
    checkGuardName(walk, text, path);
  } else {
    const hint = text.includes('{{') ? 'A guard is an expression already: remove the `{{` and `}}`.' : undefined;
    checkExpression(walk, text, path, hint);
  }
}

function checkGuardName(walk: Walk, name: string, path: Path): void {
  if (name === '') {
    walk.report.error('INVALID_GUARD', path, 'The name of the guard is empty.', { hint: 'Name a registered guard.' });
    return;
  }
  const { guards } = walk;
  if (guards === undefined || guards.includes(name)) return;
  const message = `There is no guard \`${name}\`${walk.report.didYouMean(name, guards)}`;
  const registered = guards.length === 0 ? 'No guards are registered' : `Registered: ${listNames(guards)}`;
  walk.report.error('UNKNOWN_GUARD', path, message, {
    hint: `${registered}. An expression reads its data from a root: \`context.${name}\`, \`event.data.${name}\`.`,
  });
}

function checkReference(walk: Walk, reference: unknown, path: Path): void {
  if (!expectString(walk, reference, path, 'Write `#id`, or a path from the root like `application.review`.')) return;
  if (resolveReference(walk.tree, reference) !== undefined) return;
  const { tree } = walk;
  const namesake = tree.states.find((state) => state.parent !== undefined && state.key === reference.replace(/^#/, ''));
  const names = [...[...tree.ids.keys()].map((id) => `#${id}`), ...tree.states.slice(1).map((state) => state.path)];
  const meant = (namesake && absoluteTarget(tree, namesake)) ?? walk.report.nearest(reference, names);
  const ending = meant === undefined ? '.' : `; did you mean \`${meant}\`?`;
  walk.report.error('UNKNOWN_STATE', path, `There is no state \`${reference}\`${ending}`, {
    hint: 'Write `#id`, `#id.child`, or a path from the root like `application.review`.',
  });
}
