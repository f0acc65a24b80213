import { FsmError } from '../../error.ts';

/**
 * Compiles now and fails later: in SCXML an expression that is no expression is an error of the moment it is evaluated,
 * which the machine may handle.
 */
export function deferred<Compiled extends object>(
  compile: () => Compiled,
  methods: { readonly [Name in keyof Compiled]?: true },
): Compiled {
  try {
    return compile();
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    const fail = () => {
      throw error;
    };
    return Object.fromEntries(Object.keys(methods).map((name) => [name, fail])) as Compiled;
  }
}
