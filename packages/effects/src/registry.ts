import { type EffectDefinition, FsmError, type Problem } from '@fsm/core';
import { type Catalogue, Compile } from './compile.ts';
import type { EffectKind, PreparedEffect } from './effect.ts';
import type { EffectFunction, FunctionDefinition } from './function.ts';
import { builtInKinds } from './kinds.ts';

export interface RegistryOptions {
  /** Kinds besides the built-in ones. */
  readonly kinds?: readonly EffectKind[];
  /** What `call` can call, by name. When given, an unknown name is a problem of the definition. */
  readonly functions?: { readonly [name: string]: EffectFunction | FunctionDefinition };
}

/** Knows the kinds of effects and the functions: checks definitions and makes them ready to run. */
export interface Registry {
  kinds(): readonly EffectKind[];
  /** Names of the registered functions. */
  functions(): readonly string[];
  /** Everything that is wrong with an effect. `path` is where it stands in its definition. */
  check(effect: unknown, path?: string): Problem[];
  /** @throws FsmError EFFECT_INVALID with `details.problems` */
  prepare(effect: EffectDefinition): PreparedEffect;
}

/**
 * Makes a registry of the built-in kinds and your own.
 *
 * ```ts
 * const registry = createRegistry({ functions: { 'credit.score': ({ applicant }) => lookUp(applicant) } });
 * registry.check({ type: 'call', function: 'credit.scor' });
 * // [{ code: 'UNKNOWN_FUNCTION', path: '$.function', hint: 'Did you mean `credit.score`? …' }]
 * ```
 *
 * @throws FsmError KIND_EXISTS when two kinds have the same name, FUNCTION_INVALID when something else is registered as a function
 */
export function createRegistry({ kinds = [], functions }: RegistryOptions = {}): Registry {
  const catalogue: Catalogue = {
    kinds: byName([...builtInKinds, ...kinds]),
    functions:
      functions === undefined
        ? undefined
        : new Map(Object.entries(functions).map(([name, given]) => [name, defined(name, given)])),
  };
  return {
    kinds: () => [...catalogue.kinds.values()],
    functions: () => [...(catalogue.functions?.keys() ?? [])],
    check(effect, path = '$') {
      const problems: Problem[] = [];
      Compile.root(catalogue, effect, path, problems);
      return problems;
    },
    prepare(effect) {
      const problems: Problem[] = [];
      const prepared = Compile.root(catalogue, effect, '$', problems);
      if (problems.length === 0) return prepared;
      const [first] = problems;
      const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
      throw new FsmError('EFFECT_INVALID', `The effect is not right at ${first!.path}: ${first!.message}${more}`, {
        ...(first!.hint === undefined ? undefined : { hint: first!.hint }),
        details: { problems },
      });
    },
  };
}

function byName(kinds: readonly EffectKind[]): ReadonlyMap<string, EffectKind> {
  const map = new Map<string, EffectKind>();
  for (const kind of kinds) {
    if (map.has(kind.name)) {
      throw new FsmError('KIND_EXISTS', `There are two kinds of effect named \`${kind.name}\`.`, {
        hint: 'Give your kind another name; plugins put theirs in front: `acme.score`.',
        details: { name: kind.name },
      });
    }
    map.set(kind.name, kind);
  }
  return map;
}

function defined(name: string, given: unknown): FunctionDefinition {
  if (typeof given === 'function') return { run: given as EffectFunction };
  if (typeof given === 'object' && given !== null && 'run' in given && typeof given.run === 'function') {
    return given as FunctionDefinition;
  }
  throw new FsmError('FUNCTION_INVALID', `\`${name}\` cannot be called: it is registered as ${typeof given}.`, {
    hint: 'Register a function, or what defineFunction({ run }) returns.',
    details: { name },
  });
}
