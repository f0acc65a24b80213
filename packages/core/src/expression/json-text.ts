import { maxDepth } from '../definition/limits.ts';
import { charge, chargeText } from './budget.ts';
import { valueTooDeep } from './coerce.ts';
import { failed } from './fault.ts';

/** `JSON.parse`, charged by the length of the text. */
export function parseJson(text: string, position: number): unknown {
  charge(1 + text.length / 2);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw failed('JSON', `The text is not JSON: ${error.message}`, position);
    throw error;
  }
}

/** `JSON.stringify`, charged by the size of the value and its indentation. */
export function writeJson(value: unknown, replacer: unknown, indent: unknown, position: number): string | undefined {
  if (replacer !== undefined && replacer !== null) {
    throw failed(
      'REPLACER',
      'JSON.stringify takes no replacer here',
      position,
      'Pass `null`, and build the value first.',
    );
  }
  const space = typeof indent === 'string' || typeof indent === 'number' ? indent : undefined;
  chargeValue(value, 0, space === undefined ? 0 : 10, position);
  return JSON.stringify(value, null, space);
}

/** Refuses getters on the way, so that `JSON.stringify` runs none. */
function chargeValue(value: unknown, depth: number, indent: number, position: number): void {
  if (typeof value === 'string') chargeText(value.length);
  if (typeof value !== 'object' || value === null) return;
  if (depth >= maxDepth) throw valueTooDeep();
  const line = 1 + (indent * (depth + 1)) / 16;
  if (Array.isArray(value)) {
    charge(1 + value.length * line);
    for (const item of value) chargeValue(item, depth + 1, indent, position);
    return;
  }
  const keys = Object.keys(value);
  charge(1 + keys.length * line);
  for (const key of keys) {
    chargeText(key.length);
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    if (property.get !== undefined) throw failed('NOT_JSON', `The getter "${key}" is not JSON`, position);
    chargeValue(property.value, depth + 1, indent, position);
  }
}
