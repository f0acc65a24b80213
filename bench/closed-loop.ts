import { collectGarbage, quantile } from './measure.ts';

export interface LoopResult {
  readonly eventsPerSecond: number;
  /** Events per second of CPU time of this process, all threads. */
  readonly eventsPerCpuSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * All instances at once, each sending its next event only after the one before was acknowledged.
 * Latencies are in milliseconds from the call of `send` to the moment its sender goes on.
 */
export async function closedLoop(
  names: readonly string[],
  eventsEach: number,
  send: (name: string) => Promise<unknown>,
): Promise<LoopResult> {
  const total = names.length * eventsEach;
  const latencies = new Float64Array(total);
  collectGarbage();
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  await Promise.all(
    names.map(async (name, index) => {
      const first = index * eventsEach;
      for (let event = 0; event < eventsEach; event++) {
        const sent = performance.now();
        await send(name);
        latencies[first + event] = performance.now() - sent;
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(cpuStart);
  return {
    eventsPerSecond: total / seconds,
    eventsPerCpuSecond: total / ((cpu.user + cpu.system) / 1e6),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}
