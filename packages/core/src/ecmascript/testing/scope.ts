import type { JsonObject } from '../../json.ts';
import type { DataScope } from '../data-model.ts';

/** A scope with these data, where the state `here` is active. */
export function scopeOf(data: JsonObject = {}, others: Partial<DataScope> = {}): DataScope {
  return { data, declared: new Set(), system: {}, isActive: (id) => id === 'here', ...others };
}
