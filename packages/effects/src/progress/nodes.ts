import type { ProgressReport } from '../host.ts';

/** A report with what follows from those before it. */
export interface NodeReport extends ProgressReport {
  /** Path of the node around it; the root has none. */
  readonly parent?: string;
  /** Milliseconds since it started, once it has ended. */
  readonly duration?: number;
}

/** A node that runs at the moment. */
export interface RunningNode {
  readonly path: string;
  readonly kind: string;
  /** When it started, in milliseconds since the epoch. */
  readonly since: number;
}

/** Follows the nodes of one execution: which run, and for how long. It remembers only those that do. */
export class Nodes {
  readonly #running = new Map<string, RunningNode>();

  /** Those that run, the outer ones before what they run. */
  get running(): readonly RunningNode[] {
    return [...this.#running.values()];
  }

  note(report: ProgressReport): NodeReport {
    const { path, kind, phase, at } = report;
    const parent = this.#around(path);
    const place = parent === undefined ? report : { ...report, parent };
    if (phase === 'started' || phase === 'compensating') {
      this.#running.set(path, { path, kind, since: at });
      return place;
    }
    if (phase !== 'finished' && phase !== 'failed' && phase !== 'cancelled') return place;
    const since = this.#running.get(path)?.since;
    this.#running.delete(path);
    return since === undefined ? place : { ...place, duration: at - since };
  }

  /** The nearest one around it that runs; when none does, the nearest there is. */
  #around(path: string): string | undefined {
    const nearest = parentPath(path);
    for (let around = nearest; around !== undefined; around = parentPath(around)) {
      if (this.#running.has(around)) return around;
    }
    return nearest;
  }
}

/**
 * Path of the effect around the one at `path`: `0` of `0.2`, also of its attempts and items `0#1.2` and `0@3.2`. The
 * root has none.
 */
export function parentPath(path: string): string | undefined {
  if (path === '') return undefined;
  const dot = path.lastIndexOf('.');
  return dot === -1 ? '' : path.slice(0, dot).replace(/[#@]\d+$/, '');
}
