import type { EffectKind } from './effect.ts';
import { call } from './kinds/call.ts';
import { choose } from './kinds/choose.ts';
import { delay } from './kinds/delay.ts';
import { emit } from './kinds/emit.ts';
import { log } from './kinds/log.ts';
import { mergeData } from './kinds/merge-data.ts';
import { parallel } from './kinds/parallel.ts';
import { putData } from './kinds/put-data.ts';
import { race } from './kinds/race.ts';
import { retry } from './kinds/retry.ts';
import { saga } from './kinds/saga.ts';
import { sendEvent } from './kinds/send-event.ts';
import { sequence } from './kinds/sequence.ts';
import { timeout } from './kinds/timeout.ts';
import { withCompensation } from './kinds/with-compensation.ts';

/** The built-in kinds, in the order in which menus and the reference show them. */
export const builtInKinds: readonly EffectKind[] = [
  call,
  delay,
  log,
  putData,
  mergeData,
  emit,
  sendEvent,
  sequence,
  parallel,
  race,
  choose,
  retry,
  timeout,
  withCompensation,
  saga,
];
