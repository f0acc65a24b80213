import { maxDepth } from '../definition/limits.ts';

/** What one expression may cost. Every limit is finite; passing one is an error with a code, never a hang. */
export interface ExpressionLimits {
  /** Characters of source text. */
  readonly sourceLength: number;
  /** Nodes of the syntax tree. */
  readonly nodes: number;
  /** Levels of nesting, in the syntax tree and in the result. */
  readonly depth: number;
  /** Steps of one evaluation: see `budget.ts` for what a step is. */
  readonly steps: number;
  /** Size of the result, about the length of its JSON text. */
  readonly resultSize: number;
}

export const defaultLimits: ExpressionLimits = {
  sourceLength: 4_096,
  nodes: 500,
  depth: maxDepth,
  steps: 100_000,
  resultSize: 262_144,
};
