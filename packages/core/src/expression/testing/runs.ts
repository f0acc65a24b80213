const factor = Number(process.env.FSM_FUZZ_RUNS ?? 1);

/** How many cases a random test tries: its own number, times `FSM_FUZZ_RUNS`. */
export function runs(count: number): number {
  return Math.max(1, Math.round(count * factor));
}

/** Time for them, on a busy machine. */
export const patience = { timeout: 60_000 * Math.max(1, factor) };
