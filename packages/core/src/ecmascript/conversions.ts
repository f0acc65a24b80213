import { chargeText } from '../expression/budget.ts';
import { toPrimitive as toPlainPrimitive, toText as toPlainText } from '../expression/coerce.ts';
import { Builtin } from './builtin.ts';
import { FunctionValue, makerOf } from './function-value.ts';
import { RegexValue } from './regex-value.ts';
import { XmlElementValue } from './xml.ts';

export type Primitive = string | number | boolean | null | undefined;

/** ToPrimitive, also of the values that JSON does not have. No function of the data is called for it. */
export function toPrimitive(value: unknown, position: number): Primitive {
  if (typeof value !== 'object' || value === null) return toPlainPrimitive(value, position);
  return foreignText(value) ?? toPlainPrimitive(value, position);
}

export function toText(value: unknown, position: number): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return toPlainText(value, position);
  return foreignText(value) ?? toPlainText(value, position);
}

export function toNumber(value: unknown, position: number): number {
  if (typeof value === 'number') return value;
  const primitive = toPrimitive(value, position);
  if (typeof primitive === 'string') chargeText(primitive.length);
  return Number(primitive);
}

export function typeOf(value: unknown): string {
  const isMaker = value instanceof Builtin && value.made !== undefined;
  return isMaker || isCallable(value) ? 'function' : typeof value;
}

export function isCallable(value: unknown): value is FunctionValue | Builtin {
  return value instanceof FunctionValue || (value instanceof Builtin && value.call !== undefined);
}

/** An object whose properties are data: not a list, not a function, not XML. */
export function isDataObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isForeign(value);
}

export function isForeign(value: object): boolean {
  return (
    value instanceof FunctionValue ||
    value instanceof Builtin ||
    value instanceof RegexValue ||
    value instanceof XmlElementValue
  );
}

function foreignText(value: object): string | undefined {
  if (value instanceof FunctionValue) return value.source;
  if (value instanceof Builtin) return `function ${value.name}() { [native code] }`;
  if (value instanceof RegexValue) return value.text;
  if (value instanceof XmlElementValue) return value.source;
  return makerOf(value) instanceof Builtin ? errorText(value as { name?: unknown; message?: unknown }) : undefined;
}

function errorText({ name, message }: { readonly name?: unknown; readonly message?: unknown }): string {
  const texts = [name, message].map((part) => (typeof part === 'string' ? part : ''));
  return texts.filter((part) => part !== '').join(': ');
}
