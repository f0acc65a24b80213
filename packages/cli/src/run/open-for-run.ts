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
  for (let waited = 0; ; waited += pause) {
    try {
      return await openRuntime(options);
    } catch (error) {
      if (!FsmError.is(error) || error.code !== 'STORE_LOCKED' || waited >= patience) throw error;
      await sleep(pause);
    }
  }
}
