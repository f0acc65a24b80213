import { maxDepth } from '../definition/limits.ts';
import { charge } from '../expression/budget.ts';
import { valueTooDeep } from '../expression/coerce.ts';
import { isForeign } from './conversions.ts';
import { XmlElementValue } from './xml.ts';

/** What `JSON.stringify` is to see: functions are left out as in JavaScript, XML is written as it is stored. */
export function writableJson(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) throw valueTooDeep();
  if (value instanceof XmlElementValue) return { $xml: value.source };
  if (isForeign(value)) return undefined;
  if (Array.isArray(value)) {
    charge(1 + value.length);
    return value.map((item) => writableJson(item, depth + 1));
  }
  const keys = Object.keys(value);
  charge(1 + keys.length);
  const writable: Record<string, unknown> = Object.create(null);
  for (const key of keys) writable[key] = writableJson((value as Record<string, unknown>)[key], depth + 1);
  return writable;
}
