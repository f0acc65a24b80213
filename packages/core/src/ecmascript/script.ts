import { maxContextBytes } from '../definition/limits.ts';
import { meter } from '../expression/budget.ts';
import { asFsmError, Fault, type Origin } from '../expression/fault.ts';
import type { Json, JsonObject } from '../json.ts';
import { Frame } from './code.ts';
import { compileProgram, copier } from './compile.ts';
import type { DataModelOptions, DataScope } from './data-model.ts';
import { dataConversion, sameJson, sizeOf } from './data-values.ts';
import { Evaluation, systemName } from './evaluation.ts';
import { locatedError } from './expression.ts';
import { scriptLimits } from './limits.ts';

/** A compiled script. */
export interface DataScript {
  /** The names it declares in the data model: of its `var` and functions. They exist from then on, with a value or not. */
  readonly declares: readonly string[];
  /** The data after it ran; the data itself when nothing changed. Names without a value are not in it. */
  run(scope: DataScope): JsonObject;
}

/**
 * Compiles a script of the data model.
 *
 * ```ts
 * const script = compileScript('function add(n) { total += n; } add(2);');
 * script.declares; // ['add']
 * script.run({ data: { total: 1 }, declared: new Set(), system: {}, isActive: () => false });
 * // { total: 3, add: { $function: 'function add(n) { total += n; }' } }
 * ```
 *
 * While it runs, two names of one object are one object, as in JavaScript; afterwards each has its own value. A run that
 * fails throws as expressions do, and has changed nothing.
 *
 * @throws FsmError `EXPRESSION_INVALID` with `details: { reason, expression, position, line, column }`
 */
export function compileScript(source: string, options: DataModelOptions = {}): DataScript {
  const origin: Origin = { source, text: source, offset: 0, path: options.path };
  const { run, declares } = compiled(origin);
  const names = new Set(declares);
  return {
    declares,
    run(scope) {
      meter.left = scriptLimits.steps;
      try {
        const evaluation = new Evaluation(scope, copier, true, names);
        for (const name of declares) if (evaluation.isSystem(name)) throw systemName(name, 0);
        run(new Frame(evaluation, undefined));
        return changedData(scope.data, evaluation.values);
      } catch (error) {
        throw locatedError(error, origin);
      }
    },
  };
}

function compiled(origin: Origin) {
  try {
    return compileProgram(origin);
  } catch (error) {
    throw asFsmError(error, origin);
  }
}

function changedData(data: JsonObject, values: ReadonlyMap<string, unknown>): JsonObject {
  const conversion = dataConversion(scriptLimits);
  const changed = new Map<string, Json | undefined>();
  for (const [name, value] of values) {
    const json = conversion.convert(value, 1);
    const before = Object.hasOwn(data, name) ? data[name] : undefined;
    if (!sameJson(json, before)) changed.set(name, json);
  }
  if (changed.size === 0) return data;
  const made: Record<string, Json> = { ...data };
  for (const [name, json] of changed) {
    if (json === undefined) delete made[name];
    else made[name] = json;
  }
  refuseSize(made);
  return made;
}

function refuseSize(data: JsonObject): void {
  const size = Object.values(data).reduce<number>((sum, value) => sum + sizeOf(value), 0);
  if (size <= maxContextBytes) return;
  throw new Fault('EXPRESSION_RESULT', 'RESULT_SIZE', `The data are larger than ${maxContextBytes} characters`, {
    hint: 'Keep what is needed.',
  });
}
