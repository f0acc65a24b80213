import { charge } from '../expression/budget.ts';
import { Fault } from '../expression/fault.ts';
import { isDataObject, toText } from './conversions.ts';
import { makerOf, markMaker } from './function-value.ts';

/** What a script throws: any value. Leaves an evaluation as a failure of it. */
export class Thrown extends Fault {
  readonly #value: unknown;

  constructor(value: unknown, position: number) {
    super('EXPRESSION_FAILED', 'THROWN', `Uncaught: ${textOf(value, position)}`, { position });
    this.#value = value;
  }

  get value(): unknown {
    return this.#value;
  }
}

/** What it costs to stop an error on its way: making one takes the host longer than most else. */
const catchCost = 500;

/** The value a `catch` is given; `undefined` for what no script may stop: limits, and faults of the engine. */
export function caught(error: unknown): { readonly value: unknown } | undefined {
  if (!(error instanceof Fault) || error.code !== 'EXPRESSION_FAILED') return undefined;
  charge(catchCost);
  if (error instanceof Thrown) return { value: error.value };
  return { value: errorValue(errorNames[error.reason] ?? 'TypeError', error.message) };
}

/** `new Error(message)`: its name and message are data, so that it can be stored. */
export function errorValue(name: string, message: string, maker = errorMakers.get(name)): object {
  const error = { name, message };
  if (maker !== undefined) markMaker(error, maker);
  return error;
}

/** Filled by the globals: the constructors, which scripts compare with `instanceof`. */
export const errorMakers = new Map<string, object>();

const errorNames: Readonly<Record<string, string>> = {
  NAME: 'ReferenceError',
  UNINITIALISED: 'ReferenceError',
  RANGE: 'RangeError',
  JSON: 'SyntaxError',
  REGEX: 'SyntaxError',
  FUNCTION: 'SyntaxError',
  URI: 'URIError',
};

function textOf(value: unknown, position: number): string {
  const isError = typeof value === 'object' && value !== null && makerOf(value) !== undefined;
  const text = isDataObject(value) && !isError ? 'an object' : toText(value, position);
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}
