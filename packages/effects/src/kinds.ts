import type { EffectKind } from './effect.ts';
import { batch } from './kinds/batch.ts';
import { bulkhead } from './kinds/bulkhead.ts';
import { cache } from './kinds/cache.ts';
import { call } from './kinds/call.ts';
import { callApi } from './kinds/call-api.ts';
import { choose } from './kinds/choose.ts';
import { circuitBreaker } from './kinds/circuit-breaker.ts';
import { delay } from './kinds/delay.ts';
import { emit } from './kinds/emit.ts';
import { fallback } from './kinds/fallback.ts';
import { forEach } from './kinds/for-each.ts';
import { getData } from './kinds/get-data.ts';
import { invalidateCache } from './kinds/invalidate-cache.ts';
import { invokeFsm } from './kinds/invoke-fsm.ts';
import { log } from './kinds/log.ts';
import { mergeData } from './kinds/merge-data.ts';
import { parallel } from './kinds/parallel.ts';
import { putData } from './kinds/put-data.ts';
import { race } from './kinds/race.ts';
import { rateLimit } from './kinds/rate-limit.ts';
import { requestApproval } from './kinds/request-approval.ts';
import { retry } from './kinds/retry.ts';
import { saga } from './kinds/saga.ts';
import { sendEvent } from './kinds/send-event.ts';
import { sequence } from './kinds/sequence.ts';
import { spawnFsm } from './kinds/spawn-fsm.ts';
import { timeout } from './kinds/timeout.ts';
import { updateData } from './kinds/update-data.ts';
import { waitForEvent } from './kinds/wait-for-event.ts';
import { withCompensation } from './kinds/with-compensation.ts';

/** The built-in kinds by the name of their builder, in the order in which menus and the reference show them. */
export const kinds = {
  call,
  callApi,
  delay,
  log,
  putData,
  mergeData,
  getData,
  updateData,
  emit,
  sendEvent,
  spawnFsm,
  invokeFsm,
  waitForEvent,
  requestApproval,
  sequence,
  parallel,
  race,
  choose,
  forEach,
  retry,
  timeout,
  fallback,
  circuitBreaker,
  bulkhead,
  rateLimit,
  cache,
  invalidateCache,
  batch,
  withCompensation,
  saga,
} as const satisfies { readonly [name: string]: EffectKind };

export const builtInKinds: readonly EffectKind[] = Object.values(kinds);
