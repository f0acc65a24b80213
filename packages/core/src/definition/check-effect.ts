import { noteEffectStrings } from './check-events.ts';
import { checkTemplate } from './check-expression.ts';
import { maxNameLength } from './limits.ts';
import { at, formatPath, type Path } from './path.ts';
import { expectObject, expectString, type Walk } from './walk.ts';

export const effectHint = 'Write `{ "type": "call", "function": "…" }` or another kind of effect.';

/**
 * What core knows of an effect: it is an object with a kind. The rest belongs to `checkEffect` of the options; without
 * it at least the templates are compiled.
 */
export function checkEffect(walk: Walk, effect: unknown, path: Path): void {
  if (!expectObject(walk, effect, path, effectHint)) return;
  noteEffectStrings(walk, effect);
  if (!Object.hasOwn(effect, 'type')) {
    walk.report.error('MISSING_KEY', path, 'The effect has no `type`.', { hint: effectHint });
  } else if (expectString(walk, effect.type, at(path, 'type'), effectHint) && effect.type === '') {
    walk.report.error('INVALID_VALUE', at(path, 'type'), '`type` is empty.', { hint: effectHint });
  }
  if (walk.checkEffect === undefined) {
    checkTemplate(walk, effect, path);
  } else {
    for (const problem of walk.checkEffect(effect, formatPath(path))) walk.report.adopt(path, problem);
  }
}

const idForm = /^[A-Za-z0-9._:-]+$/;

/** Returns whether it can be the id of an invocation. */
export function checkInvocationId(walk: Walk, id: unknown, path: Path): id is string {
  if (!expectString(walk, id, path)) return false;
  if (id.length <= maxNameLength && idForm.test(id)) return true;
  walk.report.error('INVALID_ID', path, `\`${id}\` cannot be the id of an invocation.`, {
    hint: `Use up to ${maxNameLength} letters, digits and \`. _ : -\`.`,
  });
  return false;
}
