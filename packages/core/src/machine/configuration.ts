import { FsmError } from '../error.ts';
import type { Selection } from './selection.ts';
import type { Snapshot } from './snapshot.ts';
import { byDocumentOrder, isDescendant, isLeaf, type StateNode } from './state-node.ts';

/** A set of states that can be active together, and what has been worked out about it. */
export interface Configuration {
  /** Active atomic and final states, in document order. */
  readonly leaves: readonly StateNode[];
  /** Their paths: the array that stands in snapshots, by whose identity the configuration is found again. */
  readonly paths: readonly string[];
  /** Every active state, in document order. */
  readonly states: readonly StateNode[];
  /** What may be taken, by event class: `null` for nothing, missing until first asked. */
  readonly selections: (Selection | null | undefined)[];
  /** What may be taken without an event: `null` for nothing, missing until first asked. */
  eventless: Selection | null | undefined;
}

/** Two that were made at different times may be equal: what is remembered may have been forgotten between. */
export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  if (a === b) return true;
  if (a.leaves.length !== b.leaves.length) return false;
  for (let index = 0; index < a.leaves.length; index++) if (a.leaves[index] !== b.leaves[index]) return false;
  return true;
}

/**
 * The configurations of one machine met so far. Everything remembered about them (configurations, selections, plans)
 * is counted against one limit; when it is reached, all is forgotten and learned again, so that a machine with a huge
 * state space costs time and not memory.
 */
export class ConfigurationTable {
  private readonly byPath: ReadonlyMap<string, StateNode>;
  private readonly limit: number;
  private byKey = new Map<string, Configuration>();
  private byPaths = new WeakMap<readonly string[], Configuration>();
  private remembered = 0;

  constructor(nodes: readonly StateNode[], limit: number) {
    this.byPath = new Map(nodes.map((node) => [node.path, node]));
    this.limit = limit;
  }

  /** How many facts are remembered now. */
  get size(): number {
    return this.remembered;
  }

  state(path: string): StateNode | undefined {
    return this.byPath.get(path);
  }

  /**
   * The configuration a snapshot names.
   *
   * @throws FsmError SNAPSHOT_INVALID when it names unknown states, or states that cannot be active together.
   */
  find(paths: readonly string[]): Configuration {
    return this.byPaths.get(paths) ?? this.byKey.get(keyOf(paths)) ?? this.read(paths);
  }

  /** The configuration of these leaves, which are in document order. */
  intern(leaves: readonly StateNode[]): Configuration {
    const paths = leaves.map((leaf) => leaf.path);
    return this.byKey.get(keyOf(paths)) ?? this.add(leaves, paths, conflictingTargets);
  }

  /**
   * What a history state stands for: the recorded states, or nothing.
   *
   * @throws FsmError SNAPSHOT_INVALID when the record names states that do not lie beside the history state.
   */
  recorded(history: StateNode, record: Snapshot['history']): readonly StateNode[] | undefined {
    if (record === undefined || !Object.hasOwn(record, history.path)) return undefined;
    return record[history.path]!.map((path) => {
      const state = this.byPath.get(path);
      if (state !== undefined && state.kind !== 'history' && isDescendant(state, history.parent)) return state;
      throw invalidSnapshot(
        `The history "${history.path}" names "${path}", which is not a state it can restore.`,
        record,
      );
    });
  }

  /** Whether one more fact about a configuration may be kept. */
  remember(): boolean {
    if (this.limit === 0) return false;
    if (++this.remembered > this.limit) this.forget();
    return true;
  }

  private forget(): void {
    // snapshots keep their arrays alive for as long as they like; what is forgotten must not live on behind them
    for (const configuration of this.byKey.values()) {
      configuration.selections.length = 0;
      configuration.eventless = undefined;
    }
    this.byKey = new Map();
    this.byPaths = new WeakMap();
    this.remembered = 1;
  }

  private read(paths: readonly string[]): Configuration {
    const leaves = paths.map((path) => {
      const node = this.byPath.get(path);
      if (node !== undefined && isLeaf(node)) return node;
      throw invalidSnapshot(`The snapshot names "${path}", which is not an atomic or final state.`, paths);
    });
    return this.add(leaves, [...paths], invalidSnapshot);
  }

  private add(
    leaves: readonly StateNode[],
    paths: readonly string[],
    refusal: (message: string, found: unknown) => FsmError,
  ): Configuration {
    const states = withAncestors(leaves);
    const wrong = whyIllegal(leaves, states);
    if (wrong !== undefined) {
      throw refusal(`The states ${paths.join(', ') || '(none)'} cannot be active together: ${wrong}.`, paths);
    }
    const keep = this.remember();
    const configuration: Configuration = {
      leaves,
      paths: Object.freeze(paths),
      states,
      selections: [],
      eventless: undefined,
    };
    if (keep) {
      this.byKey.set(keyOf(paths), configuration);
      this.byPaths.set(paths, configuration);
    }
    return configuration;
  }
}

function invalidSnapshot(message: string, found: unknown): FsmError {
  return new FsmError('SNAPSHOT_INVALID', message, {
    hint: 'Restore the snapshot from the journal; snapshots are not written by hand.',
    details: { found },
  });
}

/** Validation refuses such targets, but for a history state that turns out to stand for a region another target names. */
function conflictingTargets(message: string, found: unknown): FsmError {
  return new FsmError('CONFLICTING_TARGETS', message, {
    hint: 'Look for a transition with several targets, and let each of them lead into a region of its own.',
    details: { found },
  });
}

/** Line breaks cannot stand in a path. */
function keyOf(paths: readonly string[]): string {
  return paths.join('\n');
}

function withAncestors(leaves: readonly StateNode[]): readonly StateNode[] {
  const states = new Set<StateNode>();
  for (const leaf of leaves) {
    for (let state: StateNode | undefined = leaf; state !== undefined; state = state.parent) states.add(state);
  }
  return [...states].sort(byDocumentOrder);
}

/** A compound state has exactly one active child, a parallel one all of them, and leaves stand in document order. */
function whyIllegal(leaves: readonly StateNode[], states: readonly StateNode[]): string | undefined {
  if (leaves.length === 0) return 'at least one state is always active';
  const active = new Set(states);
  for (const state of states) {
    const inside = state.children.filter((child) => active.has(child));
    if (state.kind === 'compound' && inside.length !== 1) return `"${state.id}" has one active child at a time`;
    if (state.kind === 'parallel' && inside.length !== state.children.length)
      return `all regions of "${state.id}" are active together`;
  }
  const ordered = leaves.every((leaf, index) => index === 0 || leaves[index - 1]!.index < leaf.index);
  return ordered ? undefined : 'they are not in document order';
}
