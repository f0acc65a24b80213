import { maxContextBytes } from '../definition/limits.ts';
import type { ExpressionLimits } from '../expression/limits.ts';

/** Longer than for native expressions: whole functions and lists stand in them. */
export const expressionLimits: ExpressionLimits = {
  sourceLength: 16_384,
  nodes: 5_000,
  depth: 64,
  steps: 200_000,
  resultSize: maxContextBytes,
};

export const scriptLimits: ExpressionLimits = {
  sourceLength: 65_536,
  nodes: 20_000,
  depth: 64,
  steps: 1_000_000,
  resultSize: maxContextBytes,
};

/** Levels of a syntax tree: chains of calls and of `else if` nest deeper than they look. */
export const maxSyntaxDepth = 256;

/** Levels of syntax that calls within calls may stand in together: what keeps recursion from the end of the host's stack. */
export const maxCallDepth = 2_000;
