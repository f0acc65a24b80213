import type { SimulationStep } from '../simulation/step.ts';

/** Every code `verify` reports, with its meaning. Codes are stable: programs may match them. */
export const findingCodes = {
  UNREACHABLE_STATE: 'A state that no instance can ever be in.',
  DEAD_TRANSITION: 'A transition that can never be taken.',
  SHADOWED_GUARD: 'A transition that stands behind others, one of which is always taken when it could be.',
  UNHANDLED_EVENT: 'An event that is declared, or that the machine sends itself, and that no state takes.',
  DEADLOCK: 'A configuration that is not final and that nothing can ever change.',
  LIVELOCK: 'States that go on for ever among themselves and can never reach the end.',
  EVENTLESS_LOOP: 'Eventless transitions, raised events or timers of no length that never come to rest.',
  MISSING_ERROR_HANDLER: 'An effect whose failure nobody handles: the instance ends with status `error`.',
  REGION_CONFLICT: 'Parallel regions that take the same event with transitions of which only one can be taken.',
  CONFLICTING_TARGETS: 'A transition that leads into states that cannot be active together.',
  GUARD_MAY_FAIL: 'A guard that fails on data it can meet, so that the event is refused.',
  ACTION_MAY_FAIL: 'An action, delay or output that fails on data it can meet, so that the event is refused.',
  INVARIANT_VIOLATED: 'An invariant that does not hold in a state that can be reached.',
} as const satisfies Readonly<Record<string, string>>;

export type FindingCode = keyof typeof findingCodes;

/** What `verify` found out about a machine. */
export interface Finding {
  readonly code: FindingCode;
  /** `error`: the machine is wrong. `warning`: look at it. `info`: nothing is known to be wrong. */
  readonly severity: 'error' | 'warning' | 'info';
  /**
   * `proven`: it follows from the definition, or from exploring every configuration. `shown`: `steps` lead there.
   * `possible`: neither; for example a guard over data that nobody could guess.
   */
  readonly evidence: 'proven' | 'shown' | 'possible';
  /** Where in the definition, as a JSON path: `$.states.review.on.APPROVE`. */
  readonly path: string;
  /** What is wrong, as one sentence. */
  readonly message: string;
  /** What to try, as one sentence. */
  readonly hint?: string;
  /** The shortest sequence found that shows it, from the start of an instance; `simulate` replays it. */
  readonly steps?: readonly SimulationStep[];
  /** State paths the finding is about, for pictures. */
  readonly states?: readonly string[];
}

/** How much of what a machine can do was looked at. */
export interface ExplorationSummary {
  /** Moments that differ in configuration, history, timers, effects, or in data that guards read. */
  readonly states: number;
  readonly configurations: number;
  /** Steps tried. */
  readonly steps: number;
  /** Length of the longest of the shortest ways to a state. */
  readonly depth: number;
  /** Every configuration the machine can reach was explored: what was not found does not exist. */
  readonly exhaustive: boolean;
  /** Why the exploration is not exhaustive; empty when it is. */
  readonly limits: readonly string[];
}

export interface VerifyReport {
  readonly machine: string;
  /** No finding is an error. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** Absent when only the definition could be looked at; `unexplored` says why. */
  readonly exploration?: ExplorationSummary;
  readonly unexplored?: string;
  /** The invariants that were checked, in order. */
  readonly invariants: readonly { readonly name: string; readonly holds: boolean }[];
}
