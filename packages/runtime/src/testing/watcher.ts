import type { Entry } from '../engine/fact.ts';
import { definePlugin, type Plugin } from '../plugins/plugin.ts';
import type { Report } from '../plugins/report.ts';

interface Sighting {
  readonly life: number;
  readonly sequence: number;
  readonly again: boolean;
}

/** A plugin that remembers, over all lives of the process, which events it was told of. */
export class Watcher {
  readonly #seen = new Map<string, Sighting[]>();

  /** The plugin in one life; `wait` says how long a hook takes. */
  plugin(life: number, wait: () => Promise<void> | undefined): Plugin {
    const see = ({ tenant, instance, sequence, again }: Report) => {
      const key = `${tenant}/${instance}`;
      this.#seen.set(key, [...(this.#seen.get(key) ?? []), { life, sequence, again }]);
      return wait();
    };
    return definePlugin({
      name: 'Watcher',
      description: 'Remembers what it was told of.',
      hooks: () => ({ created: see, taken: see, ignored: see }),
    });
  }

  /** P2 in order, P4 at least once, and more than once only when it says so. */
  check(name: string, entries: readonly Entry[]): string[] {
    const seen = this.#seen.get(name) ?? [];
    const violations: string[] = [];
    const times = new Map<number, number>();
    seen.forEach(({ life, sequence, again }, index) => {
      const before = seen.slice(0, index).findLast((other) => other.life === life);
      if (before !== undefined && before.sequence >= sequence && !again) {
        violations.push(`P2: ${name} line ${sequence} was reported after line ${before.sequence}`);
      }
      if (times.has(sequence) && !again) violations.push(`P4: ${name} line ${sequence} was reported as new twice`);
      times.set(sequence, (times.get(sequence) ?? 0) + 1);
    });
    for (const { kind, sequence } of entries) {
      const told = kind === 'create' || kind === 'event';
      if (told && !times.has(sequence)) violations.push(`P4: ${name} line ${sequence} was never reported`);
    }
    if (times.size > entries.length) violations.push(`P1: ${name} was reported with lines that it does not have`);
    return violations;
  }
}
