import { checkActions } from './check-action.ts';
import { checkScript, checkTemplate } from './check-expression.ts';
import { at, type Path, rootPath } from './path.ts';
import { isHostileKey } from './plain.ts';
import type { TreeState } from './state-tree.ts';
import { expectBoolean, expectObject, expectString, needsScxml, type Walk, wrongType } from './walk.ts';

/** What only machines with `"semantics": "scxml"` have. */

const machineKeys = ['name', 'binding', 'script'] as const;

/** The keys of the machine itself. */
export function checkScxmlKeys(walk: Walk, definition: Readonly<Record<string, unknown>>): void {
  for (const key of machineKeys) if (Object.hasOwn(definition, key)) needsScxml(walk, key, at(rootPath, key));
  if (!walk.scxml) return;
  const { name, binding, script } = definition;
  if (name !== undefined) expectString(walk, name, at(rootPath, 'name'));
  if (binding !== undefined && binding !== 'early' && binding !== 'late') {
    const place = at(rootPath, 'binding');
    if (expectString(walk, binding, place)) {
      walk.report.error('INVALID_VALUE', place, `There is no binding \`${binding}\`.`, {
        hint: 'Use `early` or `late`.',
      });
    }
  }
  if (script !== undefined) checkScripts(walk, script, at(rootPath, 'script'));
  if (Object.hasOwn(definition, 'context')) {
    walk.report.error(
      'MISPLACED_KEY',
      at(rootPath, 'context'),
      'A machine with the semantics of SCXML has no `context`.',
      {
        hint: 'Write `data`: templates by name.',
        part: 'key',
      },
    );
  }
  if (walk.tree.root.kind === 'parallel') {
    walk.report.error(
      'TYPE_CONFLICT',
      at(rootPath, 'type'),
      'A machine with the semantics of SCXML is not parallel itself.',
      {
        hint: 'Put the parallel state into the machine as its only child.',
      },
    );
  }
}

function checkScripts(walk: Walk, script: unknown, path: Path): void {
  if (!Array.isArray(script)) wrongType(walk, script, path, 'a list of scripts');
  else for (const [index, text] of script.entries()) checkScript(walk, text, at(path, index));
}

/** `data` of a state: templates by name. */
export function checkData(walk: Walk, _state: TreeState, data: unknown, path: Path): void {
  if (needsScxml(walk, 'data', path)) return;
  if (!expectObject(walk, data, path, 'Write the values by name: `{ "count": "{{ 0 }}" }`.')) return;
  for (const [name, value] of Object.entries(data)) {
    const place = at(path, name);
    if (!dataName.test(name) && !isHostileKey(name)) {
      walk.report.error('INVALID_VALUE', place, `\`${name}\` cannot be the name of data.`, {
        hint: 'Use a name that an expression can read: letters, digits, `_` and `$`.',
        part: 'key',
      });
    }
    checkTemplate(walk, value, place);
  }
}

const dataName = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

/** The keys of an invocation that native machines do not have. */
export function checkInvocationKeys(walk: Walk, invoke: Readonly<Record<string, unknown>>, path: Path): void {
  for (const key of ['idLocation', 'autoForward', 'finalize'] as const) {
    if (!Object.hasOwn(invoke, key) || needsScxml(walk, key, at(path, key))) continue;
    const place = at(path, key);
    if (key === 'idLocation') expectString(walk, invoke[key], place);
    else if (key === 'autoForward') expectBoolean(walk, invoke[key], place);
    else checkActions(walk, invoke[key], place);
  }
}
