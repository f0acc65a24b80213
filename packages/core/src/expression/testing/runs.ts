/** How many cases a random test tries: its own number, times `FSM_FUZZ_RUNS`. */
export function runs(count: number): number {
  const factor = Number(process.env.FSM_FUZZ_RUNS ?? 1);
  return Math.max(1, Math.round(count * factor));
}
