import { brokenComponents } from './broken-components.ts';
import type { BrokenDefinition } from './broken-definition.ts';
import { brokenExpressions } from './broken-expressions.ts';
import { brokenKeys } from './broken-keys.ts';
import { brokenScxml } from './broken-scxml.ts';
import { brokenStates } from './broken-states.ts';
import { brokenSubscriptions } from './broken-subscriptions.ts';
import { brokenTransitions } from './broken-transitions.ts';
import { brokenValues } from './broken-values.ts';

/** Each with exactly one problem; together they trigger every code of `validate`. */
export const brokenDefinitions: readonly BrokenDefinition[] = [
  ...brokenValues,
  ...brokenKeys,
  ...brokenStates,
  ...brokenScxml,
  ...brokenTransitions,
  ...brokenSubscriptions,
  ...brokenComponents,
  ...brokenExpressions,
];
