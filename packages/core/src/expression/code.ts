/** What an expression sees: one property per root. Keep the shape of the objects fixed; values are JSON or absent. */
export interface ExpressionScope {
  readonly context?: unknown;
  readonly event?: unknown;
  readonly result?: unknown;
  readonly results?: unknown;
  readonly params?: unknown;
  readonly instance?: unknown;
  readonly tenant?: unknown;
  readonly now?: unknown;
}

/** The names an expression may start from. */
export const expressionRoots: readonly (keyof ExpressionScope)[] = [
  'context',
  'event',
  'result',
  'results',
  'params',
  'instance',
  'tenant',
  'now',
];

/** A compiled node. */
export type Code = (scope: ExpressionScope) => unknown;

/** A compiled inline arrow, or one of the known functions, as methods call it. */
export type Callback = (...values: unknown[]) => unknown;

/** Where a parameter of an inline arrow keeps its value. Arrows cannot be stored, so no parameter lives twice at once. */
export interface Cell {
  value: unknown;
}
