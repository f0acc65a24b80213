import { charge } from './budget.ts';
import { toInteger, toOptionalInteger } from './coerce.ts';
import { failed } from './fault.ts';
import { methodTable } from './method.ts';

/** What a number can do: become text, of which the longest take microseconds. */
export const numberMethods = methodTable<number>({
  toExponential: (number, [digits], position) => {
    charge(8);
    const count = toOptionalInteger(digits, position);
    return Number.isFinite(number) ? number.toExponential(inRange(count, 0, 100, position)) : String(number);
  },
  toFixed: (number, [digits], position) => {
    charge(8);
    return number.toFixed(inRange(toInteger(digits, position), 0, 100, position));
  },
  toPrecision: (number, [digits], position) => {
    charge(8);
    const count = toOptionalInteger(digits, position);
    return Number.isFinite(number) ? number.toPrecision(inRange(count, 1, 100, position)) : String(number);
  },
  toString: (number: number, [radix]: readonly unknown[], position: number) => {
    const base = inRange(toOptionalInteger(radix, position), 2, 36, position);
    charge(base === undefined || base === 10 ? 1 : 20);
    return number.toString(base);
  },
});

export const booleanMethods = methodTable<boolean>({
  toString: (boolean: boolean) => String(boolean),
});

function inRange<N extends number | undefined>(value: N, lowest: number, highest: number, position: number): N {
  if (value === undefined || (value >= lowest && value <= highest)) return value;
  throw failed('RANGE', `${value} is not between ${lowest} and ${highest}`, position);
}
