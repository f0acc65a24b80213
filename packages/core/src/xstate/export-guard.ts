import type { GuardDefinition } from '../definition/definition.ts';
import { isGuardName } from '../definition/name.ts';
import { at, type Path } from '../definition/path.ts';
import { resolveReference } from '../definition/state-tree.ts';
import type { Json } from '../json.ts';
import { absoluteReference, type ExportScope, stub, translated } from './export-scope.ts';
import { expressionSource, functionSource, isTemplate, templateSource } from './javascript.ts';

/** A guard of the configuration: the registered name, or the name of a function in the implementations. */
export function guardConfig(scope: ExportScope, guard: GuardDefinition, place: Path, namePlace: Path): Json {
  if (typeof guard === 'string' && isGuardName(guard)) return registered(scope, guard);
  if (typeof guard === 'object' && 'type' in guard && !isTemplate(guard.params)) {
    const type = registered(scope, guard.type);
    return guard.params === undefined ? type : { type, params: guard.params };
  }
  return namedGuard(scope, guardSource(scope, guard, place), guard, namePlace);
}

/** Gives a guard a name in the implementations. */
export function namedGuard(scope: ExportScope, source: string, meaning: GuardDefinition, place: Path): string {
  const name = scope.implementations.define('guards', place, source);
  scope.implementations.guards[name] = meaning;
  return name;
}

/** A guard as it stands among the implementations, or inside a combination there. */
export function guardSource(scope: ExportScope, guard: GuardDefinition, place: Path): string {
  const { implementations } = scope;
  if (typeof guard === 'function') {
    const message = 'The guard is a function of TypeScript.';
    scope.problems.error('FUNCTION_NOT_EXPORTED', place, message, 'Write it again in the implementations.');
    return stub('the guard');
  }
  if (typeof guard === 'string') {
    if (isGuardName(guard)) return JSON.stringify(registered(scope, guard));
    return translated(scope, place, () => functionSource(`Boolean(${expressionSource(guard, scope.rename)})`));
  }
  if ('type' in guard) return registeredSource(scope, guard, place);
  if ('not' in guard) return implementations.call('not', guardSource(scope, guard.not, at(place, 'not')));
  if ('in' in guard) {
    const state = resolveReference(scope.tree, guard.in);
    return implementations.call(
      'stateIn',
      JSON.stringify(state === undefined ? guard.in : absoluteReference(scope, state)),
    );
  }
  const [combine, parts] = 'and' in guard ? (['and', guard.and] as const) : (['or', guard.or] as const);
  const sources = parts.map((part, index) => guardSource(scope, part, at(place, combine, index)));
  return implementations.call(combine, `[${sources.join(', ')}]`);
}

function registered(scope: ExportScope, name: string): string {
  return scope.implementations.reference('guards', name, stub(`the guard "${name}"`));
}

function registeredSource(
  scope: ExportScope,
  { type, params }: { readonly type: string; readonly params?: Json },
  place: Path,
): string {
  const name = JSON.stringify(registered(scope, type));
  if (params === undefined) return name;
  if (!isTemplate(params)) return `{ type: ${name}, params: ${JSON.stringify(params)} }`;
  const source = translated(scope, at(place, 'params'), () =>
    functionSource(scope.implementations.use(templateSource(params, scope.rename))),
  );
  // a combination, because only inside of one parameters may be a function
  return scope.implementations.call('and', `[{ type: ${name}, params: ${source} }]`);
}
