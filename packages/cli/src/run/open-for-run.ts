import { setTimeout as sleep } from 'node:timers/promises';
import { FsmError } from '@fsm/core';
import { openRuntime, type Runtime, type RuntimeOptions } from '@fsm/runtime';

const patience = 2000;
const pause = 50;

/**
 * Opens the runtime; a store that another process still holds gets a moment. A run that was killed through the launcher
 * ends a little after it, and whoever starts the same command again at once should not be refused for that.
 */
export async function openForRun(options: RuntimeOptions): Promise<Runtime> {
  for (const deadline = performance.now() + patience; ; ) {
    try {
      return await openRuntime(options);
    } catch (error) {
      if (!FsmError.is(error) || error.code !== 'STORE_LOCKED' || performance.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}
