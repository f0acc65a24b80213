import type { Json } from '@fsm/core';
import type { NodeReport } from '@fsm/effects';

type State = 'running' | 'finished' | 'failed' | 'cancelled' | 'retrying' | 'compensating' | 'undone' | 'detached';

interface Node {
  readonly path: string;
  readonly kind: string;
  readonly depth: number;
  since: number;
  state: State;
  attempt: number | undefined;
  message: Json | undefined;
  duration: number | undefined;
  error: string | undefined;
}

/** A line of the picture. */
export interface TreeLine {
  readonly state: State;
  readonly text: string;
}

/** The nodes of an execution as a picture of it: those that run and those that ended, each below the one around it. */
export class NodeTree {
  readonly #nodes = new Map<string, Node>();
  readonly #inside = new Map<string, Set<string>>();

  note(report: NodeReport): void {
    const { path, kind, phase, at, parent, attempt, message, duration, error } = report;
    let node = this.#nodes.get(path);
    if (node === undefined) {
      const depth = parent === undefined ? 0 : (this.#nodes.get(parent)?.depth ?? 0) + 1;
      node = { path, kind, depth, since: at, state: 'running', attempt, message, duration, error: undefined };
      this.#nodes.set(path, node);
      if (parent !== undefined) this.#insideOf(parent).add(path);
    }
    if (phase === 'started' || phase === 'compensating') node.since = at;
    const undone = node.state === 'compensating' && phase === 'finished';
    if (phase === 'progressed') node.message = message;
    else if (undone) node.state = 'undone';
    else node.state = phase === 'started' ? 'running' : phase;
    if (attempt !== undefined) node.attempt = attempt;
    node.duration = duration;
    node.error = phase === 'failed' || phase === 'retrying' ? error?.code : undefined;
    // what went well inside needs no lines any more
    if (phase === 'finished' || phase === 'retrying') this.#forgetInside(path);
  }

  /** At most `limit` lines: what runs or failed comes before what is done. */
  lines(now: number, limit: number): readonly TreeLine[] {
    const all = [...this.#below('')];
    if (all.length <= limit) return all.map((node) => line(node, now));
    const needed = all.filter(({ state }) => state !== 'finished' && state !== 'cancelled');
    const shown = needed.slice(0, limit - 1);
    const more: TreeLine = { state: 'finished', text: `… ${all.length - shown.length} more` };
    return [...shown.map((node) => line(node, now)), more];
  }

  *#below(path: string): Generator<Node> {
    const node = this.#nodes.get(path);
    if (node !== undefined) yield node;
    for (const inside of this.#inside.get(path) ?? []) yield* this.#below(inside);
  }

  #insideOf(path: string): Set<string> {
    const known = this.#inside.get(path);
    if (known !== undefined) return known;
    const inside = new Set<string>();
    this.#inside.set(path, inside);
    return inside;
  }

  #forgetInside(path: string): void {
    for (const inside of this.#inside.get(path) ?? []) {
      this.#forgetInside(inside);
      this.#nodes.delete(inside);
    }
    this.#inside.delete(path);
  }
}

const marks: { readonly [state in State]: string } = {
  running: '●',
  finished: '✓',
  failed: '✗',
  cancelled: '○',
  retrying: '↻',
  compensating: '↩',
  undone: '↩',
  detached: '⚠',
};

function line({ path, kind, depth, since, state, attempt, message, duration, error }: Node, now: number): TreeLine {
  const parts = [`${'  '.repeat(depth)}${marks[state]} ${kind}`];
  if (path !== '') parts.push(path);
  if (attempt !== undefined && attempt > 1) parts.push(`attempt ${attempt}`);
  if (state === 'compensating' || state === 'undone') parts.push(state === 'undone' ? 'undone' : 'is being undone');
  parts.push(formatSpan(duration ?? now - since));
  if (error !== undefined) parts.push(error);
  if (message !== undefined && state === 'running') {
    const said = typeof message === 'string' ? message : JSON.stringify(message);
    // what functions say must neither break the line nor reach the terminal as a command
    parts.push(said.replace(/\p{Cc}+/gu, ' '));
  }
  return { state, text: parts.join('  ') };
}

/** `12 ms`, `3.4 s`, `5 min 2 s`. */
export function formatSpan(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(Math.round(milliseconds), 0)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.floor((milliseconds % 60_000) / 1_000)} s`;
}
