import { describe } from '../definition/plain.ts';
import { charge } from './budget.ts';
import type { Callback, Cell, Code, ExpressionScope } from './code.ts';
import { iterate } from './coerce.ts';
import { failed } from './fault.ts';
import { readProperty } from './member.ts';

/** Takes what a parameter is called with. */
export type Binder = (value: unknown) => void;

/** `(a, b) => body`, made anew for each scope; `cost` is what one call of it is charged. */
export function arrow(parameters: readonly Binder[], body: Code, cost: number): (scope: ExpressionScope) => Callback {
  const [first, second] = parameters;
  if (first === undefined) {
    return (scope) => () => {
      charge(cost);
      return body(scope);
    };
  }
  if (second === undefined) {
    return (scope) => (a) => {
      charge(cost);
      first(a);
      return body(scope);
    };
  }
  if (parameters.length === 2) {
    return (scope) => (a, b) => {
      charge(cost);
      first(a);
      second(b);
      return body(scope);
    };
  }
  return (scope) =>
    (...values) => {
      charge(cost);
      parameters.forEach((bind, index) => {
        bind(values[index]);
      });
      return body(scope);
    };
}

/** `name` */
export function bindName(cell: Cell): Binder {
  return (value) => {
    cell.value = value;
  };
}

/** `[a, , b]` */
export function bindArray(elements: readonly (Binder | undefined)[], position: number): Binder {
  return (value) => {
    const values = iterate(value, position);
    elements.forEach((bind, index) => {
      bind?.(values[index]);
    });
  };
}

/** `{ key: a }` */
export function bindObject(properties: readonly (readonly [key: string, bind: Binder])[], position: number): Binder {
  return (value) => {
    if (value === undefined || value === null) {
      throw failed('NO_VALUE', `Cannot take apart ${describe(value)}`, position);
    }
    for (const [key, bind] of properties) bind(readProperty(value, key, position));
  };
}
