import type { Registry } from '@fsm/effects';
import { openRuntime, type Runtime, type RuntimeObserver, VirtualClock } from '@fsm/runtime';
import { MemoryStore } from '../src/store/memory.ts';
import type { Commit, Store } from '../src/store/store.ts';

/** A process over a disk that outlives it. */
export interface Life {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
}

export interface LivesOptions {
  /** The disk answers later, not at once. */
  readonly slow?: boolean;
  readonly registry?: Registry;
  readonly observer?: RuntimeObserver;
}

/** What a script that runs in lives throws when the process died. */
class Died extends Error {}

/**
 * Runs a script over and over, each time killing the process at another commit: before it reached the disk, and after it
 * did and before anybody was told. The script starts again in the next life and must not mind what is done already.
 */
export async function killedAtEveryCommit(
  script: (life: Life) => Promise<void>,
  check: (life: Life) => Promise<void>,
  options: LivesOptions = {},
): Promise<number> {
  const unharmed = await live(new MemoryStore(), undefined, script, options);
  await check(unharmed.life);
  await unharmed.life.runtime.close();
  for (let fatal = 0; fatal < unharmed.commits; fatal += 1) {
    for (const arrives of [false, true]) {
      const disk = new MemoryStore();
      const first = await live(disk, { fatal, arrives }, script, options);
      const { life } = first.died ? await live(disk, undefined, script, options, first.life.clock.now()) : first;
      try {
        await check(life);
      } catch (error) {
        const when = `killed at commit ${fatal}, which ${arrives ? 'reached' : 'did not reach'} the disk`;
        throw new Error(`${when}: ${String(error)}`, { cause: error });
      }
      await life.runtime.close();
    }
  }
  return unharmed.commits;
}

async function live(
  disk: MemoryStore,
  death: { readonly fatal: number; readonly arrives: boolean } | undefined,
  script: (life: Life) => Promise<void>,
  options: LivesOptions,
  now = 1_000,
): Promise<{ readonly life: Life; readonly died: boolean; readonly commits: number }> {
  const { slow = false, ...rest } = options;
  let commits = 0;
  let die: () => void = () => undefined;
  const death$ = new Promise<never>((_, reject) => {
    die = () => reject(new Died());
  });
  death$.catch(() => undefined);
  let dead = false;
  const commit = (given: Commit): void | Promise<void> => {
    if (dead) return new Promise(() => undefined);
    commits += 1;
    if (death === undefined || commits - 1 !== death.fatal)
      return slow ? later(() => disk.commit(given)) : disk.commit(given);
    dead = true;
    if (death.arrives) disk.commit(given);
    die();
    return new Promise(() => undefined);
  };
  const clock = new VirtualClock(now);
  const opening = openRuntime({ store: over(disk, commit, slow), clock, ...rest });
  const life = { runtime: await opening, clock };
  try {
    await Promise.race([script(life), death$]);
    return { life, died: false, commits };
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    return { life, died: true, commits };
  }
}

/** The same disk with another way to write; its other methods need their own `this`. */
function over(disk: MemoryStore, commit: Store['commit'], slow: boolean): Store {
  return new Proxy<Store>(disk, {
    get(_, key) {
      if (key === 'commit') return commit;
      const value: unknown = Reflect.get(disk, key);
      if (typeof value !== 'function') return value;
      return slow ? (...given: unknown[]) => later(() => value.apply(disk, given)) : value.bind(disk);
    },
  });
}

function later<T>(answer: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(answer());
      } catch (error) {
        reject(error);
      }
    });
  });
}
